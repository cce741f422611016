/* SPDX-License-Identifier: MIT */
/* Threads: the kind whose turns are on stacks of their own. */
#include "core/debug.h"

static const struct rota_kind thread_kind = {.name = "thread"};

struct rota_cleanup **thread_cleanups(struct rota_task *task)
{
        return task->kind == &thread_kind ? &((struct rota_thread *)task)->cleanups : NULL;
}

/* Entered by the first switch to the thread, with the CPU's lock held and interrupts masked. */
static void thread_main(void *argument)
{
        struct rota_thread *thread = argument;

        dispatch_finish();
        dispatch_react(rota_port_cpu());
        rota_port_irq_enable();
        rota_exit(thread->entry(thread->argument));
}

int thread_make(struct rota_thread *thread, const struct rota_thread_options *options,
        size_t stack_size, struct rota_handle *handle)
{
        if (debug_thread_reused(thread))
                return ROTA_ESTATE;
        thread->entry = options->entry;
        thread->argument = options->argument;
        thread->cleanups = NULL;
        thread->context.sp = NULL;
        thread->context.stack = (char *)options->stack;
        thread->context.stack_size = stack_size;
        return rota_task_create(
                &thread->task, &thread_kind, &thread->context, &options->task, handle);
}

int rota_thread_create(struct rota_thread *thread, const struct rota_thread_options *options,
        struct rota_handle *handle)
{
        if (!thread || !options || !options->entry || !options->stack ||
                options->stack_size < ROTA_STACK_MIN)
                return ROTA_EINVAL;
        if ((uintptr_t)options->stack + options->stack_size < (uintptr_t)options->stack)
                return ROTA_EINVAL;
        debug_call("rota_thread_create");
        size_t size = options->stack_size;
        struct rota_extra *extra = NULL;
        int result = ROTA_OK;
        if (rota_unlikely(options->fpu || options->tls))
                result = extra_carve(options, &size, &extra);
        if (result == ROTA_OK)
                result = thread_make(thread, options, size, handle);
        if (result == ROTA_OK) {
                thread->context.extra = extra;
                rota_port_context_init(&thread->context, thread_main, thread);
        }
        return result;
}
