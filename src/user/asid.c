/* SPDX-License-Identifier: MIT */
/*
 * Identifiers of address spaces, by generations.
 *
 * A space's word, its generation and its identifier, is good while its generation is the present one. Each
 * CPU's `active` is the word of what it loaded last. When the identifiers of a generation are used up, the
 * next begins, under the lock: each CPU's active is taken from it (becomes 0), and noted as reserved; those
 * identifiers keep their meaning, for the CPUs may go on in these spaces without a word; all others are
 * free again. A CPU whose active is 0 finds that out with its next load, goes the slow way, and flushes
 * before it uses an identifier that meant something else before.
 *
 * The rule: as long as a CPU may have something cached under an identifier, no other space is loaded there
 * under it. For within a generation an identifier is given to one space only, and between generations
 * the CPU flushes.
 */
#include <rota/asid.h>

#include "base/atomic.h"
#include "base/bitmap.h"
#include "base/lock.h"
#include "core/world.h"

#define WORD_BITS ((uint32_t)(sizeof(uintptr_t) * 8))

static uint32_t id_of(const struct rota_asids *asids, uintptr_t word)
{
        return (uint32_t)(word & (((uintptr_t)1 << asids->bits) - 1));
}

static bool is_present(const struct rota_asids *asids, uintptr_t word)
{
        return (word ^ rota_atomic_load(&asids->generation)) >> asids->bits == 0;
}

static bool is_used(const struct rota_asids *asids, uint32_t id)
{
        return (asids->used[id / WORD_BITS] >> (id % WORD_BITS)) & 1;
}

static void set_used(struct rota_asids *asids, uint32_t id)
{
        asids->used[id / WORD_BITS] |= (uintptr_t)1 << (id % WORD_BITS);
}

static void clear_used(struct rota_asids *asids)
{
        for (uint32_t i = 0; i < ROTA_ASID_WORDS(asids->count); i++)
                asids->used[i] = 0;
        set_used(asids, 0); /* the kernel's */
}

int rota_asids_init(struct rota_asids *asids, uint32_t count, uintptr_t *used,
        struct rota_asid_cpu *cpus, uint32_t cpu_count)
{
        if (!asids || !used || !cpus || cpu_count == 0 || count > (uint32_t)1 << 24)
                return ROTA_EINVAL;
        *asids = (struct rota_asids){.used = used, .cpus = cpus, .cpu_count = cpu_count};
        for (uint32_t i = 0; i < cpu_count; i++)
                cpus[i] = (struct rota_asid_cpu){0};
        /* Each CPU may hold on to one; then there must be one more, beside the kernel's. */
        if (count < cpu_count + 2)
                return ROTA_OK;
        asids->count = count;
        while ((uint32_t)1 << asids->bits < count)
                asids->bits++;
        asids->generation = (uintptr_t)1 << asids->bits;
        clear_used(asids);
        return ROTA_OK;
}

/* A free identifier, or 0. The lock is held. */
static uint32_t find_free(struct rota_asids *asids)
{
        uint32_t words = ROTA_ASID_WORDS(asids->count);

        for (uint32_t i = 0; i < words; i++) {
                uint32_t at = asids->next + i < words ? asids->next + i : asids->next + i - words;
                uintptr_t free = ~asids->used[at];
                uint32_t id = free ? at * WORD_BITS + rota_lowest_bit(free) : asids->count;
                if (id < asids->count) {
                        asids->next = at; /* within a generation none becomes free */
                        return id;
                }
        }
        return 0;
}

/* The next generation begins. The lock is held. */
static void turn_over(struct rota_asids *asids)
{
        uintptr_t generation = rota_atomic_load(&asids->generation) + ((uintptr_t)1 << asids->bits);

        if (generation == 0) /* 0 is nobody's */
                generation = (uintptr_t)1 << asids->bits;
        rota_atomic_store(&asids->generation, generation);
        clear_used(asids);
        for (uint32_t i = 0; i < asids->cpu_count; i++) {
                struct rota_asid_cpu *cpu = &asids->cpus[i];
                /* Partner: the exchange in rota_asid_take. Operations on one word have one order: a fast
                 * load either comes first, and is what we find here, or finds 0. */
                uintptr_t active = rota_atomic_swap(&cpu->active, 0);
                /* 0: it has loaded nothing since the last time, and is still where it was then. */
                if (active)
                        cpu->reserved = active;
                if (cpu->reserved)
                        set_used(asids, id_of(asids, cpu->reserved));
                cpu->flush = true;
        }
}

/* Where a CPU held on to the space's identifier when the generation began: its word for this generation
 * in the place of that, on each of them. The lock is held. */
static bool renew_reserved(struct rota_asids *asids, uintptr_t old, uintptr_t word)
{
        bool found = false;

        for (uint32_t i = 0; i < asids->cpu_count; i++) {
                if (asids->cpus[i].reserved == old) {
                        asids->cpus[i].reserved = word;
                        found = true;
                }
        }
        return found;
}

/* A word of the present generation for a space whose own is `old`. The lock is held. */
static uintptr_t give(struct rota_asids *asids, uintptr_t old)
{
        if (old) {
                uint32_t id = id_of(asids, old);
                uintptr_t word = rota_atomic_load(&asids->generation) | id;
                if (renew_reserved(asids, old, word))
                        return word;
                /* The one it had, where it is free: what is cached of it may still be good. */
                if (!is_used(asids, id)) {
                        set_used(asids, id);
                        return word;
                }
        }
        uint32_t id = find_free(asids);
        if (!id) {
                turn_over(asids);
                id = find_free(asids); /* there are more than CPUs */
        }
        set_used(asids, id);
        return rota_atomic_load(&asids->generation) | id;
}

static struct rota_asid_load take_slowly(
        struct rota_asids *asids, struct rota_asid *space, struct rota_asid_cpu *cpu)
{
        rota_lock(&asids->lock);
        uintptr_t word = rota_atomic_load(&space->word);
        if (word == 0 || !is_present(asids, word)) {
                word = give(asids, word);
                rota_atomic_store(&space->word, word);
        }
        struct rota_asid_load load = {id_of(asids, word), cpu->flush};
        cpu->flush = false;
        rota_atomic_store(&cpu->active, word);
        rota_unlock(&asids->lock);
        return load;
}

struct rota_asid_load rota_asid_take(
        struct rota_asids *asids, struct rota_asid *space, uint32_t index)
{
        if (rota_unlikely(asids->count == 0))
                return (struct rota_asid_load){0, true};
        struct rota_asid_cpu *cpu = &asids->cpus[index];
        uintptr_t word = rota_atomic_load(&space->word);
        uintptr_t active = rota_atomic_load(&cpu->active);

        /* No order is needed beyond that of the one word: a generation that began meanwhile has made
         * it 0 (then the lock shows the rest), or will find our word in it, and reserve that. */
        if (rota_likely(word && active && is_present(asids, word) &&
                        rota_atomic_cas(&cpu->active, &active, word)))
                return (struct rota_asid_load){id_of(asids, word), false};
        return take_slowly(asids, space, cpu);
}

void rota_asid_renew(struct rota_asids *asids, struct rota_asid *space)
{
        uintptr_t flags = rota_port_irq_save();

        rota_lock(&asids->lock);
        rota_atomic_store(&space->word, 0);
        rota_unlock(&asids->lock);
        rota_port_irq_restore(flags);
}
