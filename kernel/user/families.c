/* SPDX-License-Identifier: MIT */
/* Calls about other processes and threads: spawn, wait, kill, thread, join. */
#include "machine.h"
#include "base/list.h"
#include "user/lock.h"
#include "user/process.h"

/* A text of the program's that ends with NUL within @p size bytes. @return whether it is one */
static bool read_text(struct kernel_thread *thread, char *to, size_t size, uintptr_t from)
{
        for (size_t i = 0; i < size; i++) {
                if (kernel_copy_from_user(&thread->process->space, to + i, from + i, 1) != ROTA_OK)
                        return false;
                if (!to[i])
                        return i > 0;
        }
        return false;
}

enum rota_serve kernel_call_spawn(struct kernel_thread *thread, const struct rota_trap *trap)
{
        struct kernel_process *process = thread->process;
        struct kernel_spawn spawn = {.parent = process, .limits = &process->limits};
        char name[SYS_NAME_MAX], arguments[SYS_ARGUMENTS_MAX];
        uint32_t ends[SYS_ENDS_MAX];
        struct sys_spawn in;
        const char *reason = NULL;
        uint64_t id = 0;

        if (kernel_copy_from_user(&process->space, &in, trap->args[0], sizeof(in)) != ROTA_OK ||
                !read_text(thread, name, sizeof(name), in.name) ||
                in.arguments_size > sizeof(arguments) ||
                kernel_copy_from_user(
                        &process->space, arguments, in.arguments, in.arguments_size) != ROTA_OK ||
                (in.arguments_size && arguments[in.arguments_size - 1]) ||
                in.ends_count > SYS_ENDS_MAX ||
                (in.ends_count && kernel_copy_from_user(&process->space, ends, in.ends,
                                          in.ends_count * sizeof(ends[0])) != ROTA_OK))
                return kernel_answer(thread, SYS_EINVAL);
        spawn.name = name;
        spawn.arguments = arguments;
        spawn.arguments_size = in.arguments_size;
        spawn.ends = ends;
        spawn.ends_count = (uint32_t)in.ends_count;
        spawn.affinity = rota_affinity_all();
        rota_get_params(thread->user.task.handle, &spawn.params);
        const int error = kernel_process_spawn(&spawn, &id, &reason);
        return kernel_answer(thread, error ? error : (int64_t)id);
}

static struct kernel_process *find(struct kernel_process *list, uint64_t id)
{
        while (list && id && list->id != id)
                list = list->next;
        return list;
}

/* Takes a child that has ended. Where there is none yet the wait has begun, under the same lock under
 * which children end. @return its number; SYS_EAGAIN: wait; SYS_ESTALE */
static int64_t take_child(struct kernel_wait_child *call, const uintptr_t *args)
{
        struct kernel_process *process = kernel_thread_of(call)->process, *gone = NULL;
        const uintptr_t flags = kernel_user_lock(&kernel_process_lock);
        struct kernel_process *child = find(process->ended, args[0]);
        int64_t result = SYS_EAGAIN;

        if (child) {
                kernel_process_take(process, child);
                call->end = child->end;
                gone = child;
                result = (int64_t)child->id;
        } else if (!find(process->living, args[0])) {
                result = SYS_ESTALE;
        } else if (args[2]) {
                rota_wait_queue_begin(&process->waiters, &call->wait.node);
        }
        kernel_user_unlock(&kernel_process_lock, flags);
        kernel_process_free(gone);
        return result;
}

/* The end, to where the program wants it. */
static int put_end(struct kernel_thread *thread, uintptr_t place, const struct sys_end *end)
{
        return place ? kernel_copy_to_user(&thread->process->space, place, end, sizeof(*end))
                     : ROTA_OK;
}

static ROTA_ASYNC(wait_call, struct kernel_wait_child, me)
{
        while ((me->result = take_child(me, kernel_args_of(me))) == SYS_EAGAIN &&
                kernel_args_of(me)[2]) {
                ROTA_AWAIT(kernel_wait(&me->wait, kernel_args_of(me)[2], kernel_wait_leave_queue));
                if (ROTA_AWAITED != ROTA_OK)
                        ROTA_RETURN(ROTA_AWAITED);
        }
        if (me->result > 0 && put_end(kernel_thread_of(me), kernel_args_of(me)[1], &me->end))
                ROTA_RETURN(SYS_EINVAL); /* the place was unmapped meanwhile; the child is gone */
        ROTA_RETURN((intptr_t)me->result);
}
ROTA_END

enum rota_serve kernel_call_wait(struct kernel_thread *thread, const struct rota_trap *trap)
{
        struct kernel_wait_child *call = &thread->wait.child;

        call->end = (struct sys_end){0};
        if (put_end(thread, trap->args[1],
                    &call->end)) /* before anything is taken: a place for it */
                return kernel_answer(thread, SYS_EINVAL);
        return rota_user_await(&thread->user, wait_call(call));
}

enum rota_serve kernel_call_kill(struct kernel_thread *thread, const struct rota_trap *trap)
{
        struct kernel_process *process = thread->process;
        const uintptr_t flags = kernel_user_lock(&kernel_process_lock);
        struct kernel_process *child = trap->args[0] ? find(process->living, trap->args[0]) : NULL;
        int error = 0;

        if (child)
                kernel_process_end_locked(child, SYS_END_KILLED, 0);
        else if (!trap->args[0] || !find(process->ended, trap->args[0]))
                error = SYS_ESTALE;
        kernel_user_unlock(&kernel_process_lock, flags);
        return kernel_answer(thread, error);
}

enum rota_serve kernel_call_thread(struct kernel_thread *thread, const struct rota_trap *trap)
{
        struct rota_user_options options = {0};
        struct kernel_thread *made = NULL;

        if (trap->args[0] < KERNEL_USER_START || trap->args[0] >= KERNEL_USER_END ||
                trap->args[1] < KERNEL_USER_START || trap->args[1] > KERNEL_USER_END ||
                (trap->args[1] & 15))
                return kernel_answer(thread, SYS_EINVAL);
        rota_get_params(thread->user.task.handle, &options.task.params);
        options.pc = trap->args[0];
        options.sp = trap->args[1] - MACHINE_USER_CALL; /* as if it had been called */
        options.argument = trap->args[2];
        const int error = kernel_thread_create(thread->process, &options, &made);
        if (error)
                return kernel_answer(thread, error);
        const int64_t id = (int64_t)made->id;
        rota_start(made->user.task.handle);
        return kernel_answer(thread, id);
}

static void leave_join(struct kernel_wait *wait)
{
        const struct kernel_join *join = rota_container(wait, struct kernel_join, wait);

        rota_join_finish(join->other, &wait->node);
}

static ROTA_ASYNC(join_call, struct kernel_join, me)
{
        rota_wait_init(&me->wait.node);
        /* Ended since it was looked for: there is nobody left to tell of it. */
        if (rota_join_begin(me->other, &me->wait.node, false) != ROTA_EAGAIN)
                ROTA_RETURN(0);
        ROTA_AWAIT(kernel_wait(&me->wait, kernel_args_of(me)[1], leave_join));
        ROTA_RETURN(ROTA_AWAITED);
}
ROTA_END

enum rota_serve kernel_call_join(struct kernel_thread *thread, const struct rota_trap *trap)
{
        const uintptr_t flags = kernel_user_lock(&kernel_process_lock);
        const struct kernel_thread *other = thread->process->threads;

        while (other && other->id != trap->args[0])
                other = other->next;
        if (other)
                thread->wait.join.other = other->user.task.handle;
        kernel_user_unlock(&kernel_process_lock, flags);
        if (!other || other == thread)
                return kernel_answer(thread, other ? SYS_EINVAL : SYS_ESTALE);
        return rota_user_await(&thread->user, join_call(&thread->wait.join));
}

enum rota_serve kernel_call_thread_exit(struct kernel_thread *thread, const struct rota_trap *trap)
{
        const uint32_t zero = 0;

        if (trap->args[0]) {
                if ((trap->args[0] & 3) || kernel_copy_to_user(&thread->process->space,
                                                   trap->args[0], &zero, sizeof(zero)) != ROTA_OK)
                        return kernel_answer(thread, SYS_EINVAL);
                kernel_word_wake(thread->process, trap->args[0], UINT64_MAX);
        }
        thread->user.task.exit_code = 0;
        return ROTA_SERVE_END;
}
