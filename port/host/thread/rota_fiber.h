/* SPDX-License-Identifier: MIT */
/* Contexts of which a sanitizer is told; see rota_fiber.c beside this file. */
#ifndef ROTA_FIBER_H
#define ROTA_FIBER_H

#include <native.h>
#include "rota_arch.h"

void rota_fiber_init(struct rota_context *context, void (*entry)(void *), void *argument);
void rota_fiber_switch(struct rota_context *from, struct rota_context *to);
void rota_fiber_fini(struct rota_context *context);

/* The calling worker's thread ends. */
static inline void rota_fiber_leave(void)
{
        rota_host_native_forget();
}

#endif
