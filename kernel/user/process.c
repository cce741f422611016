/* SPDX-License-Identifier: MIT */
/*
 * The life of a process. Whoever decides its end (itself, a fault, its parent) cancels all its threads;
 * each ends at its next trap or wait, and the last one gives the memory back, in its exit callback, where
 * no CPU has the space loaded any more. What is left then is the end itself, which its parent takes; of
 * a process whose parent has ended, or which the kernel started, nothing is left.
 */
#include "machine.h"
#include "memory.h"
#include "user/lock.h"
#include "user/process.h"
#include "user/slab.h"

uintptr_t kernel_process_lock;
struct kernel_user_options kernel_user_options;

/* Under the lock. */
static struct kernel_process *roots; /* started by the kernel, or whose parent has ended */
static uint64_t last_id;
static uint32_t processes, threads;

static struct kernel_slab process_slab = {.size = sizeof(struct kernel_process)};
static struct kernel_slab thread_slab = {.size = sizeof(struct kernel_thread)};
static struct kernel_slab fpu_slab = {.align = 64};

static uintptr_t lock(void)
{
        return kernel_user_lock(&kernel_process_lock);
}

static void unlock(uintptr_t flags)
{
        kernel_user_unlock(&kernel_process_lock, flags);
}

int kernel_user_init(const struct kernel_user_options *options)
{
        kernel_user_options = *options;
        fpu_slab.size = rota_user_fpu_bytes();
        return !fpu_slab.size || kernel_slab_per_page(&fpu_slab) ? ROTA_OK : ROTA_ENOSPC;
}

static void link_process(struct kernel_process **list, struct kernel_process *process)
{
        process->previous = NULL;
        process->next = *list;
        if (process->next)
                process->next->previous = process;
        *list = process;
}

static void unlink_process(struct kernel_process **list, struct kernel_process *process)
{
        if (process->next)
                process->next->previous = process->previous;
        if (process->previous)
                process->previous->next = process->next;
        else
                *list = process->next;
}

/* Where a process that lives is linked. */
static struct kernel_process **siblings(struct kernel_process *process)
{
        return process->parent ? &process->parent->living : &roots;
}

/* The lock is held. */
void kernel_process_end_locked(struct kernel_process *process, enum sys_end_kind kind, int64_t code)
{
        if (process->state != KERNEL_PROCESS_LIVES)
                return;
        process->state = KERNEL_PROCESS_ENDING;
        process->end.kind = kind;
        process->end.code = code;
        for (struct kernel_thread *t = process->threads; t; t = t->next)
                rota_cancel(t->user.task.handle); /* interrupts it, too, where it is in user mode */
}

void kernel_process_end(struct kernel_process *process, enum sys_end_kind kind, int64_t code)
{
        const uintptr_t flags = lock();

        kernel_process_end_locked(process, kind, code);
        unlock(flags);
}

void kernel_user_end_all(void)
{
        const uintptr_t flags = lock();

        for (struct kernel_process *p = roots; p; p = p->next)
                kernel_process_end_locked(p, SYS_END_KILLED, 0);
        unlock(flags);
}

/* The lock is held. A process without threads tells its parent, or nobody; its children that live have
 * none any more. @return those that nobody can ask for from now on: its children that have ended, and
 * itself where it has no parent */
static struct kernel_process *settle(struct kernel_process *process)
{
        struct kernel_process *parent = process->parent, *gone = process->ended;

        process->ended = NULL;
        while (process->living) {
                struct kernel_process *child = process->living;
                unlink_process(&process->living, child);
                child->parent = NULL;
                link_process(&roots, child);
                kernel_process_end_locked(child, SYS_END_KILLED, 0);
        }
        unlink_process(siblings(process), process);
        process->state = KERNEL_PROCESS_ENDED;
        process->end.process = process->id;
        if (parent) {
                link_process(&parent->ended, process);
                rota_wait_queue_wake(&parent->waiters, UINT32_MAX, ROTA_OK);
        } else {
                process->next = gone;
                gone = process;
        }
        return gone;
}

void kernel_process_free(struct kernel_process *process)
{
        while (process) {
                struct kernel_process *next = process->next;
                const uintptr_t flags = lock();
                processes--;
                unlock(flags);
                kernel_slab_give(&process_slab, process);
                process = next;
        }
}

void kernel_process_take(struct kernel_process *parent, struct kernel_process *child)
{
        unlink_process(&parent->ended, child);
        child->next = NULL;
        parent->child_count--;
}

/* The last of its threads has ended: on a home stack, masked. */
static void process_ended(struct kernel_process *process)
{
        kernel_pipes_close(process);
        if (kernel_space_destroy(&process->space) != ROTA_OK)
                kernel_fatal("a CPU has the space of a process that has ended");
        const bool tell = process->of_kernel && kernel_user_options.ended;
        const struct kernel_process copy = *process; /* what is told has ended wholly */
        const uintptr_t flags = lock();
        struct kernel_process *gone = settle(process);
        unlock(flags);
        kernel_process_free(gone);
        if (tell)
                kernel_user_options.ended(kernel_user_options.argument, &copy);
}

/* Either may be NULL. */
static void free_thread(struct kernel_thread *thread, void *fpu)
{
        kernel_slab_give(&fpu_slab, fpu);
        kernel_slab_give(&thread_slab, thread);
}

static void thread_ended(struct rota_task *task, intptr_t code)
{
        struct kernel_thread *thread = (struct kernel_thread *)task;
        struct kernel_process *process = thread->process;
        const uintptr_t flags = lock();

        if (thread->next)
                thread->next->previous = thread->previous;
        if (thread->previous)
                thread->previous->next = thread->next;
        else
                process->threads = thread->next;
        threads--;
        const bool last = --process->thread_count == 0;
        if (last && process->state == KERNEL_PROCESS_LIVES) {
                process->state = KERNEL_PROCESS_ENDING; /* its last thread ended by itself */
                process->end.kind = SYS_END_EXIT;
                process->end.code = code;
        }
        unlock(flags);
        free_thread(thread, thread->user.context.fpu);
        if (last)
                process_ended(process);
}

static struct kernel_thread *new_thread(struct kernel_process *process)
{
        struct kernel_thread *thread = kernel_slab_take(&thread_slab);
        void *fpu = fpu_slab.size ? kernel_slab_take(&fpu_slab) : NULL;

        if (!thread || (fpu_slab.size && !fpu)) {
                free_thread(thread, fpu);
                return NULL;
        }
        thread->process = process;
        thread->user.context.fpu = fpu;
        return thread;
}

int kernel_thread_create(struct kernel_process *process, const struct rota_user_options *options,
        struct kernel_thread **out)
{
        struct rota_user_options own = *options;
        struct kernel_thread *thread = new_thread(process);
        struct rota_handle handle;
        int error = 0;

        if (!thread)
                return SYS_ENOSPC;
        own.task.name = process->name;
        own.task.on_exit = thread_ended;
        own.task.space = &process->space;
        own.task.detached = true;
        own.serve = kernel_user_serve;
        own.fpu = thread->user.context.fpu;
        const uintptr_t flags = lock();
        if (process->state != KERNEL_PROCESS_LIVES)
                error = SYS_ECANCELED;
        else if (process->thread_count >= process->limits.threads)
                error = SYS_ENOSPC;
        else
                error = rota_user_create(&thread->user, &own, &handle);
        if (!error) {
                thread->id = ++last_id;
                thread->next = process->threads;
                if (thread->next)
                        thread->next->previous = thread;
                process->threads = thread;
                process->thread_count++;
                threads++;
        }
        unlock(flags);
        if (error)
                free_thread(thread, own.fpu);
        *out = thread;
        return error == ROTA_EINVAL ? SYS_EINVAL : error;
}

static struct kernel_process *new_process(const struct kernel_spawn *spawn)
{
        struct kernel_process *process = kernel_slab_take(&process_slab);

        if (!process)
                return NULL;
        if (kernel_space_create(&process->space, spawn->limits->pages) != ROTA_OK) {
                kernel_slab_give(&process_slab, process);
                return NULL;
        }
        for (uint32_t i = 0; i < SYS_NAME_MAX - 1 && spawn->name[i]; i++)
                process->name[i] = spawn->name[i];
        process->limits = *spawn->limits;
        process->parent = spawn->parent;
        process->user = spawn->user;
        process->of_kernel = !spawn->parent;
        return process;
}

/* Makes it a child of its parent's. @return 0, or an enum sys_error */
static int enter(struct kernel_process *process)
{
        struct kernel_process *parent = process->parent;
        const uintptr_t flags = lock();
        int error = 0;

        if (parent && parent->state != KERNEL_PROCESS_LIVES)
                error = SYS_ECANCELED;
        else if (parent && parent->child_count >= parent->limits.children)
                error = SYS_ENOSPC;
        if (!error) {
                if (parent)
                        parent->child_count++;
                process->id = ++last_id;
                link_process(siblings(process), process);
                processes++;
        }
        unlock(flags);
        return error;
}

/* It never ran: as if it had not been. */
static void leave(struct kernel_process *process)
{
        const uintptr_t flags = lock();

        unlink_process(siblings(process), process);
        if (process->parent)
                process->parent->child_count--;
        processes--;
        unlock(flags);
}

int kernel_process_spawn(const struct kernel_spawn *spawn, uint64_t *id, const char **reason)
{
        struct rota_user_options first = {.task = {.params = spawn->params,
                                                  .affinity = spawn->affinity,
                                                  .stats = spawn->stats}};
        struct kernel_process *process = new_process(spawn);
        struct kernel_thread *thread = NULL;
        uintptr_t end = 0;

        *reason = "there is no memory for it";
        if (!process)
                return SYS_ENOSPC;
        int error = kernel_program_load(&process->space, spawn, &first, &end, reason);
        process->map_first = process->map_next = end + KERNEL_PAGE_SIZE;
        if (!error && spawn->ends_count) {
                *reason = "an end of a pipe is not there";
                error = kernel_pipes_inherit(process, spawn->ends, spawn->ends_count);
        }
        if (!error) {
                *reason = "a limit of processes or threads";
                error = enter(process);
                if (!error) {
                        *id = process->id;
                        error = kernel_thread_create(process, &first, &thread);
                        if (error)
                                leave(process);
                }
        }
        if (error) {
                kernel_pipes_close(process);
                kernel_space_destroy(&process->space);
                kernel_slab_give(&process_slab, process);
                return error;
        }
        if (spawn->handle)
                *spawn->handle = thread->user.task.handle;
        rota_start(thread->user.task.handle);
        return 0;
}

void kernel_user_count(uint32_t *process_count, uint32_t *thread_count)
{
        const uintptr_t flags = lock();

        *process_count = processes;
        *thread_count = threads;
        unlock(flags);
}

void kernel_user_sizes(size_t *thread, size_t *fpu, size_t *process)
{
        *thread = KERNEL_PAGE_SIZE / kernel_slab_per_page(&thread_slab);
        *fpu = fpu_slab.size ? KERNEL_PAGE_SIZE / kernel_slab_per_page(&fpu_slab) : 0;
        *process = KERNEL_PAGE_SIZE / kernel_slab_per_page(&process_slab);
}
