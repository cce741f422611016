/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A task: what thread, future and user task have in common, and what may be done to any of them
 * by handle, from any CPU.
 */
#ifndef ROTA_TASK_H
#define ROTA_TASK_H

#include <rota/debug.h>
#include <rota/params.h>
#include <rota/stats.h>
#include <rota/time.h>
#include <rota/types.h>

ROTA_BEGIN_DECLS

struct rota_cpu;
struct rota_extra;
struct rota_kind;
struct rota_mutex;
struct rota_task;
struct rota_wait;

/**
 * One entry of the instance's slot table, in the caller's memory, zeroed before rota_init. It
 * outlives the tasks that pass through it. Fields are the core's.
 */
struct rota_slot {
        uintptr_t word;  /**< generation, state, wake token, cancel flag, pin (atomic) */
        uintptr_t value; /**< the task; once dead, its exit code; once free, the next free */
        struct rota_wait *joins; /**< who waits for the end, by the pin; odd: nobody yet (atomic) */
        uintptr_t notes; /**< notes for the task, see rota/notify.h, and whose they are (atomic) */
};

/** A saved execution context and the stack it lives on. */
struct rota_context {
        void *sp;          /**< stack pointer while switched out */
        char *stack;       /**< lowest address, NULL where unknown */
        size_t stack_size; /**< bytes, 0 where unknown */
        /** A word that an overflow would write over, see rota/stack.h; set by the create call. */
        const uint32_t *limit;
        bool filled; /**< the stack was filled, see rota_stack_used() */
        /** What it carries beside general registers, see rota/extra.h; NULL: nothing. */
        struct rota_extra *extra;
};

/** Called once when a task has ended and its stack is no longer in use, on the CPU's home stack,
 * interrupts masked, no lock held. It may wake, start and free, and must not block. From here on
 * the core never touches the task. */
typedef void (*rota_exit_callback)(struct rota_task *task, intptr_t code);

/**
 * The part of a task that is common to all kinds; embed it (or a struct rota_thread) in your own
 * type. The fields are the core's, but for `name`, `user` and `space`, which anybody may read.
 */
struct rota_task {
        const struct rota_kind *kind;  /**< how a turn is taken */
        struct rota_handle handle;     /**< its handle */
        const char *name;              /**< the caller's string, stays valid while the task lives */
        struct rota_task_stats *stats; /**< the caller's block or NULL */
        rota_exit_callback on_exit;    /**< or NULL */
        intptr_t exit_code;            /**< once it has ended */
        struct rota_slot *slot;        /**< its slot */
        void *user;                    /**< the caller's own; the core never touches it */
        struct rota_wait *blocked; /**< first of the nodes with which it waits for mutexes (a task
                                          of several futures for several), under the lock of inheritance */
        struct rota_mutex *held;   /**< first of its mutexes that others wait for (atomic) */
        uint64_t unserved_since;   /**< the watchdog's: when it was seen waiting; 0: not since its
                                          last turn (atomic) */
        /* What a switch touches is close together: from here on 64 bytes, where a word has 8. */
        struct rota_context *on;       /**< context of its turn; NULL: needs the home stack */
        void *space;                   /**< address space, NULL: the kernel's */
        struct rota_affinity affinity; /**< under its queue's lock */
        uint32_t cpu;                  /**< whose queue's lock guards it (atomic) */
        uint8_t where;                 /**< enum rota_where, under its queue's lock */
        uint8_t class_index;           /**< under its queue's lock */
        uint8_t class_epoch;           /**< of the policy that initialised policy_state */
        uint8_t marks;                 /**< enum rota_mark, its own */
        uint16_t guard;    /**< depth of guards, its own; and a bit of the core above it */
        uint8_t flags;     /**< enum rota_task_flag, under its queue's lock */
        uint8_t fate;      /**< what finish_switch does with it */
        uint16_t last_cpu; /**< where its last turn was */
        /** The policy's own state; see rota_policy_state(). */
        union {
                uintptr_t words[ROTA_POLICY_WORDS];
                uint64_t align;
        } policy_state;
        ROTA_DEBUG_FIELD(struct rota_task_debug, debug) /**< see <rota/debug.h> */
};

/** What a new task of any kind is given. */
struct rota_task_options {
        const char *name;              /**< NULL: "task" */
        struct rota_params params;     /**< for its policy */
        struct rota_affinity affinity; /**< zero: everywhere */
        struct rota_task_stats *stats; /**< NULL: not kept; zeroed by the create call */
        rota_exit_callback on_exit;    /**< NULL: none */
        void *space;                   /**< address space, NULL: the kernel's */
        bool detached;                 /**< nobody will join: its slot is free once it has ended */
        uint8_t stack;                 /**< enum rota_stack_flag; see rota/stack.h */
};

/**
 * Makes a task of a kind of the caller's. rota_thread_create() is this for threads.
 * @param task     the caller's memory, needs no initialisation; must outlive the task
 * @param kind     how its turns are taken
 * @param on       the context of its turns, NULL for kinds that begin on the home stack
 * @param options  NULL: all defaults
 * @param handle   receives its handle
 * @return ROTA_OK; ROTA_EINVAL a parameter; ROTA_ENOSPC no slot is free; ROTA_EPOLICY refused;
 * with ROTA_DEBUG also ROTA_ESTATE the memory or the stack is another task's that lives
 * Context: any.
 */
int rota_task_create(struct rota_task *task, const struct rota_kind *kind, struct rota_context *on,
        const struct rota_task_options *options, struct rota_handle *handle);

/** Makes a new task runnable. @return ROTA_OK; ROTA_ESTALE; ROTA_ESTATE: started before.
 * Context: any. */
int rota_start(struct rota_handle task);

/** Gives up a task that was never started; its memory is the caller's again, its exit callback is
 * not called. @return ROTA_OK; ROTA_ESTALE; ROTA_ESTATE: it was started. Context: any. */
int rota_drop(struct rota_handle task);

/**
 * Wakes a task: if it is parked it becomes runnable; if not, its token is set and its next park
 * returns at once. Wakes do not add up. Switches to the woken task at once where it is more urgent
 * and the caller is a task with interrupts enabled and no guard.
 * @return ROTA_OK; ROTA_ESTALE: nobody there, harmless. Context: any.
 */
int rota_wake(struct rota_handle task);

/**
 * Wakes several tasks: as rota_wake() of each, but those that wait on one CPU are queued there under one
 * lock, in the order of the array, and as many idle CPUs as are of use are kicked, once each.
 * @param tasks  @p count handles
 * @return how many of them were there. Context: any.
 */
uint32_t rota_wake_many(const struct rota_handle *tasks, uint32_t count);

/** Asks a task to end: a sticky flag that it reads with rota_cancelled(), and that ends its waits
 * with ROTA_ECANCELED. @return ROTA_OK; ROTA_ESTALE. Context: any. */
int rota_cancel(struct rota_handle task);

/** Changes class and parameters now, whatever the task's state. @return ROTA_OK; ROTA_ESTALE;
 * ROTA_EINVAL: out of range, nothing changed; ROTA_EPOLICY: refused, nothing changed.
 * Context: any. */
int rota_set_params(struct rota_handle task, const struct rota_params *params);

/** Reads class and parameters. @return ROTA_OK; ROTA_ESTALE. Context: any. */
int rota_get_params(struct rota_handle task, struct rota_params *params);

/** A task's account, its present state counted up to now. @return ROTA_OK; ROTA_ESTALE;
 * ROTA_EINVAL: it has no statistics block, or @p stats is NULL. Context: any. */
int rota_get_stats(struct rota_handle task, struct rota_task_stats *stats);

/** Changes where a task may run; one that runs where it no longer may leaves that CPU at its next
 * interrupt. @return ROTA_OK; ROTA_ESTALE; ROTA_EINVAL: no CPU of the instance is allowed.
 * Context: any. */
int rota_set_affinity(struct rota_handle task, struct rota_affinity affinity);

/** What state a task is in, for a look from outside. */
enum rota_task_state {
        ROTA_TASK_FREE = 0, /**< the slot names nobody */
        ROTA_TASK_NEW,
        ROTA_TASK_RUNNABLE,
        ROTA_TASK_PARKED,
        ROTA_TASK_DEAD, /**< ended, its exit code not yet taken */
};

/** The task's state at some moment during the call; ROTA_TASK_FREE for a stale handle.
 * Context: any. */
enum rota_task_state rota_state(struct rota_handle task);

/**
 * Waits until a task has ended and takes its exit code; frees its slot. Several joiners that wait
 * at its end all get the code.
 * @return ROTA_OK; ROTA_ESTALE: gone, or its code taken; ROTA_ETIMEDOUT; ROTA_ECANCELED;
 * ROTA_EAGAIN: not ended, and @p timeout is none; ROTA_EINVAL: itself. Context: task.
 */
int rota_join(struct rota_handle task, struct rota_timeout timeout, intptr_t *code);

/** Waits until any of several tasks has ended; takes nothing, so a join of that one follows and does
 * not wait.
 * @param waits  @p count nodes for this call's use
 * @param count  at least 1
 * @return its index in @p tasks, or as rota_join(). Context: task. */
int rota_join_any(const struct rota_handle *tasks, struct rota_wait *waits, uint32_t count,
        struct rota_timeout timeout);

/** Nobody will join: the slot is freed at the task's end, or now where it has ended.
 * @return ROTA_OK; ROTA_ESTALE. Context: any. */
int rota_detach(struct rota_handle task);

/** The running task, or NULL on the home stack or where no CPU has started. Context: any (in an
 * interrupt: the interrupted task). */
struct rota_task *rota_current(void);

/** The running task's handle, ROTA_HANDLE_NONE where there is none. Context: any. */
struct rota_handle rota_self(void);

/** True where the running task was asked to end. Context: task. */
bool rota_cancelled(void);

/** While @p hold, a cancel of the running task ends none of its waits (the flag is still set).
 * @return the former setting. Context: task. */
bool rota_cancel_hold(bool hold);

/** CPU time of the running task in ns, exact to the call; 0 without a statistics block.
 * Context: task. */
uint64_t rota_cpu_time(void);

ROTA_END_DECLS
#endif
