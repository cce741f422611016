/* SPDX-License-Identifier: MIT */
/* Calls about other processes and threads: spawn, wait, kill, thread. */
#include "machine.h"
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
        struct sys_spawn in;
        const char *reason = NULL;
        uint64_t id = 0;

        if (kernel_copy_from_user(&process->space, &in, trap->args[0], sizeof(in)) != ROTA_OK ||
                !read_text(thread, name, sizeof(name), in.name) ||
                in.arguments_size > sizeof(arguments) ||
                kernel_copy_from_user(
                        &process->space, arguments, in.arguments, in.arguments_size) != ROTA_OK ||
                (in.arguments_size && arguments[in.arguments_size - 1]))
                return kernel_answer(thread, SYS_EINVAL);
        spawn.name = name;
        spawn.arguments = arguments;
        spawn.arguments_size = in.arguments_size;
        spawn.affinity = rota_affinity_all();
        rota_get_params(thread->handle, &spawn.params);
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
static int64_t take_child(struct kernel_thread *thread, uint64_t id, bool waits,
        struct sys_end *end, struct kernel_process **gone)
{
        struct kernel_process *process = thread->process;
        const uintptr_t flags = kernel_user_lock(&kernel_process_lock);
        struct kernel_process *child = find(process->ended, id);
        int64_t result = SYS_EAGAIN;

        if (child) {
                kernel_process_take(process, child);
                *end = child->end;
                *gone = child;
                result = (int64_t)child->id;
        } else if (!find(process->living, id)) {
                result = SYS_ESTALE;
        } else if (waits) {
                rota_wait_queue_begin(&process->waiters, &thread->user.wait);
        }
        kernel_user_unlock(&kernel_process_lock, flags);
        return result;
}

enum rota_serve kernel_call_wait(struct kernel_thread *thread, const struct rota_trap *trap)
{
        const bool waits = trap->args[2] != 0;
        struct kernel_process *gone = NULL;
        struct sys_end end = {0};
        int64_t result = ROTA_OK;

        /* Before anything is taken: a place for it. */
        if (!trap->again && trap->args[1] &&
                kernel_copy_to_user(&thread->process->space, trap->args[1], &end, sizeof(end)))
                return kernel_answer(thread, SYS_EINVAL);
        if (trap->again) {
                result = rota_wait_disarm(&thread->user.wait);
                if (result == ROTA_EAGAIN)
                        return ROTA_SERVE_PENDING;
                rota_wait_queue_finish(&thread->user.wait);
        }
        while (result == ROTA_OK) {
                result = take_child(thread, trap->args[0], waits, &end, &gone);
                if (result != SYS_EAGAIN || !waits)
                        break;
                result = rota_wait_arm(&thread->user.wait, rota_timeout_at(trap->args[2]));
                if (result == ROTA_EAGAIN)
                        return ROTA_SERVE_PENDING;
                rota_wait_queue_finish(&thread->user.wait);
        }
        kernel_process_free(gone);
        if (result == ROTA_ECANCELED)
                return ROTA_SERVE_END;
        if (result > 0 && trap->args[1] &&
                kernel_copy_to_user(&thread->process->space, trap->args[1], &end, sizeof(end)))
                result = SYS_EINVAL; /* the place was unmapped meanwhile; the child is gone */
        return kernel_answer(thread, result);
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
        rota_get_params(thread->handle, &options.task.params);
        options.pc = trap->args[0];
        options.sp = trap->args[1] - MACHINE_USER_CALL; /* as if it had been called */
        options.argument = trap->args[2];
        const int error = kernel_thread_create(thread->process, &options, &made);
        if (error)
                return kernel_answer(thread, error);
        const int64_t id = (int64_t)made->id;
        rota_start(made->handle);
        return kernel_answer(thread, id);
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
