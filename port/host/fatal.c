/* SPDX-License-Identifier: MIT */
/* The house is on fire: the reason, the scheduler's state, and a death that a parent sees. */
#define _GNU_SOURCE
#include "fault.h"
#include "interrupts.h"
#include "console.h"
#include "rota_port.h"
#include "syscall.h"
#include <rota/check.h>
#include <rota/instance.h>
#include <unistd.h>

bool rota_host_stop_others(void)
{
        const struct rota_cpu *cpu = rota_host_cpu();
        uint32_t running = 0;

        rota_host_mask();
        if (!__atomic_compare_exchange_n(&rota_host_dying, &running, (uint32_t)gettid(), false,
                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
                return false;
        for (uint32_t i = 0; cpu && cpu->rota && i < cpu->rota->cpu_count; i++) {
                const struct rota_host_tls *worker = __atomic_load_n(
                        (struct rota_host_tls **)&cpu->rota->cpus[i]->user, __ATOMIC_ACQUIRE);
                if (worker && worker != rota_host_self())
                        rota_host_syscall(SYS_tgkill, (uintptr_t)getpid(),
                                (uintptr_t)worker->thread, (uintptr_t)ROTA_HOST_SIGNAL, 0);
        }
        return true;
}

/* As abort(), which would run a handler of the program's first. */
static ROTA_NORETURN void die(void)
{
        const struct rota_host_action act = {NULL, 0, NULL, 0};
        uint64_t none = 0;

        rota_host_action_restore(SIGABRT, &act);
        rota_host_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (uintptr_t)&none, 0, 8);
        rota_host_syscall(SYS_tgkill, (uintptr_t)getpid(), (uintptr_t)gettid(), SIGABRT, 0);
        for (;;)
                _exit(134);
}

void rota_host_fatal(const char *reason)
{
        if (!rota_host_stop_others()) {
                if (__atomic_load_n(&rota_host_dying, __ATOMIC_RELAXED) == (uint32_t)gettid())
                        die(); /* the report itself has failed */
                for (;;)
                        pause();
        }
        rota_host_console_flush();
        rota_host_print("\nrota: fatal: ");
        rota_host_print(reason);
        rota_host_print("\n  ");
        rota_host_print_place();
        rota_host_print_frames((uintptr_t)__builtin_return_address(0),
                *(const uintptr_t *)__builtin_frame_address(0)); /* the caller's frame */
        rota_dump(rota_host_print_char);
        rota_host_print_char('\n');
        die();
}
