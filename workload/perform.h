/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The program that performs a workload in any world: what its parts share.
 */
#ifndef ROTA_WORKLOAD_PERFORM_H
#define ROTA_WORKLOAD_PERFORM_H

#include <rota/rota.h>

#include "image.h"
#include "report.h"

#include <world.h>

struct perform;

/** A thread of the workload. */
struct perform_thread {
        struct rota_thread thread;
        struct rota_task_stats stats;
        struct rota_handle handle;
        struct perform *perform;
        const struct workload_task *task;
        const struct workload_phase *phases;
        const struct workload_event *events; /**< of its first phase */
        uint64_t *timers;     /**< its own: each one's latest expiry, 0 before the first use */
        uint64_t start;       /**< when its work began, after its delay */
        uint64_t used;        /**< CPU time up to where its next `run` counts from */
        uint64_t activations; /**< (atomic) */
        uint64_t missed;      /**< (atomic) */
        uint32_t ended;       /**< (atomic) */
};

/** A CPU's counters when the tasks began. */
struct perform_base {
        struct rota_cpu_stats stats;
        uint64_t idle_ns;
};

/** The whole run. */
struct perform {
        const struct world *world;
        struct workload_image image;
        struct workload_layout layout;
        struct workload_report *report;
        struct rota *rota;
        struct perform_thread *threads;
        struct perform_base *bases; /**< one per CPU */
        struct rota_cpumask *masks; /**< one per mask of the image */
        uint64_t *timers;           /**< shared ones, as in perform_thread (atomic) */
        struct rota_thread control;
        struct rota_handle control_handle;
        uint32_t live; /**< threads that have not ended (atomic) */
        /* Bump allocator over the world's memory. */
        char *memory;
        size_t memory_left;
};

/** A piece of the world's memory, zeroed, or NULL. @param align  a power of two */
void *perform_allocate(struct perform *perform, size_t size, size_t align);

/** Makes the instance, the threads and the control thread. @return whether it could; else the
 * report's message says why. */
bool perform_set_up(struct perform *perform);

/** The program of each thread of the workload. @param argument  a struct perform_thread */
intptr_t perform_thread_main(void *argument);

/** The program of the thread that begins, watches and ends the run. @param argument  the run */
intptr_t perform_control_main(void *argument);

/** Affinity for an image's mask reference (0: everywhere). */
struct rota_affinity perform_affinity(const struct perform *perform, uint32_t mask);

/** An image's parameters as the instance takes them. */
struct rota_params perform_params(const struct workload_params *params);

/** Ends the run as failed, unless it has failed before. @param number  0, or told with it */
void perform_fail(struct perform *perform, const char *what, uint32_t number);

#endif
