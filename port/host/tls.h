/* SPDX-License-Identifier: MIT */
/*
 * What a worker thread (a CPU of this world) keeps in thread-local memory, and the only ways to it.
 *
 * A compiler may compute the address of a thread-local variable once and keep it across a call; but
 * across a switch, or a preemption between any two instructions, the worker has changed. So code
 * that may be preempted or may switch uses the accessors below: each touches the variable by one
 * instruction relative to fs, which is right on whichever worker it executes.
 */
#ifndef ROTA_HOST_TLS_H
#define ROTA_HOST_TLS_H

#include <rota/cpu.h>

/* What may be pending. */
#define ROTA_HOST_TIMER 1u
#define ROTA_HOST_KICK  2u
#define ROTA_HOST_IO    4u /* see devices.h */

/* How a worker halts, or is about to, and so what ends it. */
enum rota_host_halt {
        ROTA_HOST_RUNS = 0,
        ROTA_HOST_IN_FUTEX = 1,  /* on `pending` */
        ROTA_HOST_IN_DEVICE = 2, /* in rota_host_wait(): a signal */
};

/* The offsets are known to the accessors and to preempt.S. */
struct rota_host_tls {
        struct rota_cpu *cpu; /* 0: this CPU's structure, NULL outside world_run() */
        uint32_t masked;      /* 8: interrupts are masked; 1 in threads that are no workers */
        uint32_t pending;     /* 12: interrupts that came and are not taken (atomic) */
        uint32_t spins;       /* 16: calls of relax, see rota_port_relax() */
        int32_t timer;        /* 20: kernel's number of the timer, -1: periodic or none */
        int32_t retry;        /* 24: of the timer that tries a preemption again */
        uint32_t halted;      /* 28: enum rota_host_halt (atomic) */
        int32_t thread;       /* 32: the kernel's number of the thread */
        int32_t ticker;       /* 36: the timer where it is periodic, else -1 */
        uintptr_t stack_low;  /* 40: the thread's own stack */
        uintptr_t stack_high; /* 48: its end */
        uintptr_t
                overflow_top; /* end of the stack on which a task is ended that overflowed its own */
        uint32_t retries;     /* of the preemption that is pending, the handler's own */
        int32_t look_timer;   /* has a busy worker look at its devices, -1: none */
        uint32_t look;        /* enum rota_host_look, the handler's and devices.c's */
};

/* Local-exec, so that an access is a single instruction: the port is linked into programs, not into
 * shared libraries. */
extern __thread struct rota_host_tls rota_host_tls __attribute__((tls_model("local-exec")));

#define ROTA_HOST_TLS(offset) "%%fs:rota_host_tls@tpoff+" #offset

static inline struct rota_cpu *rota_host_cpu(void)
{
        struct rota_cpu *cpu;
        __asm__ volatile("movq " ROTA_HOST_TLS(0) ", %0" : "=r"(cpu));
        return cpu;
}

static inline uint32_t rota_host_masked(void)
{
        uint32_t masked;
        __asm__ volatile("movl " ROTA_HOST_TLS(8) ", %0" : "=r"(masked) : : "memory");
        return masked;
}

/* The memory clobbers keep accesses from moving out of, or into, the masked stretch. */
static inline void rota_host_mask(void)
{
        __asm__ volatile("movl $1, " ROTA_HOST_TLS(8) : : : "memory");
}

static inline void rota_host_mask_set(uint32_t masked)
{
        __asm__ volatile("movl %0, " ROTA_HOST_TLS(8) : : "ri"(masked) : "memory");
}

static inline bool rota_host_is_pending(void)
{
        bool pending;
        __asm__ volatile("cmpl $0, " ROTA_HOST_TLS(12) : "=@ccne"(pending) : : "memory");
        return pending;
}

/* Takes all that is pending. */
static inline uint32_t rota_host_take_pending(void)
{
        uint32_t pending = 0;
        __asm__ volatile("xchgl %0, " ROTA_HOST_TLS(12) : "+r"(pending) : : "memory");
        return pending;
}

static inline uint32_t rota_host_spin(void)
{
        uint32_t spins;
        __asm__ volatile("incl " ROTA_HOST_TLS(16) "\n\tmovl " ROTA_HOST_TLS(16) ", %0"
                         : "=r"(spins)
                         :
                         : "cc");
        return spins;
}

/* This worker's block as an address, for code that stays on it: masked, or in a handler. */
static inline struct rota_host_tls *rota_host_self(void)
{
        struct rota_host_tls *self;
        __asm__ volatile("movq %%fs:0, %0\n\tleaq rota_host_tls@tpoff(%0), %0" : "=r"(self));
        return self;
}

#endif
