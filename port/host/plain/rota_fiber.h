/* SPDX-License-Identifier: MIT */
/*
 * Contexts without a sanitizer: the architecture's own. (The headers of this name in the rooms
 * beside it tell a sanitizer of each switch; the build puts one of the rooms on the include path.)
 */
#ifndef ROTA_FIBER_H
#define ROTA_FIBER_H

#include "rota_arch.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#error "this build has a sanitizer, but no room of port/host that knows it: see ROTA_SANITIZER"
#endif

static inline void rota_fiber_init(
        struct rota_context *context, void (*entry)(void *), void *argument)
{
        rota_arch_context_init_fpcw(context, entry, argument);
}

static inline void rota_fiber_switch(struct rota_context *from, struct rota_context *to)
{
        rota_arch_switch_fpcw(from, to);
}

static inline void rota_fiber_fini(struct rota_context *context)
{
        (void)context;
}

static inline void rota_fiber_leave(void)
{
}

#endif
