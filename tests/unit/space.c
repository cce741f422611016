/* SPDX-License-Identifier: MIT */
/* Page tables and programs' spaces, against models, on a machine that the test plays; once for the
 * entries of each machine. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tables.h"

#define P KERNEL_PAGE_SIZE

static uint64_t seed = 1;

static uint32_t dice(uint32_t sides)
{
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        return (uint32_t)(seed >> 20) % sides;
}

static int setup(void **state)
{
        (void)state;
        tables_reset();
        seed = 88172645463325252u;
        return 0;
}

static void entries(void **state)
{
        (void)state;
        for (unsigned rights = 1; rights < 32; rights++) {
                if (!(rights & KERNEL_READ))
                        continue; /* machines differ in what those are */
                uint64_t page = machine_entry_page(0x80004000u, rights);
                uint64_t large = machine_entry_large(0x80200000u, rights);
                assert_true(machine_entry_present(page) && machine_entry_present(large));
                assert_int_equal(machine_entry_physical(page), 0x80004000u);
                assert_int_equal(machine_entry_physical(large), 0x80200000u);
                assert_false(machine_entry_is_table(large));
                /* A device's memory may have lost the right to be executed. */
                unsigned kept = rights & KERNEL_DEVICE ? ~(unsigned)KERNEL_EXECUTE : ~0u;
                assert_int_equal(machine_entry_rights(page) & kept, rights & kept);
                assert_int_equal(machine_entry_rights(large) & kept, rights & kept);
                assert_false(machine_entry_present(page & ~(uint64_t)1));
                assert_int_equal(machine_entry_physical(page & ~(uint64_t)1), 0x80004000u);
        }
        assert_false(machine_entry_present(machine_entry_page(0x1000, 0)));
        assert_false(machine_entry_present(machine_entry_large(0x200000, 0)));
        assert_true(machine_entry_is_table(machine_entry_table(0x5000)));
        assert_true(machine_entry_present(machine_entry_table(0x5000)));
        assert_int_equal(machine_entry_physical(machine_entry_table(0x5000)), 0x5000);
        assert_false(machine_entry_present(0));
}

static unsigned rights_at(uintptr_t address)
{
        const uint64_t *entry = kernel_pages_entry(machine_root, address);
        return entry && machine_entry_present(*entry) ? machine_entry_rights(*entry) : 0;
}

/* The image is at 0x40100000 here, see CMakeLists.txt: text of 3 pages, constants of 2, data to 0x40400000. */
static void kernel_map(void **state)
{
        struct kernel_pages_report report;

        (void)state;
        kernel_pages_identity(0, 0x40000000, KERNEL_READ | KERNEL_WRITE | KERNEL_DEVICE);
        kernel_pages_identity(0, P, 0);
        kernel_pages_identity(0x40000000, 0x48001000, KERNEL_READ | KERNEL_WRITE);
        kernel_pages_image();
        assert_int_equal(rights_at(0), 0);
        assert_int_equal(rights_at(P), KERNEL_READ | KERNEL_WRITE | KERNEL_DEVICE);
        assert_int_equal(rights_at(0x3ffff000), KERNEL_READ | KERNEL_WRITE | KERNEL_DEVICE);
        assert_int_equal(rights_at(0x400ff000), KERNEL_READ | KERNEL_WRITE);
        for (uintptr_t at = 0x40100000; at < 0x40103000; at += P)
                assert_int_equal(rights_at(at), KERNEL_READ | KERNEL_EXECUTE);
        for (uintptr_t at = 0x40103000; at < 0x40105000; at += P)
                assert_int_equal(rights_at(at), KERNEL_READ);
        for (uintptr_t at = 0x40105000; at < 0x48001000; at += P) {
                assert_int_equal(rights_at(at), KERNEL_READ | KERNEL_WRITE);
                assert_int_equal(machine_entry_physical(*kernel_pages_entry(machine_root, at)),
                        at < 0x40200000 || at >= 0x48000000 ? at : at & ~(KERNEL_LARGE_SIZE - 1));
        }
        assert_int_equal(rights_at(0x48001000), 0);
        assert_null(kernel_pages_entry(machine_root, 0x80000000));
        assert_null(kernel_pages_entry(machine_root, KERNEL_TABLE_COUNT * KERNEL_ROOT_SIZE));
        assert_null(kernel_pages_entry(machine_root, UINTPTR_MAX));
        kernel_pages_check(machine_root, &report);
        assert_int_equal(report.pages, 0x48001000 / P - 1);
        assert_int_equal(report.first_bad, 0);
        assert_int_equal(report.tables, 1 + 2 + 1 /* stacks */ + 3 /* page 0, image, the end */);

        assert_true(kernel_readable(0x40100000, 0x10000));
        assert_false(kernel_readable(0x48000ff8, 16));
        assert_false(kernel_readable(0, 1));
        assert_false(kernel_readable(P, 1)); /* a device's registers */
        assert_false(kernel_readable(UINTPTR_MAX - 7, 16));
        assert_false(kernel_readable(0x40100000, SIZE_MAX));

        /* What breaks the rules is found. */
        uint64_t *entry = kernel_pages_entry(machine_root, 0x40101000), kept = *entry;
        *entry = machine_entry_page(0x40101000, KERNEL_READ | KERNEL_WRITE | KERNEL_EXECUTE);
        kernel_pages_check(machine_root, &report);
        assert_int_equal(report.writable_code, 1);
        assert_int_equal(report.first_bad, 0x40101000);
        *entry = machine_entry_page(0x40101000, KERNEL_READ | KERNEL_USER);
        kernel_pages_check(machine_root, &report);
        assert_int_equal(report.user_kernel, 1);
        *entry = kept;
}

static void arguments(void **state)
{
        struct kernel_space space;
        static const struct {
                uintptr_t address;
                size_t size;
        } bad[] = {{0, P}, {KERNEL_USER_START - P, P}, {KERNEL_USER_START - P, 2 * P},
                {KERNEL_USER_START + 1, P}, {KERNEL_USER_START, P - 1}, {KERNEL_USER_START, 0},
                {KERNEL_USER_END, P}, {KERNEL_USER_END - P, 2 * P}, {UINTPTR_MAX & ~(P - 1), P},
                {KERNEL_USER_START, (size_t)0 - P},
                {KERNEL_USER_END - P, (size_t)0 - KERNEL_USER_END + P}};

        (void)state;
        assert_int_equal(kernel_space_create(&space, 0), ROTA_EINVAL);
        assert_int_equal(kernel_space_create(&space, 10), ROTA_OK);
        for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
                assert_int_equal(kernel_space_map(&space, bad[i].address, bad[i].size, KERNEL_READ),
                        ROTA_EINVAL);
                assert_int_equal(
                        kernel_space_unmap(&space, bad[i].address, bad[i].size), ROTA_EINVAL);
                assert_int_equal(
                        kernel_space_protect(&space, bad[i].address, bad[i].size, KERNEL_READ),
                        ROTA_EINVAL);
        }
        static const unsigned wrong[] = {0, KERNEL_WRITE | KERNEL_EXECUTE,
                KERNEL_READ | KERNEL_WRITE | KERNEL_EXECUTE, KERNEL_READ | KERNEL_USER,
                KERNEL_READ | KERNEL_DEVICE, 32};
        for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
                assert_int_equal(
                        kernel_space_map(&space, KERNEL_USER_START, P, wrong[i]), ROTA_EINVAL);
        assert_int_equal(tables_frames_out, 1);
        assert_int_equal(kernel_space_map(&space, KERNEL_USER_END - P, P, KERNEL_READ), ROTA_OK);
        assert_int_equal(kernel_space_map(&space, KERNEL_USER_START, P, KERNEL_READ), ROTA_OK);
        assert_int_equal(
                kernel_space_protect(&space, KERNEL_USER_START, 2 * P, KERNEL_READ), ROTA_EINVAL);
        assert_int_equal(kernel_space_map(&space, KERNEL_USER_START, P, KERNEL_READ), ROTA_EBUSY);
        assert_int_equal(kernel_space_destroy(&space), ROTA_OK);
        assert_int_equal(tables_frames_out, 0);
}

/* All or nothing, wherever memory ends, and whatever the limit. */
static void no_memory(void **state)
{
        struct kernel_space space;

        (void)state;
        tables_frames_left = 0;
        assert_int_equal(kernel_space_create(&space, 10), ROTA_ENOSPC);
        for (int64_t left = 1; left < 400; left += left < 20 ? 1 : 7) {
                tables_frames_left = left;
                assert_int_equal(kernel_space_create(&space, 100000), ROTA_OK);
                int result =
                        kernel_space_map(&space, KERNEL_USER_START + 4 * P, 300 * P, KERNEL_READ);
                assert_int_equal(result, left >= 303 ? ROTA_OK : ROTA_ENOSPC);
                assert_true(space.pages <= 3 + (result == ROTA_OK) * 300);
                assert_int_equal(space.pages, tables_frames_out);
                assert_int_equal(kernel_space_destroy(&space), ROTA_OK);
                assert_int_equal(tables_frames_out, 0);
        }
        tables_frames_left = INT64_MAX;
        for (uint32_t most = 1; most < 310; most += most < 10 ? 1 : 50) {
                assert_int_equal(kernel_space_create(&space, most), ROTA_OK);
                int result =
                        kernel_space_map(&space, KERNEL_USER_START + 4 * P, 300 * P, KERNEL_READ);
                assert_int_equal(result, most >= 303 ? ROTA_OK : ROTA_ENOSPC);
                assert_true(space.pages <= most);
                assert_int_equal(space.pages, tables_frames_out);
                assert_int_equal(kernel_space_destroy(&space), ROTA_OK);
        }
}

/* The model: a window of the user's addresses, over two tables of pages, and every page's rights and contents. */
#define WINDOW 700u
#define BASE   (KERNEL_USER_START + KERNEL_ROOT_SIZE - 300 * P)

struct page {
        unsigned rights;
        uint32_t first; /* its first word */
};

static uintptr_t address_of(uint32_t page)
{
        return BASE + page * P;
}

static const unsigned some_rights[] = {
        KERNEL_READ, KERNEL_READ | KERNEL_WRITE, KERNEL_READ | KERNEL_EXECUTE};

static void step_map(struct kernel_space *space, struct page *model, uint32_t at, uint32_t count)
{
        unsigned rights = some_rights[dice(3)];
        bool taken = false;

        for (uint32_t i = at; i < at + count; i++)
                taken |= model[i].rights != 0;
        assert_int_equal(kernel_space_map(space, address_of(at), count * P, rights),
                taken ? ROTA_EBUSY : ROTA_OK);
        for (uint32_t i = at; i < at + count && !taken; i++)
                model[i] = (struct page){rights, 0};
}

static void step_protect(
        struct kernel_space *space, struct page *model, uint32_t at, uint32_t count)
{
        unsigned rights = some_rights[dice(3)];
        bool all = true;

        for (uint32_t i = at; i < at + count; i++)
                all &= model[i].rights != 0;
        assert_int_equal(kernel_space_protect(space, address_of(at), count * P, rights),
                all ? ROTA_OK : ROTA_EINVAL);
        for (uint32_t i = at; i < at + count && all; i++)
                model[i].rights = rights;
}

/* Writes and reads a stretch across pages at any alignment. */
static void step_copy(struct kernel_space *space, struct page *model, uint32_t at, uint32_t count)
{
        char bytes[3 * 4096 + 8], back[sizeof(bytes)];
        uint32_t pages = count < 3 ? count : 3, value = dice(1u << 30);
        uintptr_t from = address_of(at) + P - dice(8);
        size_t size = (pages - 1) * P + 4 + dice(4);
        uintptr_t last = from + size - 1;
        bool may_write = true, may_read = true;

        for (uintptr_t page = from & ~(P - 1); page <= last; page += P) {
                uint32_t i = (uint32_t)((page - BASE) / P);
                unsigned rights = i < WINDOW ? model[i].rights : 0;
                may_read &= (rights & KERNEL_READ) != 0;
                may_write &= (rights & KERNEL_WRITE) != 0;
        }
        assert_int_equal(
                kernel_copy_from_user(space, bytes, from, size), may_read ? ROTA_OK : ROTA_EINVAL);
        if (!may_write) {
                /* Nothing is written of the page that refuses; those before it may be: not in the model. */
                if (!(model[at].rights & KERNEL_WRITE))
                        assert_int_equal(
                                kernel_copy_to_user(space, from, bytes, size), ROTA_EINVAL);
                return;
        }
        for (size_t i = 0; i < size; i++)
                bytes[i] = (char)(value + i);
        for (uint32_t i = 0; i < WINDOW;
                i++) { /* page beginnings that it goes over keep the model's word */
                uintptr_t begin = address_of(i);
                for (uintptr_t b = begin; b < begin + 4; b++)
                        if (b >= from && b <= last)
                                bytes[b - from] = (char)(model[i].first >> 8 * (b - begin));
        }
        assert_int_equal(kernel_copy_to_user(space, from, bytes, size), ROTA_OK);
        assert_int_equal(kernel_copy_from_user(space, back, from, size), ROTA_OK);
        assert_memory_equal(bytes, back, size);
}

static void step_word(struct kernel_space *space, struct page *model, uint32_t at)
{
        uint32_t value = dice(1u << 30), read = 0;

        assert_int_equal(kernel_load_user_word(space, address_of(at), &read),
                model[at].rights ? ROTA_OK : ROTA_EINVAL);
        assert_int_equal(read, model[at].rights ? model[at].first : 0);
        int result = kernel_copy_to_user(space, address_of(at), &value, sizeof(value));
        assert_int_equal(result, model[at].rights & KERNEL_WRITE ? ROTA_OK : ROTA_EINVAL);
        if (result == ROTA_OK)
                model[at].first = value;
}

static void expect(uint64_t entry, const struct page *page)
{
        assert_int_equal(machine_entry_present(entry), page->rights != 0);
        if (!page->rights)
                return;
        assert_int_equal(machine_entry_rights(entry), page->rights | KERNEL_USER);
        assert_int_equal(*(const uint32_t *)machine_entry_physical(entry), page->first);
}

/* What a CPU has of the space that it has loaded, remembered or not, is what the tables say now. */
static void look_at_caches(struct kernel_space *space, const struct page *model)
{
        for (uint32_t index = 0; index < TABLES_CPUS; index++) {
                const struct tables_cpu *cpu = &tables_cpus[index];
                if (kernel_cpus[index].space != space)
                        continue;
                for (int i = 0; i < TABLES_CACHED; i++)
                        if (cpu->cached[i].entry && cpu->cached[i].asid == cpu->asid)
                                expect(cpu->cached[i].entry,
                                        &model[(cpu->cached[i].page - BASE) / P]);
                tables_be(index);
                for (int i = 0; i < 20; i++) {
                        uint32_t page = dice(WINDOW);
                        expect(tables_access(address_of(page) + dice(4096)), &model[page]);
                }
        }
        tables_be(0);
}

static void random_steps(uint32_t asids)
{
        enum { SPACES = 12 };
        struct kernel_space spaces[SPACES];
        static struct page model[SPACES][WINDOW];
        struct kernel_pages_report report;

        tables_asids = asids;
        kernel_spaces_init(TABLES_CPUS);
        memset(model, 0, sizeof(model));
        for (int i = 0; i < SPACES; i++)
                assert_int_equal(kernel_space_create(&spaces[i], 100000), ROTA_OK);
        for (int step = 0; step < 6000; step++) {
                uint32_t which = dice(SPACES), at = dice(WINDOW);
                uint32_t count = 1 + dice(dice(8) ? 6 : 300);
                struct kernel_space *space = &spaces[which];
                count = at + count > WINDOW ? WINDOW - at : count;
                switch (dice(6)) {
                case 0:
                        step_map(space, model[which], at, count);
                        break;
                case 1:
                        assert_int_equal(
                                kernel_space_unmap(space, address_of(at), count * P), ROTA_OK);
                        memset(&model[which][at], 0, count * sizeof(**model));
                        break;
                case 2:
                        step_protect(space, model[which], at, count);
                        break;
                case 3:
                        step_copy(space, model[which], at, count);
                        break;
                case 4:
                        step_word(space, model[which], at);
                        break;
                default:
                        tables_be(dice(TABLES_CPUS));
                        kernel_space_load(dice(5) ? space : NULL);
                        tables_be(0);
                }
                look_at_caches(space, model[which]);
        }
        for (uint32_t cpu = 0; cpu < TABLES_CPUS; cpu++) {
                tables_be(cpu);
                kernel_space_load(&spaces[0]);
        }
        assert_int_equal(kernel_space_destroy(&spaces[0]), ROTA_EBUSY);
        for (uint32_t cpu = 0; cpu < TABLES_CPUS; cpu++) {
                tables_be(cpu);
                kernel_space_load(NULL);
        }
        for (int i = 0; i < SPACES; i++) {
                uint32_t pages = 0;
                for (uint32_t page = 0; page < WINDOW; page++)
                        pages += model[i][page].rights != 0;
                kernel_pages_check(spaces[i].root, &report);
                assert_int_equal(report.first_bad, 0);
                assert_true(spaces[i].pages >= pages + 1 && spaces[i].pages <= pages + 6);
                assert_int_equal(kernel_space_destroy(&spaces[i]), ROTA_OK);
        }
        assert_int_equal(tables_frames_out, 0);
        assert_true(tables_fetches > 0 && tables_written >= tables_fetches);
}

static void steps_with_identifiers(void **state)
{
        (void)state;
        random_steps(TABLES_ASIDS);
}

static void steps_without_identifiers(void **state)
{
        (void)state;
        random_steps(1);
}

/* Addresses that are not the program's, at each end of a copy. */
static void bad_pointers(void **state)
{
        struct kernel_space space;
        char bytes[64] = {0};
        uint32_t word = 7;
        const uintptr_t wrong[] = {0, 1, P, (uintptr_t)bytes, (uintptr_t)&space, KERNEL_STACKS,
                KERNEL_USER_START - 1, KERNEL_USER_START - 63, KERNEL_USER_START + 2 * P - 1,
                KERNEL_USER_START + 2 * P, KERNEL_USER_END - 63, KERNEL_USER_END - 1,
                KERNEL_USER_END, KERNEL_TABLE_COUNT * KERNEL_ROOT_SIZE + KERNEL_USER_START,
                (uintptr_t)1 << 63, UINTPTR_MAX - 62, UINTPTR_MAX};

        (void)state;
        assert_int_equal(kernel_space_create(&space, 10), ROTA_OK);
        assert_int_equal(kernel_space_map(&space, KERNEL_USER_START, P, KERNEL_READ | KERNEL_WRITE),
                ROTA_OK);
        assert_int_equal(kernel_space_map(&space, KERNEL_USER_START + P, P, KERNEL_READ), ROTA_OK);
        for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
                assert_int_equal(kernel_copy_to_user(&space, wrong[i], bytes, 64), ROTA_EINVAL);
                assert_int_equal(kernel_copy_from_user(&space, bytes, wrong[i], 64), ROTA_EINVAL);
                assert_int_equal(kernel_load_user_word(&space, wrong[i] & ~(uintptr_t)3, &word),
                        wrong[i] == KERNEL_USER_START + 2 * P - 1 ? ROTA_OK : ROTA_EINVAL);
                assert_int_equal(word, wrong[i] == KERNEL_USER_START + 2 * P - 1 ? 0 : word);
        }
        static const size_t sizes[] = {2 * P + 1, SIZE_MAX, SIZE_MAX - KERNEL_USER_START,
                (size_t)1 << 63, KERNEL_USER_END - KERNEL_USER_START,
                KERNEL_USER_END - KERNEL_USER_START + 1};
        static char large[3 * 4096];
        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes);
                i++) /* never so much is read of `large` */
                assert_int_equal(kernel_copy_from_user(&space, large, KERNEL_USER_START, sizes[i]),
                        ROTA_EINVAL);
        assert_int_equal(kernel_copy_to_user(&space, KERNEL_USER_START + P, bytes, 1), ROTA_EINVAL);
        for (unsigned i = 1; i < 4; i++)
                assert_int_equal(
                        kernel_load_user_word(&space, KERNEL_USER_START + i, &word), ROTA_EINVAL);
        assert_int_equal(kernel_copy_to_user(&space, 0, bytes, 0), ROTA_EINVAL);
        assert_int_equal(kernel_copy_to_user(&space, KERNEL_USER_START, bytes, 0), ROTA_OK);
        assert_int_equal(
                kernel_copy_to_user(&space, KERNEL_USER_START + P - 64, bytes, 64), ROTA_OK);
        assert_int_equal(kernel_space_destroy(&space), ROTA_OK);
}

/* CPUs that use a space while others map and unmap in it. Each page has its address in it while it is
 * mapped, and something else as soon as it is given back. */
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

static void threads_with_identifiers(void **state)
{
        (void)state;
        threads(TABLES_ASIDS);
}

static void threads_without_identifiers(void **state)
{
        (void)state;
        threads(1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(entries, setup),
                cmocka_unit_test_setup(kernel_map, setup),
                cmocka_unit_test_setup(arguments, setup),
                cmocka_unit_test_setup(no_memory, setup),
                cmocka_unit_test_setup(bad_pointers, setup),
                cmocka_unit_test_setup(steps_with_identifiers, setup),
                cmocka_unit_test_setup(steps_without_identifiers, setup),
                cmocka_unit_test_setup(threads_with_identifiers, setup),
                cmocka_unit_test_setup(threads_without_identifiers, setup),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
