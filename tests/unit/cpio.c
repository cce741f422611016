/* SPDX-License-Identifier: MIT */
/* The reader of archives: what a real one holds, and that a damaged one is never read beyond its end. */
#include "unit.h"

#include <stdio.h>

#include "user/cpio.h"

#define MOST 4096

struct archive {
        unsigned char bytes[MOST];
        size_t size;
};

static void pad(struct archive *archive)
{
        while (archive->size % 4)
                archive->bytes[archive->size++] = 0;
}

static void add(
        struct archive *archive, int kind, unsigned mode, const char *name, const char *content)
{
        const size_t length = strlen(content);
        char header[160];
        unsigned sum = 0;

        for (size_t i = 0; i < length; i++)
                sum += (unsigned char)content[i];
        snprintf(header, sizeof(header),
                "07070%d%08x%08X%08x%08x%08x%08x%08zX%08x%08x%08x%08x%08zx%08x", kind, 1u, mode, 0u,
                0u, 1u, 0u, length, 0u, 0u, 0u, 0u, strlen(name) + 1, kind == 2 ? sum : 0u);
        memcpy(archive->bytes + archive->size, header, 110);
        archive->size += 110;
        memcpy(archive->bytes + archive->size, name, strlen(name) + 1);
        archive->size += strlen(name) + 1;
        pad(archive);
        memcpy(archive->bytes + archive->size, content, length);
        archive->size += length;
        pad(archive);
}

static struct archive good(void)
{
        struct archive archive = {.size = 0};

        add(&archive, 1, 040755, ".", "");
        add(&archive, 1, 0100755, "./a", "alpha");
        add(&archive, 2, 0100644, "bin/b", "beta");
        add(&archive, 1, 0120777, "link", "a");
        add(&archive, 1, 0100644, "/empty", "");
        add(&archive, 1, 0100644, "a", "the second a");
        add(&archive, 1, 0, "TRAILER!!!", "");
        return archive;
}

static void a_good_archive(void **state)
{
        static const char *const names[] = {".", "a", "bin/b", "link", "empty", "a"};
        struct archive archive = good();
        struct cpio cpio = {.bytes = archive.bytes, .size = archive.size};
        struct cpio_file file;
        unsigned count = 0;

        (void)state;
        assert_true(cpio_is_archive(archive.bytes, archive.size));
        assert_null(cpio_check(archive.bytes, archive.size));
        while (cpio_next(&cpio, &file)) {
                assert_true(count < 6);
                assert_string_equal(file.name, names[count]);
                assert_int_equal(cpio_is_plain(&file), count != 0 && count != 3);
                count++;
        }
        assert_null(cpio.wrong);
        assert_int_equal(count, 6);
        assert_true(cpio_find(archive.bytes, archive.size, "a", &file));
        assert_int_equal(file.size, 5);
        assert_memory_equal(file.bytes, "alpha", 5);
        assert_true(cpio_find(archive.bytes, archive.size, "bin/b", &file));
        assert_memory_equal(file.bytes, "beta", 4);
        assert_true(cpio_find(archive.bytes, archive.size, "empty", &file));
        assert_int_equal(file.size, 0);
        assert_false(cpio_find(archive.bytes, archive.size, "link", &file));
        assert_false(cpio_find(archive.bytes, archive.size, "b", &file));
        assert_false(cpio_find(archive.bytes, archive.size, "", &file));
}

/* What the tool itself writes is read, whatever it puts into the header. */
static void an_archive_of_cpio(void **state)
{
        static unsigned char bytes[65536];
        struct cpio_file file;

        (void)state;
        if (system("command -v cpio >/dev/null") != 0) {
                print_message("# skip: cpio is not installed\n");
                skip();
        }
        FILE *pipe = popen("d=$(mktemp -d) && cd $d && mkdir sub && echo first >one && "
                           "echo second >sub/two && find . | cpio -o -H newc 2>/dev/null; "
                           "rm -rf $d",
                "r");
        assert_non_null(pipe);
        const size_t size = fread(bytes, 1, sizeof(bytes), pipe);
        pclose(pipe);
        assert_true(size > 0);
        assert_null(cpio_check(bytes, size));
        assert_true(cpio_find(bytes, size, "one", &file));
        assert_memory_equal(file.bytes, "first\n", file.size);
        assert_true(cpio_find(bytes, size, "sub/two", &file));
        assert_memory_equal(file.bytes, "second\n", file.size);
        assert_false(cpio_find(bytes, size, "sub", &file));
}

/* Reads all that an archive gives; @return how many files. */
static unsigned walk(const unsigned char *bytes, size_t size)
{
        struct cpio cpio = {.bytes = bytes, .size = size};
        struct cpio_file file;
        unsigned count = 0, sum = 0;

        while (cpio_next(&cpio, &file)) {
                assert_true(strlen(file.name) < CPIO_NAME_MAX);
                assert_true((const unsigned char *)file.bytes >= bytes);
                assert_true((const unsigned char *)file.bytes + file.size <= bytes + size);
                for (size_t i = 0; i < file.size; i++)
                        sum += ((const unsigned char *)file.bytes)[i];
                assert_true(++count <= size / 110);
        }
        assert_true(cpio.wrong || sum || !count);
        return count;
}

static void each_byte_damaged(void **state)
{
        struct archive archive = good();
        unsigned char *bytes = malloc(archive.size);
        unsigned refused = 0;

        (void)state;
        assert_non_null(bytes);
        memcpy(bytes, archive.bytes, archive.size);
        for (size_t at = 0; at < archive.size; at++) {
                for (unsigned value = 0; value < 256; value++) {
                        bytes[at] = (unsigned char)value;
                        walk(bytes, archive.size);
                        refused += cpio_check(bytes, archive.size) != NULL;
                }
                bytes[at] = archive.bytes[at];
        }
        print_message("# %u of %zu damaged archives are refused\n", refused, archive.size * 256);
        assert_true(refused > archive.size * 64);
        free(bytes);
}

static void cut_at_each_byte(void **state)
{
        struct archive archive = good();

        (void)state;
        for (size_t size = 0; size < archive.size; size++) {
                unsigned char *cut = malloc(size ? size : 1);
                assert_non_null(cut);
                memcpy(cut, archive.bytes, size);
                walk(cut, size);
                assert_true(size + 3 >= archive.size || cpio_check(cut, size) != NULL);
                free(cut);
        }
}

static void wrong_things(void **state)
{
        struct archive archive = good();
        struct cpio_file file;

        (void)state;
        assert_string_equal(cpio_check(archive.bytes, 0), "the archive ends too early");
        archive.bytes[5] = '7';
        assert_string_equal(
                cpio_check(archive.bytes, archive.size), "not a cpio archive of the newc format");
        archive = good();
        archive.bytes[6] = 'g';
        assert_string_equal(
                cpio_check(archive.bytes, archive.size), "the archive has a damaged header");
        archive = good();
        memcpy(archive.bytes + 6 + 6 * 8, "FFFFFFFF", 8); /* the size of "." */
        assert_string_equal(
                cpio_check(archive.bytes, archive.size), "the archive ends within a file");
        archive = good();
        memcpy(archive.bytes + 6 + 11 * 8, "00000000", 8);
        assert_string_equal(cpio_check(archive.bytes, archive.size),
                "the archive has a name of a wrong length");
        memcpy(archive.bytes + 6 + 11 * 8, "ffffffff", 8);
        assert_string_equal(cpio_check(archive.bytes, archive.size),
                "the archive has a name of a wrong length");
        archive = good();
        assert_true(cpio_find(archive.bytes, archive.size, "bin/b", &file));
        *(unsigned char *)(uintptr_t)file.bytes ^= 1;
        assert_string_equal(
                cpio_check(archive.bytes, archive.size), "a file of the archive has a wrong sum");
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_archive),
        cmocka_unit_test(an_archive_of_cpio),
        cmocka_unit_test(wrong_things),
        cmocka_unit_test(each_byte_damaged),
        cmocka_unit_test(cut_at_each_byte),
};

RUN(tests)
