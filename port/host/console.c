/* SPDX-License-Identifier: MIT */
/* The world's console: standard output, a line at a time. */
#define _GNU_SOURCE
#include "console.h"

#include "rota_port.h"
#include <errno.h>
#include <unistd.h>
#include <world.h>

static char line[512];
static size_t length;
static uint32_t lock;

void rota_host_write(int file, const char *text, size_t size)
{
        while (size) {
                ssize_t written = write(file, text, size);
                if (written < 0 && errno != EINTR && errno != EAGAIN)
                        return;
                if (written > 0) {
                        text += written;
                        size -= (size_t)written;
                }
        }
}

/* The lock is held. */
static void flush(void)
{
        rota_host_write(STDOUT_FILENO, line, length);
        length = 0;
}

void world_putc(char c)
{
        /* Masked, so that an interrupt on this worker does not meet its own lock. */
        uintptr_t flags = rota_port_irq_save();
        while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
                rota_port_relax();
        line[length++] = c;
        if (c == '\n' || length == sizeof(line))
                flush();
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
        rota_port_irq_restore(flags);
}

void rota_host_console_flush(void)
{
        flush();
}
