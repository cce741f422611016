/* SPDX-License-Identifier: MIT */
/* Page tables and programs' spaces, against models, on a machine that the test plays; once for the
 * entries of each machine. */
#include "space_tests.h"

static uint64_t seed = 1;

uint32_t dice(uint32_t sides)
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
        /* All there is, from one end to the other, in no time. */
        assert_int_equal(kernel_space_map(&space, KERNEL_USER_START + 3 * KERNEL_LARGE_SIZE - P, P,
                                 KERNEL_READ),
                ROTA_OK);
        assert_int_equal(space.pages, 1 + 2 + 2 + 1 + 3);
        for (int i = 0; i < 1000; i++)
                assert_int_equal(kernel_space_unmap(&space, KERNEL_USER_START,
                                         KERNEL_USER_END - KERNEL_USER_START),
                        ROTA_OK);
        assert_int_equal(space.pages, 1 + 2 + 2 + 1);
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
