/* SPDX-License-Identifier: MIT */
/*
 * Loading spaces, and making every CPU forget what was taken out of one.
 *
 * Who has changed entries sets all bits of space->stale, counts space->changes up, and then looks which CPUs
 * have the space loaded. Each of those gets an interrupt, forgets, and says in `seen` up to which change. A
 * CPU that loads a space says so first and then reads the count: so either it reads the new count, or it is
 * seen, or both. One that had the space loaded earlier may have kept something under its identifier: it
 * finds its bit in `stale` when it loads the space again, whenever that is.
 */
#include "flush.h"
#include "kernel.h"
#include "machine.h"
#include "rota_arch.h"

/* The most identifiers that any of the machines has. */
#define ASIDS_MAX 65536u

static struct rota_asids asids;
static uintptr_t asids_used[ROTA_ASID_WORDS(ASIDS_MAX)];
static struct rota_asid_cpu asid_cpus[KERNEL_CPUS_MAX] __attribute__((aligned(128)));

void kernel_spaces_init(uint32_t cpus)
{
        uint32_t count = machine_asids();
        int result = rota_asids_init(
                &asids, count < ASIDS_MAX ? count : ASIDS_MAX, asids_used, asid_cpus, cpus);
        if (result != ROTA_OK)
                kernel_fatal("rota_asids_init: %s", rota_error_text(result));
}

/* Whether this CPU is to forget what it has of the space; then it need not again. */
static bool take_stale(struct kernel_space *space, uint32_t cpu)
{
        uint64_t bit = (uint64_t)1 << cpu;

        if (!(__atomic_load_n(&space->stale, __ATOMIC_RELAXED) & bit))
                return false;
        /* Partner: kernel_space_flush(). What is walked after it are the changed entries. */
        __atomic_fetch_and(&space->stale, ~bit, __ATOMIC_ACQUIRE);
        return true;
}

/* Loads it under the identifier that it has now. */
static void load(struct kernel_space *space, uint32_t cpu)
{
        bool stale = take_stale(space, cpu);
        struct rota_asid_load asid = rota_asid_take(&asids, &space->asid, cpu);

        machine_space_load(space->root, asid.id,
                asid.flush ? KERNEL_FORGET_SPACES
                : stale    ? KERNEL_FORGET_SPACE
                           : KERNEL_FORGET_NOTHING);
}

void kernel_space_load(struct kernel_space *space)
{
        struct kernel_cpu *cpu = machine_cpu();

        if (!space) {
                machine_space_load(machine_root, 0, KERNEL_FORGET_NOTHING);
                /* After it: destroy() gives back tables that nobody says to have loaded. */
                __atomic_store_n(&cpu->space, NULL, __ATOMIC_RELEASE);
                return;
        }
        __atomic_store_n(&cpu->seen, 0, __ATOMIC_RELAXED);
        /* Partner: kernel_space_flush() looks at `space` after it has counted. */
        __atomic_store_n(&cpu->space, space, __ATOMIC_SEQ_CST);
        uint64_t changes = __atomic_load_n(&space->changes, __ATOMIC_SEQ_CST);
        load(space, cpu->index);
        __atomic_store_n(&cpu->seen, changes, __ATOMIC_RELEASE); /* partner: has_seen() */
}

void kernel_space_kicked(void)
{
        struct kernel_cpu *cpu = machine_cpu();
        struct kernel_space *space = cpu->space;

        if (!space)
                return;
        uint64_t changes = __atomic_load_n(&space->changes, __ATOMIC_ACQUIRE);
        if (changes == cpu->seen)
                return;
        load(space, cpu->index);
        __atomic_store_n(&cpu->seen, changes, __ATOMIC_RELEASE); /* partner: has_seen() */
}

/* This CPU's part, whichever the caller is on. */
static void forget(void)
{
        uintptr_t flags = rota_arch_irq_save();

        kernel_space_kicked();
        rota_arch_irq_restore(flags);
}

static bool has_seen(
        const struct kernel_cpu *cpu, const struct kernel_space *space, uint64_t change)
{
        return __atomic_load_n(&cpu->space, __ATOMIC_SEQ_CST) != space ||
               __atomic_load_n(&cpu->seen, __ATOMIC_ACQUIRE) >= change;
}

void kernel_space_flush(struct kernel_space *space)
{
        machine_tables_written();
        __atomic_store_n(&space->stale, UINT64_MAX, __ATOMIC_RELEASE); /* partner: take_stale() */
        /* Partner: kernel_space_load() and kernel_space_kicked(). */
        uint64_t change = __atomic_add_fetch(&space->changes, 1, __ATOMIC_SEQ_CST);

        forget();
        for (uint32_t i = 0; i < KERNEL_CPUS_MAX; i++)
                if (!has_seen(&kernel_cpus[i], space, change))
                        machine_kick(i);
        for (uint32_t i = 0; i < KERNEL_CPUS_MAX; i++)
                while (!has_seen(&kernel_cpus[i], space, change)) {
                        forget(); /* so two that wait for each other come on, even masked */
                        rota_arch_pause();
                }
}

bool kernel_space_loaded(const struct kernel_space *space)
{
        for (uint32_t i = 0; i < KERNEL_CPUS_MAX; i++)
                if (__atomic_load_n(&kernel_cpus[i].space, __ATOMIC_SEQ_CST) == space)
                        return true;
        return false;
}
