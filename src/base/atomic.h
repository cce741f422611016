/* SPDX-License-Identifier: MIT */
/*
 * Every atomic operation of the house: the compiler's, or with ROTA_ATOMICS_MASKED those of
 * base/atomic_masked.h. Nothing is wider than a machine word.
 *
 * Data is published by release and acquire operations, never by fences alone. The one full fence
 * serves the pattern "store mine, then look at yours" (rota_atomic_store_then_look), where both
 * sides must not miss each other; each use names its partner.
 */
#ifndef ROTA_BASE_ATOMIC_H
#define ROTA_BASE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#include <rota/config.h>

#if ROTA_ATOMICS_MASKED
#include "base/atomic_masked.h"
#else

#define rota_atomic_load(p)             __atomic_load_n((p), __ATOMIC_RELAXED)
#define rota_atomic_load_acquire(p)     __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define rota_atomic_store(p, v)         __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define rota_atomic_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define rota_atomic_swap_acquire(p, v)  __atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)
#define rota_atomic_swap(p, v)          __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
#define rota_atomic_or(p, v)            __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define rota_atomic_and(p, v)           __atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST)
#define rota_atomic_add(p, v)           __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define rota_atomic_sub(p, v)           __atomic_fetch_sub((p), (v), __ATOMIC_SEQ_CST)

/* Compare and swap; on failure *expected is what was found. */
#define rota_atomic_cas(p, expected, desired)                                                      \
        __atomic_compare_exchange_n(                                                               \
                (p), (expected), (desired), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

/* Between a store of one's own and a look at the other side's: neither may miss both. */
#define rota_atomic_store_then_look() __atomic_thread_fence(__ATOMIC_SEQ_CST)

#endif

/* A counter with one writer, read by anybody for information. Wider than a word on 32-bit machines,
 * where a reader may see it torn. */
#if UINTPTR_MAX > UINT32_MAX
#define rota_count_add(p, n) rota_atomic_store((p), rota_atomic_load(p) + (n))
#define rota_count_set(p, v) rota_atomic_store((p), (v))
#define rota_count_read(p)   rota_atomic_load(p)
#else
#define rota_count_add(p, n) ((void)(*(p) += (n)))
#define rota_count_set(p, v) ((void)(*(p) = (v)))
#define rota_count_read(p)   (*(p))
#endif
#define rota_count(p) rota_count_add((p), 1)

#define rota_likely(x)   __builtin_expect(!!(x), 1)
#define rota_unlikely(x) __builtin_expect(!!(x), 0)

#endif
