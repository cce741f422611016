/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The watchdog: a runnable task that gets no turn for rota_config.watchdog_ns is reported, and with it
 * who is to blame. sched_ext has one for its policies; that a hog of a higher class must not be laid
 * at a policy's door is a lesson of its (scx issue 1202).
 *
 * Each CPU looks sixteen times per bound, by a timer of its own: at what it runs, and at a piece of
 * the slot table, for tasks that wait here. What it blames is decided by the looks that fell into
 * the wait. A task is reported between one bound and 1.3 bounds after its last turn (later where the
 * table is so large that a piece of 1024 slots each 100 us takes longer), and again after each
 * further bound. Needs, and switches on, exact accounting; where watchdog_ns is 0 it costs nothing.
 */
#ifndef ROTA_WATCHDOG_H
#define ROTA_WATCHDOG_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** Who keeps a task from its turn. */
enum rota_starved {
        ROTA_STARVED_NOT = 0, /**< nobody was starved */
        ROTA_STARVED_BY_POLICY, /**< its policy: others of its class had turns, and are not more urgent */
        ROTA_STARVED_BY_RANK,  /**< its policy, rightly: more urgent tasks of its class run */
        ROTA_STARVED_BY_CLASS, /**< higher classes use up the CPU */
        ROTA_STARVED_BY_TASK, /**< one task is not switched away from: a guard, or it runs to block */
        ROTA_STARVED_BY_CPU, /**< the CPU takes no timer interrupt: masked, or a callback hangs */
};

/** One finding; the latest is in rota.starvation. */
struct rota_starvation {
        enum rota_starved by;       /**< who is to blame */
        uint32_t cpu;               /**< whose queue the task waits in */
        uint64_t waited_ns;         /**< since it was first seen waiting */
        struct rota_handle task;    /**< who waits; ROTA_HANDLE_NONE for ROTA_STARVED_BY_CPU */
        struct rota_handle culprit; /**< who ran as it was found, or ROTA_HANDLE_NONE */
        uint32_t class_index;       /**< of the task */
        uint32_t culprit_class;     /**< of who ran mostly, ROTA_MAX_CLASSES: nobody */
};

/** A short English text for who is to blame, never NULL. Context: any. */
const char *rota_starved_text(enum rota_starved by);

ROTA_END_DECLS
#endif
