/* SPDX-License-Identifier: MIT */
/* Identifiers of address spaces, against a model of what each CPU has cached, and in threads. */
#include "unit.h"

#include <pthread.h>
#include <rota/asid.h>

#include "base/atomic.h"

#define CPUS_MAX   8
#define SPACES_MAX 40
#define IDS_MAX    64

/* What a CPU has cached: under each identifier of which space, and that one's which life; 0: nothing. */
struct cached {
        uint32_t space[IDS_MAX];
};

static struct rota_asids asids;
static uintptr_t used[ROTA_ASID_WORDS(IDS_MAX)];
static struct rota_asid_cpu cpus[CPUS_MAX];

/* A CPU loads a space: what it has cached under the identifier must be that space's. */
static uint32_t load(struct cached *cached, struct rota_asid *space, uint32_t name, uint32_t cpu)
{
        struct rota_asid_load got = rota_asid_take(&asids, space, cpu);

        if (got.flush)
                memset(cached, 0, sizeof(*cached));
        assert_true(got.id < IDS_MAX);
        assert_true(asids.count == 0 ? got.id == 0 && got.flush : got.id > 0);
        assert_true(cached->space[got.id] == 0 || cached->space[got.id] == name);
        cached->space[got.id] = name;
        return got.id;
}

static void play(uint32_t ids, uint32_t cpu_count, uint32_t spaces, uint64_t seed)
{
        static struct cached cached[CPUS_MAX];
        struct rota_asid space[SPACES_MAX] = {{0}};
        uint32_t name[SPACES_MAX], names = 0;
        uint32_t has[CPUS_MAX]; /* which one each has loaded, or none; */
        uint32_t id[CPUS_MAX];  /* and as what */

        memset(cached, 0, sizeof(cached));
        assert_int_equal(rota_asids_init(&asids, ids, used, cpus, cpu_count), ROTA_OK);
        for (uint32_t i = 0; i < spaces; i++)
                name[i] = ++names;
        for (uint32_t i = 0; i < cpu_count; i++)
                has[i] = UINT32_MAX;
        for (uint32_t round = 0; round < 20000; round++) {
                uint32_t cpu = chance(&seed, cpu_count);
                uint32_t s = chance(&seed, spaces);
                switch (chance(&seed, 20)) {
                case 0: /* it ends, where nobody has it, and another one begins in its memory */
                        for (uint32_t i = 0; i < cpu_count; i++)
                                if (has[i] == s)
                                        has[i] = UINT32_MAX;
                        space[s] = (struct rota_asid){0};
                        name[s] = ++names;
                        break;
                case 1: /* pages are taken from it: what was cached before is wrong */
                        rota_asid_renew(&asids, &space[s]);
                        name[s] = ++names;
                        for (uint32_t i = 0; i < cpu_count; i++)
                                if (has[i] == s)
                                        id[i] = load(&cached[i], &space[s], name[s], i);
                        break;
                default:
                        id[cpu] = load(&cached[cpu], &space[s], name[s], cpu);
                        has[cpu] = s;
                }
                /* One that several have loaded is the same everywhere: who takes pages from it on all CPUs
                 * at once, by the identifier, reaches all. */
                for (uint32_t i = 0; i < cpu_count; i++)
                        if (has[i] == s && has[cpu] == s)
                                assert_int_equal(id[i], id[cpu]);
        }
}

static void against_model(void **state)
{
        (void)state;
        for (uint64_t seed = 1; seed <= 5; seed++) {
                play(3, 1, 2, seed);
                play(3, 1, 7, seed);
                play(10, CPUS_MAX, SPACES_MAX, seed);
                play(16, 3, 12, seed);
                play(33, 4, SPACES_MAX, seed);
                play(64, CPUS_MAX, SPACES_MAX, seed);
                play(IDS_MAX, 2, 20, seed);
                play(1, 2, 5, seed);        /* none to give */
                play(9, CPUS_MAX, 5, seed); /* too few */
        }
}

/* Where there are enough nothing is ever flushed. */
static void enough(void **state)
{
        struct rota_asid space[20] = {{0}};
        uint64_t seed = 7;

        (void)state;
        assert_int_equal(rota_asids_init(&asids, 32, used, cpus, 4), ROTA_OK);
        for (uint32_t round = 0; round < 5000; round++) {
                struct rota_asid_load got =
                        rota_asid_take(&asids, &space[chance(&seed, 20)], chance(&seed, 4));
                assert_false(got.flush);
        }
        /* One more begins a new generation: each CPU flushes once. */
        struct rota_asid more[12] = {{0}};
        bool flushed = false;
        for (uint32_t i = 0; i < 12; i++)
                flushed |= rota_asid_take(&asids, &more[i], 0).flush;
        assert_true(flushed);
        assert_true(rota_asid_take(&asids, &space[0], 1).flush);
        assert_false(rota_asid_take(&asids, &space[1], 1).flush);
}

static void refuses(void **state)
{
        (void)state;
        assert_int_equal(rota_asids_init(NULL, 8, used, cpus, 1), ROTA_EINVAL);
        assert_int_equal(rota_asids_init(&asids, 8, NULL, cpus, 1), ROTA_EINVAL);
        assert_int_equal(rota_asids_init(&asids, 8, used, NULL, 1), ROTA_EINVAL);
        assert_int_equal(rota_asids_init(&asids, 8, used, cpus, 0), ROTA_EINVAL);
        assert_int_equal(rota_asids_init(&asids, UINT32_MAX, used, cpus, 1), ROTA_EINVAL);
        assert_true(sizeof(struct rota_asid_cpu) == 128);
}

/*
 * In threads: each plays a CPU. Which space an identifier was last seen with is the CPU's own to note, as
 * in load(); that it holds is the same rule, with generations beginning anywhere in between.
 */
#define THREADS 4

static struct rota_asid shared[12];

static void *run_cpu(void *argument)
{
        uint32_t cpu = (uint32_t)(uintptr_t)argument;
        struct cached *cached = calloc(1, sizeof(*cached));
        uint64_t seed = cpu + 99;
        uintptr_t wrong = 0;

        for (uint32_t round = 0; round < 50000; round++) {
                uint32_t s = chance(&seed, 12);
                struct rota_asid_load got = rota_asid_take(&asids, &shared[s], cpu);
                if (got.flush)
                        memset(cached, 0, sizeof(*cached));
                wrong += got.id == 0 || got.id >= 9 ||
                         (cached->space[got.id] && cached->space[got.id] != s + 1);
                cached->space[got.id] = s + 1;
        }
        free(cached);
        return (void *)wrong;
}

static void in_threads(void **state)
{
        pthread_t threads[THREADS];

        (void)state;
        memset(shared, 0, sizeof(shared));
        assert_int_equal(rota_asids_init(&asids, 9, used, cpus, THREADS), ROTA_OK);
        for (uintptr_t i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, run_cpu, (void *)i), 0);
        for (uint32_t i = 0; i < THREADS; i++) {
                void *wrong = NULL;
                assert_int_equal(pthread_join(threads[i], &wrong), 0);
                assert_null(wrong);
        }
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_model),
        cmocka_unit_test(enough),
        cmocka_unit_test(refuses),
        cmocka_unit_test(in_threads),
};

RUN(tests)
