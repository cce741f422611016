/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Reads static ELF64 executables. A file comes from outside: every field is checked before anything
 * is done with it, and nothing beyond its bytes is read. It needs no kernel, so it is tested on the
 * host.
 *
 * After: Tool Interface Standard, "Executable and Linking Format", and the ELF-64 Object File Format.
 */
#ifndef KERNEL_ELF_H
#define KERNEL_ELF_H

#include <stddef.h>
#include <stdint.h>

/** Most segments that a program is loaded from. */
#define ELF_SEGMENTS_MAX 16
/** What segments are kept apart by: no two of them in one page. */
#define ELF_PAGE ((uint64_t)4096)

/** The machines that e_machine may name here. */
enum elf_machine {
        ELF_X86_64 = 62,
        ELF_AARCH64 = 183,
        ELF_RISCV = 243,
};

/** What a segment may be used for; the values of p_flags. */
enum elf_rights {
        ELF_EXECUTE = 1,
        ELF_WRITE = 2,
        ELF_READ = 4,
};

/** What a kernel takes. */
struct elf_rules {
        enum elf_machine machine;
        uint64_t low;    /**< first address that a program may have, a multiple of ELF_PAGE */
        uint64_t high;   /**< the first behind those, likewise */
        uint64_t memory; /**< most bytes of pages that its segments may take */
};

/** A piece of a program's memory: @p file bytes of the file, then zeros. */
struct elf_segment {
        uint64_t address;
        uint64_t memory; /**< bytes, more than 0 */
        uint64_t file;   /**< bytes from the file, at most @p memory */
        uint64_t offset; /**< of those in the file */
        uint32_t rights; /**< enum elf_rights, never both of write and execute */
};

/** A program, as elf_read() found it. */
struct elf_program {
        uint64_t entry;
        uint64_t end;   /**< of its last segment, rounded up to pages */
        uint64_t pages; /**< bytes of all pages that segments lie in */
        uint32_t count;
        struct elf_segment
                segments[ELF_SEGMENTS_MAX]; /**< in the file's order, none in another's page */
};

/** Checks a file and finds its segments.
 * @param bytes  the file, in any alignment
 * @return NULL: @p program is good; else what is wrong, in one line without a newline. Context: any. */
const char *elf_read(
        const void *bytes, size_t size, const struct elf_rules *rules, struct elf_program *program);

#endif
