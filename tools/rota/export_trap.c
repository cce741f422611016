/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Names of what user tasks leave user mode for.
 */
#include "export.h"

#include <program/calls.h>
#include <rota/trap.h>

/** The reference kernel's calls, as programs call them. */
static const char *const calls[SYS_CALLS] = {
        [SYS_EXIT] = "exit",
        [SYS_WRITE] = "write",
        [SYS_YIELD] = "yield",
        [SYS_TIME] = "time",
        [SYS_SLEEP] = "sleep",
        [SYS_SLEEP_UNTIL] = "sleep_until",
        [SYS_SELF] = "self",
        [SYS_SPAWN] = "spawn",
        [SYS_WAIT] = "wait",
        [SYS_KILL] = "kill",
        [SYS_GET_PARAMS] = "get_params",
        [SYS_SET_PARAMS] = "set_params",
        [SYS_PARK] = "park",
        [SYS_WAKE] = "wake",
        [SYS_MAP] = "map",
        [SYS_UNMAP] = "unmap",
        [SYS_PROTECT] = "protect",
        [SYS_THREAD] = "thread",
        [SYS_THREAD_EXIT] = "thread_exit",
        [SYS_INFO] = "info",
        [SYS_REQUEUE] = "requeue",
        [SYS_JOIN] = "join",
        [SYS_PIPE] = "pipe",
        [SYS_PIPE_READ] = "pipe_read",
        [SYS_PIPE_WRITE] = "pipe_write",
        [SYS_CLOSE] = "close",
};

const char *export_trap(const struct rota_record *begin)
{
        static char number[24];

        switch (begin->b - 1) {
        case ROTA_TRAP_SYSCALL:
                if (begin->c < SYS_CALLS && calls[begin->c])
                        return calls[begin->c];
                snprintf(number, sizeof(number), "call_%u", begin->c);
                return number;
        case ROTA_TRAP_FAULT:
                return "fault";
        case ROTA_TRAP_INTERRUPT:
                return "interrupt";
        case ROTA_TRAP_EXIT:
                return "end";
        default:
                return "?";
        }
}
