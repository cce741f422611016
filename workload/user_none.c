/* SPDX-License-Identifier: MIT */
/* Tasks that work in user mode, in a world that has none: they are refused before anything runs. */
#include "perform.h"

const char *perform_make_user(struct perform_thread *thread, void **space)
{
        (void)thread;
        (void)space;
        return "this world has no user mode";
}

void perform_free_user(struct perform_thread *thread)
{
        (void)thread;
}

bool perform_user_until(struct perform_thread *thread, bool cpu_time, uint64_t until)
{
        (void)thread;
        (void)cpu_time;
        (void)until;
        return false;
}

bool perform_user_event(struct perform_thread *thread, const struct workload_event *event)
{
        (void)thread;
        (void)event;
        return false;
}
