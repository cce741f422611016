/* SPDX-License-Identifier: MIT */
/* A thread as a CPU: what it needs before it runs one, and gives back after. */
#ifndef ROTA_HOST_WORKER_H
#define ROTA_HOST_WORKER_H

#include <rota/cpu.h>
#include <sched.h>
#include <signal.h>

struct rota_host_worker {
        struct rota_cpu *cpu;
        void *signal_stack; /* with a guard gap below */
        size_t signal_stack_size;
        stack_t old_stack;
        sigset_t old_signals;
        cpu_set_t old_processors;
        bool pinned;
};

/* What the process needs, once: clock, handlers, code, vector state. */
void rota_host_start(void);

/* Processors that this process may use. */
uint32_t rota_host_processors(void);

/* Makes the calling thread @p cpu, with interrupts masked. @p pin: to the how-manieth processor, or
 * -1. Returns 0 or an errno; then nothing is to be undone. */
int rota_host_enter(
        struct rota_host_worker *worker, struct rota_cpu *cpu, int pin, uint64_t tick_ns);

/* The calling thread is a thread again. */
void rota_host_leave(struct rota_host_worker *worker);

/* Memory with as much that is not there below it, or NULL. */
void *rota_host_stack_map(size_t size);
void rota_host_stack_unmap(void *stack, size_t size);

#endif
