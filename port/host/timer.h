/* SPDX-License-Identifier: MIT */
/* A worker's timers: the timer interrupt, the one that tries a preemption again, its devices' look. */
#ifndef ROTA_HOST_TIMER_H
#define ROTA_HOST_TIMER_H

#include "syscall.h"
#include <stdint.h>
#include <time.h>

/* Creates the calling thread's timers. @p tick_ns is 0 for one-shot. Returns 0 or an errno. */
int rota_host_timer_start(uint64_t tick_ns);
void rota_host_timer_stop(void);

/* One more timer of the calling thread's, whose expiry makes @p value pending; rota_host_timer_stop()
 * deletes a worker's. Returns the kernel's number of it, or a negative errno. */
int32_t rota_host_timer_create(int value);

/* One expiry in @p ns, at least 1; 0 disarms. Async-signal-safe. */
static inline void rota_host_timer_set(int32_t timer, uint64_t ns, uint64_t period_ns)
{
        struct itimerspec when = {
                {(time_t)(period_ns / 1000000000), (long)(period_ns % 1000000000)},
                {(time_t)(ns / 1000000000), (long)(ns % 1000000000)}};
        rota_host_syscall(SYS_timer_settime, (uintptr_t)timer, 0, (uintptr_t)&when, 0);
}

#endif
