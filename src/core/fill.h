/* SPDX-License-Identifier: MIT */
/* What a new task is filled with, of any kind: by the create call, and where futures are spawned. */
#ifndef ROTA_CORE_FILL_H
#define ROTA_CORE_FILL_H

#include "core/debug.h"
#include "core/joins.h"
#include "core/kept.h"

/* A handle in one store: who reads it as one soon after would wait for two to reach the cache, for they
 * cannot be forwarded together. */
static inline struct rota_handle handle_of(uint32_t index, uint32_t generation)
{
        const uint16_t one = 1;
        uint8_t low_first;
        struct rota_handle handle;

        __builtin_memcpy(&low_first, &one, 1);
        uint64_t word =
                low_first ? (uint64_t)generation << 32 | index : (uint64_t)index << 32 | generation;
        __builtin_memcpy(&handle, &word, sizeof(handle));
        return handle;
}

_Static_assert(sizeof(struct rota_handle) == 8 && offsetof(struct rota_handle, index) == 0,
        "handle_of() knows what a handle consists of");

/* All of a task but its context, and its slot but for the word, by which it is there for others. `cpu`: whose
 * number is where it is said to be. */
static inline __attribute__((always_inline)) void task_fill(const struct rota *rota,
        struct rota_task *task, const struct rota_kind *kind,
        const struct rota_task_options *options, struct rota_slot *slot, uint32_t index,
        uint32_t cpu, uint8_t marks, uint8_t flags)
{
        uint32_t generation = word_generation(rota_atomic_load(&slot->word));
        uint8_t class_index = options->params.class_index;

        task->kind = kind;
        task->on = NULL;
        task->slot = slot;
        task->handle = handle_of(index, generation);
        task->name = options->name ? options->name : "task";
        task->space = options->space;
        task->stats = options->stats;
        task->on_exit = options->on_exit;
        task->exit_code = 0;
        task->affinity = options->affinity;
        rota_atomic_store(&task->cpu, cpu);
        debug_set(task->debug, (struct rota_task_debug){0});
        rota_atomic_store(&task->where, WHERE_NONE);
        task->class_index = class_index;
        task->class_epoch = rota_atomic_load(&rota->class_epoch[class_index]);
        task->marks = marks;
        task->guard = 0; /* these three in one store: unbound() reads them as one */
        task->flags = flags;
        task->fate = FATE_READY;
        task->unserved_since = 0;
        task->blocked = NULL;
        rota_atomic_store(&task->held, NULL);
        task->last_cpu = UINT16_MAX;
        if (options->stats)
                *options->stats = (struct rota_task_stats){0};
        rota->classes[class_index]->init_task(task, &options->params);
        rota_atomic_store_release(&slot->value, (uintptr_t)task);
        rota_atomic_store(&slot->joins, options->detached ? NULL : joins_open(generation));
        rota_atomic_store(
                &slot->notes, notes_of(generation)); /* what came for the last one is gone */
}

#endif
