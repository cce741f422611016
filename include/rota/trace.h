/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Trace: one ring of records per CPU, written only by that CPU with interrupts masked, read by
 * anybody. The names of the events are ftrace's.
 */
#ifndef ROTA_TRACE_H
#define ROTA_TRACE_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** What happened. Task ids are slot index + 1; 0 is idle. */
enum rota_event {
        ROTA_EVENT_SWITCH =
                1, /**< sched_switch: a = previous id, b = next id, c = enum rota_left */
        /** sched_waking: a = task, b = waking id, 0: an interrupt, c = target CPU. As in Linux also where the task is not
         * parked: then c is the waker's CPU, and no sched_wakeup follows but where it would park (its
         * token is set) */
        ROTA_EVENT_WAKING,
        ROTA_EVENT_WAKEUP,     /**< sched_wakeup: a = task, c = target CPU */
        ROTA_EVENT_WAKEUP_NEW, /**< sched_wakeup_new: a = task, c = target CPU */
        ROTA_EVENT_MIGRATE,    /**< sched_migrate_task: a = task, b = from CPU, c = to CPU */
        ROTA_EVENT_EXIT,       /**< sched_process_exit: a = task */
        ROTA_EVENT_CHANGE,     /**< class, parameters or affinity changed: a = task */
        /** cpuhp_enter: a = CPU that is asked to leave (b = 0), or begins to join again (b = 1) */
        ROTA_EVENT_CPUHP_ENTER,
        /** cpuhp_exit: a = CPU that has left (b = 0), or takes part again (b = 1) */
        ROTA_EVENT_CPUHP_EXIT,
        ROTA_EVENT_BLOCK,      /**< waits in a wait queue: a = task, b = the queue's number, c = who
                                    has what it waits for, 0: nobody */
        ROTA_EVENT_PI_SETPRIO, /**< sched_pi_setprio: a = task, b = old urgency, c = new urgency */
        /** a poll of a future task begins, or of what a user task awaits (rota_user_await()): a = task.
         * b = 0, but for the first poll of such, whose reason is the user task's trap: its enum rota_trap_reason
         * + 1; then c = the system call's number (its lower 32 bits), or the enum rota_fault */
        ROTA_EVENT_POLL_BEGIN,
        ROTA_EVENT_POLL_END, /**< and has ended: a = task, b = enum rota_poll */
};

/** In what state a task left the CPU: ftrace's prev_state. */
enum rota_left {
        ROTA_LEFT_RUNNABLE = 0,  /**< R: yielded */
        ROTA_LEFT_PREEMPTED = 1, /**< R+: preempted or at its slice's end */
        ROTA_LEFT_SLEEPING = 2,  /**< S: parked */
        ROTA_LEFT_DEAD = 3,      /**< X: exited */
};

/** One record, 24 bytes. */
struct rota_record {
        uint64_t time;  /**< ns */
        uint16_t event; /**< enum rota_event */
        uint16_t cpu;   /**< on which it happened */
        uint32_t a;     /**< see enum rota_event */
        uint32_t b;     /**< see enum rota_event */
        uint32_t c;     /**< see enum rota_event */
};

/* C++ knows a last member without a size only as an extension; every compiler has it. */
#ifdef __cplusplus
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#endif
/**
 * A ring in the caller's memory, zeroed; capacity is a power of two. The CPU writes records and
 * publishes head; a reader consumes up to head and publishes tail. A full ring drops the new
 * record and counts it.
 */
struct rota_ring {
        uint32_t capacity;            /**< records, a power of two, at most 2^31 */
        uint32_t head;                /**< records written, modulo 2^32 (release) */
        uint32_t tail;                /**< records consumed, modulo 2^32 (release) */
        uint32_t dropped;             /**< records that found no room */
        struct rota_record records[]; /**< the ring itself */
};
#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif

/** Bytes of a ring of @p capacity records. Context: any. */
static inline size_t rota_ring_bytes(uint32_t capacity)
{
        return sizeof(struct rota_ring) + (size_t)capacity * sizeof(struct rota_record);
}

/** Takes up to @p most records out of @p ring; returns how many. One reader at a time.
 * Context: any. */
uint32_t rota_ring_read(struct rota_ring *ring, struct rota_record *out, uint32_t most);

/** ftrace's name of an event, or "unknown". Context: any. */
const char *rota_event_name(uint16_t event);

ROTA_END_DECLS
#endif
