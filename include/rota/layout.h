/* SPDX-License-Identifier: MIT */
/**
 * @file
 * How large the structures are that a caller provides, for callers in languages that cannot read
 * these headers: they treat them as opaque, and set aside memory by these numbers. The names of
 * rota_init and of the create calls carry the settings, see ROTA_CONFIG_NAME.
 */
#ifndef ROTA_LAYOUT_H
#define ROTA_LAYOUT_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** Size and alignment of a type. */
struct rota_extent {
        size_t size;      /**< bytes */
        size_t alignment; /**< bytes */
};

/** The types of the library that was linked. New ones are added at the end. */
struct rota_layout {
        struct rota_extent instance;       /**< struct rota */
        struct rota_extent cpu;            /**< struct rota_cpu */
        struct rota_extent slot;           /**< struct rota_slot */
        struct rota_extent task;           /**< struct rota_task */
        struct rota_extent thread;         /**< struct rota_thread */
        struct rota_extent wait;           /**< struct rota_wait */
        struct rota_extent timer;          /**< struct rota_timer */
        struct rota_extent task_stats;     /**< struct rota_task_stats */
        struct rota_extent config;         /**< struct rota_config, which the caller fills in */
        struct rota_extent thread_options; /**< struct rota_thread_options, likewise */
};

/** The library's. Context: any. */
extern const struct rota_layout rota_layout;

ROTA_END_DECLS
#endif
