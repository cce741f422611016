/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "worker.h"

#include "fault.h"
#include "host.h"
#include "interrupts.h"
#include "rota_port.h"
#include "timer.h"
#include <errno.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <unistd.h>

/* Beside the signal's frame: for the report of a fault. */
#define SIGNAL_STACK_SIZE 65536

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

__thread struct rota_host_tls rota_host_tls = {
        .masked = 1, .timer = -1, .ticker = -1, .retry = -1, .look_timer = -1};

void rota_host_start(void)
{
        static bool started;

        if (started)
                return;
        started = true;
        rota_host_clock_start();
        rota_host_vector_start();
        rota_host_errno_start();
        rota_host_code_start();
        rota_host_signal_start();
        rota_host_fault_start();
}

size_t rota_host_stack_min(void)
{
        rota_host_vector_start();
        return 4096 + rota_host_vector.bytes + ROTA_HOST_PREEMPT_STACK;
}

uint32_t rota_host_processors(void)
{
        cpu_set_t set;
        return sched_getaffinity(0, sizeof(set), &set) == 0 ? (uint32_t)CPU_COUNT(&set) : 1;
}

/* Where it fails, Linux places the worker. */
static void pin_to(struct rota_host_worker *worker, int which)
{
        cpu_set_t one;

        worker->pinned = false;
        if (which < 0 || sched_getaffinity(0, sizeof(cpu_set_t), &worker->old_processors))
                return;
        CPU_ZERO(&one);
        for (int i = 0; i < CPU_SETSIZE; i++)
                if (CPU_ISSET(i, &worker->old_processors) && which-- == 0)
                        CPU_SET(i, &one);
        worker->pinned = sched_setaffinity(0, sizeof(one), &one) == 0;
}

static void find_stack(struct rota_host_tls *self)
{
        pthread_attr_t attributes;
        void *low;
        size_t size;

        if (pthread_getattr_np(pthread_self(), &attributes))
                return;
        if (pthread_attr_getstack(&attributes, &low, &size) == 0) {
                self->stack_low = (uintptr_t)low;
                self->stack_high = (uintptr_t)low + size;
        }
        pthread_attr_destroy(&attributes);
}

int rota_host_enter(
        struct rota_host_worker *worker, struct rota_cpu *cpu, int pin, uint64_t tick_ns)
{
        struct rota_host_tls *self = rota_host_self();

        worker->cpu = cpu;
        worker->signal_stack_size =
                (SIGNAL_STACK_SIZE + getauxval(AT_MINSIGSTKSZ) + 4095) & ~4095ul;
        worker->signal_stack = rota_host_stack_map(worker->signal_stack_size);
        if (!worker->signal_stack)
                return ENOMEM;
        if (!rota_host_overflow_start(self)) {
                rota_host_stack_unmap(worker->signal_stack, worker->signal_stack_size);
                return ENOMEM;
        }
        stack_t stack = {
                .ss_sp = worker->signal_stack, .ss_size = worker->signal_stack_size, .ss_flags = 0};
        sigaltstack(&stack, &worker->old_stack);

        find_stack(self);
        self->thread = (int32_t)syscall(SYS_gettid);
        self->pending = 0;
        self->halted = 0;
        self->cpu = cpu;
        __atomic_store_n((struct rota_host_tls **)&cpu->user, self, __ATOMIC_RELEASE);

        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, ROTA_HOST_SIGNAL);
        pthread_sigmask(SIG_UNBLOCK, &set, &worker->old_signals);
        pin_to(worker, pin);
        int error = rota_host_timer_start(tick_ns);
        if (error)
                rota_host_leave(worker);
        return error;
}

void rota_host_leave(struct rota_host_worker *worker)
{
        struct rota_host_tls *self = rota_host_self();

        rota_host_mask();
        rota_host_timer_stop();
        __atomic_store_n((struct rota_host_tls **)&worker->cpu->user, NULL, __ATOMIC_RELEASE);
        self->cpu = NULL;
        rota_fiber_leave();
        if (worker->pinned)
                sched_setaffinity(0, sizeof(cpu_set_t), &worker->old_processors);
        pthread_sigmask(SIG_SETMASK, &worker->old_signals, NULL);
        /* Back as it was: a sanitizer's runtime unmaps what it finds here at the thread's end. */
        sigaltstack(&worker->old_stack, NULL);
        rota_host_stack_unmap(worker->signal_stack, worker->signal_stack_size);
        rota_host_overflow_stop(self);
}
