/* SPDX-License-Identifier: MIT */
/*
 * Pools of blocks. The top of the stack of free blocks is one word: a block's number + 1 in the lower
 * half, NONE, or WAITED; in the upper half a tag that each take moves on. Between a take's look at the
 * top block's link and its compare-and-swap the same block may have been taken and given back, with
 * another link by then; the tag tells. Both are made with interrupts masked, so that nobody is preempted
 * in between for as long as a tag takes to come round.
 *
 * A block's link is the next one's number + 1; TAKEN while it is somebody's; GIVING from when it is given
 * back until it is free: who gives it twice finds that.
 *
 * WAITED: none is free, and tasks wait or did. It comes and goes under the lock of the waiters, and while it
 * is there nothing is taken, and what is given back goes to who waits.
 */
#include "sync/queue.h"

#include <rota/pool.h>

#define HALF   (sizeof(uintptr_t) * 4)
#define LOWER  (((uintptr_t)1 << HALF) - 1)
#define NONE   ((uintptr_t)0)
#define WAITED LOWER
#define TAKEN  UINT32_MAX
#define GIVING (UINT32_MAX - 1)

int rota_pool_init(struct rota_pool *pool, void *memory, size_t block_size, uint32_t count,
        uint32_t *links, enum rota_wait_order order, const char *name)
{
        size_t bytes;

        if (!pool || !memory || !links || block_size == 0 || count == 0 || count > ROTA_POOL_MOST ||
                __builtin_mul_overflow(block_size, (size_t)count, &bytes) ||
                bytes > UINTPTR_MAX - (uintptr_t)memory)
                return ROTA_EINVAL;
        *pool = (struct rota_pool){.top = 1,
                .links = links,
                .count = count,
                .memory = memory,
                .block_size = block_size};
        rota_wait_queue_init(&pool->waiters, order, name);
        uintptr_t odd = block_size;
        while (!(odd & 1)) {
                odd >>= 1;
                pool->shift++;
        }
        /* Newton's steps: right in 3 bits, then in 6, 12, 24, 48, 96. */
        pool->inverse = odd;
        for (uint32_t bits = 3; bits < sizeof(uintptr_t) * 8; bits *= 2)
                pool->inverse *= 2 - odd * pool->inverse;
        for (uint32_t i = 0; i < count; i++)
                rota_atomic_store(&links[i], i + 2);
        rota_atomic_store(&links[count - 1], (uint32_t)NONE);
        return ROTA_OK;
}

/* The number of the block that is there; count or more where there is none. A multiple of an odd number is
 * divided by it by way of its inverse, and what is none becomes too large for one (Granlund, Montgomery:
 * Division by Invariant Integers using Multiplication, 1994, section 9). */
static inline uintptr_t number_of(const struct rota_pool *pool, const void *block)
{
        uintptr_t offset = (uintptr_t)block - (uintptr_t)pool->memory;

        if (rota_unlikely(offset & (((uintptr_t)1 << pool->shift) - 1)))
                return UINTPTR_MAX;
        return (offset >> pool->shift) * pool->inverse;
}

static inline void *block_of(const struct rota_pool *pool, uintptr_t number)
{
        return pool->memory + number * pool->block_size;
}

/* Interrupts are masked. The block on top, or NULL, and *top is what the word was. */
static inline void *pop(struct rota_pool *pool, uintptr_t *top)
{
        /* Acquire: the top one's link; partner: the release in push(). */
        *top = rota_atomic_load_acquire(&pool->top);
        for (;;) {
                uintptr_t number = (*top & LOWER) - 1;
                if (rota_unlikely(number >= pool->count))
                        return NULL;
                uint32_t next = rota_atomic_load(&pool->links[number]);
                uintptr_t wanted = (((*top >> HALF) + 1) << HALF) | (next & LOWER);
                /* Acquire: what who gave it back did with it; partner: the release in push(). */
                if (rota_unlikely(!rota_atomic_cas(&pool->top, top, wanted)))
                        continue;
                rota_atomic_store(&pool->links[number], TAKEN);
                uint32_t touched = rota_atomic_load(&pool->touched);
                while (rota_unlikely(touched <= number) &&
                        !rota_atomic_cas(&pool->touched, &touched, (uint32_t)number + 1))
                        ;
                return block_of(pool, number);
        }
}

/* Interrupts are masked. Puts a block that is GIVING on top; false where tasks wait. */
static inline bool push(struct rota_pool *pool, uintptr_t number)
{
        uintptr_t top = rota_atomic_load(&pool->top);

        do {
                if (rota_unlikely((top & LOWER) == WAITED))
                        return false;
                rota_atomic_store(&pool->links[number], (uint32_t)(top & LOWER));
                /* Release: its link, and what was done with the block; partner: the acquires in pop(). */
        } while (rota_unlikely(!rota_atomic_cas(&pool->top, &top, (top & ~LOWER) | (number + 1))));
        return true;
}

/* None was free: takes one after all, or queues `wait`. */
static int contend(struct rota_pool *pool, struct rota_wait *wait, void **block)
{
        struct rota_cpu *cpu = rota_port_cpu();

        if (!cpu || !cpu->current || cpu->nesting)
                return ROTA_ECONTEXT;
        rota_wait_init(wait);
        uintptr_t flags = queue_lock(&pool->waiters);
        uintptr_t top;
        int result = ROTA_EAGAIN;

        while ((*block = pop(pool, &top)) == NULL) {
                if ((top & LOWER) == WAITED || rota_atomic_cas(&pool->top, &top, top | WAITED)) {
                        queue_add(&pool->waiters, wait);
                        queue_trace(&pool->waiters, NULL);
                        break;
                }
        }
        if (*block)
                result = ROTA_OK;
        queue_unlock(&pool->waiters, flags);
        return result;
}

static inline void *take(struct rota_pool *pool)
{
        uintptr_t top;
        uintptr_t flags = rota_port_irq_save();
        void *block = pop(pool, &top);

        rota_port_irq_restore(flags);
        return block;
}

/* Out of line, so that the short way needs no frame. */
static __attribute__((noinline)) int take_slowly(
        struct rota_pool *pool, void **block, struct rota_timeout timeout)
{
        struct rota_wait wait;
        uint64_t deadline = rota_timeout_deadline(timeout);

        if (!deadline)
                return ROTA_EAGAIN;
        int result = contend(pool, &wait, block);
        if (result != ROTA_EAGAIN)
                return result;
        int parked = rota_wait_park(&wait, rota_timeout_at(deadline));
        result = rota_pool_finish(pool, &wait, block);
        return result == ROTA_EAGAIN ? parked : result;
}

int rota_pool_take(struct rota_pool *pool, void **block, struct rota_timeout timeout)
{
        debug_call("rota_pool_take");
        if (rota_unlikely(!pool || !block))
                return ROTA_EINVAL;
        *block = take(pool);
        return rota_likely(*block != NULL) ? ROTA_OK : take_slowly(pool, block, timeout);
}

int rota_pool_begin(struct rota_pool *pool, struct rota_wait *wait, void **block)
{
        if (!pool || !wait || !block)
                return ROTA_EINVAL;
        *block = take(pool);
        return *block ? ROTA_OK : contend(pool, wait, block);
}

int rota_pool_finish(struct rota_pool *pool, struct rota_wait *wait, void **block)
{
        if (!pool || !wait || !block)
                return ROTA_EINVAL;
        int result = queue_finish(wait);
        *block = NULL;
        if (result == ROTA_OK)
                *block = (void *)wait->value;
        return result;
}

/* Tasks waited a moment ago: gives one of them a block that is GIVING, or puts it on top after all. */
static __attribute__((noinline)) void hand_over(struct rota_pool *pool, uintptr_t number)
{
        uintptr_t flags = queue_lock(&pool->waiters);

        while (!push(pool, number)) {
                /* Whoever gets it may give it back before we look again. */
                rota_atomic_store(&pool->links[number], TAKEN);
                if (queue_wake_one(&pool->waiters, ROTA_OK, (intptr_t)block_of(pool, number)))
                        break;
                rota_atomic_store(&pool->links[number], GIVING);
                /* Nobody does any more: only here the mark goes. */
                rota_atomic_store(&pool->top, (rota_atomic_load(&pool->top) & ~LOWER) | NONE);
        }
        queue_unlock(&pool->waiters, flags);
}

int rota_pool_give(struct rota_pool *pool, void *block)
{
        if (rota_unlikely(!pool))
                return ROTA_EINVAL;
        uintptr_t number = number_of(pool, block);
        uint32_t taken = TAKEN;

        if (rota_unlikely(number >= pool->count))
                return ROTA_EINVAL;
        if (rota_unlikely(!rota_atomic_cas(&pool->links[number], &taken, GIVING)))
                return ROTA_EPERM;
        uintptr_t flags = rota_port_irq_save();
        bool pushed = push(pool, number);
        rota_port_irq_restore(flags);
        if (rota_unlikely(!pushed))
                hand_over(pool, number);
        return ROTA_OK;
}

int rota_pool_stats(struct rota_pool *pool, struct rota_pool_stats *stats)
{
        if (!pool || !stats)
                return ROTA_EINVAL;
        *stats = (struct rota_pool_stats){
                .count = pool->count,
                .least_free = pool->count - rota_atomic_load(&pool->touched),
        };
        for (uint32_t i = 0; i < pool->count; i++)
                stats->free += rota_atomic_load(&pool->links[i]) < GIVING;
        return ROTA_OK;
}
