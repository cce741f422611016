/* SPDX-License-Identifier: MIT */
#include "elf.h"

#include <stdbool.h>

#define HEADER_BYTES 64u /* of the file's header */
#define ENTRY_BYTES  56u /* of a program header */
#define ENTRIES_MAX  64u

/* e_type, e_ident and p_type, those that matter here. */
#define CLASS_64            2u
#define LITTLE_END          1u
#define VERSION             1u
#define TYPE_EXECUTABLE     2u
#define TYPE_SHARED         3u
#define SEGMENT_LOAD        1u
#define SEGMENT_DYNAMIC     2u
#define SEGMENT_INTERPRETER 3u
#define SEGMENT_TLS         7u
#define SEGMENT_GNU_STACK   0x6474e551u

/* The file, read byte by byte: it is little-endian and lies anywhere. */
struct file {
        const unsigned char *bytes;
        size_t size;
};

static uint64_t number(const struct file *file, uint64_t at, unsigned width)
{
        uint64_t value = 0;

        while (width--)
                value = value << 8 | file->bytes[at + width];
        return value;
}

/* Whether [start, start + size) neither wraps nor ends behind @p limit. */
static bool fits(uint64_t start, uint64_t size, uint64_t limit)
{
        return start <= limit && size <= limit - start;
}

static const char *check_header(const struct file *file, const struct elf_rules *rules)
{
        if (file->size < HEADER_BYTES)
                return "too short for an ELF file";
        if (number(file, 0, 4) != 0x464c457fu)
                return "not an ELF file";
        if (file->bytes[4] != CLASS_64)
                return "not a 64-bit ELF file";
        if (file->bytes[5] != LITTLE_END)
                return "not a little-endian ELF file";
        if (file->bytes[6] != VERSION || number(file, 20, 4) != VERSION)
                return "an ELF version that nobody knows";
        if (number(file, 16, 2) == TYPE_SHARED)
                return "position-independent or shared; link it static, without PIE";
        if (number(file, 16, 2) != TYPE_EXECUTABLE)
                return "not an executable";
        if (number(file, 18, 2) != rules->machine)
                return "for another machine";
        if (number(file, 52, 2) != HEADER_BYTES || number(file, 54, 2) != ENTRY_BYTES)
                return "headers of a wrong size";
        if (number(file, 56, 2) == 0)
                return "nothing to load";
        if (number(file, 56, 2) > ENTRIES_MAX)
                return "too many program headers";
        if (!fits(number(file, 32, 8), number(file, 56, 2) * ENTRY_BYTES, file->size))
                return "program headers behind the file's end";
        return NULL;
}

static uint64_t page_of(uint64_t address)
{
        return address & ~(ELF_PAGE - 1);
}

/* The end of a segment's last page. */
static uint64_t pages_end(const struct elf_segment *segment)
{
        return page_of(segment->address + segment->memory + ELF_PAGE - 1);
}

static const char *check_rights(struct elf_segment *segment, uint32_t flags)
{
        segment->rights = flags & (ELF_READ | ELF_WRITE | ELF_EXECUTE);
        if ((segment->rights & ELF_WRITE) && (segment->rights & ELF_EXECUTE))
                return "a segment both writable and executable";
        if (!segment->rights)
                return "a segment that may not be used at all";
        /* No machine here has memory that may be written or executed, but not read, everywhere. */
        segment->rights |= ELF_READ;
        return NULL;
}

static const char *check_place(const struct elf_segment *segment, uint64_t align,
        const struct file *file, const struct elf_rules *rules)
{
        if (segment->file > segment->memory)
                return "a segment larger in the file than in memory";
        if (!fits(segment->offset, segment->file, file->size))
                return "a segment behind the file's end";
        if (align & (align - 1))
                return "an alignment that is no power of two";
        if (align > 1 && ((segment->address ^ segment->offset) & (align - 1)))
                return "a segment whose address and place in the file do not agree";
        if (segment->address < rules->low || !fits(segment->address, segment->memory, rules->high))
                return "a segment outside the memory of programs";
        return NULL;
}

/* Takes one segment in; those before it are checked already. */
static const char *add(struct elf_program *program, const struct elf_segment *segment,
        const struct elf_rules *rules)
{
        const uint64_t first = page_of(segment->address), end = pages_end(segment);

        for (uint32_t i = 0; i < program->count; i++) {
                const struct elf_segment *other = &program->segments[i];
                if (first < pages_end(other) && page_of(other->address) < end)
                        return "two segments in one page";
        }
        if (program->count == ELF_SEGMENTS_MAX)
                return "too many segments";
        if (end - first > rules->memory - program->pages)
                return "more memory than a program may have";
        program->pages += end - first;
        if (end > program->end)
                program->end = end;
        program->segments[program->count++] = *segment;
        return NULL;
}

static const char *read_entry(const struct file *file, uint64_t at, const struct elf_rules *rules,
        struct elf_program *program)
{
        const uint32_t type = (uint32_t)number(file, at, 4),
                       flags = (uint32_t)number(file, at + 4, 4);
        struct elf_segment segment = {
                .offset = number(file, at + 8, 8),
                .address = number(file, at + 16, 8),
                .file = number(file, at + 32, 8),
                .memory = number(file, at + 40, 8),
        };

        switch (type) {
        case SEGMENT_LOAD:
                break;
        case SEGMENT_DYNAMIC:
        case SEGMENT_INTERPRETER:
                return "dynamically linked; link it static";
        case SEGMENT_TLS:
                return "thread-local variables, which programs here do not have";
        case SEGMENT_GNU_STACK:
                return flags & ELF_EXECUTE ? "it wants an executable stack" : NULL;
        default:
                return NULL; /* notes and the like */
        }
        const char *wrong = check_place(&segment, number(file, at + 48, 8), file, rules);
        if (!wrong && segment.memory == 0)
                return NULL;
        if (!wrong)
                wrong = check_rights(&segment, flags);
        return wrong ? wrong : add(program, &segment, rules);
}

/* The entry is in what the file gives of an executable segment. */
static bool entry_is_text(const struct elf_program *program)
{
        for (uint32_t i = 0; i < program->count; i++) {
                const struct elf_segment *s = &program->segments[i];
                if ((s->rights & ELF_EXECUTE) && program->entry >= s->address &&
                        program->entry - s->address < s->file)
                        return true;
        }
        return false;
}

const char *elf_read(
        const void *bytes, size_t size, const struct elf_rules *rules, struct elf_program *program)
{
        const struct file file = {bytes, size};
        const char *wrong = check_header(&file, rules);

        if (wrong)
                return wrong;
        program->entry = number(&file, 24, 8);
        program->end = rules->low;
        program->pages = 0;
        program->count = 0;
        const uint64_t table = number(&file, 32, 8), count = number(&file, 56, 2);
        for (uint64_t i = 0; i < count && !wrong; i++)
                wrong = read_entry(&file, table + i * ENTRY_BYTES, rules, program);
        if (wrong)
                return wrong;
        if (!program->count)
                return "nothing to load";
        return entry_is_text(program) ? NULL : "it does not begin in executable memory";
}
