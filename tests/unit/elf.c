/* SPDX-License-Identifier: MIT */
/* The reader of executables: what it takes, what it refuses and why, and that whatever it takes of a
 * damaged file is safe to load. */
#include "unit.h"

#include "user/elf.h"

#define LOW  UINT64_C(0x1000000000)
#define HIGH UINT64_C(0x2000000000)

static const struct elf_rules rules = {ELF_X86_64, LOW, HIGH, 1 << 20};

/* A good file: text, constants and data, each in pages of its own, and a note. */
struct image {
        unsigned char bytes[0x3800];
        size_t size;
};

static void put(struct image *image, size_t at, uint64_t value, unsigned width)
{
        for (unsigned i = 0; i < width; i++)
                image->bytes[at + i] = (unsigned char)(value >> 8 * i);
}

/* Where the program header @p index is. */
static size_t entry(unsigned index)
{
        return 64 + 56 * (size_t)index;
}

static void put_segment(struct image *image, unsigned index, uint32_t type, uint32_t flags,
        uint64_t offset, uint64_t address, uint64_t file, uint64_t memory)
{
        const size_t at = entry(index);

        put(image, at, type, 4);
        put(image, at + 4, flags, 4);
        put(image, at + 8, offset, 8);
        put(image, at + 16, address, 8);
        put(image, at + 24, address, 8);
        put(image, at + 32, file, 8);
        put(image, at + 40, memory, 8);
        put(image, at + 48, 4096, 8);
}

static struct image good(void)
{
        struct image image = {.size = sizeof(image.bytes)};

        memcpy(image.bytes, "\177ELF\2\1\1", 7);
        put(&image, 16, 2, 2);
        put(&image, 18, ELF_X86_64, 2);
        put(&image, 20, 1, 4);
        put(&image, 24, LOW + 0x10, 8);
        put(&image, 32, 64, 8);
        put(&image, 52, 64, 2);
        put(&image, 54, 56, 2);
        put(&image, 56, 4, 2);
        put_segment(&image, 0, 1, ELF_READ | ELF_EXECUTE, 0x1000, LOW, 0x800, 0x800);
        put_segment(&image, 1, 1, ELF_READ, 0x2000, LOW + 0x1000, 0x1000, 0x1000);
        put_segment(&image, 2, 1, ELF_READ | ELF_WRITE, 0x3010, LOW + 0x2010, 0x700, 0x5000);
        put_segment(&image, 3, 4, ELF_READ, 0x3010, LOW + 0x2010, 0x10, 0x10);
        return image;
}

static const char *read_image(const struct image *image, struct elf_program *program)
{
        return elf_read(image->bytes, image->size, &rules, program);
}

static void a_good_file(void **state)
{
        struct image image = good();
        struct elf_program program;

        (void)state;
        assert_null(read_image(&image, &program));
        assert_int_equal(program.count, 3);
        assert_int_equal(program.entry, LOW + 0x10);
        assert_int_equal(program.segments[0].rights, ELF_READ | ELF_EXECUTE);
        assert_int_equal(program.segments[2].address, LOW + 0x2010);
        assert_int_equal(program.segments[2].offset, 0x3010);
        assert_int_equal(program.segments[2].file, 0x700);
        assert_int_equal(program.segments[2].memory, 0x5000);
        assert_int_equal(program.pages, 0x1000 + 0x1000 + 0x6000);
        assert_int_equal(program.end, LOW + 0x8000);
}

/* One field with another value, and what is said of it. */
struct wrong {
        size_t at;
        unsigned width;
        uint64_t value;
        const char *reason; /* NULL: it is taken */
};

static void wrong_fields(void **state)
{
        static const struct wrong cases[] = {
                {0, 1, 'e', "not an ELF file"},
                {4, 1, 1, "not a 64-bit ELF file"},
                {5, 1, 2, "not a little-endian ELF file"},
                {6, 1, 0, "an ELF version that nobody knows"},
                {20, 4, 2, "an ELF version that nobody knows"},
                {16, 2, 3, "position-independent or shared; link it static, without PIE"},
                {16, 2, 1, "not an executable"},
                {18, 2, ELF_RISCV, "for another machine"},
                {52, 2, 63, "headers of a wrong size"},
                {54, 2, 57, "headers of a wrong size"},
                {56, 2, 0, "nothing to load"},
                {56, 2, 65, "too many program headers"},
                {32, 8, 0x3800 - 4 * 56 + 1, "program headers behind the file's end"},
                {32, 8, UINT64_MAX, "program headers behind the file's end"},
                {24, 8, LOW - 1, "it does not begin in executable memory"},
                {24, 8, LOW + 0x800, "it does not begin in executable memory"},
                {24, 8, LOW + 0x7ff, NULL},
                {24, 8, LOW + 0x2010, "it does not begin in executable memory"},
                {64 + 4, 4, 7, "a segment both writable and executable"},
                {64 + 4, 4, 3, "a segment both writable and executable"},
                {64 + 4, 4, 0, "a segment that may not be used at all"},
                {64 + 4, 4, 1, NULL},
                {64 + 4, 4, ELF_READ, "it does not begin in executable memory"},
                {64 + 8, 8, 0x1001, "a segment whose address and place in the file do not agree"},
                {64 + 8, 8, 0x4000, "a segment behind the file's end"},
                {64 + 8, 8, UINT64_MAX, "a segment behind the file's end"},
                {64 + 16, 8, LOW - 0x1000, "a segment outside the memory of programs"},
                {64 + 16, 8, HIGH, "a segment outside the memory of programs"},
                {64 + 16, 8, 0, "a segment outside the memory of programs"},
                {64 + 16, 8, UINT64_MAX & ~UINT64_C(4095),
                        "a segment outside the memory of programs"},
                {64 + 16, 8, LOW + 0x1000, "two segments in one page"},
                {64 + 16, 8, LOW + 0x7000, "two segments in one page"},
                {64 + 16, 8, LOW + 0x8000, "it does not begin in executable memory"},
                {64 + 32, 8, 0x801, "a segment larger in the file than in memory"},
                {64 + 40, 8, UINT64_MAX, "a segment outside the memory of programs"},
                {64 + 40, 8, HIGH - LOW + 1, "a segment outside the memory of programs"},
                {64 + 40, 8, 0x1001, "two segments in one page"},
                {64 + 48, 8, 3, "an alignment that is no power of two"},
                {64 + 48, 8, 0, NULL},
                {64 + 48, 8, 1, NULL},
                {64, 4, 2, "dynamically linked; link it static"},
                {64, 4, 3, "dynamically linked; link it static"},
                {64, 4, 7, "thread-local variables, which programs here do not have"},
                {64, 4, 0, "it does not begin in executable memory"},
                {64, 4, 0x6474e551, "it wants an executable stack"},
                {64 + 2 * 56 + 40, 8, (1 << 20) - 0x2000 - 0x10, NULL},
                {64 + 2 * 56 + 40, 8, (1 << 20) - 0x2000, "more memory than a program may have"},
                {64 + 2 * 56 + 40, 8, HIGH - LOW - 0x2010, "more memory than a program may have"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct image image = good();
                struct elf_program program;
                put(&image, cases[i].at, cases[i].value, cases[i].width);
                const char *reason = read_image(&image, &program);
                if (!cases[i].reason ? reason != NULL
                                     : !reason || strcmp(reason, cases[i].reason) != 0)
                        fail_msg("at %zu, value %llx: %s", cases[i].at,
                                (unsigned long long)cases[i].value, reason ? reason : "taken");
        }
}

static void too_many_segments(void **state)
{
        struct image image = good();
        struct elf_program program;

        (void)state;
        for (unsigned n = 1; n <= 20; n++) {
                put(&image, 56, n, 2);
                for (unsigned i = 0; i < n; i++)
                        put_segment(&image, i, 1, ELF_READ | ELF_EXECUTE, 0x1000,
                                LOW + 0x1000 * (uint64_t)i, 0x800, 0x800);
                const char *reason = read_image(&image, &program);
                if (n <= ELF_SEGMENTS_MAX)
                        assert_null(reason);
                else
                        assert_string_equal(reason, "too many segments");
        }
}

/* What a kernel does with what was taken: copies each piece, into pages that nobody else has. */
static unsigned load(const struct image *image, const struct elf_program *program)
{
        unsigned sum = 0;
        uint64_t pages = 0;

        assert_true(program->count >= 1 && program->count <= ELF_SEGMENTS_MAX);
        for (uint32_t i = 0; i < program->count; i++) {
                const struct elf_segment *s = &program->segments[i];
                const uint64_t first = s->address & ~(ELF_PAGE - 1);
                const uint64_t end = (s->address + s->memory + ELF_PAGE - 1) & ~(ELF_PAGE - 1);
                assert_true(s->memory > 0 && s->file <= s->memory);
                assert_true(s->address >= LOW && first < end && end <= HIGH);
                assert_true((s->rights & ELF_READ) && s->rights <= 7);
                assert_true((s->rights & (ELF_WRITE | ELF_EXECUTE)) != (ELF_WRITE | ELF_EXECUTE));
                assert_true(end <= program->end);
                for (uint64_t at = 0; at < s->file; at++)
                        sum += image->bytes[s->offset + at];
                for (uint32_t j = 0; j < i; j++) {
                        const struct elf_segment *o = &program->segments[j];
                        assert_true(end <= (o->address & ~(ELF_PAGE - 1)) ||
                                    first >= ((o->address + o->memory + ELF_PAGE - 1) &
                                                     ~(ELF_PAGE - 1)));
                }
                pages += end - first;
        }
        assert_true(pages == program->pages && pages <= rules.memory);
        return sum;
}

/* Each byte of the headers with each other value; a file of just its size, so that sanitizers see a
 * look past its end. */
static void each_byte_damaged(void **state)
{
        struct image image = good();
        struct elf_program program;
        unsigned taken = 0, sum = 0;

        (void)state;
        for (size_t at = 0; at < entry(4); at++) {
                const unsigned char was = image.bytes[at];
                for (unsigned value = 0; value < 256; value++) {
                        image.bytes[at] = (unsigned char)value;
                        if (!read_image(&image, &program)) {
                                sum += load(&image, &program);
                                taken++;
                        }
                }
                image.bytes[at] = was;
        }
        print_message("# %u of %zu damaged files are taken, sum %u\n", taken, entry(4) * 256, sum);
        assert_true(taken > 0 && taken < entry(4) * 256);
}

static void cut_at_each_byte(void **state)
{
        struct image image = good();

        (void)state;
        for (size_t size = 0; size < image.size; size++) {
                unsigned char *cut = malloc(size ? size : 1);
                struct elf_program program;
                assert_non_null(cut);
                memcpy(cut, image.bytes, size);
                const char *reason = elf_read(cut, size, &rules, &program);
                assert_true(size >= 0x3710 ? reason == NULL : reason != NULL);
                free(cut);
        }
}

static void random_damage(void **state)
{
        static const uint64_t dear[] = {0, 1, 4096, 0x7fffffff, 0xffffffff, LOW, HIGH, UINT64_MAX};
        const struct image whole = good();
        uint64_t seed = 5;
        unsigned taken = 0, sum = 0;

        (void)state;
        for (unsigned round = 0; round < 200000; round++) {
                struct elf_program program;
                struct image image;
                image.size = whole.size;
                memcpy(image.bytes, whole.bytes, sizeof(image.bytes));
                for (uint32_t n = chance(&seed, 4) + 1; n > 0; n--) {
                        const unsigned width = 1u << chance(&seed, 4);
                        const size_t at = chance(&seed, (uint32_t)entry(4) / width) * width;
                        put(&image, at, dear[chance(&seed, 8)] + chance(&seed, 3) - 1, width);
                }
                if (!read_image(&image, &program)) {
                        sum += load(&image, &program);
                        taken++;
                }
        }
        print_message("# %u of 200000 damaged files are taken, sum %u\n", taken, sum);
        assert_true(taken > 0);
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file),
        cmocka_unit_test(wrong_fields),
        cmocka_unit_test(too_many_segments),
        cmocka_unit_test(each_byte_damaged),
        cmocka_unit_test(cut_at_each_byte),
        cmocka_unit_test(random_damage),
};

RUN(tests)
