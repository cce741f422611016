/* SPDX-License-Identifier: MIT */
/*
 * The house's atomics for the explorer: each operation is a call into the harness, which may let
 * another CPU go first and says what a load sees. Found before src/base/atomic.h on the include path;
 * the names and their orders are the same.
 */
#ifndef ROTA_BASE_ATOMIC_H
#define ROTA_BASE_ATOMIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum explore_order { EXPLORE_RELAXED, EXPLORE_ACQUIRE, EXPLORE_RELEASE, EXPLORE_BOTH, EXPLORE_SC };
enum explore_change { EXPLORE_SWAP, EXPLORE_OR, EXPLORE_AND, EXPLORE_ADD, EXPLORE_SUB };

uintptr_t explore_load(
        const volatile void *p, size_t size, enum explore_order order, const char *who);
void explore_store(
        volatile void *p, size_t size, uintptr_t value, enum explore_order order, const char *who);
uintptr_t explore_change(volatile void *p, size_t size, uintptr_t value, enum explore_change change,
        enum explore_order order, const char *who);
bool explore_cas(volatile void *p, size_t size, void *expected, uintptr_t desired, const char *who);
void explore_fence(const char *who);

/* The type of the word, without its qualifiers. */
#define EXPLORE_TYPE(p) __typeof__(__atomic_load_n((p), __ATOMIC_RELAXED))
#define EXPLORE_CHANGE(p, v, change, order)                                                        \
        explore_change((p), sizeof(*(p)), (uintptr_t)(v), (change), (order), __func__)

#define rota_atomic_load(p)                                                                        \
        ((EXPLORE_TYPE(p))explore_load((p), sizeof(*(p)), EXPLORE_RELAXED, __func__))
#define rota_atomic_load_acquire(p)                                                                \
        ((EXPLORE_TYPE(p))explore_load((p), sizeof(*(p)), EXPLORE_ACQUIRE, __func__))
#define rota_atomic_store(p, v)                                                                    \
        explore_store((p), sizeof(*(p)), (uintptr_t)(v), EXPLORE_RELAXED, __func__)
#define rota_atomic_store_release(p, v)                                                            \
        explore_store((p), sizeof(*(p)), (uintptr_t)(v), EXPLORE_RELEASE, __func__)
#define rota_atomic_swap_acquire(p, v) EXPLORE_CHANGE((p), (v), EXPLORE_SWAP, EXPLORE_ACQUIRE)
#define rota_atomic_swap(p, v)         EXPLORE_CHANGE((p), (v), EXPLORE_SWAP, EXPLORE_BOTH)
#define rota_atomic_or(p, v)           EXPLORE_CHANGE((p), (v), EXPLORE_OR, EXPLORE_SC)
#define rota_atomic_and(p, v)          EXPLORE_CHANGE((p), (v), EXPLORE_AND, EXPLORE_SC)
#define rota_atomic_add(p, v)          EXPLORE_CHANGE((p), (v), EXPLORE_ADD, EXPLORE_SC)
#define rota_atomic_sub(p, v)          EXPLORE_CHANGE((p), (v), EXPLORE_SUB, EXPLORE_SC)

#define rota_atomic_cas(p, expected, desired)                                                      \
        explore_cas((p), sizeof(*(p)), (expected), (uintptr_t)(desired), __func__)

#define rota_atomic_store_then_look() explore_fence(__func__)

/* Counters for information decide nothing: no point of the schedule. What is set and read is. */
#define rota_count_add(p, n) (*(volatile __typeof__(*(p)) *)(p) += (n))
#define rota_count_set(p, v) rota_atomic_store((p), (v))
#define rota_count_read(p)   rota_atomic_load(p)
#define rota_count(p)        rota_count_add((p), 1)

#define rota_likely(x)   __builtin_expect(!!(x), 1)
#define rota_unlikely(x) __builtin_expect(!!(x), 0)

#endif
