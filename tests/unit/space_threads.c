/* SPDX-License-Identifier: MIT */
/* CPUs that use spaces while others map and unmap in them. Each page has its address in it while it is mapped,
 * and something else as soon as it is given back. */
#include "space_tests.h"

static struct kernel_space shared[2];
static bool ended;
static uint32_t looked[TABLES_CPUS];

static void *user_cpu(void *argument)
{
        uint32_t cpu = (uint32_t)(uintptr_t)argument;
        uint64_t random = cpu + 1;

        tables_be(cpu);
        while (!__atomic_load_n(&ended, __ATOMIC_ACQUIRE)) {
                random = random * 6364136223846793005u + 1;
                uint32_t throw = (uint32_t)(random >> 33);
                tables_interrupts();
                if (throw % 16 == 0)
                        kernel_space_load(throw / 16 % 8 ? &shared[throw / 16 % 2] : NULL);
                if (!kernel_cpus[cpu].space)
                        continue;
                uintptr_t at = BASE + throw / 256 % 64 * P;
                uint64_t entry = tables_access(at);
                if (!machine_entry_present(entry))
                        continue;
                const uint64_t *page = (const uint64_t *)machine_entry_physical(entry);
                uint64_t value = __atomic_load_n(page, __ATOMIC_RELAXED);
                if (value != 0 && value != at)
                        abort(); /* somebody else's */
                __atomic_fetch_add(&looked[cpu], 1, __ATOMIC_RELAXED);
        }
        kernel_space_load(NULL);
        return NULL;
}

/* Whether every CPU has found enough. */
static bool all_looked(void)
{
        for (uint32_t i = 1; i < TABLES_CPUS; i++)
                if (__atomic_load_n(&looked[i], __ATOMIC_RELAXED) < 200)
                        return false;
        return true;
}

static void threads(uint32_t asids)
{
        pthread_t thread[TABLES_CPUS];

        tables_asids = asids;
        tables_threads = true;
        ended = false;
        memset(looked, 0, sizeof(looked));
        kernel_spaces_init(TABLES_CPUS);
        for (int i = 0; i < 2; i++)
                assert_int_equal(kernel_space_create(&shared[i], 1000), ROTA_OK);
        for (uintptr_t i = 1; i < TABLES_CPUS; i++)
                assert_int_equal(pthread_create(&thread[i], NULL, user_cpu, (void *)i), 0);
        for (int round = 0; round < 600 || !all_looked(); round++) {
                struct kernel_space *space = &shared[dice(2)];
                uint32_t at = dice(64), count = 1 + dice(64 - at);
                int result = kernel_space_map(
                        space, address_of(at), count * P, KERNEL_READ | KERNEL_WRITE);
                for (uint32_t i = at; i < at + count && result == ROTA_OK; i++) {
                        uint64_t value = address_of(i);
                        assert_int_equal(kernel_copy_to_user(space, value, &value, 8), ROTA_OK);
                }
                at = dice(64);
                count = 1 + dice(64 - at);
                assert_int_equal(kernel_space_unmap(space, address_of(at), count * P), ROTA_OK);
        }
        __atomic_store_n(&ended, true, __ATOMIC_RELEASE);
        for (uint32_t i = 1; i < TABLES_CPUS; i++)
                pthread_join(thread[i], NULL);
        for (int i = 0; i < 2; i++)
                assert_int_equal(kernel_space_destroy(&shared[i]), ROTA_OK);
        assert_int_equal(tables_frames_out, 0);
}

void threads_with_identifiers(void **state)
{
        (void)state;
        threads(TABLES_ASIDS);
}

void threads_without_identifiers(void **state)
{
        (void)state;
        threads(1);
}
