/* SPDX-License-Identifier: MIT */
/*
 * The signal that brings interrupts. Its handler runs on the worker's alternate stack, and returns at
 * once: either it leaves the interrupt pending, or it makes the task call rota_host_preempt where it
 * stands. So a signal's frame never lives through a switch.
 * Compiled without sanitizers, and it calls no library: it may interrupt either.
 */
#define _GNU_SOURCE
#include "interrupts.h"

#include "devices.h"
#include "syscall.h"
#include "timer.h"
#include "tls.h"
#include <stddef.h>
#include <ucontext.h>

#define RED_ZONE      128
#define SAVED_GENERAL 136 /* what preempt.S pushes */
#define SA_RESTORER_  0x04000000

uint32_t rota_host_dying;

/* What preempt.S and the core need below @p sp; not where the task is on a stack that is not its
 * context's (a coroutine's, or a handler's). */
static bool has_room(const struct rota_host_tls *self, uintptr_t sp)
{
        const struct rota_context *context = self->cpu->on;
        uintptr_t low, high;

        if (!context)
                return false;
        if (context->stack) {
                low = (uintptr_t)context->stack;
                high = low + context->stack_size;
        } else if (sp >= self->stack_low && sp < self->stack_high) {
                low = self->stack_low;
                high = self->stack_high;
        } else {
                return true; /* an adopted context on another worker: its bounds are unknown */
        }
        uintptr_t need = RED_ZONE + SAVED_GENERAL + 64 + rota_host_vector.bytes;
        return sp <= high && sp >= low && sp - low >= need + ROTA_HOST_PREEMPT_STACK;
}

static void on_signal(int signal, siginfo_t *info, void *argument)
{
        struct rota_host_tls *self = rota_host_self();
        greg_t *registers = ((ucontext_t *)argument)->uc_mcontext.gregs;

        (void)signal;
        uint32_t dying = __atomic_load_n(&rota_host_dying, __ATOMIC_RELAXED);
        if (dying == (uint32_t)self->thread && dying)
                return; /* this worker writes the report: its timer must not stop it */
        if (dying)
                for (;;)
                        rota_host_syscall(SYS_pause, 0, 0, 0, 0);

        /* A kick has been noted by its sender; the retry timer only wants another look. */
        if (info->si_code == SI_TIMER && info->si_value.sival_int) {
                uint32_t which = (uint32_t)info->si_value.sival_int;
                bool idle = which == ROTA_HOST_IO && self->halted;
                if (which == ROTA_HOST_IO)
                        self->look = idle ? ROTA_HOST_LOOK_OFF : ROTA_HOST_LOOK_DUE;
                if (!idle) /* whose halt sees it all by itself, and arms the timer when it ends */
                        __atomic_fetch_or(&self->pending, which, __ATOMIC_SEQ_CST);
        }
        /* Between its look at what is pending and the system call: it must not make it. */
        if ((uintptr_t)registers[REG_RIP] - (uintptr_t)rota_host_wait <=
                (uintptr_t)(rota_host_wait_call - (const char *)(uintptr_t)rota_host_wait))
                registers[REG_RIP] = (greg_t)(uintptr_t)rota_host_wait_out;
        if (rota_host_masked() || !rota_host_is_pending() || !self->cpu) {
                self->retries = 0;
                return;
        }

        uintptr_t pc = (uintptr_t)registers[REG_RIP];
        uintptr_t sp = (uintptr_t)registers[REG_RSP];
        if (!rota_host_code_allows(pc) || !has_room(self, sp)) {
                bool soon = self->retries++ < ROTA_HOST_RETRIES_SOON;
                rota_host_timer_set(
                        self->retry, soon ? ROTA_HOST_RETRY_SOON_NS : ROTA_HOST_RETRY_NS, 0);
                return;
        }
        self->retries = 0;
        rota_host_mask();
        sp -= RED_ZONE + sizeof(uintptr_t);
        *(uintptr_t *)sp = pc;
        registers[REG_RSP] = (greg_t)sp;
        registers[REG_RIP] = (greg_t)(uintptr_t)rota_host_preempt;
}

int rota_host_action(int signal, void (*handler)(int, siginfo_t *, void *), uint64_t mask,
        struct rota_host_action *old)
{
        struct rota_host_action action = {handler,
                SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_RESTORER_, rota_host_sigreturn, mask};
        return (int)rota_host_syscall(
                SYS_rt_sigaction, (uintptr_t)signal, (uintptr_t)&action, (uintptr_t)old, 8);
}

int rota_host_action_restore(int signal, const struct rota_host_action *action)
{
        return (int)rota_host_syscall(SYS_rt_sigaction, (uintptr_t)signal, (uintptr_t)action, 0, 8);
}

void rota_host_signal_start(void)
{
        rota_host_action(ROTA_HOST_SIGNAL, on_signal, 0, NULL);
}
