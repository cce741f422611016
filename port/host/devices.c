/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "devices.h"

#include "interrupts.h"
#include "timer.h"

static const struct rota_host_devices *devices;

const struct rota_host_devices *rota_host_devices(void)
{
        /* Partner: rota_host_devices_set(). */
        return __atomic_load_n(&devices, __ATOMIC_ACQUIRE);
}

void rota_host_devices_set(const struct rota_host_devices *which)
{
        __atomic_store_n(&devices, which, __ATOMIC_RELEASE);
}

void rota_host_look_arm(struct rota_host_tls *self)
{
        if (self->look != ROTA_HOST_LOOK_OFF)
                return;
        if (self->look_timer < 0)
                self->look_timer = rota_host_timer_create(ROTA_HOST_IO);
        if (self->look_timer < 0)
                return; /* events are then seen when the worker is idle */
        self->look = ROTA_HOST_LOOK_ARMED;
        rota_host_timer_set(self->look_timer, ROTA_HOST_LOOK_NS, 0);
}

void rota_host_devices_look(void)
{
        struct rota_host_tls *self = rota_host_self();
        const struct rota_host_devices *which = rota_host_devices();
        bool more = which && which->look(self);

        if (self->look == ROTA_HOST_LOOK_DUE) {
                self->look = ROTA_HOST_LOOK_OFF;
                if (more)
                        rota_host_look_arm(self);
        }
}

void rota_host_halting(struct rota_host_tls *self)
{
        /* Partner: rota_host_kick() stores what is pending, then looks at this; rota_host_wait() looks
         * at what is pending. */
        __atomic_store_n(&self->halted, ROTA_HOST_IN_DEVICE, __ATOMIC_SEQ_CST);
}
