/* SPDX-License-Identifier: MIT */
/*
 * Taking interrupts: on the stack of the task that they interrupted, as a kernel's entry would.
 */
#define _GNU_SOURCE
#include "interrupts.h"

#include "devices.h"
#include "host.h"
#include "rota_port.h"
#include <errno.h>

/* From the start of a thread's block to its errno: the same in all, because the C library is loaded
 * with the program. */
static intptr_t errno_offset;

void rota_host_errno_start(void)
{
        uintptr_t block;
        __asm__ volatile("movq %%fs:0, %0" : "=r"(block));
        errno_offset = (intptr_t)((uintptr_t)&errno - block);
}

int rota_host_errno(void)
{
        int value;
        __asm__ volatile("movl %%fs:(%1), %0" : "=r"(value) : "r"(errno_offset) : "memory");
        return value;
}

void rota_host_errno_set(int value)
{
        __asm__ volatile("movl %0, %%fs:(%1)" : : "r"(value), "r"(errno_offset) : "memory");
}

void rota_host_interrupts(void)
{
        uint32_t pending = rota_host_take_pending();
        if (!pending)
                return; /* the task has moved since it looked */

        /* A task is interrupted between a failing call and its look at errno. */
        int saved = rota_host_errno();
        rota_irq_enter();
        if (pending & ROTA_HOST_TIMER)
                rota_timer();
        if (pending & ROTA_HOST_KICK)
                rota_kicked();
        if (pending & ROTA_HOST_IO)
                rota_host_devices_look();
        rota_irq_exit();
        rota_host_errno_set(saved);
}

void rota_host_take(void)
{
        do {
                rota_host_mask();
                rota_host_interrupts();
                rota_host_mask_set(0);
        } while (rota_host_is_pending());
}
