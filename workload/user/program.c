/* SPDX-License-Identifier: MIT */
/*
 * What a workload's task is in user mode, where it says "user": true. It works by itself, and looks at
 * the time by a call after every piece of that; all else that it does is a call.
 */
#include <program/program.h>

#include "calls.h"

/* A piece: about a microsecond of work in an emulator, so that the looks are not most of it. */
#define PIECE 200

static uint64_t call(enum workload_call number)
{
        return (uint64_t)sys_call(number, 0, 0, 0, 0, 0, 0);
}

static void work_until(enum workload_call clock)
{
        const uint64_t until = call(WORKLOAD_CALL_UNTIL);

        while (call(clock) < until)
                for (volatile int i = 0; i < PIECE; i++)
                        ;
}

int main(int count, char **arguments)
{
        (void)count;
        (void)arguments;
        for (;;) {
                switch (call(WORKLOAD_CALL_NEXT)) {
                case WORKLOAD_ASK_CPU_TIME:
                        work_until(WORKLOAD_CALL_CPU_TIME);
                        break;
                case WORKLOAD_ASK_CLOCK:
                        work_until(WORKLOAD_CALL_CLOCK);
                        break;
                default:
                        call(WORKLOAD_CALL_PERFORM);
                        break;
                }
        }
}
