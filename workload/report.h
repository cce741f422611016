/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The region that a world shares with who started it: progress while it runs, results when it is
 * over, and the trace rings, which outlive a crash. Numbers only, and no offsets: both sides compute
 * the same layout from the image, so the reader never follows what the world wrote. The world writes
 * everything but `stop` and the rings' tails.
 *
 *     header | cpus | threads | resources | (64-byte aligned) ring, ring, ... | log, log, ...
 */
#ifndef ROTA_WORKLOAD_REPORT_H
#define ROTA_WORKLOAD_REPORT_H

#include <rota/trace.h>

#include "image.h"

#define WORKLOAD_REPORT_MAGIC   0x52505452u
#define WORKLOAD_REPORT_VERSION 4u
#define WORKLOAD_REPORT_TEXT    256

/** How far a world is. */
enum workload_state {
        WORKLOAD_STATE_NONE = 0, /**< the program has not begun */
        WORKLOAD_STATE_BEGUN,    /**< it sets things up */
        WORKLOAD_STATE_RUNNING,  /**< the tasks run */
        WORKLOAD_STATE_DONE,     /**< over; all numbers are final */
        WORKLOAD_STATE_FAILED,   /**< over; `message` says why */
};

/** What a CPU did since the tasks began. busy_ns + idle_ns is that time. */
struct workload_report_cpu {
        uint64_t busy_ns;
        uint64_t idle_ns;
        uint64_t switches;
        uint64_t preemptions;
        uint64_t steals;
        uint64_t kicks;
        uint64_t timer_irqs;
        uint64_t halts;
        uint64_t home_lent;  /**< polls that were preempted */
        uint64_t home_stuck; /**< that should have been, and ran on for want of a stack */
};

/** What a thread of the workload did. */
struct workload_report_thread {
        uint32_t id;    /**< in the trace; 0: never made */
        uint32_t state; /**< as in struct rota_task_stats; 4: ended */
        uint32_t stuck; /**< in the end it waited for this resource + 1, and so did all others */
        uint32_t reserved;
        int64_t exit_code;
        uint64_t run_ns;
        uint64_t wait_ns;
        uint64_t sleep_ns;
        uint64_t switches;
        uint64_t preemptions;
        uint64_t migrations;
        uint64_t activations; /**< passes over a phase's events */
        uint64_t missed;      /**< timers that had already passed */
        uint64_t user_calls;  /**< from user mode; 0: it does not work there */
        uint64_t
                polls; /**< of a future, with that which drops it at the run's end; 0: it is none */
        uint64_t yields; /**< polls that ended so */
        uint64_t wakes;
        uint64_t wake_p50_ns;
        uint64_t wake_p99_ns;
        uint64_t wake_max_ns;
};

/** What was done with a resource. */
struct workload_report_resource {
        uint64_t uses;  /**< events that named it (atomic) */
        uint64_t waits; /**< that had to wait (atomic) */
        uint64_t lost;  /**< signals, broadcasts and resumes that woke nobody (atomic) */
};

/** One activation: one pass over a phase's events. */
struct workload_log_record {
        uint64_t start_ns; /**< the world's clock */
        uint64_t end_ns;
        uint64_t run_ns;  /**< from begin to end of its run and runtime events */
        int64_t slack_ns; /**< what its timers left of their periods; negative: missed by so much */
        uint64_t wake_ns; /**< how long after their expiry its timers let it run */
        uint32_t phase;   /**< among the task's */
        uint32_t reserved;
};

/** The log of a thread, as a ring: the thread writes, the reader takes (as struct rota_ring). */
struct workload_log {
        uint32_t head;    /**< records written, modulo 2^32 (release) */
        uint32_t tail;    /**< records taken (release) */
        uint32_t dropped; /**< records that found no room (atomic) */
        uint32_t reserved;
        struct workload_log_record records[];
};

/** The head of the region. Times are the world's clock. */
struct workload_report {
        uint32_t magic;
        uint32_t version;
        uint32_t state;      /**< enum workload_state (atomic, release) */
        uint32_t stop;       /**< written by the reader: end the run now (atomic) */
        uint64_t beats;      /**< counts updates (atomic) */
        uint64_t begun_ns;   /**< when the tasks began */
        uint64_t now_ns;     /**< of the latest update */
        uint64_t slice_ns;   /**< in force */
        uint32_t control_id; /**< of the task that runs the run, in the trace */
        uint32_t threads_ended;
        uint32_t checks;                    /**< times the invariants were verified */
        uint32_t broken;                    /**< times one was broken; `message` says which */
        uint32_t fallbacks;                 /**< policies that broke their word */
        uint32_t stalled;                   /**< 1: in the end every thread waited for another */
        char message[WORKLOAD_REPORT_TEXT]; /**< why it failed; bytes, perhaps without an end */
};

/** Where everything is in the region. */
struct workload_layout {
        size_t cpus;        /**< offset of the first struct workload_report_cpu */
        size_t threads;     /**< offset of the first struct workload_report_thread */
        size_t resources;   /**< offset of the first struct workload_report_resource */
        size_t rings;       /**< offset of the first ring */
        size_t ring_stride; /**< bytes from ring to ring; 0 without a trace */
        size_t logs;        /**< offset of the first thread's log */
        size_t log_stride;  /**< bytes from log to log; 0 without a log */
        size_t total;       /**< bytes of the region */
};

/** The layout for a checked image. */
static inline struct workload_layout workload_report_layout(const struct workload_header *header)
{
        struct workload_layout at;
        at.cpus = (sizeof(struct workload_report) + 63) & ~(size_t)63;
        at.threads = at.cpus + header->cpus * sizeof(struct workload_report_cpu);
        at.resources = at.threads + header->thread_count * sizeof(struct workload_report_thread);
        at.rings = at.resources + header->resource_count * sizeof(struct workload_report_resource);
        at.rings = (at.rings + 63) & ~(size_t)63;
        at.ring_stride = 0;
        if (header->flags & WORKLOAD_TRACE)
                at.ring_stride = (rota_ring_bytes(header->ring_records) + 63) & ~(size_t)63;
        at.logs = at.rings + header->cpus * at.ring_stride;
        at.log_stride = 0;
        if (header->flags & WORKLOAD_LOG)
                at.log_stride =
                        (sizeof(struct workload_log) +
                                header->log_records * sizeof(struct workload_log_record) + 63) &
                        ~(size_t)63;
        at.total = at.logs + header->thread_count * at.log_stride;
        return at;
}

#endif
