/* SPDX-License-Identifier: MIT */
#include "native.h"

#include "rota_port.h"
#include <rota/instance.h>

/* Each worker has at most two: its boot context and an adopted one. */
#define NATIVES (2 * ROTA_CPUS_MAX)

static struct rota_host_native natives[NATIVES];
static uint32_t lock;

/* Masked on both sides. */
static void take_lock(void)
{
        while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
                rota_port_relax();
}

static void give_lock(void)
{
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

static struct rota_host_native *find(const struct rota_context *context)
{
        for (uint32_t i = 0; i < NATIVES; i++)
                if (natives[i].context == context)
                        return &natives[i];
        return NULL;
}

void rota_host_native_note(const struct rota_context *context, void *fiber)
{
        const struct rota_host_tls *self = rota_host_self();

        take_lock();
        if (!find(context)) {
                struct rota_host_native *native = find(NULL);
                if (!native)
                        rota_host_fatal("too many contexts on workers' own stacks");
                native->context = context;
                native->low = (const char *)self->stack_low;
                native->size = self->stack_high - self->stack_low;
                native->fiber = fiber;
        }
        give_lock();
}

const struct rota_host_native *rota_host_native_find(const struct rota_context *context)
{
        take_lock();
        const struct rota_host_native *native = find(context);
        give_lock();
        if (!native)
                rota_host_fatal("a switch to a context that nobody has left");
        return native;
}

void rota_host_native_forget(void)
{
        const char *low = (const char *)rota_host_self()->stack_low;

        take_lock();
        for (uint32_t i = 0; i < NATIVES; i++)
                if (natives[i].low == low)
                        natives[i] = (struct rota_host_native){0};
        give_lock();
}
