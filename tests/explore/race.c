/* SPDX-License-Identifier: MIT */
/*
 * Data races: two accesses to a place, at least one of them a write and at least one of them plain,
 * that no release and acquire orders. The core is compiled with the thread sanitizer's instrumentation
 * and without its runtime: the calls that it puts before each plain access end here. Vector clocks
 * as in FastTrack (Flanagan and Freund, PLDI 2009), a place by its first byte, over the memory that
 * the virtual machine consists of.
 *
 * Fences order nothing here, although C11 says that they may: it is the house's rule that data is
 * published by release and acquire (base/atomic.h).
 */
#include <string.h>

#include "explore.h"

uint32_t race_clock[CPUS_MAX][CLOCKS];

/* When a CPU did something last: its own clock then; 0: never. */
struct shadow {
        uint32_t execution;
        uint32_t plain_write, atomic_write; /* clock * 4 + CPU */
        uint32_t plain_read[CPUS_MAX], atomic_read[CPUS_MAX];
};

static struct shadow shadows[sizeof(struct explore_world)];
static uint32_t execution;
static uint32_t accesses; /* plain ones of this execution */

void race_execution(void)
{
        execution++;
        accesses = 0;
        memset(race_clock, 0, sizeof(race_clock));
        for (uint32_t i = 0; i < CPUS_MAX; i++)
                race_clock[i][i] = 1;
}

static struct shadow *shadow_of(const volatile void *where)
{
        uintptr_t offset = (uintptr_t)where - (uintptr_t)&w;
        if (offset >= sizeof(w))
                return NULL;
        struct shadow *s = &shadows[offset];
        if (s->execution != execution) {
                memset(s, 0, sizeof(*s));
                s->execution = execution;
        }
        return s;
}

/* Did the CPU that executes now learn of that write? */
static bool known(uint32_t epoch)
{
        return (epoch >> 2) <= race_clock[w.current][epoch & 3];
}

static bool all_known(const uint32_t *reads)
{
        for (uint32_t i = 0; i < CPUS_MAX; i++) {
                if (reads[i] > race_clock[w.current][i])
                        return false;
        }
        return true;
}

static void raced(const volatile void *where, const char *mine, const char *its)
{
        explore_fail("race: %s of %s by cpu %u, and %s of another that nothing orders", mine,
                explore_name(where), w.current, its);
}

static void plain(const volatile void *where, bool write)
{
        struct shadow *s = shadow_of(where);
        if (!s)
                return;
        uint32_t clock = race_clock[w.current][w.current];
        if (!known(s->plain_write))
                raced(where, write ? "a write" : "a read", "a write");
        if (!known(s->atomic_write))
                raced(where, write ? "a write" : "a read", "an atomic write");
        if (write) {
                if (!all_known(s->plain_read))
                        raced(where, "a write", "a read");
                if (!all_known(s->atomic_read))
                        raced(where, "a write", "an atomic read");
                s->plain_write = clock << 2 | w.current;
                memory_written_plainly(where);
        } else {
                s->plain_read[w.current] = clock;
        }
}

void race_plain(const volatile void *where, size_t size, bool write)
{
        if (!w.exploring || !on_cpu())
                return;
        /* The core, with a fault in it, may go round without ever coming to a point of the schedule. */
        if (++accesses > PLAIN_MAX)
                explore_fail("goes round for ever");
        for (size_t i = 0; i < size; i += 8)
                plain((const volatile char *)where + i, write);
}

void race_atomic(const volatile void *where, bool write)
{
        struct shadow *s = w.exploring ? shadow_of(where) : NULL;
        if (!s)
                return;
        uint32_t clock = race_clock[w.current][w.current];
        if (!known(s->plain_write))
                raced(where, write ? "an atomic write" : "an atomic read", "a write");
        if (write) {
                if (!all_known(s->plain_read))
                        raced(where, "an atomic write", "a read");
                s->atomic_write = clock << 2 | w.current;
        } else {
                s->atomic_read[w.current] = clock;
        }
}

/* What the compiler calls. */
#define ACCESS(size)                                                                               \
        void __tsan_read##size(void *p);                                                           \
        void __tsan_write##size(void *p);                                                          \
        void __tsan_unaligned_read##size(void *p);                                                 \
        void __tsan_unaligned_write##size(void *p);                                                \
        void __tsan_volatile_read##size(void *p);                                                  \
        void __tsan_volatile_write##size(void *p);                                                 \
        void __tsan_read##size(void *p)                                                            \
        {                                                                                          \
                race_plain(p, size, false);                                                        \
        }                                                                                          \
        void __tsan_write##size(void *p)                                                           \
        {                                                                                          \
                race_plain(p, size, true);                                                         \
        }                                                                                          \
        void __tsan_unaligned_read##size(void *p)                                                  \
        {                                                                                          \
                race_plain(p, size, false);                                                        \
        }                                                                                          \
        void __tsan_unaligned_write##size(void *p)                                                 \
        {                                                                                          \
                race_plain(p, size, true);                                                         \
        }                                                                                          \
        void __tsan_volatile_read##size(void *p)                                                   \
        {                                                                                          \
                (void)p; /* a counter for information */                                           \
        }                                                                                          \
        void __tsan_volatile_write##size(void *p)                                                  \
        {                                                                                          \
                (void)p;                                                                           \
        }

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

void __tsan_init(void);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);
void __tsan_read_range(void *p, size_t size);
void __tsan_write_range(void *p, size_t size);

void __tsan_init(void)
{
}

void __tsan_func_entry(void *pc)
{
        (void)pc;
}

void __tsan_func_exit(void)
{
}

void __tsan_read_range(void *p, size_t size)
{
        race_plain(p, size, false);
}

void __tsan_write_range(void *p, size_t size)
{
        race_plain(p, size, true);
}
