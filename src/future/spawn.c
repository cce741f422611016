/* SPDX-License-Identifier: MIT */
/*
 * Spawning: future tasks that begin where they are made. They need no context, so all of it, the slot too,
 * is done under one lock, that of this CPU's queues, for as many as there are. Where there is more to ask
 * (another CPU is to have them, policies rank) each is created and started like any task.
 */
#include <rota/future.h>

#include "core/fill.h"
#include "core/place_one.h"
#include "future/kind.h"

/* As many as a future may spawn ahead of those that wait, in one call: it waits for them, as a rule. */
#define AHEAD_MOST 4u

/* How many tasks are made before the first is queued. */
#define CHUNK 32u

struct batch {
        struct rota_future_task *const *tasks;
        struct rota_future *const *futures;
        struct rota_handle *handles;
        const struct rota_task_options *options;
        uint32_t count;
};

/* May they all begin here, and is that all there is to it? Masked. */
static inline __attribute__((always_inline)) bool simple(
        const struct rota_cpu *cpu, const struct rota_task_options *options)
{
        if (ROTA_DEBUG || !cpu || !cpu->rota || (options->stats && !cpu->exact))
                return false;
        const struct rota *rota = cpu->rota;
        uint8_t class_index = options->params.class_index;
        return class_index < rota->class_count &&
               rota_affinity_allows(options->affinity, cpu->index) &&
               queue_plain(cpu, queue_of(cpu, class_index)) &&
               policy_admits(rota->classes[class_index], &options->params) == ROTA_OK;
}

/* In a slot of this CPU's, whose lock is held; false where there is none. */
static inline __attribute__((always_inline)) bool make(struct rota_cpu *cpu,
        struct rota_future_task *task, struct rota_future *future,
        const struct rota_task_options *options, struct rota_handle *handle)
{
        uint32_t index;
        struct rota_slot *slot = slot_take_kept(cpu, &index);

        if (rota_unlikely(!slot))
                return false;
        task_fill(cpu->rota, &task->task, cpu->exact ? &future_traced_kind : &future_kind, options,
                slot, index, cpu->index, MARK_POLLED, 0);
        task->future = future;
        task->scopes = NULL;
        if (handle)
                *handle = task->task.handle;
        /* Release: the task, to whoever uses the handle; partner: every acquire of the word. It is in
         * no queue yet: who looks for it waits for the lock (place_lock). */
        rota_atomic_store_release(
                &slot->word, word_make(task->task.handle.generation,
                                     WORD_RUNNABLE | (options->detached ? WORD_DETACHED : 0)));
        return true;
}

/* Some of them, from the first on; how many. This CPU's lock is held. */
static uint32_t spawn_here(struct rota_cpu *cpu, const struct batch *batch, uint32_t *need)
{
        struct rota_task *tasks[CHUNK];
        struct rota_queue *queue = queue_of(cpu, batch->options->params.class_index);
        uint32_t most = batch->count < CHUNK ? batch->count : CHUNK;
        uint32_t made = 0;

        while (made < most) {
                if (!make(cpu, batch->tasks[made], batch->futures[made], batch->options,
                            batch->handles ? &batch->handles[made] : NULL))
                        break;
                tasks[made] = &batch->tasks[made]->task;
                made++;
        }
        bool ahead = made <= AHEAD_MOST && queue_polls(cpu, queue);
        if (made)
                *need |= place_here(cpu, queue, tasks, made, ahead, ROTA_ENQ_NEW);
        return made;
}

static const struct rota_task_options defaults;

/* Without a handle nobody could join it, and its slot would never be free again. */
static inline bool named(const struct rota_handle *handles, const struct rota_task_options *options)
{
        return rota_likely(handles != NULL) || options->detached;
}

/* Creates and starts one, like any task. */
static __attribute__((noinline)) int spawn_slowly(struct rota_future_task *task,
        struct rota_future *future, const struct rota_task_options *options,
        struct rota_handle *handle)
{
        struct rota_handle its;
        int result = rota_future_create(task, future, options, &its);

        if (result != ROTA_OK)
                return result;
        if (handle)
                *handle = its;
        rota_start(its);
        return ROTA_OK;
}

int rota_spawn_many(struct rota_future_task *const *tasks, struct rota_future *const *futures,
        uint32_t count, const struct rota_task_options *options, struct rota_handle *handles)
{
        struct batch batch = {tasks, futures, handles, options ? options : &defaults, count};
        uint32_t done = 0;

        if (!tasks || !futures || !count || count > INT32_MAX || !named(handles, batch.options))
                return ROTA_EINVAL;
        for (uint32_t i = 0; i < count; i++) {
                if (!tasks[i] || !futures[i] || !futures[i]->poll)
                        return ROTA_EINVAL;
        }
        while (done < count) {
                uint32_t made = 0;
                uint32_t need = 0;
                uintptr_t flags = rota_port_irq_save();
                struct rota_cpu *cpu = rota_port_cpu();
                if (rota_likely(simple(cpu, batch.options))) {
                        rota_lock(&cpu->lock);
                        made = spawn_here(cpu, &batch, &need);
                        rota_unlock(&cpu->lock);
                        if (need)
                                place_notify(cpu, need);
                }
                dispatch_leave(flags);
                if (rota_unlikely(!made)) {
                        int result = spawn_slowly(
                                batch.tasks[0], batch.futures[0], options, batch.handles);
                        if (result != ROTA_OK)
                                return done ? (int)done : result;
                        made = 1;
                }
                done += made;
                batch.tasks += made;
                batch.futures += made;
                batch.count -= made;
                if (batch.handles)
                        batch.handles += made;
        }
        return (int)done;
}

/* One, as spawn_here() does. Inline for each kind of options. */
static inline __attribute__((always_inline)) int spawn_one(struct rota_future_task *task,
        struct rota_future *future, const struct rota_task_options *options,
        struct rota_handle *handle)
{
        if (rota_unlikely(!named(handle, options)))
                return ROTA_EINVAL;
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();

        if (rota_unlikely(!simple(cpu, options))) {
                rota_port_irq_restore(flags);
                return spawn_slowly(task, future, options, handle);
        }
        rota_lock(&cpu->lock);
        struct rota_queue *queue = queue_of(cpu, options->params.class_index);
        if (rota_unlikely(!make(cpu, task, future, options, handle))) {
                rota_unlock(&cpu->lock);
                dispatch_leave(flags);
                return spawn_slowly(task, future, options, handle);
        }
        bool ahead = queue_polls(cpu, queue);
        uint32_t need = place_one_here(cpu, queue, &task->task, ahead, ROTA_ENQ_NEW);
        rota_unlock(&cpu->lock);
        if (rota_unlikely(need))
                place_notify(cpu, need);
        if (rota_unlikely(rota_atomic_load(&cpu->need)))
                dispatch_leave_slowly(flags);
        else
                rota_port_irq_restore(flags);
        return ROTA_OK;
}

int rota_spawn(struct rota_future_task *task, struct rota_future *future,
        const struct rota_task_options *options, struct rota_handle *handle)
{
        if (rota_unlikely(!task || !future || !future->poll))
                return ROTA_EINVAL;
        return options ? spawn_one(task, future, options, handle)
                       : spawn_one(task, future, &defaults, handle);
}
