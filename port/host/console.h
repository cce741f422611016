/* SPDX-License-Identifier: MIT */
#ifndef ROTA_HOST_CONSOLE_H
#define ROTA_HOST_CONSOLE_H

#include <stddef.h>

/* All of it, or as much as the file takes. Async-signal-safe. */
void rota_host_write(int file, const char *text, size_t size);

/* Writes what waits for the end of its line. For the world's end: takes no lock. */
void rota_host_console_flush(void);

#endif
