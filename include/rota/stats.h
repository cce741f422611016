/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a task and a CPU did. Per CPU it is always counted; per task where the caller gave a block.
 */
#ifndef ROTA_STATS_H
#define ROTA_STATS_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** Buckets of a wake-latency histogram: four to each power of two, see rota_histogram_bucket. */
#define ROTA_HISTOGRAM_BUCKETS 160

/**
 * A task's account, in the caller's memory; needs an instance with exact accounting. run_ns +
 * wait_ns + sleep_ns is the time from start to exit (or to the last change of state).
 */
struct rota_task_stats {
        uint64_t run_ns;      /**< on a CPU */
        uint64_t wait_ns;     /**< ready, waiting for a CPU */
        uint64_t sleep_ns;    /**< parked */
        uint64_t voluntary;   /**< switches by its own doing: park, yield, exit */
        uint64_t involuntary; /**< switches by preemption or slice end */
        uint64_t migrations;  /**< turns that began on another CPU than the last */
        uint64_t wakes;       /**< from parked to ready */
        uint64_t wake_max_ns; /**< longest time from wake to run */
        uint64_t since_ns;    /**< when it entered its present state */
        uint64_t start_ns;    /**< when it was started */
        uint8_t state;        /**< present state: 0 none, 1 run, 2 wait, 3 sleep, 4 ended */
        uint8_t woken;        /**< the present wait began with a wake */
        uint32_t wake_histogram[ROTA_HISTOGRAM_BUCKETS]; /**< wake latencies */
};

/** A CPU's account. busy_ns + idle_ns is the time since its first start. */
struct rota_cpu_stats {
        uint64_t start_ns; /**< when the CPU started */
        uint64_t idle_ns;  /**< with nothing to run, or out; closed at the end of an idle period */
        uint64_t idle_since;  /**< beginning of the present idle period, 0 where there is none */
        uint64_t switches;    /**< turns begun */
        uint64_t preemptions; /**< turns ended by another's arrival or by a slice's end */
        uint64_t steals;      /**< tasks pulled from other CPUs */
        uint64_t kicks;       /**< reschedule interrupts received */
        uint64_t kicks_sent;  /**< reschedule interrupts sent */
        uint64_t timer_irqs;  /**< timer interrupts received */
        uint64_t halts;       /**< times it went to sleep: was to be kicked */
        uint64_t home_lent;   /**< turns that were preempted, whose home stack went with them */
        uint64_t
                home_stuck; /**< such preemptions put off for want of a spare, see <rota/spare.h> */
        uint64_t offline_ns;    /**< the part of idle_ns for which it had left, rota_cpu_leave() */
        uint64_t offline_since; /**< when it left, 0 where it takes part */
};

/** The histogram bucket of a latency. Context: any. */
static inline uint32_t rota_histogram_bucket(uint64_t ns)
{
        if (ns < 4)
                return (uint32_t)ns;
        uint32_t top = 63u - (uint32_t)__builtin_clzll(ns);
        uint32_t bucket = (top - 1) * 4 + (uint32_t)((ns >> (top - 2)) & 3);
        return bucket < ROTA_HISTOGRAM_BUCKETS ? bucket : ROTA_HISTOGRAM_BUCKETS - 1;
}

/** The largest latency that falls into a bucket. Context: any. */
static inline uint64_t rota_histogram_limit(uint32_t bucket)
{
        if (bucket < 4)
                return bucket;
        uint32_t top = bucket / 4 + 1;
        return (((uint64_t)(bucket % 4) + 5) << (top - 2)) - 1;
}

/** The latency that @p permille of the samples do not exceed (a bucket's upper limit, at most the
 * longest seen); 0 without samples. Context: any. */
uint64_t rota_stats_latency(const struct rota_task_stats *stats, uint32_t permille);

ROTA_END_DECLS
#endif
