/* SPDX-License-Identifier: MIT */
/* Interrupts: the signal that brings them, where they may be taken at once, and taking them. */
#ifndef ROTA_HOST_INTERRUPTS_H
#define ROTA_HOST_INTERRUPTS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* The one signal: timers and kicks differ in si_code. */
#define ROTA_HOST_SIGNAL SIGRTMIN

/* How long after a preemption found foreign code it is tried again: soon at first, for a task that
 * only now and then comes out of the C library; later for one that is in a long system call. */
#define ROTA_HOST_RETRY_SOON_NS 25000
#define ROTA_HOST_RETRIES_SOON  64
#define ROTA_HOST_RETRY_NS      100000

/* Stack that a preemption needs beside the saved registers: for the core's functions. Sanitizers
 * make frames larger. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ROTA_HOST_PREEMPT_STACK 16384
#else
#define ROTA_HOST_PREEMPT_STACK 3072
#endif

/* How preempt.S saves vector state, set once by rota_host_vector_start(). */
enum rota_host_save { ROTA_HOST_FXSAVE = 0, ROTA_HOST_XSAVE = 1, ROTA_HOST_XSAVEC = 2 };
struct rota_host_vector {
        uint64_t mask;  /* 0: state components */
        uint32_t bytes; /* 8: of the area, a multiple of 64 */
        uint32_t how;   /* 12: enum rota_host_save */
        uint32_t avx;   /* 16: upper halves of registers exist */
};
extern struct rota_host_vector rota_host_vector;
void rota_host_vector_start(void);

/* preempt.S: where a preempted program counter is moved to; its code is no place to preempt. */
extern const char rota_host_preempt[], rota_host_preempt_end[];
/* preempt.S: what a handler returns to. */
extern const char rota_host_sigreturn[];

/* Takes all pending interrupts on the stack of the interrupted task. Masked; may switch away and
 * return on another worker. */
void rota_host_interrupts(void);

/* Finds errno, once. */
void rota_host_errno_start(void);

/* Installs the handler, once. */
void rota_host_signal_start(void);

/* Installs a handler by the bare system call: a sanitizer's runtime neither sees nor delays it.
 * Gives the action it replaces, for rota_host_action_restore(). */
struct rota_host_action {
        void (*handler)(int, siginfo_t *, void *);
        uint64_t flags;
        const void *restorer;
        uint64_t mask;
};
int rota_host_action(int signal, void (*handler)(int, siginfo_t *, void *), uint64_t mask,
        struct rota_host_action *old);
int rota_host_action_restore(int signal, const struct rota_host_action *action);

/* From now on each worker that is interrupted stops for ever. */
extern uint32_t rota_host_dying;

/* Whether a task may be preempted at @p pc. Async-signal-safe. */
bool rota_host_code_allows(uintptr_t pc);
/* Registers the program's own text, once. */
void rota_host_code_start(void);

#endif
