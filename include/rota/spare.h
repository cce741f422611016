/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Spare home stacks, for the preemption of tasks that have no stack.
 *
 * A turn of such a task (a future's poll, the service of a user task's trap) is taken on its CPU's home
 * stack. Where it is to be preempted, that stack goes with the task until its turn ends, and the CPU goes
 * on with a spare one from the instance's pool. From then on the task is switched to and from like a
 * thread: it may be pulled by another CPU, moved, changed, ended for its stack. When its turn ends,
 * on whatever CPU, the stack it is on becomes that CPU's home, and the one which was goes into the pool. So each
 * preempted turn holds one stack, and none is copied.
 *
 * With an empty pool a turn that should make room runs on, and is asked again a slice later: that is
 * counted (rota_cpu_stats.home_stuck, rota_spare_stats.missing). An instance begins without spares; the
 * worlds of this repository give each one some (docs/PORTING.md). Level 4; below it both calls answer
 * ROTA_EINVAL.
 */
#ifndef ROTA_SPARE_H
#define ROTA_SPARE_H

#include <rota/task.h>

ROTA_BEGIN_DECLS

struct rota;

/** What the core keeps of a spare, at the upper end of its memory, for the instance's life. It is either in
 * the pool and says which stack is free, or a task's whose turn was preempted, and the context of that. */
struct rota_spare {
        struct rota_context context; /**< first, so that the two convert */
        struct rota_task *task;      /**< whose, NULL: in the pool; under the lock of its queues */
        struct rota_spare *next;     /**< in the pool, under the pool's lock */
        struct rota_spare *other;    /**< added before it; constant */
};

/** What there is of spare stacks. */
struct rota_spare_stats {
        uint32_t count;   /**< added so far */
        uint32_t free;    /**< in the pool now; the others are with preempted tasks */
        uint32_t least;   /**< the fewest that ever were in the pool since the last one was added */
        uint64_t lent;    /**< turns that were preempted */
        uint64_t missing; /**< times that a turn should have been, and ran on: the pool was empty */
};

/**
 * Gives an instance one more spare home stack. It may run there already.
 * @param rota    the instance
 * @param memory  its lowest address; the instance's until its end
 * @param size    bytes; with some 100 less, at least ROTA_STACK_MIN. Give as much as the home stacks have: any of
 *                them may become any CPU's home
 * @return ROTA_OK; ROTA_EINVAL. Context: any.
 */
int rota_spares_add(struct rota *rota, void *memory, size_t size);

/** What there is of them; the numbers are of about the same moment. @return ROTA_OK; ROTA_EINVAL: NULL.
 * Context: any. */
int rota_get_spare_stats(struct rota *rota, struct rota_spare_stats *stats);

ROTA_END_DECLS
#endif
