/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The program that performs a workload in any world: what its parts share.
 */
#ifndef ROTA_WORKLOAD_PERFORM_H
#define ROTA_WORKLOAD_PERFORM_H

#include <rota/futures.h>
#include <rota/rota.h>
#include <rota/sync.h>

#include "image.h"
#include "report.h"

#include <world.h>

struct perform;
struct world_user;

/** What came of a piece of a thread's work. */
enum perform_result {
        PERFORM_END,     /**< the thread is to end */
        PERFORM_DONE,    /**< go on */
        PERFORM_PENDING, /**< it has begun to wait, on act.wait: go on once that has a result */
        PERFORM_YIELDED, /**< others of its rank go first; go on when they have had a turn */
};

/** How far a thread is with its present event. What waits is begun, waited for and finished, on what
 * is here: in between nothing of it is on a stack, so that a future can do it too. */
struct perform_act {
        uint32_t stage;              /**< of events that are several in one */
        uint32_t step;               /**< of that, 0: not begun */
        bool had;                    /**< it had the event's mutex before */
        uint64_t due;                /**< when its timer expires */
        struct rota_wait *wait;      /**< what it waits on */
        struct rota_timeout timeout; /**< until when at most */
        union {
                struct rota_wait node;
                struct rota_condition_wait condition;
        } on;
};

/** Where a thread is in its task's loops of phases and loops of events. */
struct perform_place {
        uint32_t stage;                      /**< events.c's */
        int32_t loop;                        /**< passes over the phases that are done */
        uint32_t phase;                      /**< which one of the task's */
        int32_t pass;                        /**< passes over its events that are done */
        uint32_t event;                      /**< which one of the phase's */
        const struct workload_event *events; /**< the phase's */
};

/** A thread of the workload: a thread of Rota's, or where its task says so a future. */
struct perform_thread {
        union {
                struct rota_task task; /**< what both begin with */
                struct rota_thread thread;
                struct rota_future_task future;
        } is;
        struct rota_future work; /**< of a future: what its task polls */
        struct perform_place at;
        struct perform_act act;
        bool waits; /**< of a future: it waits on act.wait */
        struct rota_task_stats stats;
        struct rota_handle handle;
        struct perform *perform;
        const struct workload_task *task;
        const struct workload_phase *phases;
        const struct workload_event *events; /**< of its first phase */
        uint64_t *timers;   /**< its own: each one's latest expiry, 0 before the first use */
        char *buffer;       /**< its memory, NULL: none */
        uint64_t random;    /**< state of its random numbers, never 0 */
        intptr_t exit_code; /**< once it has ended */
        uint32_t index;     /**< among all threads */
        uint32_t logged;    /**< activations in its log, modulo 2^32 */
        struct workload_log_record log; /**< of the present activation */
        uint64_t start;                 /**< when its work began, after its delay */
        uint64_t used;                  /**< CPU time up to where its next `run` counts from */
        uint64_t activations;           /**< (atomic) */
        uint64_t missed;                /**< (atomic) */
        uint64_t user_calls;            /**< from user mode (atomic) */
        uint64_t polls;                 /**< of a future (atomic) */
        uint64_t yields;                /**< polls that ended so (atomic) */
        bool forked;                    /**< it is started by another */
        bool entered;                   /**< its program in user mode has begun */
        struct world_user *user;        /**< that program, where it works in user mode; else NULL */
        uint32_t waits_for;             /**< its latest wait: a resource's number + 1 (atomic) */
        uint32_t started;               /**< (atomic) */
        uint32_t ended;                 /**< (atomic) */
};

/** What threads share, by its kind. */
struct perform_resource {
        union {
                struct rota_mutex mutex;
                struct rota_condition condition;
                struct rota_barrier barrier;
                struct rota_semaphore semaphore;
        } is;
};

/** A task's forks: its threads from the first one on are started one after the other. */
struct perform_forks {
        uint32_t first; /**< thread */
        uint32_t taken; /**< (atomic) */
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
        struct perform_resource *resources; /**< one per resource of the image */
        struct perform_forks *forks;        /**< one per task */
        uint32_t programs;                  /**< threads that are user programs */
        uint32_t live;    /**< threads that were started and have not ended (atomic) */
        uint32_t ended;   /**< threads that have ended (atomic) */
        uint32_t waiting; /**< threads that wait for others, without a time-out (atomic) */
        uint32_t moves;   /**< counts what such waits came to (atomic) */
        uint32_t failing; /**< somebody says why (atomic) */
        uint32_t failed;  /**< and has done so (atomic) */
        /* Bump allocator over the world's memory. */
        char *memory;
        size_t memory_left;
};

/** A piece of the world's memory, zeroed, or NULL. @param align  a power of two */
void *perform_allocate(struct perform *perform, size_t size, size_t align);

/** Makes the instance, the threads and the control thread. @return whether it could; else the
 * report's message says why. */
bool perform_set_up(struct perform *perform);

/** Goes on with a thread's work, up to where it waits, yields or has done it all (PERFORM_END). It is the
 * same for threads and futures: they differ in how they wait. */
enum perform_result perform_go_on(struct perform_thread *thread);

/** The program of each thread of the workload. @param argument  a struct perform_thread */
intptr_t perform_thread_main(void *argument);

/** Waits as threads do, for what it was told to: parks, or yields. @return false where it cannot */
bool perform_block(struct perform_thread *thread, enum perform_result on);

/** Whether a thread is a future. */
static inline bool perform_is_future(const struct perform_thread *thread)
{
        return (thread->task->flags & WORKLOAD_FUTURE) != 0;
}
/** Makes a future's task. @return as rota_future_create() */
int perform_make_future(struct perform_thread *thread, const struct rota_task_options *options);

/** Has a thread wait on a node that its event has prepared. @return PERFORM_PENDING */
static inline enum perform_result perform_wait(
        struct perform_thread *thread, struct rota_wait *wait, struct rota_timeout timeout)
{
        thread->act.wait = wait;
        thread->act.timeout = timeout;
        return PERFORM_PENDING;
}

/** The program of the thread that begins, watches and ends the run. @param argument  the run */
intptr_t perform_control_main(void *argument);

/** What a thread does for an event, in the kernel. It is called again, for the same event, after each
 * PERFORM_PENDING and PERFORM_YIELDED. */
enum perform_result perform_event_itself(
        struct perform_thread *thread, const struct workload_event *event);

/** Likewise to the end, where there is a stack to block on. @return false where the thread is to end */
bool perform_event_blocking(struct perform_thread *thread, const struct workload_event *event);

/** Gives a thread user mode. @param space  receives its address space
 * @return NULL, or why it cannot have it */
const char *perform_make_user(struct perform_thread *thread, void **space);
/** Takes it away, once the thread has ended. */
void perform_free_user(struct perform_thread *thread);
/** Works in user mode until the thread's CPU time, or the clock, has come to @p until.
 * @return false where the thread is to end */
bool perform_user_until(struct perform_thread *thread, bool cpu_time, uint64_t until);
/** Has the program in user mode call for an event. @return likewise */
bool perform_user_event(struct perform_thread *thread, const struct workload_event *event);

/** Whether it is a user program. */
bool perform_is_program(const struct perform_thread *thread);
/** Prepares the world for them. @return false: the report's message says why it cannot be */
bool perform_set_up_programs(struct perform *perform);
/** Starts one; where that fails it has ended, and the run fails. */
void perform_start_program(struct perform_thread *thread);
/** Counts a thread as ended. Any context. */
void perform_thread_ended(struct perform_thread *thread);

/** Makes what threads share. @return false: there is no memory for it */
bool perform_set_up_resources(struct perform *perform);

/** What a thread does, as in enum workload_kind. @return false where the thread is to end. */
bool perform_run(struct perform_thread *thread, uint64_t ns);
bool perform_runtime(struct perform_thread *thread, uint64_t ns);
bool perform_mem(struct perform_thread *thread, const struct workload_event *event);
bool perform_memrun(struct perform_thread *thread, const struct workload_event *event);
bool perform_fork(struct perform_thread *thread, uint32_t task);
/** Likewise what may wait. */
enum perform_result perform_shared(
        struct perform_thread *thread, const struct workload_event *event);

/** Affinity for an image's mask reference (0: everywhere). */
struct rota_affinity perform_affinity(const struct perform *perform, uint32_t mask);

/** An image's parameters as the instance takes them. */
struct rota_params perform_params(const struct workload_params *params);

/** Ends the run as failed, unless it has failed before. @param number  0, or told with it */
void perform_fail(struct perform *perform, const char *what, uint32_t number);

/** As perform_fail(), with what several words say together. @param words  ends with NULL */
void perform_fail_with(struct perform *perform, const char *const *words);

#endif
