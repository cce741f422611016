/* SPDX-License-Identifier: MIT */
/*
 * Pipes: a ring of bytes with an end for reading and one for writing, which processes have by number and
 * give to their children. Each call holds the end that it uses; who lets the last one of a side go tells
 * the other side. Who is woken looks again; one that ends, or is dropped, with something left to have wakes
 * the next, so no wake is lost with it.
 */
#include "machine.h"
#include "memory.h"
#include "user/lock.h"
#include "user/process.h"
#include "user/slab.h"

struct kernel_pipe {
        uintptr_t lock;    /* over the rest; a wait queue's is taken under it */
        uint32_t holds[2]; /* ends and calls that read; that write */
        uint32_t first, used;
        struct rota_wait_queue waiters[2]; /* to read, to write */
        char bytes[SYS_PIPE_BYTES];
};

static struct kernel_slab slab = {.size = sizeof(struct kernel_pipe)};

/* Wakes one of a side, where there is enough for whoever that is. The lock is held. */
static void wake_one(struct kernel_pipe *pipe, bool writes)
{
        if (writes ? sizeof(pipe->bytes) - pipe->used >= SYS_PIPE_WHOLE : pipe->used > 0)
                rota_wait_queue_wake(&pipe->waiters[writes], 1, ROTA_OK);
}

static void hold(struct kernel_pipe *pipe, bool writes)
{
        const uintptr_t flags = kernel_user_lock(&pipe->lock);

        pipe->holds[writes]++;
        kernel_user_unlock(&pipe->lock, flags);
}

static void let_go(struct kernel_pipe *pipe, bool writes)
{
        const uintptr_t flags = kernel_user_lock(&pipe->lock);
        const bool closed = --pipe->holds[writes] == 0;
        const bool gone = closed && !pipe->holds[!writes];

        if (closed)
                rota_wait_queue_wake(&pipe->waiters[!writes], UINT32_MAX, ROTA_OK);
        else
                wake_one(pipe, writes);
        kernel_user_unlock(&pipe->lock, flags);
        if (gone)
                kernel_slab_give(&slab, pipe);
}

/* Ends of processes. All under the processes' lock, that of a pipe below it. */

static struct kernel_pipe_end *end_of(struct kernel_process *process, uint64_t number)
{
        return number < SYS_ENDS_MAX && process->ends[number].pipe ? &process->ends[number] : NULL;
}

/* An end that is free, from a number on; SYS_ENDS_MAX: none. */
static uint32_t free_end(const struct kernel_process *process, uint32_t from)
{
        while (from < SYS_ENDS_MAX && process->ends[from].pipe)
                from++;
        return from;
}

int kernel_pipes_inherit(struct kernel_process *process, const uint32_t *ends, uint32_t count)
{
        const uintptr_t flags = kernel_user_lock(&kernel_process_lock);
        int error = 0;

        for (uint32_t i = 0; i < count && !error; i++) {
                const struct kernel_pipe_end *end = end_of(process->parent, ends[i]);
                if (end) {
                        hold(end->pipe, end->writes);
                        process->ends[i] = *end;
                } else {
                        error = SYS_ESTALE;
                }
        }
        kernel_user_unlock(&kernel_process_lock, flags);
        return error;
}

void kernel_pipes_close(struct kernel_process *process)
{
        for (uint32_t i = 0; i < SYS_ENDS_MAX; i++) {
                struct kernel_pipe_end *end = end_of(process, i);
                if (end)
                        let_go(end->pipe, end->writes);
                process->ends[i].pipe = NULL;
        }
}

enum rota_serve kernel_call_close(struct kernel_thread *thread, const struct rota_trap *trap)
{
        const uintptr_t flags = kernel_user_lock(&kernel_process_lock);
        struct kernel_pipe_end *end = end_of(thread->process, trap->args[0]);
        const struct kernel_pipe_end closed = end ? *end : (struct kernel_pipe_end){0};

        if (end)
                end->pipe = NULL;
        kernel_user_unlock(&kernel_process_lock, flags);
        if (closed.pipe)
                let_go(closed.pipe, closed.writes);
        return kernel_answer(thread, closed.pipe ? 0 : SYS_ESTALE);
}

enum rota_serve kernel_call_pipe(struct kernel_thread *thread, const struct rota_trap *trap)
{
        struct kernel_process *process = thread->process;
        struct kernel_pipe *pipe = kernel_slab_take(&slab);
        int error = pipe ? 0 : SYS_ENOSPC;

        if (pipe) {
                pipe->holds[0] = pipe->holds[1] = 1;
                const uintptr_t flags = kernel_user_lock(&kernel_process_lock);
                uint32_t ends[2] = {free_end(process, 0)};
                ends[1] = free_end(process, ends[0] + 1);
                if (ends[1] >= SYS_ENDS_MAX)
                        error = SYS_ENOSPC;
                else if (kernel_copy_to_user(&process->space, trap->args[0], ends, sizeof(ends)) !=
                         ROTA_OK)
                        error = SYS_EINVAL;
                for (unsigned i = 0; i < 2 && !error; i++)
                        process->ends[ends[i]] = (struct kernel_pipe_end){pipe, i};
                kernel_user_unlock(&kernel_process_lock, flags);
                if (error)
                        kernel_slab_give(&slab, pipe);
        }
        return kernel_answer(thread, error);
}

/* Bytes that it has still to transfer. */
static uint64_t left(struct kernel_transfer *t)
{
        return kernel_args_of(t)[2] - (uint64_t)t->done;
}

/* Copies between the ring and a program, from `at` on. @return whether all of it may be */
static bool copy(struct kernel_transfer *t, uint32_t at, uint32_t size)
{
        struct kernel_space *space = &kernel_thread_of(t)->process->space;
        const uintptr_t address = kernel_args_of(t)[1] + (uintptr_t)t->done;
        struct kernel_pipe *pipe = t->pipe;

        for (uint32_t done = 0, piece = 0; done < size; done += piece) {
                char *bytes = &pipe->bytes[(at + done) % sizeof(pipe->bytes)];
                const uint32_t room = (uint32_t)(pipe->bytes + sizeof(pipe->bytes) - bytes);
                piece = size - done < room ? size - done : room;
                const int error =
                        t->writes ? kernel_copy_from_user(space, bytes, address + done, piece)
                                  : kernel_copy_to_user(space, address + done, bytes, piece);
                if (error)
                        return false;
        }
        return true;
}

/* How much of it can be read, or written, now. The pipe's lock is held. */
static uint32_t share(struct kernel_transfer *t)
{
        const struct kernel_pipe *pipe = t->pipe;
        const uint32_t there = t->writes ? (uint32_t)sizeof(pipe->bytes) - pipe->used : pipe->used;
        const uint64_t wanted = left(t);

        if (t->writes && wanted > there && wanted <= SYS_PIPE_WHOLE && !t->done)
                return 0;
        return wanted < there ? (uint32_t)wanted : there;
}

/* Transfers what can be; where that is nothing the wait has begun, under the same lock under which it
 * changes. @return bytes; 0: the other side is closed; SYS_EAGAIN: wait; SYS_EINVAL */
static int32_t transfer(struct kernel_transfer *t)
{
        struct kernel_pipe *pipe = t->pipe;
        const uintptr_t flags = kernel_user_lock(&pipe->lock);
        const bool closed = !pipe->holds[!t->writes];
        const uint32_t size = closed && t->writes ? 0 : share(t);
        int32_t result = (int32_t)size;

        if (size && !copy(t, t->writes ? pipe->first + pipe->used : pipe->first, size)) {
                result = SYS_EINVAL;
        } else if (size) {
                if (t->writes) {
                        pipe->used += size;
                } else {
                        pipe->first = (pipe->first + size) % SYS_PIPE_BYTES;
                        pipe->used -= size;
                }
                wake_one(pipe, !t->writes);
        } else if (!closed) {
                result = SYS_EAGAIN;
                if (kernel_args_of(t)[3])
                        rota_wait_queue_begin(&pipe->waiters[t->writes], &t->wait.node);
        }
        kernel_user_unlock(&pipe->lock, flags);
        return result;
}

/* The pipe of an end, held; NULL: the process has none such. */
static struct kernel_pipe *take(struct kernel_transfer *t)
{
        const uintptr_t flags = kernel_user_lock(&kernel_process_lock);
        const struct kernel_pipe_end *end =
                end_of(kernel_thread_of(t)->process, kernel_args_of(t)[0]);
        struct kernel_pipe *pipe = end && end->writes == t->writes ? end->pipe : NULL;

        if (pipe)
                hold(pipe, t->writes);
        kernel_user_unlock(&kernel_process_lock, flags);
        return pipe;
}

static void release(void *call)
{
        struct kernel_transfer *t = call;

        let_go(t->pipe, t->writes);
}

/* Reads once; writes until all is written. */
static ROTA_ASYNC(transfer_call, struct kernel_transfer, me)
{
        me->pipe = take(me);
        if (!me->pipe)
                ROTA_RETURN(SYS_ESTALE);
        ROTA_DEFER(&me->release, release, me);
        while (left(me)) {
                me->result = transfer(me);
                if (me->result == SYS_EAGAIN && kernel_args_of(me)[3]) {
                        ROTA_AWAIT(kernel_wait(
                                &me->wait, kernel_args_of(me)[3], kernel_wait_leave_queue));
                        if (ROTA_AWAITED == ROTA_OK)
                                continue;
                        me->result = (int32_t)ROTA_AWAITED;
                }
                if (me->result <= 0)
                        break;
                me->done += me->result;
                if (!me->writes)
                        break;
                if (left(me))
                        ROTA_YIELD; /* a reader elsewhere may keep pace with us */
        }
        if (me->writes && left(me) && !me->done && !me->result)
                ROTA_RETURN(SYS_ECLOSED);
        ROTA_RETURN((intptr_t)(me->done ? me->done : me->result));
}
ROTA_END

static enum rota_serve begin(struct kernel_thread *thread, bool writes)
{
        struct kernel_transfer *t = &thread->wait.transfer;

        t->writes = writes;
        t->done = 0;
        t->result = 0;
        return rota_user_await(&thread->user, transfer_call(t));
}

enum rota_serve kernel_call_pipe_read(struct kernel_thread *thread, const struct rota_trap *trap)
{
        (void)trap;
        return begin(thread, false);
}

enum rota_serve kernel_call_pipe_write(struct kernel_thread *thread, const struct rota_trap *trap)
{
        (void)trap;
        return begin(thread, true);
}
