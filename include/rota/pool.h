/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The pool: blocks of one size in the caller's memory, for messages, stacks and control blocks, taken and
 * given back in any order by anybody. No block is read or written by the pool: which ones are free is
 * in a list of links beside them, a stack whose top is one word (Treiber: Systems Programming: Coping
 * with Parallelism, 1986; the word's upper half counts what was taken, against ABA). Taking and giving
 * back are lock-free while nobody waits.
 *
 * What was given back last is taken first. So a block that was never taken before is taken only when all
 * others are in use, and how many were ever in use at once costs nothing to know.
 */
#ifndef ROTA_POOL_H
#define ROTA_POOL_H

#include <rota/wait_queue.h>

ROTA_BEGIN_DECLS

/** Most blocks of a pool: fewer where a word has 32 bits. */
#define ROTA_POOL_MOST ((uint32_t)(UINTPTR_MAX >> (sizeof(uintptr_t) * 4)) - 2)

/** A pool in the caller's memory. Fields are the core's, but for waiters.name and waiters.number. */
struct rota_pool {
        uintptr_t top;    /**< the first free block's number + 1, 0: none, all ones: and tasks wait;
                               above that how many were taken (atomic) */
        uint32_t *links;  /**< of each free block the next one's number + 1 (atomic) */
        uint32_t touched; /**< blocks that were ever taken (atomic) */
        uint32_t count;   /**< blocks */
        char *memory;     /**< of the blocks */
        size_t block_size;              /**< bytes */
        uintptr_t inverse;              /**< of its odd part, modulo 2^word */
        uint8_t shift;                  /**< its power of two */
        struct rota_wait_queue waiters; /**< for a free block */
};

/** What a pool has. */
struct rota_pool_stats {
        uint32_t count;      /**< blocks in all */
        uint32_t free;       /**< of those, free now */
        uint32_t least_free; /**< the fewest that ever were, since its init */
};

/**
 * Prepares a pool of free blocks.
 * @param memory      @p count times @p block_size bytes, the caller's for as long as the pool is used; the
 *                    blocks are aligned as far as both are
 * @param block_size  bytes, at least 1
 * @param count       blocks, 1 to ROTA_POOL_MOST
 * @param links       @p count words, the caller's likewise, for the pool alone
 * @param order       enum rota_wait_order: who of several that wait gets a block
 * @param name        for dumps, may be NULL; stays valid while the pool is used
 * @return ROTA_OK; ROTA_EINVAL. Context: any. Takes time in proportion to @p count.
 */
int rota_pool_init(struct rota_pool *pool, void *memory, size_t block_size, uint32_t count,
        uint32_t *links, enum rota_wait_order order, const char *name);

/**
 * Takes a block; waits for one where none is free.
 * @param block  receives it, its contents as they were given back; NULL where there was none
 * @return ROTA_OK; ROTA_EAGAIN: none is free, and the time-out is none; ROTA_ETIMEDOUT; ROTA_ECANCELED;
 * ROTA_ECONTEXT: none is free, and the caller cannot wait; ROTA_EINVAL. Context: any with a time-out of
 * none; else task.
 */
int rota_pool_take(struct rota_pool *pool, void **block, struct rota_timeout timeout);

/** Gives a block back; where somebody waits for one it is that task's. @return ROTA_OK; ROTA_EINVAL: it is
 * no block of this pool; ROTA_EPERM: it is free already. Context: any. */
int rota_pool_give(struct rota_pool *pool, void *block);

/** What it has, at some moment during the call; takes time in proportion to its blocks. @return ROTA_OK;
 * ROTA_EINVAL. Context: any. */
int rota_pool_stats(struct rota_pool *pool, struct rota_pool_stats *stats);

/** Begins to take a block. @return ROTA_OK: it is in @p block; ROTA_EAGAIN: queued, park on @p wait;
 * ROTA_ECONTEXT; ROTA_EINVAL. Context: task. */
int rota_pool_begin(struct rota_pool *pool, struct rota_wait *wait, void **block);

/** Ends to take what was queued. @return ROTA_OK: it is in @p block; ROTA_ETIMEDOUT; ROTA_ECANCELED;
 * ROTA_EAGAIN: the wait had no result; ROTA_EINVAL. Context: task. */
int rota_pool_finish(struct rota_pool *pool, struct rota_wait *wait, void **block);

ROTA_END_DECLS
#endif
