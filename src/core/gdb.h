/* SPDX-License-Identifier: MIT */
/* What a debugger must know of the core's structures to show tasks and queues without a compiler's
 * debug information; its only reader is tools/gdb/rota.py. Data alone: nobody calls anything. */
#ifndef ROTA_CORE_GDB_H
#define ROTA_CORE_GDB_H

#include <rota/instance.h>

/* Grows with every change of what the numbers are or of their order. The script has the same one. */
#define GDB_VERSION 1
#define GDB_NUMBERS 83
/* The last number, so that a list that is too short is seen. */
#define GDB_END 0x524f

struct gdb_table {
        uint32_t version;
        uint32_t count;                /* of numbers */
        struct rota *const *latest;    /* where the latest instance stands */
        uint16_t numbers[GDB_NUMBERS]; /* offsets, sizes, values: see gdb.c */
};

extern const struct gdb_table rota_gdb_table;

#endif
