/* SPDX-License-Identifier: MIT */
/*
 * Taking interrupts: on the stack of the task that they interrupted, as a kernel's entry would.
 */
#define _GNU_SOURCE
#include "interrupts.h"

#include "rota_port.h"
#include <errno.h>

/* errno's address belongs to a worker, and the compiler believes that it never changes: so only
 * these two, which are never inlined, may look across a switch. */
static __attribute__((noinline)) int errno_get(void)
{
        __asm__ volatile("");
        return errno;
}

static __attribute__((noinline)) void errno_set(int value)
{
        __asm__ volatile("");
        errno = value;
}

void rota_host_interrupts(void)
{
        uint32_t pending = rota_host_take_pending();
        if (!pending)
                return; /* the task has moved since it looked */

        /* A task is interrupted between a failing call and its look at errno. */
        int saved = errno_get();
        rota_irq_enter();
        if (pending & ROTA_HOST_TIMER)
                rota_timer();
        if (pending & ROTA_HOST_KICK)
                rota_kicked();
        rota_irq_exit();
        errno_set(saved);
}

void rota_host_take(void)
{
        do {
                rota_host_mask();
                rota_host_interrupts();
                rota_host_mask_set(0);
        } while (rota_host_is_pending());
}
