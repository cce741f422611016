/* SPDX-License-Identifier: MIT */
/*
 * Tasks that work in user mode. Such a thread is one like any other: its loops, its phases, what is noted of
 * its activations are in events.c. But what it does is done by a program in an address space of its own,
 * which asks for one event after the other: `run` and `runtime` it works through by itself, interrupted
 * and preempted there; for all others it calls, and its thread performs them on its stack.
 */
#include "perform.h"

#include <world_user.h>

#include "calls.h"

/* The program, by user/embedded.S. */
extern const char workload_user_program[];
extern const uint64_t workload_user_program_size;

/* What the program is to do. */
struct request {
        enum workload_ask ask;
        uint64_t until;
        const struct workload_event *event;
};

const char *perform_make_user(struct perform_thread *thread, void **space)
{
        return world_user_create(thread->perform->image.names + thread->task->name,
                workload_user_program, workload_user_program_size, &thread->user, space);
}

void perform_free_user(struct perform_thread *thread)
{
        world_user_destroy(thread->user);
        thread->user = NULL;
}

/* Runs the program until it calls. @return false where the thread is to end */
static bool run(struct perform_thread *thread, uint64_t answer, uint64_t *number)
{
        switch (world_user_run(thread->user, answer, number)) {
        case WORLD_USER_CALL:
                __atomic_store_n(&thread->user_calls, thread->user_calls + 1, __ATOMIC_RELAXED);
                return !rota_cancelled();
        case WORLD_USER_FAULT: {
                const char *const words[] = {"the task \"",
                        thread->perform->image.names + thread->task->name,
                        "\" was ended by a fault in user mode: ", world_user_fault(thread->user),
                        NULL};
                perform_fail_with(thread->perform, words);
                return false;
        }
        default:
                return false;
        }
}

/* Has the program do what it is asked, up to its call for what comes next. @return as run() */
static bool drive(struct perform_thread *thread, const struct request *request)
{
        uint64_t number = WORKLOAD_CALL_NEXT;
        uint64_t answer = 0;

        /* Its first call, which is for its first event. */
        if (!thread->entered && !run(thread, 0, &number))
                return false;
        thread->entered = true;
        for (answer = request->ask; run(thread, answer, &number);) {
                switch (number) {
                case WORKLOAD_CALL_NEXT:
                        return true;
                case WORKLOAD_CALL_UNTIL:
                        answer = request->until;
                        break;
                case WORKLOAD_CALL_CPU_TIME:
                        answer = rota_cpu_time();
                        break;
                case WORKLOAD_CALL_CLOCK:
                        answer = rota_now();
                        break;
                case WORKLOAD_CALL_PERFORM:
                        if (!perform_event_blocking(thread, request->event))
                                return false;
                        answer = 0;
                        break;
                default:
                        perform_fail(thread->perform,
                                "user mode made an unknown call:", (uint32_t)number);
                        return false;
                }
        }
        return false;
}

bool perform_user_until(struct perform_thread *thread, bool cpu_time, uint64_t until)
{
        const struct request request = {
                .ask = cpu_time ? WORKLOAD_ASK_CPU_TIME : WORKLOAD_ASK_CLOCK, .until = until};

        return drive(thread, &request);
}

bool perform_user_event(struct perform_thread *thread, const struct workload_event *event)
{
        const struct request request = {.ask = WORKLOAD_ASK_PERFORM, .event = event};

        return drive(thread, &request);
}
