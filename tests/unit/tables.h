/* SPDX-License-Identifier: MIT */
/* A machine that walks page tables: CPUs with caches of translations, and pages that know whose they
 * are. See machine/machine.h. */
#ifndef TEST_TABLES_H
#define TEST_TABLES_H

#include "flush.h"
#include "kernel.h"
#include "machine.h"
#include "space.h"

#define TABLES_CPUS   4
#define TABLES_ASIDS  8
#define TABLES_CACHED 64

/** One thing that a CPU remembers. */
struct tables_cached {
        uint32_t asid;
        uintptr_t page;
        uint64_t entry; /* 0: unused */
};

struct tables_cpu {
        uint64_t *root;
        uint32_t asid;
        uint32_t next;
        bool kicked; /* atomic */
        struct tables_cached cached[TABLES_CACHED];
};

extern struct tables_cpu tables_cpus[TABLES_CPUS];
/** Frames that may still be taken. */
extern int64_t tables_frames_left;
/** Those that are out. */
extern int64_t tables_frames_out;
/** How many identifiers the machine has, 1: none. */
extern uint32_t tables_asids;
/** Kicks wait until the CPU's thread takes them by tables_interrupts(); else they are taken at once. */
extern bool tables_threads;
/** Calls of machine_code_fetch(), machine_code_written(). */
extern uint32_t tables_fetches, tables_written;

void tables_reset(void);
/** Which CPU the calling thread is. */
void tables_be(uint32_t cpu);
/** What CPU, the calling one, has at @p address with what it remembers, and remembers it: 0, or the entry. */
uint64_t tables_access(uintptr_t address);
/** Takes what has been kicked. */
void tables_interrupts(void);

#endif
