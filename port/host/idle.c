/* SPDX-License-Identifier: MIT */
/* Halting, and waking who has halted. */
#define _GNU_SOURCE
#include "devices.h"
#include "interrupts.h"
#include "rota_port.h"
#include "syscall.h"
#include <linux/futex.h>
#include <unistd.h>

bool rota_host_crowded;

void rota_host_kick(struct rota_cpu *cpu)
{
        struct rota_host_tls *worker =
                __atomic_load_n((struct rota_host_tls **)&cpu->user, __ATOMIC_ACQUIRE);

        if (!worker)
                return; /* it has not started; it will look at its queues when it does */
        /* Who finds the bit set leaves the delivery to who set it. Partner: rota_host_idle() stores
         * that it halts, then looks at what is pending. */
        if (__atomic_fetch_or(&worker->pending, ROTA_HOST_KICK, __ATOMIC_SEQ_CST) & ROTA_HOST_KICK)
                return;
        if (__atomic_load_n(&worker->halted, __ATOMIC_SEQ_CST) == ROTA_HOST_IN_FUTEX)
                rota_host_syscall(SYS_futex, (uintptr_t)&worker->pending, FUTEX_WAKE_PRIVATE, 1, 0);
        else if (worker != rota_host_self())
                rota_host_syscall(SYS_tgkill, (uintptr_t)getpid(), (uintptr_t)worker->thread,
                        (uintptr_t)ROTA_HOST_SIGNAL, 0);
}

void rota_host_idle(void)
{
        struct rota_host_tls *self = rota_host_self();
        const struct rota_host_devices *devices = rota_host_devices();

        if (devices)
                devices->halt(self);
        __atomic_store_n(&self->halted, ROTA_HOST_IN_FUTEX, __ATOMIC_SEQ_CST);
        /* Partner: rota_host_kick() stores what is pending, then looks at this. A signal that comes
         * before the system call changes the word, and the call then returns at once. */
        while (!__atomic_load_n(&self->pending, __ATOMIC_SEQ_CST))
                rota_host_syscall(SYS_futex, (uintptr_t)&self->pending, FUTEX_WAIT_PRIVATE, 0, 0);
        __atomic_store_n(&self->halted, ROTA_HOST_RUNS, __ATOMIC_RELAXED);
        rota_host_interrupts();
}

void rota_host_spun(void)
{
        rota_host_syscall(SYS_sched_yield, 0, 0, 0, 0);
}
