/* SPDX-License-Identifier: MIT */
/* The kernel's reader of ACPI's tables, with tables that the test writes: sound ones, and every kind
 * of wrong one. */
#include "acpi.h"

#include "acpi_image.h"
#include "ask.h"
#include "damage.h"
#include "../unit/unit.h"

#define ROOT (IMAGE_START + IMAGE_ROOT)

static uint8_t image[IMAGE_SIZE];
static struct acpi acpi;

static const char *read_image(void)
{
        const struct acpi_memory memory = {image, IMAGE_START, IMAGE_START + IMAGE_SIZE};
        return acpi_read(&acpi, &memory, ROOT);
}

static const char *read_mended(void)
{
        image_mend(image, IMAGE_SIZE);
        return read_image();
}

static void assert_says(const char *wrong, const char *word)
{
        assert_non_null(wrong);
        if (!strstr(wrong, word))
                fail_msg("it says \"%s\", not \"%s\"", wrong, word);
}

static void assert_all_found(void)
{
        static const uint8_t ids[] = {0, 4, 254, 7};

        assert_int_equal(acpi.cpus, 4);
        assert_memory_equal(acpi.apic_ids, ids, 4);
        assert_int_equal(acpi.cpus_beyond, 1);
        assert_int_equal(acpi.hpet, 0xfed00000);
        assert_int_equal(acpi.timer.address, 0x608);
        assert_true(acpi.timer.is_port && !acpi.timer.is_wide);
}

static void assert_nothing_found(void)
{
        assert_int_equal(acpi.cpus, 0);
        assert_int_equal(acpi.hpet, 0);
        assert_int_equal(acpi.timer.address, 0);
}

static void a_machine_is_read(void **state)
{
        (void)state;
        image_write(image);
        assert_null(read_image());
        assert_all_found();
        image[IMAGE_ROOT + 15] = 0; /* the first revision has the narrow list only */
        image_put(image + IMAGE_XSDT, 0, 4);
        assert_null(read_mended());
        assert_all_found();
}

static void roots_are_checked(void **state)
{
        (void)state;
        const struct acpi_memory memory = {image, IMAGE_START, IMAGE_START + IMAGE_SIZE};
        static const uint64_t nowhere[] = {0, 1, IMAGE_START - 1, IMAGE_START, ROOT + 1,
                IMAGE_START + IMAGE_SIZE - 19, IMAGE_START + IMAGE_SIZE, UINT64_MAX};

        image_write(image);
        for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++) {
                assert_says(acpi_read(&acpi, &memory, nowhere[i]), "no root pointer");
                assert_nothing_found();
        }
        image[IMAGE_ROOT + 10]++;
        assert_says(read_image(), "root pointer is damaged");
        assert_nothing_found();
}

/* A wide list that cannot be used: the narrow one is. */
static void the_narrow_list_stands_in(void **state)
{
        (void)state;
        static const uint64_t nowhere[] = {
                0, 1, IMAGE_START + IMAGE_SIZE, UINT64_MAX - 8, IMAGE_START + IMAGE_SSDT};

        for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++) {
                image_write(image);
                image_put(image + IMAGE_ROOT + 24, nowhere[i], 8);
                assert_null(read_mended());
                assert_all_found();
        }
        image_write(image);
        image[IMAGE_XSDT + 20]++; /* its sum is wrong */
        assert_null(read_image());
        assert_all_found();
        image_write(image);
        image[IMAGE_ROOT + 33]++; /* the sum of the wide root pointer is */
        assert_null(read_image());
        assert_all_found();
        image_put(image + IMAGE_RSDT + 4, 35, 4); /* and now there is no list at all */
        assert_says(read_image(), "list of tables is damaged");
        assert_nothing_found();
}

/* Each of a table's lengths, sums right: what fits is read to its end, the rest is refused. */
static void lengths_are_checked(void **state)
{
        (void)state;
        for (uint64_t length = 0; length < IMAGE_SIZE + 64; length++) {
                image_write(image);
                image_put(image + IMAGE_MADT + 4, length, 4);
                const char *wrong = read_mended();
                if (length < 36 || length > IMAGE_SIZE - IMAGE_MADT)
                        assert_says(wrong, "damaged");
                assert_int_equal(acpi.hpet, 0xfed00000);
        }
        static const uint64_t large[] = {0x10001, 0x7fffffff, 0x80000000, UINT32_MAX};
        for (size_t i = 0; i < sizeof(large) / sizeof(*large); i++) {
                image_write(image);
                image_put(image + IMAGE_HPET + 4, large[i], 4);
                assert_says(read_image(), "damaged");
                assert_int_equal(acpi.hpet, 0);
                assert_int_equal(acpi.cpus, 4);
                image_write(image);
                image_put(image + IMAGE_XSDT + 4, large[i], 4);
                assert_null(read_image());
                assert_all_found(); /* by the narrow list */
        }
}

static void damaged_tables_are_passed_over(void **state)
{
        (void)state;
        image_write(image);
        image[IMAGE_MADT + 45]++;
        assert_says(read_image(), "damaged");
        assert_int_equal(acpi.cpus, 0);
        assert_int_equal(acpi.hpet, 0xfed00000);
        image_write(image);
        image[IMAGE_SSDT + 30]++; /* nobody reads it */
        assert_null(read_image());
        image_write(image);
        image_put(image + IMAGE_XSDT + 36, UINT64_MAX - 16, 8);
        assert_says(read_mended(), "outside of memory");
        assert_all_found();
        image_write(image); /* twice the same: the first counts */
        image_put(image + IMAGE_XSDT + 36, IMAGE_START + IMAGE_MADT, 8);
        assert_null(read_mended());
        assert_all_found();
}

static void write_madt(const uint8_t *entries, size_t size)
{
        static const uint8_t before[8];

        image_write(image);
        image_table(image, IMAGE_MADT, "APIC");
        image_append(image, IMAGE_MADT, before, sizeof(before));
        image_append(image, IMAGE_MADT, entries, size);
}

static void cpus_are_told_apart(void **state)
{
        (void)state;
        static const uint8_t entries[] = {0, 8, 0, 3, 1, 0, 0, 0, /**/ 0, 8, 1, 3, 1, 0, 0, 0,  /**/
                9, 16, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, /**/ 0, 8, 1, 255, 1, 0, 0, 0, /**/
                9, 16, 0, 0, 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,                              /**/
                9, 16, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        static const uint8_t wrong[][8] = {{0, 0}, {0, 1}, {0, 9}, {9, 16}};

        write_madt(entries, sizeof(entries));
        assert_null(read_mended());
        assert_int_equal(acpi.cpus, 1);
        assert_int_equal(acpi.apic_ids[0], 3);
        assert_int_equal(acpi.cpus_beyond, 1);
        for (size_t i = 0; i < 4; i++) {
                write_madt(wrong[i], sizeof(wrong[i]));
                assert_says(read_mended(), "does not end well");
                assert_int_equal(acpi.cpus, 0);
        }
        write_madt((const uint8_t[]){0, 6, 0, 0, 1, 0, 0, 8, 1, 1, 1, 0, 0, 0, 0, 8, 2, 2}, 18);
        assert_says(
                read_mended(), "does not end well"); /* a short one is none, a half one ends it */
        assert_int_equal(acpi.cpus, 1);
}

/* As many CPUs as can be told apart, in memory of their own. */
static void all_identifiers_are_kept(void **state)
{
        (void)state;
        static uint8_t large[0x4000];
        const struct acpi_memory memory = {large, IMAGE_START, IMAGE_START + sizeof(large)};

        image_write(large);
        image_put(large + IMAGE_XSDT + 36, IMAGE_START + 0x1000, 8);
        image_table(large, 0x1000, "APIC");
        image_append(large, 0x1000, (const uint8_t[8]){0}, 8);
        for (uint32_t id = 0; id < 600; id++)
                image_append(large, 0x1000,
                        (const uint8_t[]){9, 16, 0, 0, (uint8_t)id, (uint8_t)(id >> 8), 0, 0, 1, 0,
                                0, 0, 0, 0, 0, 0},
                        16);
        uint8_t sum = 0;
        for (size_t i = 0; i < 44 + 600 * 16; i++)
                sum += large[0x1000 + i];
        large[0x1009] -= sum;
        image_mend(large, sizeof(large));
        assert_null(acpi_read(&acpi, &memory, ROOT));
        assert_int_equal(acpi.cpus, 255);
        assert_int_equal(acpi.cpus_beyond, 345);
}

static void timers_are_found(void **state)
{
        (void)state;
        uint8_t *fadt = image + IMAGE_FADT;

        image_write(image);
        image_put(fadt + 112, 0x100, 4);
        assert_null(read_mended());
        assert_true(acpi.timer.is_wide);
        image_put(fadt + 112, 0x100100, 4); /* hardware-reduced */
        assert_null(read_mended());
        assert_int_equal(acpi.timer.address, 0);
        image_write(image);
        fadt[91] = 3;
        assert_null(read_mended());
        assert_int_equal(acpi.timer.address, 0);
        image_put(fadt + 208, 1, 1); /* the wide address counts more */
        image_put(fadt + 212, 0x1008, 8);
        assert_null(read_mended());
        assert_int_equal(acpi.timer.address, 0x1008);
        assert_true(acpi.timer.is_port);
        image_put(fadt + 208, 0, 1);
        image_put(fadt + 212, 0xfed01008, 8);
        assert_null(read_mended());
        assert_true(acpi.timer.address == 0xfed01008 && !acpi.timer.is_port);
        image_put(fadt + 208, 2, 1); /* of a space that cannot be */
        assert_null(read_mended());
        assert_int_equal(acpi.timer.address, 0);
        image_put(fadt + 208, 1, 1);
        image_put(fadt + 212, 0xfffd, 8);
        assert_says(read_mended(), "timer is nowhere");
        assert_int_equal(acpi.timer.address, 0);
        image_write(image);
        image_put(fadt + 4, 115, 4);
        assert_says(read_mended(), "too short");
        image_write(image);
        image_put(image + IMAGE_HPET + 40, 1, 1);
        assert_says(read_mended(), "event timer is nowhere");
        assert_int_equal(acpi.hpet, 0);
        image_write(image);
        image_put(image + IMAGE_HPET + 4, 51, 4);
        assert_says(read_mended(), "event timer is nowhere");
}

static void damage_is_survived(void **state)
{
        (void)state;
        size_t many = getenv("ROTA_TEST_ALL") ? 100 : 1;

        image_write(image);
        assert_int_equal(ask_acpi(image, IMAGE_SIZE), 1);
        assert_int_equal(damage_cut(image, IMAGE_SIZE, ask_acpi), 0);
        assert_int_equal(damage_cut(image, IMAGE_SIZE, ask_acpi_mended), 0);
        size_t pieces = damage_bits(image, IMAGE_SIZE, NULL, 1);
        assert_in_range(damage_bits(image, IMAGE_SIZE, ask_acpi, 1), pieces / 8, pieces - 1);
        assert_in_range(damage_bits(image, IMAGE_SIZE, ask_acpi_mended, 1), pieces / 8, pieces - 1);
        size_t sound = damage_words(image, IMAGE_SIZE, ask_acpi_mended, 1, 20000 * many);
        assert_in_range(sound, 2000 * many, 20000 * many - 1);
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_machine_is_read),
        cmocka_unit_test(roots_are_checked),
        cmocka_unit_test(the_narrow_list_stands_in),
        cmocka_unit_test(lengths_are_checked),
        cmocka_unit_test(damaged_tables_are_passed_over),
        cmocka_unit_test(cpus_are_told_apart),
        cmocka_unit_test(all_identifiers_are_kept),
        cmocka_unit_test(timers_are_found),
        cmocka_unit_test(damage_is_survived),
};

RUN(tests)
