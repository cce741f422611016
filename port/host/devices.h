/* SPDX-License-Identifier: MIT */
/*
 * Devices: what brings a worker events beside timers and kicks, as a room of its own (io/) has it.
 *
 * An idle worker waits for all of them at once, in the room's own system call. A busy one is
 * interrupted by a timer, at most every ROTA_HOST_LOOK_NS and only while something is awaited, and looks.
 */
#ifndef ROTA_HOST_DEVICES_H
#define ROTA_HOST_DEVICES_H

#include "tls.h"

#define ROTA_HOST_LOOK_NS 1000000

/* A worker's look timer. */
enum rota_host_look {
        ROTA_HOST_LOOK_OFF = 0,
        ROTA_HOST_LOOK_ARMED = 1,
        ROTA_HOST_LOOK_DUE = 2, /* it expired while the worker was busy */
};

struct rota_host_devices {
        /* Masked, about to halt: waits in rota_host_wait() until something is pending, with
         * ROTA_HOST_IO for its own events; returns at once where it awaits nothing. Where it still awaits
         * something then, it arms the look: a timer that expires during the halt is off, and ends nothing. */
        void (*halt)(struct rota_host_tls *self);
        /* The interrupt: takes what has come, and wakes who waits for it. Returns whether more is
         * awaited. */
        bool (*look)(struct rota_host_tls *self);
};

/* The one room that has said so, or NULL. */
const struct rota_host_devices *rota_host_devices(void);
/* No worker runs. */
void rota_host_devices_set(const struct rota_host_devices *devices);

/* ROTA_HOST_IO is taken. */
void rota_host_devices_look(void);
/* Something is awaited: the timer is armed, unless it is. Masked. */
void rota_host_look_arm(struct rota_host_tls *self);

/* Stores that the worker halts in the system call that rota_host_wait() then makes. */
void rota_host_halting(struct rota_host_tls *self);

/* wait.S: the system call, unless something is pending: then, and where a signal comes before it, -EINTR.
 * The signal handler moves a program counter from the first to the second label to the third. */
long rota_host_wait(long number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e);
extern const char rota_host_wait_call[], rota_host_wait_out[];

#endif
