/* SPDX-License-Identifier: MIT */
/*
 * What user mode comes to the kernel for. A call that does not wait answers at once; one that does is a
 * future (waits.h) that is polled in its thread's turns: so no thread has anything on a stack of the
 * kernel's.
 */
#include "machine.h"
#include "console.h"
#include "memory.h"
#include "user/lock.h"
#include "user/process.h"

_Static_assert(
        (int)SYS_EINVAL == (int)ROTA_EINVAL && (int)SYS_ETIMEDOUT == (int)ROTA_ETIMEDOUT &&
                (int)SYS_EBUSY == (int)ROTA_EBUSY && (int)SYS_ENOSPC == (int)ROTA_ENOSPC &&
                (int)SYS_EAGAIN == (int)ROTA_EAGAIN && (int)SYS_EPOLICY == (int)ROTA_EPOLICY &&
                (int)SYS_ESTALE == (int)ROTA_ESTALE && (int)SYS_ECLOSED == (int)ROTA_ECLOSED &&
                (int)SYS_ECANCELED == (int)ROTA_ECANCELED,
        "what Rota answers is passed on");
_Static_assert((int)SYS_FAULT_READ == (int)ROTA_FAULT_READ &&
                       (int)SYS_FAULT_OTHER == (int)ROTA_FAULT_OTHER &&
                       (int)SYS_FAULT_DIVIDE == (int)ROTA_FAULT_DIVIDE,
        "likewise its faults");

/* Each write is printed in pieces of this. */
#define PIECE 256

/* A shorter slice would cost more than it gives. */
#define SLICE_LEAST (100 * ROTA_US)

static enum rota_serve end(struct kernel_thread *thread, enum sys_end_kind kind, int64_t code)
{
        kernel_process_end(thread->process, kind, code);
        thread->user.task.exit_code = (intptr_t)code;
        return ROTA_SERVE_END;
}

static enum rota_serve call_exit(struct kernel_thread *thread, const struct rota_trap *trap)
{
        return end(thread, SYS_END_EXIT, (int64_t)trap->args[0]);
}

static enum rota_serve call_write(struct kernel_thread *thread, const struct rota_trap *trap)
{
        const size_t size = trap->args[1] < SYS_WRITE_MAX ? trap->args[1] : SYS_WRITE_MAX;
        char text[PIECE];

        /* Readable to its end, so that nothing is printed of what is refused; pages may go meanwhile,
         * and then the rest is. */
        for (size_t at = 0; at < size; at += PIECE)
                if (kernel_copy_from_user(&thread->process->space, text, trap->args[0] + at,
                            size - at < PIECE ? size - at : PIECE) != ROTA_OK)
                        return kernel_answer(thread, SYS_EINVAL);
        const uintptr_t flags = kernel_console_take();
        for (size_t at = 0; at < size; at += PIECE) {
                const size_t piece = size - at < PIECE ? size - at : PIECE;
                if (kernel_copy_from_user(
                            &thread->process->space, text, trap->args[0] + at, piece) != ROTA_OK)
                        break;
                for (size_t i = 0; i < piece; i++)
                        machine_putc(text[i]);
        }
        kernel_console_give(flags);
        return kernel_answer(thread, (int64_t)size);
}

static enum rota_serve call_yield(struct kernel_thread *thread, const struct rota_trap *trap)
{
        (void)trap;
        thread->user.value = 0;
        return ROTA_SERVE_YIELD;
}

static enum rota_serve call_time(struct kernel_thread *thread, const struct rota_trap *trap)
{
        (void)trap;
        return kernel_answer(thread, (int64_t)rota_now());
}

static enum rota_serve call_self(struct kernel_thread *thread, const struct rota_trap *trap)
{
        (void)trap;
        return kernel_answer(thread, (int64_t)thread->id);
}

static enum rota_serve call_get_params(struct kernel_thread *thread, const struct rota_trap *trap)
{
        const struct kernel_limits *limits = &thread->process->limits;
        struct rota_params params = {0};
        struct sys_params out = {0};

        rota_get_params(thread->user.task.handle, &params);
        out.class_index = (uint32_t)params.class_index - limits->class_first;
        out.flags = params.flags & ROTA_PARAMS_FIFO ? SYS_PARAMS_FIFO : 0;
        out.priority = params.priority;
        out.weight = params.weight;
        out.slice_ns = params.slice_ns;
        return kernel_answer(thread,
                kernel_copy_to_user(&thread->process->space, trap->args[0], &out, sizeof(out)));
}

/* Whether a program may have what it asks for; a default is the level of its own beginning. */
static int permit(const struct kernel_limits *limits, struct sys_params *params)
{
        if (params->class_index >= limits->class_count || (params->flags & ~SYS_PARAMS_FIFO) ||
                params->priority > UINT16_MAX ||
                (params->slice_ns && (params->slice_ns < SLICE_LEAST || params->slice_ns > ROTA_S)))
                return SYS_EINVAL;
        if (!params->priority)
                params->priority = limits->priority;
        if (params->priority < limits->priority || (params->flags && !limits->fifo))
                return SYS_EPOLICY;
        return 0;
}

static enum rota_serve call_set_params(struct kernel_thread *thread, const struct rota_trap *trap)
{
        const struct kernel_limits *limits = &thread->process->limits;
        struct rota_params params = {0};
        struct sys_params in;

        if (kernel_copy_from_user(&thread->process->space, &in, trap->args[0], sizeof(in)) !=
                ROTA_OK)
                return kernel_answer(thread, SYS_EINVAL);
        const int refused = permit(limits, &in);
        if (refused)
                return kernel_answer(thread, refused);
        rota_get_params(thread->user.task.handle, &params);
        params.class_index = (uint8_t)(limits->class_first + in.class_index);
        params.flags = in.flags ? ROTA_PARAMS_FIFO : 0;
        params.priority = (uint16_t)in.priority;
        params.weight = in.weight;
        params.slice_ns = in.slice_ns;
        return kernel_answer(thread, rota_set_params(thread->user.task.handle, &params));
}

static enum rota_serve call_info(struct kernel_thread *thread, const struct rota_trap *trap)
{
        const struct kernel_process *process = thread->process;
        struct sys_info info = {0};
        size_t thread_bytes = 0, fpu_bytes = 0, process_bytes = 0;
        const uintptr_t flags = kernel_user_lock(&kernel_process_lock);

        info.process = process->id;
        info.parent = process->parent ? process->parent->id : 0;
        info.threads = process->thread_count;
        kernel_user_unlock(&kernel_process_lock, flags);
        info.cpus = kernel_user_options.cpus;
        info.cpu = machine_cpu()->index;
        info.page_size = (uint32_t)KERNEL_PAGE_SIZE;
        info.pages = process->space.pages;
        info.pages_max = process->space.pages_max;
        kernel_user_sizes(&thread_bytes, &fpu_bytes, &process_bytes);
        info.thread_bytes = (uint32_t)thread_bytes;
        info.fpu_bytes = (uint32_t)fpu_bytes;
        info.pages_free = kernel_frames_free();
        memcpy(info.machine, MACHINE_NAME, sizeof(MACHINE_NAME));
        return kernel_answer(thread,
                kernel_copy_to_user(&thread->process->space, trap->args[0], &info, sizeof(info)));
}

static kernel_call *const calls[SYS_CALLS] = {
        [SYS_EXIT] = call_exit,
        [SYS_WRITE] = call_write,
        [SYS_YIELD] = call_yield,
        [SYS_TIME] = call_time,
        [SYS_SLEEP] = kernel_call_sleep,
        [SYS_SLEEP_UNTIL] = kernel_call_sleep_until,
        [SYS_SELF] = call_self,
        [SYS_SPAWN] = kernel_call_spawn,
        [SYS_WAIT] = kernel_call_wait,
        [SYS_KILL] = kernel_call_kill,
        [SYS_GET_PARAMS] = call_get_params,
        [SYS_SET_PARAMS] = call_set_params,
        [SYS_PARK] = kernel_call_park,
        [SYS_WAKE] = kernel_call_wake,
        [SYS_MAP] = kernel_call_map,
        [SYS_UNMAP] = kernel_call_unmap,
        [SYS_PROTECT] = kernel_call_protect,
        [SYS_THREAD] = kernel_call_thread,
        [SYS_THREAD_EXIT] = kernel_call_thread_exit,
        [SYS_INFO] = call_info,
        [SYS_REQUEUE] = kernel_call_requeue,
        [SYS_JOIN] = kernel_call_join,
        [SYS_PIPE] = kernel_call_pipe,
        [SYS_PIPE_READ] = kernel_call_pipe_read,
        [SYS_PIPE_WRITE] = kernel_call_pipe_write,
        [SYS_CLOSE] = kernel_call_close,
};

static enum rota_serve serve_fault(struct kernel_thread *thread, const struct rota_trap *trap)
{
        struct kernel_process *process = thread->process;
        const uintptr_t flags = kernel_user_lock(&kernel_process_lock);
        const bool first = process->state == KERNEL_PROCESS_LIVES && !process->end.fault;

        if (first) {
                process->end.fault =
                        trap->reason == ROTA_TRAP_FAULT ? trap->fault : ROTA_FAULT_OTHER;
                process->end.address = trap->address;
        }
        kernel_user_unlock(&kernel_process_lock, flags);
        if (first)
                kernel_user_report(thread, trap);
        return end(thread, SYS_END_FAULT, 0);
}

enum rota_serve kernel_user_serve(struct rota_user *user, const struct rota_trap *trap)
{
        struct kernel_thread *thread = (struct kernel_thread *)user;

        switch (trap->reason) {
        case ROTA_TRAP_SYSCALL:
                return trap->number < SYS_CALLS ? calls[trap->number](thread, trap)
                                                : kernel_answer(thread, SYS_ENOCALL);
        case ROTA_TRAP_EXIT:
                return ROTA_SERVE_END;
        default:
                return serve_fault(thread, trap);
        }
}
