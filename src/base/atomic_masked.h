/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations of a machine that has none (Cortex-M0): one CPU, so masking interrupts excludes
 * everybody. Chosen by ROTA_ATOMICS_MASKED; not to be included but by base/atomic.h. A load or store
 * of a word is atomic by itself; volatile keeps it one access, the fences order it for the compiler.
 */
#ifndef ROTA_BASE_ATOMIC_MASKED_H
#define ROTA_BASE_ATOMIC_MASKED_H

/* The kernel's way to mask; a port's header that comes here may not use these operations itself. */
#if defined(__has_include)
#if __has_include("rota_port.h")
#include "rota_port.h"
#define ROTA_BASE_PORT_INLINE
#endif
#endif
#ifndef ROTA_BASE_PORT_INLINE
#include <rota/port.h>
#endif

#define rota_masked_order() __atomic_signal_fence(__ATOMIC_SEQ_CST)

#define rota_atomic_load(p)     (*(const volatile __typeof__(*(p)) *)(p))
#define rota_atomic_store(p, v) ((void)(*(volatile __typeof__(*(p)) *)(p) = (v)))
#define rota_atomic_load_acquire(p)                                                                \
        __extension__({                                                                            \
                __typeof__(*(p)) rota_seen = rota_atomic_load(p);                                  \
                rota_masked_order();                                                               \
                rota_seen;                                                                         \
        })
#define rota_atomic_store_release(p, v) (rota_masked_order(), rota_atomic_store((p), (v)))

/* *p becomes `change`, which may speak of rota_seen, what it was, and rota_value, which is v;
 * answers what it was. */
#define rota_masked_change(p, v, change)                                                           \
        __extension__({                                                                            \
                volatile __typeof__(*(p)) *rota_at = (p);                                          \
                __typeof__(*(p)) rota_value = (v);                                                 \
                uintptr_t rota_flags = rota_port_irq_save();                                       \
                rota_masked_order();                                                               \
                __typeof__(*(p)) rota_seen = *rota_at;                                             \
                *rota_at = (__typeof__(*(p)))(change);                                             \
                rota_masked_order();                                                               \
                rota_port_irq_restore(rota_flags);                                                 \
                rota_seen;                                                                         \
        })
#define rota_atomic_swap_acquire(p, v) rota_masked_change((p), (v), rota_value)
#define rota_atomic_swap(p, v)         rota_masked_change((p), (v), rota_value)
#define rota_atomic_or(p, v)           rota_masked_change((p), (v), rota_seen | rota_value)
#define rota_atomic_and(p, v)          rota_masked_change((p), (v), rota_seen &rota_value)
#define rota_atomic_add(p, v)          rota_masked_change((p), (v), rota_seen + rota_value)
#define rota_atomic_sub(p, v)          rota_masked_change((p), (v), rota_seen - rota_value)

#define rota_atomic_cas(p, expected, desired)                                                      \
        __extension__({                                                                            \
                __typeof__(*(p)) *rota_expected = (expected);                                      \
                __typeof__(*(p)) rota_before = *rota_expected;                                     \
                *rota_expected = rota_masked_change(                                               \
                        (p), (desired), rota_seen == rota_before ? rota_value : rota_seen);        \
                *rota_expected == rota_before;                                                     \
        })

#define rota_atomic_store_then_look() rota_masked_order()

#endif
