/* SPDX-License-Identifier: MIT */
/*
 * Tasks that are user programs. Each has a thread's place in the run (its account, its line in the report),
 * but it is the world that makes it, when the others start, from the file of the task's name.
 */
#include "perform.h"

#include <world_programs.h>

#define DIGITS_MOST 24

bool perform_is_program(const struct perform_thread *thread)
{
        return thread->events[0].kind == WORKLOAD_PROGRAM;
}

static const char *name_of(const struct perform_thread *thread)
{
        return thread->perform->image.names + thread->task->name;
}

/* The code, as text that ends with the buffer. */
static const char *digits(intptr_t code, char *buffer)
{
        char *at = &buffer[DIGITS_MOST - 1];
        uintptr_t left = code < 0 ? 0 - (uintptr_t)code : (uintptr_t)code;

        *at = '\0';
        do
                *--at = (char)('0' + left % 10);
        while ((left /= 10) != 0);
        if (code < 0)
                *--at = '-';
        return at;
}

static void program_ended(void *user, const struct world_program_end *end)
{
        struct perform_thread *thread = user;
        char buffer[DIGITS_MOST];

        thread->exit_code = end->code;
        if (end->fault) {
                const char *const words[] = {"the program ", name_of(thread),
                        " was ended by a fault: ", end->fault, NULL};
                perform_fail_with(thread->perform, words);
        } else if (end->code && !end->killed) {
                const char *const words[] = {"the program ", name_of(thread),
                        " ended with the code ", digits(end->code, buffer), NULL};
                perform_fail_with(thread->perform, words);
        }
        perform_thread_ended(thread);
}

bool perform_set_up_programs(struct perform *perform)
{
        const uint32_t count = perform->image.header->thread_count;
        uint32_t programs = 0;

        for (uint32_t i = 0; i < count; i++)
                programs += perform_is_program(&perform->threads[i]);
        perform->programs = programs;
        if (!programs)
                return true;
        const char *wrong =
                world_programs_begin(perform->world, perform->image.header->cpus, program_ended);
        if (wrong)
                perform_fail(perform, wrong, 0);
        return !wrong;
}

void perform_start_program(struct perform_thread *thread)
{
        struct perform *perform = thread->perform;
        const struct world_program program = {.name = name_of(thread),
                .params = perform_params(&thread->task->params),
                .affinity = perform_affinity(perform, thread->task->mask),
                .stats = &thread->stats,
                .user = thread};
        const char *wrong = world_program_start(&program, &thread->handle);

        if (!wrong)
                return;
        const char *const words[] = {"the program ", name_of(thread), ": ", wrong, NULL};
        perform_fail_with(perform, words);
        perform_thread_ended(thread);
}
