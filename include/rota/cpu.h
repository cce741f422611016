/* SPDX-License-Identifier: MIT */
/**
 * @file
 * One CPU: its structure in the kernel's memory, and what the kernel calls from its interrupt
 * entries, its critical sections and its points of preemption.
 */
#ifndef ROTA_CPU_H
#define ROTA_CPU_H

#include <rota/policy.h>
#include <rota/stats.h>
#include <rota/task.h>
#include <rota/timer.h>
#include <rota/trace.h>

ROTA_BEGIN_DECLS

struct rota;

/** Looks of the watchdog that a CPU remembers: one bound's and a quarter. */
#define ROTA_WATCH_LOOKS 20

/** A CPU's structure, in the caller's memory; on machines with caches give each its own lines. */
struct rota_cpu {
        /* The hot path: yield, wake, tick. */
        uintptr_t lock;             /**< of its queues */
        struct rota_task *current;  /**< who runs; NULL: the home stack */
        struct rota_queue *round;   /**< current's, where a yield may go round its line */
        struct rota_context *on;    /**< the context that executes */
        struct rota_task *previous; /**< who was switched away from, until finish_switch */
        void *space;                /**< address space that is loaded, NULL: the kernel's */
        uint32_t need;              /**< enum rota_need bits (atomic) */
        uint32_t nesting;           /**< depth of interrupts */
        uint32_t index;             /**< its number */
        uint8_t running_class;      /**< class of current, ROTA_MAX_CLASSES: none (atomic) */
        bool exact;                 /**< clock at every switch */
        bool unspread;              /**< a task was queued in the belief that it runs next */
        bool unfinished;            /**< finish_switch has to do something about previous */
        uint32_t ready_classes;     /**< bit per class with waiting tasks */
        uint32_t ready;             /**< waiting tasks of all classes (atomic) */
        struct rota *rota;          /**< its instance */
        struct rota_task *handed;   /**< woken by a hand-over, to be queued by the switch */
        uint64_t turn_start;        /**< when current was last charged, ns; 0: not known */
        uint64_t armed;             /**< what the timer is armed for, ROTA_NEVER: not */
        uint64_t irq_ns;            /**< the time that a timer interrupt has read, until it ends */
        struct rota_queue *queues[ROTA_MAX_CLASSES]; /**< one per class */
        uint32_t push_to;            /**< CPU + 1 that gets who is being switched away from */
        uint8_t online;              /**< enum rota_online (atomic) */
        uint8_t buried;              /**< class + 1 of a future whose exit callback runs, 0: none */
        uint32_t polls;              /**< that may follow without a look at the clock */
        uint64_t polls_ns;           /**< when the clock was read for them */
        uint32_t slots_kept;         /**< first of the free slots that it keeps + 1, 0: none */
        uint32_t slots_count;        /**< how many they are (atomic) */
        struct rota_ring *ring;      /**< trace, or NULL */
        uint32_t traced;             /**< id that the trace shows as running, 0: idle */
        uint32_t left;               /**< how it left, enum rota_left */
        struct rota_cpu_stats stats; /**< what it did */
        /* Idle. */
        uint32_t idle;   /**< enum rota_idle (atomic) */
        uint8_t adopted; /**< began by rota_adopt(): it has nobody to go back to (atomic) */
        /* Timers. */
        uintptr_t timer_lock;          /**< of the timer queue, before any queue's lock */
        struct rota_heap_node *timers; /**< earliest first */
        uint64_t timers_due;           /**< deadline of the earliest, ROTA_NEVER: none (atomic) */
        /* The watchdog, see rota/watchdog.h. */
        struct rota_timer watch;               /**< the next look */
        uint32_t watch_slot;                   /**< where in the table it goes on */
        uint32_t watch_count;                  /**< looks so far */
        uint64_t watch_seen;                   /**< when it last looked, 0: it does not (atomic) */
        uint64_t watch_time[ROTA_WATCH_LOOKS]; /**< when each look was */
        uint32_t watch_switches[ROTA_WATCH_LOOKS]; /**< stats.switches at each look, a ring */
        uint8_t watch_class[ROTA_WATCH_LOOKS];     /**< running_class at each look */
        /* Home. */
        struct rota_context home; /**< where idle runs and turns without a stack are taken */
        struct rota_context boot; /**< who called rota_cpu_run(), resumed at its end */
        void *user;               /**< the world's own */
        ROTA_DEBUG_FIELD(struct rota_cpu_debug, debug) /**< see <rota/debug.h> */
};

/** Brackets an interrupt: at its beginning, interrupts masked. Nesting is counted.
 * Context: interrupt. */
void rota_irq_enter(void);

/** Brackets an interrupt: at its end, interrupts masked. The outermost one switches away from the
 * interrupted task where that is due and allowed; so call it on the task's own stack.
 * Context: interrupt. */
void rota_irq_exit(void);

/** The timer interrupt: expires timers and slices, arms the next. May come early, late or for
 * nothing. Context: interrupt, between rota_irq_enter() and rota_irq_exit(). */
void rota_timer(void);

/** rota_irq_enter(), rota_timer() and rota_irq_exit() in one, for a timer interrupt that has nothing else
 * to do. Context: interrupt, masked, on the task's own stack; what acknowledges the interrupt comes
 * before it, since other tasks may run until it returns. */
void rota_timer_irq(void);

/** The reschedule interrupt. May come for nothing. Context: as rota_timer(). */
void rota_kicked(void);

/** Where a kernel likes to switch (return to user mode, last unlock): switches where that is due
 * and allowed. @return whether it did. Context: task. */
bool rota_resched(void);

/** Until the matching rota_guard_end() this task is not switched away from. Nests to 32767. Before
 * rota_init it does nothing. Context: task. */
void rota_guard_begin(void);

/** Ends a guard; the outermost one switches where that has come due. Context: task. */
void rota_guard_end(void);

/** The number of the CPU that executes this, 0 before any has started; may change at any time
 * unless interrupts are masked or a guard is held. Context: any. */
uint32_t rota_cpu_index(void);

ROTA_END_DECLS
#endif
