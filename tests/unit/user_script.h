/* SPDX-License-Identifier: MIT */
/* A user mode that is a script of what it is left for, and the kernel that serves it, at a desk. */
#ifndef UNIT_USER_SCRIPT_H
#define UNIT_USER_SCRIPT_H

#include <rota/spare.h>
#include <rota/user.h>

#include "desk.h"

/* What user mode does, one after the other: a system call's number, or one of these. */
enum { TIMER = 1000, WAKE, UNKNOWN, FAULT };
/* System calls. MAKE_ROOM: while it is served somebody more urgent comes to `room`, and goes again. */
enum { NOTHING = 1, YIELD, WAIT, END, HOLD, FREE, GUARD, MAKE_ROOM };

extern const int *script;
extern uint32_t entered;
extern bool fetches;     /* a fault is served by a future */
extern uint64_t turn_ns; /* that each stay in user mode takes */
extern struct rota_handle to_wake;
extern struct desk *room;

extern struct rota_user user, other;
extern struct rota_handle user_handle, other_handle;
extern char space, other_space;

extern struct user_seen {
        uint32_t calls, again, exits, faults, unknown;
        uintptr_t number, result;
        struct rota_timeout timeout;
        int waited;
        uint32_t polls, drops;
        uintptr_t fetched; /* by the future of a fault */
} seen;

/* What a user task waits for in these tests. */
extern struct user_waiting {
        struct rota_future future;
        struct rota_wait wait;
} waiting;

/* What serves the script. */
enum rota_serve serve(struct rota_user *u, const struct rota_trap *trap);
/* A user task of the script's, on CPU 0. */
void make(struct rota_user *u, struct rota_handle *handle, void *in, uint16_t priority);
/* The left CPU's thread parks, and home takes up what waits. */
struct rota_cpu *go_home(struct desk *d);
/* Sets a test up: for cmocka. */
int begin(void **state);

#endif
