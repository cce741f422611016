/* SPDX-License-Identifier: MIT */
/*
 * The timer interrupt: a POSIX timer per worker, which signals that thread and no other.
 */
#define _GNU_SOURCE
#include "timer.h"

#include "interrupts.h"
#include "rota_port.h"
#include <string.h>
#include <unistd.h>

/* The C library has had no name for it for long. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

int32_t rota_host_timer_create(int value)
{
        struct sigevent event;
        int32_t timer = -1;

        memset(&event, 0, sizeof(event));
        event.sigev_notify = SIGEV_THREAD_ID;
        event.sigev_signo = ROTA_HOST_SIGNAL;
        event.sigev_value.sival_int = value;
        event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
        long result = rota_host_syscall(
                SYS_timer_create, CLOCK_MONOTONIC, (uintptr_t)&event, (uintptr_t)&timer, 0);
        return result < 0 ? (int32_t)result : timer;
}

int rota_host_timer_start(uint64_t tick_ns)
{
        struct rota_host_tls *self = rota_host_self();
        int32_t timer = rota_host_timer_create(ROTA_HOST_TIMER);
        int32_t retry = rota_host_timer_create(0);

        self->timer = tick_ns ? -1 : timer;
        self->ticker = tick_ns ? timer : -1;
        self->retry = retry;
        if (timer >= 0 && retry >= 0) {
                if (tick_ns)
                        rota_host_timer_set(timer, tick_ns, tick_ns);
                return 0;
        }
        rota_host_timer_stop();
        return timer < 0 ? -timer : -retry;
}

void rota_host_timer_stop(void)
{
        struct rota_host_tls *self = rota_host_self();
        int32_t timers[] = {self->timer, self->ticker, self->retry, self->look_timer};

        self->timer = self->ticker = self->retry = self->look_timer = -1;
        self->look = 0; /* ROTA_HOST_LOOK_OFF */
        for (unsigned i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
                if (timers[i] >= 0)
                        rota_host_syscall(SYS_timer_delete, (uintptr_t)timers[i], 0, 0, 0);
}

void rota_host_timer_arm(uint64_t deadline)
{
        struct rota_host_tls *self = rota_host_self();

        if (self->timer < 0)
                return; /* a periodic tick */
        if (deadline == UINT64_MAX) {
                rota_host_timer_set(self->timer, 0, 0);
                return;
        }
        uint64_t now = rota_host_now();
        if (deadline > now) {
                /* Relative: an error in the clock's rate then counts only for the time to go. */
                rota_host_timer_set(self->timer, deadline - now, 0);
        } else {
                /* At once. Masked, so it is taken by who unmasks. */
                __atomic_fetch_or(&self->pending, ROTA_HOST_TIMER, __ATOMIC_SEQ_CST);
        }
}
