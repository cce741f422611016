/* SPDX-License-Identifier: MIT */
/* Sizes for callers in other languages. */
#include <rota/layout.h>

#include "core/core.h"

#define EXTENT(type)                                                                               \
        {                                                                                          \
                sizeof(type), _Alignof(type)                                                       \
        }

const struct rota_layout rota_layout = {
        .instance = EXTENT(struct rota),
        .cpu = EXTENT(struct rota_cpu),
        .slot = EXTENT(struct rota_slot),
        .task = EXTENT(struct rota_task),
        .thread = EXTENT(struct rota_thread),
        .wait = EXTENT(struct rota_wait),
        .timer = EXTENT(struct rota_timer),
        .task_stats = EXTENT(struct rota_task_stats),
        .config = EXTENT(struct rota_config),
        .thread_options = EXTENT(struct rota_thread_options),
};
