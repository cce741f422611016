/* SPDX-License-Identifier: MIT */
/*
 * Loading spaces, and making every CPU forget what was taken out of one.
 *
 * Who has changed entries counts space->changes up, and then looks which CPUs have the space loaded. Each of
 * those gets an interrupt, forgets, and says in `seen` up to which change. A CPU that loads a space says so
 * first and then reads the count: so either it reads the new count, or it is seen, or both. One that had
 * the space loaded earlier may have kept something under the identifier that the space had then: it gets
 * a new one before the look, so all that load it later do so without that, and those that forget load it
 * under the new one, which is all there is to it.
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

/* Loads it under the identifier that it has now. */
static void load(struct kernel_space *space, uint32_t cpu)
{
        struct rota_asid_load asid = rota_asid_take(&asids, &space->asid, cpu);
        machine_space_load(space->root, asid.id, asid.flush);
}

void kernel_space_load(struct kernel_space *space)
{
        struct kernel_cpu *cpu = machine_cpu();

        if (!space) {
                machine_space_load(machine_root, 0, false);
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

static bool has_seen(
        const struct kernel_cpu *cpu, const struct kernel_space *space, uint64_t change)
{
        return __atomic_load_n(&cpu->space, __ATOMIC_SEQ_CST) != space ||
               __atomic_load_n(&cpu->seen, __ATOMIC_ACQUIRE) >= change;
}

void kernel_space_flush(struct kernel_space *space)
{
        machine_tables_written();
        rota_asid_renew(&asids, &space->asid);
        /* Partner: kernel_space_load() and kernel_space_kicked(). */
        uint64_t change = __atomic_add_fetch(&space->changes, 1, __ATOMIC_SEQ_CST);

        for (uint32_t i = 0; i < KERNEL_CPUS_MAX; i++)
                if (!has_seen(&kernel_cpus[i], space, change))
                        machine_kick(i);
        for (uint32_t i = 0; i < KERNEL_CPUS_MAX; i++)
                while (!has_seen(&kernel_cpus[i], space, change)) {
                        /* This CPU's own part, on whichever the caller is by now; and so two that wait for
                         * each other come on even where interrupts are masked. */
                        uintptr_t flags = rota_arch_irq_save();
                        kernel_space_kicked();
                        rota_arch_irq_restore(flags);
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
