/* SPDX-License-Identifier: MIT */
/**
 * @file
 * rota_port_extra_*() for a `rota_port.h` that includes the library's rota_arch_fpu.h, which reads this
 * at its end. The kernel calls rota_arch_fpu_init_cpu() on each CPU before it runs Rota.
 */
#ifndef ROTA_PORT_EXTRA_H
#define ROTA_PORT_EXTRA_H

#include <rota/extra.h>

ROTA_BEGIN_DECLS

/* The unit's state and its area in memory (arch/<isa>/fpu.c, fpu.S): what it is, the table in the machine's
 * rota_arch_fpu.h says. */

/** Makes @p area, aligned to 64 bytes, the state that the ABI gives a new process. */
void rota_arch_fpu_fresh(void *area);
/** All of the unit's state into @p area, from which it was loaded, or whose contents mean nothing (what is
 * there already need not be written again). The unit is on, for these four; masked. */
void rota_arch_fpu_save(void *area);
/** All of it from @p area, which was saved by rota_arch_fpu_save() or is fresh. */
void rota_arch_fpu_restore(const void *area);
/** What a callee preserves, into its places in @p area. */
void rota_arch_fpu_save_abi(void *area);
/** That from @p area; other registers hold anything (of x86_64's, the x87 stack is empty). */
void rota_arch_fpu_restore_abi(const void *area);

ROTA_END_DECLS

/* So that port_defaults.h sees that they are there. */
#define rota_port_extra_size   rota_port_extra_size
#define rota_port_extra_init   rota_port_extra_init
#define rota_port_extra_switch rota_port_extra_switch

static inline size_t rota_port_extra_size(void)
{
        return rota_arch_fpu_size();
}

static inline void rota_port_extra_init(struct rota_extra *extra)
{
        if (extra->flags & ROTA_EXTRA_FPU) {
                rota_arch_fpu_fresh(extra->area);
                extra->flags |= ROTA_EXTRA_FULL;
        }
}

/* The unit is on exactly while a context that has it runs; the TLS register is always that of the
 * context that runs, so it is written where the two differ. */
static inline void rota_port_extra_switch(
        struct rota_extra *from, struct rota_extra *to, bool involuntary)
{
        bool was_on = from && (from->flags & ROTA_EXTRA_FPU);
        void *was = from ? from->tls : NULL;
        void *tls = to ? to->tls : NULL;

        if (was_on && involuntary) {
                rota_arch_fpu_save(from->area);
                from->flags |= ROTA_EXTRA_FULL;
        } else if (was_on) {
                rota_arch_fpu_save_abi(from->area);
                from->flags &= ~(uint32_t)ROTA_EXTRA_FULL;
        }
        if (tls != was)
                rota_arch_tls_set(tls);
        if (!to || !(to->flags & ROTA_EXTRA_FPU)) {
                if (was_on)
                        rota_arch_fpu_disable();
                return;
        }
        if (!was_on)
                rota_arch_fpu_enable();
        if (to->flags & ROTA_EXTRA_FULL)
                rota_arch_fpu_restore(to->area);
        else
                rota_arch_fpu_restore_abi(to->area);
}

#endif
