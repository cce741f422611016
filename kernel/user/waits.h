/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Calls that wait: each is a coroutine, in its thread's memory, whose value answers the call. It is polled
 * in the thread's turns, with the program's space loaded; a thread that waits has nothing else. A thread that
 * is to end has it dropped, so none needs to know of that; and as that may be before its first poll, what it
 * takes or begins is taken in its body.
 */
#ifndef KERNEL_USER_WAITS_H
#define KERNEL_USER_WAITS_H

#include <program/calls.h>
#include <rota/coroutine.h>
#include <rota/wait_queue.h>

struct kernel_process;
struct kernel_pipe;

/** One wait of a call's, as a future: its value is ROTA_OK, or ROTA_ETIMEDOUT. */
struct kernel_wait {
        struct rota_future
                future;        /**< first; its value says whether it is armed, until it is ready */
        struct rota_wait node; /**< what wakers complete */
        uint64_t until;        /**< when it is given up */
        void (*leave)(struct kernel_wait *wait); /**< takes the node out of where it waits */
};

/** Waits on a node that was begun (rota_wait_init(), rota_wait_queue_begin()), and takes it out again, also
 * where it is dropped. @param leave  NULL: it is in nothing. Context: task. */
struct rota_future *kernel_wait(
        struct kernel_wait *wait, uint64_t until, void (*leave)(struct kernel_wait *wait));
/** For nodes in a wait queue. */
void kernel_wait_leave_queue(struct kernel_wait *wait);

/* The frames of the calls. Their arguments stay in the trap. */

/** Sleeps. */
struct kernel_sleep {
        struct rota_coroutine coroutine;
        struct kernel_wait wait;
};

/** Sleeps while a word has a value. */
struct kernel_park {
        struct rota_coroutine coroutine;
        struct kernel_wait wait;
        struct kernel_process *process;
        struct kernel_park *after, *before; /**< in the word's bucket, under its lock */
        uintptr_t
                word; /**< on which it is; a requeue changes it, under both buckets' locks (atomic) */
        int error;
        bool linked; /**< it is in the bucket, under its lock */
};

/** Waits for a child's end. */
struct kernel_wait_child {
        struct rota_coroutine coroutine;
        struct kernel_wait wait;
        struct sys_end end;
        int64_t result;
};

/** Waits for a thread's end. */
struct kernel_join {
        struct rota_coroutine coroutine;
        struct kernel_wait wait;
        struct rota_handle other;
};

/** Reads from a pipe, or writes into one. */
struct kernel_transfer {
        struct rota_coroutine coroutine;
        struct kernel_wait wait;
        struct rota_cleanup release; /**< of its hold on the pipe */
        struct kernel_pipe *pipe;
        int64_t done;   /**< bytes */
        int32_t result; /**< of the last attempt */
        bool writes;
};

/** What a thread may wait for. */
union kernel_call_wait {
        struct kernel_sleep sleep;
        struct kernel_park park;
        struct kernel_wait_child child;
        struct kernel_join join;
        struct kernel_transfer transfer;
};

#endif
