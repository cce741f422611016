/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The policy table: who runs next within a class. In the spirit of Linux's sched_ext, a policy is a
 * table of functions that the core calls with the queue's lock held and interrupts masked. It takes
 * no lock, reads no clock, and touches only its queue, its task's policy state, its instance state
 * and the view.
 *
 * Life of a task as a policy sees it: init_task, then enqueue, commit (it runs; it is in no queue),
 * then enqueue again (preempted, yielded, slice end) or dequeue (sleep, exit, change, migrate).
 * In all operations `now` is 0 where neither the queue is timed nor the instance exact.
 */
#ifndef ROTA_POLICY_H
#define ROTA_POLICY_H

#include <rota/params.h>
#include <rota/task.h>
#include <rota/time.h>
#include <rota/types.h>

ROTA_BEGIN_DECLS

struct rota;
struct rota_list;
struct rota_policy;

/** An urgency less than any task's. */
#define ROTA_URGENCY_NONE UINT64_MAX

/** The version of this table that a policy is written for. */
#define ROTA_POLICY_VERSION 1

/** A class's queue on one CPU; a policy's own queue embeds it first. The core writes it. */
struct rota_queue {
        const struct rota_policy *policy; /**< the table */
        void *shared;                     /**< the policy's state per instance, or NULL */
        const struct rota *view;          /**< for the rota_view_ functions */
        struct rota_task *current; /**< the running task, where it is of this class, else NULL */
        /** Where a yield goes round, or NULL; written by the policy, under the lock. While it is set,
         * the running task may be put at the tail of this circular list (src/base/list.h) and the
         * list's first may run instead, and neither a policy's nor a queue's other state changes by
         * that, nor does a turn need the clock; where the list is empty the running task goes on.
         * The core then does so by itself and does not call `next`. The nodes are the first thing
         * in the tasks' policy states. */
        struct rota_list *line;
        uint32_t cpu;        /**< whose queue */
        uint32_t ready;      /**< waiting tasks (atomic, for lock-free looks) */
        uint64_t slack_ns;   /**< what is due within it is due now (half a tick) */
        uint64_t slice_ns;   /**< the instance's slice */
        uint64_t event_ns;   /**< the core's: next_event of current as last heard */
        uint8_t class_index; /**< place in the list of classes */
        uint8_t epoch;       /**< counts replacements of a policy that broke its word */
        bool timed;          /**< turns need the clock; written by the policy, under the lock */
};

/** Why a task enters a queue. One reason, with modifiers. */
enum rota_enqueue {
        ROTA_ENQ_NEW = 1,       /**< first time */
        ROTA_ENQ_WOKEN = 2,     /**< was parked */
        ROTA_ENQ_PREEMPTED = 3, /**< was running, keeps the rest of its turn: head of its rank */
        ROTA_ENQ_YIELDED = 4,   /**< was running and yielded: tail of its rank, a full slice */
        ROTA_ENQ_SLICE_END = 5, /**< its slice is used up: tail of its rank, a full slice */
        ROTA_ENQ_MIGRATED = 6,  /**< from another CPU, keeps the rest of its turn */
        ROTA_ENQ_CHANGED = 7,   /**< parameters or class changed */
        ROTA_ENQ_RESTORED = 8,  /**< put back as it was */
        ROTA_ENQ_REASON = 15,   /**< mask of the reason */
        ROTA_ENQ_HEAD = 16,     /**< modifier: head of its rank (hand-over) */
        ROTA_ENQ_AHEAD =
                32, /**< modifier: a future that the running one has woken or spawned, and is
                                     of its class: it may go before others of its rank, within a bound
                                     of the policy's; a policy may ignore that */
};

/** Why a task leaves a queue, or stops running without entering one. */
enum rota_dequeue {
        ROTA_DEQ_SLEEP = 1,   /**< parks */
        ROTA_DEQ_EXIT = 2,    /**< ends */
        ROTA_DEQ_MIGRATE = 3, /**< goes to another CPU */
        ROTA_DEQ_CHANGE = 4,  /**< parameters change; comes back with ROTA_ENQ_CHANGED */
        ROTA_DEQ_SWAP = 5,    /**< class changes; does not come back to this policy's queue */
};

/** What commit answers. */
enum rota_commit {
        ROTA_COMMIT_RUN = 0,  /**< taken out of the structure, runs */
        ROTA_COMMIT_GONE = 1, /**< was a sleeper's ghost and is settled: pick again */
};

/** The table. Operations marked [optional] may be NULL. */
struct rota_policy {
        uint32_t version;      /**< ROTA_POLICY_VERSION */
        const char *name;      /**< "rr", ... */
        size_t instance_bytes; /**< state per instance */
        size_t queue_bytes;    /**< state per queue, struct rota_queue included */
        size_t task_bytes;     /**< state per task, at most ROTA_POLICY_WORDS words */
        bool needs_time;       /**< initial value of every queue's `timed` */
        bool slices;           /**< tasks of one rank take turns by time */

        /** Prepares the instance's state. [optional] Any order error: a negative rota_error. */
        int (*init)(void *shared, uint32_t cpus);
        /** Prepares one queue; its header is filled in. */
        void (*init_queue)(struct rota_queue *queue);
        /** Checks parameters, lock-free; without it all will do. [optional]
         * @return ROTA_OK; ROTA_EINVAL; ROTA_EPOLICY. */
        int (*admit)(const struct rota_params *params);
        /** Fills a task's policy state: on creation, and when it enters the class. */
        void (*init_task)(struct rota_task *task, const struct rota_params *params);
        /** Changes the parameters of a task that is in no structure (it runs, sleeps, or was
         * dequeued with ROTA_DEQ_CHANGE). */
        void (*set_params)(
                struct rota_queue *queue, struct rota_task *task, const struct rota_params *params);
        /** Reads the parameters back. */
        void (*get_params)(const struct rota_task *task, struct rota_params *params);
        /** How urgent a task is among those of its class, the smallest number first, with what it
         * inherits; lock-free, of any task of the class that exists. NULL: all alike. [optional] */
        uint64_t (*urgency)(const struct rota_task *task);
        /** From now on the task, which is in no structure (as for set_params), counts as at least as
         * urgent as @p urgency, ROTA_URGENCY_NONE: as itself. set_params and get_params go on
         * speaking of itself. [optional, with `urgency`] */
        void (*inherit)(struct rota_queue *queue, struct rota_task *task, uint64_t urgency);
        /** Where a woken, new or displaced task should queue when no allowed CPU is idle; lock-free,
         * a hint. @return a CPU it may run on, or UINT32_MAX for "no opinion". [optional] */
        uint32_t (*select_cpu)(
                const struct rota *view, const struct rota_task *task, uint32_t last);

        /** A task becomes ready. */
        void (*enqueue)(
                struct rota_queue *queue, struct rota_task *task, uint32_t flags, uint64_t now);
        /** A ready or running (queue->current) task leaves. */
        void (*dequeue)(
                struct rota_queue *queue, struct rota_task *task, uint32_t flags, uint64_t now);
        /** The best waiting task, or NULL. Changes nothing. */
        struct rota_task *(*pick)(struct rota_queue *queue, uint64_t now);
        /** @p task, which waits here, is about to run. */
        enum rota_commit (*commit)(struct rota_queue *queue, struct rota_task *task, uint64_t now);
        /** enqueue(prev, flags), pick and commit in one, for the fast path; may answer @p prev, and
         * may set queue->event_ns to what next_event would answer for its answer. [optional] */
        struct rota_task *(*next)(
                struct rota_queue *queue, struct rota_task *prev, uint32_t flags, uint64_t now);
        /** A task was woken, nobody needs the clock, and the running task may be switched away from:
         * enqueue(woken, ROTA_ENQ_WOKEN) and, where it preempts @p current, next(current,
         * ROTA_ENQ_PREEMPTED) in one; then true, and @p woken runs. queue->current is @p current still.
         * Asked only where queue->timed is false and queue->line is not NULL. [optional] */
        bool (*arrive)(
                struct rota_queue *queue, struct rota_task *current, struct rota_task *woken);
        /** The running @p prev parks or ends: dequeue(prev, ROTA_DEQ_SLEEP or ROTA_DEQ_EXIT: a policy for
         * which they differ leaves this out), enqueue(handed, ROTA_ENQ_WOKEN | ROTA_ENQ_HEAD) where @p handed is not NULL, pick and commit in one, for the fast path; NULL
         * where nobody waits. queue->current is NULL already. May set queue->event_ns as `next` does.
         * [optional] */
        struct rota_task *(*sleep)(struct rota_queue *queue, struct rota_task *prev,
                struct rota_task *handed, uint64_t now);
        /** The running task used @p ns of CPU time. [optional] */
        void (*charge)(struct rota_queue *queue, struct rota_task *task, uint64_t ns);
        /** Should the waiting @p woken preempt the running @p current of the same class? Without it
         * it never does. [optional] */
        bool (*preempts)(struct rota_queue *queue, const struct rota_task *current,
                const struct rota_task *woken, uint64_t now);
        /** Absolute time at which `timer` wants to look at the running task, ROTA_NEVER for not.
         * [optional] */
        uint64_t (*next_event)(struct rota_queue *queue, struct rota_task *current, uint64_t now);
        /** The running task was charged up to now. @return whether its turn is over. [optional] */
        bool (*timer)(struct rota_queue *queue, struct rota_task *current, uint64_t now);

        /** A timer interrupt's charge(ns), timer, and where the turn is over next(current,
         * ROTA_ENQ_SLICE_END), in one call; answers @p current where it is not. May set
         * queue->event_ns as `next` does. [optional] */
        struct rota_task *(*tick)(
                struct rota_queue *queue, struct rota_task *current, uint64_t ns, uint64_t now);

        /** Lock-free: may @p to 's CPU want a task waiting in @p from? @p next is what it would run
         * of this class otherwise, NULL where nothing or a lower class. */
        bool (*may_pull)(const struct rota_queue *from, const struct rota_queue *to,
                const struct rota_task *next);
        /** Under both locks: the task that @p to 's CPU should take, which waits in @p from and may
         * run there, or NULL. Takes it out (ROTA_DEQ_MIGRATE). */
        struct rota_task *(*pull)(struct rota_queue *from, struct rota_queue *to,
                const struct rota_task *next, uint64_t now);
        /** Calls @p visit for each waiting task. For dumps, checks and the fall-back. */
        void (*each)(
                struct rota_queue *queue, void (*visit)(struct rota_task *, void *), void *arg);
        /** Verifies the structure. @return NULL, or what is broken. */
        const char *(*check)(const struct rota_queue *queue);

        /** For debuggers, which cannot call `each`: how many circular lists (src/base/list.h) a queue has
         * its waiting tasks in, one behind the other and the most urgent first, by nodes that come first
         * in the tasks' policy states. 0: it keeps them in another way. [optional] */
        uint16_t lists;
        /** Bytes from a queue's beginning to the first of these lists. */
        uint16_t lists_at;
};

/** Run to block: first come, first served, no slices, no clock. */
extern const struct rota_policy rota_policy_fifo;
/** Round robin: first come, first served, with slices. */
extern const struct rota_policy rota_policy_rr;
/** ROTA_PRIO_LEVELS fixed priority levels; within a level round robin, or FIFO by ROTA_PARAMS_FIFO. */
extern const struct rota_policy rota_policy_prio;

/** A task's policy state. Context: any. */
static inline void *rota_policy_state(const struct rota_task *task)
{
        return (void *)(uintptr_t)task->policy_state.words;
}

/** CPUs of the instance. Context: any. */
uint32_t rota_view_cpus(const struct rota *view);
/** Whether @p cpu is idle now, lock-free. Context: any. */
bool rota_view_idle(const struct rota *view, uint32_t cpu);
/** Class index that @p cpu runs now, ROTA_MAX_CLASSES where idle; lock-free. Context: any. */
uint32_t rota_view_running_class(const struct rota *view, uint32_t cpu);
/** Whether @p cpu takes part and was not asked to leave, lock-free. Context: any. */
bool rota_view_online(const struct rota *view, uint32_t cpu);
/** Tasks waiting on @p cpu, all classes; lock-free. Context: any. */
uint32_t rota_view_load(const struct rota *view, uint32_t cpu);
/** A class's queue on @p cpu; read only its atomic fields. Context: any. */
const struct rota_queue *rota_view_queue(
        const struct rota *view, uint32_t cpu, uint32_t class_index);

ROTA_END_DECLS
#endif
