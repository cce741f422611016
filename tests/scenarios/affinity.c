/* SPDX-License-Identifier: MIT */
/* Where a task may run: inline masks, pointer masks, changes in every state. */
#include "harness.h"

static intptr_t where_am_i(struct worker *self)
{
        for (;;) {
                rota_guard_begin(); /* or it might move between the two */
                put(self->cpu, rota_cpu_index());
                add(self->count, 1);
                rota_guard_end();
                if (get(self->flag))
                        return 0;
                rota_yield();
        }
}

/* Each soon runs on its CPU, the first one on `first`, and then nowhere else. */
static void run_on(struct worker **w, uint32_t n, uint32_t first)
{
        uint32_t was[3];

        for (uint32_t look = 0; look < 4; look++) {
                for (uint32_t i = 0; i < n; i++)
                        was[i] = get(w[i]->count);
                for (uint32_t i = 0; i < n; i++) {
                        uint32_t cpu = (first + i) % run.cpus;
                        if (look == 0)
                                until(get(w[i]->count) - was[i] >= 2 && get(w[i]->cpu) == cpu);
                        else
                                until(get(w[i]->count) != was[i]);
                        check(get(w[i]->cpu) == cpu);
                }
        }
}

/* Ready or running: it moves, and from then on it is nowhere else. */
static void moves_while_busy(void)
{
        struct worker *w[3];

        for (uint32_t i = 0; i < 3; i++)
                w[i] = worker_start(where_am_i, NULL);
        for (uint32_t round = 0; round < 4; round++) {
                for (uint32_t i = 0; i < 3; i++) {
                        uint32_t cpu = (round + i) % run.cpus;
                        check(rota_set_affinity(w[i]->handle, only_cpu(cpu)) == ROTA_OK);
                }
                run_on(w, 3, round);
        }
        for (uint32_t i = 0; i < 3; i++) {
                check(rota_set_affinity(w[i]->handle, rota_affinity_all()) == ROTA_OK);
                put(w[i]->flag, 1);
        }
        for (uint32_t i = 0; i < 3; i++)
                worker_end(w[i]);
}

static intptr_t park_and_say(struct worker *self)
{
        for (;;) {
                put(self->cpu, rota_cpu_index());
                add(self->count, 1);
                if (get(self->flag))
                        return 0;
                rota_park();
        }
}

static void moves_while_parked(void)
{
        struct worker *w = worker_make(park_and_say, NULL);

        check(rota_set_affinity(w->handle, only_cpu(run.cpus - 1)) == ROTA_OK); /* new */
        check(rota_start(w->handle) == ROTA_OK);
        until(parked(w->handle));
        check(get(w->cpu) == run.cpus - 1);
        for (uint32_t i = 0; i < 3 * run.cpus; i++) {
                uint32_t was = get(w->count);
                check(rota_set_affinity(w->handle, only_cpu(i % run.cpus)) == ROTA_OK);
                check(rota_wake(w->handle) == ROTA_OK);
                until(get(w->count) != was && parked(w->handle));
                check(get(w->cpu) == i % run.cpus);
        }
        put(w->flag, 1);
        rota_wake(w->handle);
        worker_end(w);
}

/* The running task moves itself: when the call returns it is there. */
static void moves_itself(void)
{
        for (uint32_t i = 0; i < 3 * run.cpus; i++) {
                uint32_t cpu = (i * 3 + 1) % run.cpus;
                check(rota_set_affinity(rota_self(), only_cpu(cpu)) == ROTA_OK);
                check(rota_cpu_index() == cpu);
        }
        check(rota_set_affinity(rota_self(), rota_affinity_all()) == ROTA_OK);
        /* Under a guard: it stays, and is refused nothing, until the guard ends. */
        uint32_t to = run.cpus - 1;
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        rota_guard_begin();
        check(rota_set_affinity(rota_self(), only_cpu(to)) == ROTA_OK);
        check(rota_cpu_index() == 0);
        rota_guard_end();
        check(rota_cpu_index() == to);
        /* There and back under the guard: nothing happens. */
        rota_guard_begin();
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        check(rota_set_affinity(rota_self(), only_cpu(to)) == ROTA_OK);
        rota_guard_end();
        check(rota_cpu_index() == to);
}

/* A mask in the caller's memory, of more CPUs than fit in a word. */
static void pointer_mask(void)
{
        const uint32_t word_bits = (uint32_t)(sizeof(uintptr_t) * 8);
        uintptr_t *bits = memory(2 * sizeof(uintptr_t) * run.cpus * 3);
        struct rota_cpumask *masks = memory(run.cpus * sizeof(*masks));
        struct worker *w[64];

        for (uint32_t i = 0; i < run.cpus && i < 64; i++) {
                uintptr_t *mine = bits + (size_t)i * 3;
                mine[i / word_bits] |= (uintptr_t)1 << (i % word_bits);
                mine[1] |= 1u << 5; /* CPUs that are not there */
                masks[i] = (struct rota_cpumask){2 * word_bits, mine};
                struct rota_task_options options = {.affinity = rota_affinity_pointer(&masks[i])};
                w[i] = worker_make_with(park_and_say, NULL, &options);
                w[i]->flag = 1;
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < run.cpus && i < 64; i++) {
                worker_end(w[i]);
                check(w[i]->cpu == i || (run.cpus > word_bits + 5 && w[i]->cpu == word_bits + 5));
        }
        /* Short masks: what they do not name is not allowed; none at all is refused. */
        uintptr_t one = 1, none = 0;
        struct rota_cpumask only_first = {1, &one};
        struct rota_cpumask nobody = {1, &none};
        check(rota_set_affinity(rota_self(), rota_affinity_pointer(&only_first)) == ROTA_OK);
        check(rota_cpu_index() == 0);
        check(rota_set_affinity(rota_self(), rota_affinity_pointer(&nobody)) == ROTA_EINVAL);
        check(rota_set_affinity(rota_self(), rota_affinity_all()) == ROTA_OK);
}

/* A CPU that a word cannot name is nobody, on every machine: not the one that a shift makes of it. */
static void beyond_a_word(void)
{
        const volatile uint32_t beyond[] = {ROTA_AFFINITY_INLINE_CPUS,
                ROTA_AFFINITY_INLINE_CPUS + 1, ROTA_AFFINITY_INLINE_CPUS + 2, 1000, UINT32_MAX};

        for (uint32_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
                struct rota_affinity nobody = rota_affinity_cpu(beyond[i]);
                for (uint32_t cpu = 0; cpu < run.cpus; cpu++)
                        check(!rota_affinity_allows(nobody, cpu));
                check(rota_set_affinity(rota_self(), nobody) == ROTA_EINVAL);
        }
}

static intptr_t never_yields(struct worker *self)
{
        for (;;) {
                put(self->cpu, rota_cpu_index());
                add(self->count, 1);
                if (loops_end)
                        return 0;
        }
}

/* One that never calls leaves a forbidden CPU at its next interrupt. */
static void pushed_off(void)
{
        struct worker *w = worker_start_on(never_yields, NULL, 0);

        for (uint32_t i = 0; i < 10; i++) {
                uint32_t cpu = i % run.cpus;
                check(rota_set_affinity(w->handle, only_cpu(cpu)) == ROTA_OK);
                uint32_t was = get(w->count);
                until(get(w->cpu) == cpu && get(w->count) > was + 2);
        }
        loops_end = 1;
        worker_end(w);
}

const struct scenario scenarios_affinity[] = {
        {.name = "affinity-busy", .run = moves_while_busy},
        {.name = "affinity-parked", .run = moves_while_parked},
        {.name = "affinity-self", .run = moves_itself},
        {.name = "affinity-pointer-mask", .run = pointer_mask},
        {.name = "affinity-beyond-a-word", .run = beyond_a_word},
        {.name = "affinity-pushed-off-loop", .run = pushed_off, .flags = SLICES},
        {.name = NULL},
};
