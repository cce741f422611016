/* SPDX-License-Identifier: MIT */
/*
 * From a file of the initrd to a space that can run. The first MiB of the users' addresses is for the
 * first thread's stack, which ends where programs begin; what is left below it is the gap that an
 * overflow runs into. On the stack lies what the runtime's program_start() takes: the count of arguments,
 * their addresses, a zero, and behind these the strings.
 */
#include "machine.h"
#include "memory.h"
#include "user/cpio.h"
#include "user/elf.h"
#include "user/process.h"

#define PROGRAMS  (KERNEL_USER_START + ((uintptr_t)1 << 20))
#define ROUND(at) (((at) + KERNEL_PAGE_SIZE - 1) & ~(KERNEL_PAGE_SIZE - 1))

static unsigned rights_of(const struct elf_segment *segment)
{
        return KERNEL_READ | (segment->rights & ELF_WRITE ? KERNEL_WRITE : 0) |
               (segment->rights & ELF_EXECUTE ? KERNEL_EXECUTE : 0);
}

/* One segment: writable until its bytes are there. */
static int load_segment(
        struct kernel_space *space, const struct elf_segment *segment, const char *file)
{
        const uintptr_t start = segment->address & ~(KERNEL_PAGE_SIZE - 1);
        const size_t size = ROUND(segment->address + segment->memory) - start;
        const unsigned rights = rights_of(segment);
        int error = kernel_space_map(space, start, size, KERNEL_READ | KERNEL_WRITE);

        if (!error)
                error = kernel_copy_to_user(
                        space, segment->address, file + segment->offset, segment->file);
        if (!error && rights != (KERNEL_READ | KERNEL_WRITE))
                error = kernel_space_protect(space, start, size, rights);
        return error;
}

/* The arguments, on a stack that ends at @p top. @return where the stack goes on, 0: no room */
static uintptr_t push_arguments(
        struct kernel_space *space, const struct kernel_spawn *spawn, uintptr_t low, uintptr_t top)
{
        const char *text = spawn->arguments_size ? spawn->arguments : spawn->name;
        size_t size = spawn->arguments_size;
        uint64_t count = 0;

        for (; !spawn->arguments_size && (size == 0 || text[size - 1]); size++)
                ; /* the name alone */
        for (size_t i = 0; i < size; i++)
                count += text[i] == '\0';
        const uintptr_t strings = (top - size) & ~(uintptr_t)15;
        const uintptr_t words = (strings - (count + 2) * 8) & ~(uintptr_t)15;
        if (words < low + (top - low) / 4)
                return 0;
        uintptr_t at = words + 8;
        int error = kernel_copy_to_user(space, words, &count, 8);
        for (size_t i = 0, first = 0; i < size && !error; i++) {
                if (text[i])
                        continue;
                const uint64_t address = strings + first;
                error = kernel_copy_to_user(space, at, &address, 8);
                at += 8;
                first = i + 1;
        }
        if (!error)
                error = kernel_copy_to_user(space, strings, text, size);
        return error ? 0 : words;
}

static int load_stack(struct kernel_space *space, const struct kernel_spawn *spawn,
        struct rota_user_options *first)
{
        const uintptr_t low = PROGRAMS - ROUND(spawn->limits->stack);
        const int error = kernel_space_map(space, low, PROGRAMS - low, KERNEL_READ | KERNEL_WRITE);

        if (error)
                return error;
        first->argument = push_arguments(space, spawn, low, PROGRAMS);
        first->sp = first->argument;
        return first->argument ? ROTA_OK : SYS_EINVAL;
}

int kernel_program_load_bytes(struct kernel_space *space, const struct kernel_spawn *spawn,
        const void *bytes, size_t size, struct rota_user_options *first, uintptr_t *end,
        const char **reason)
{
        const struct elf_rules rules = {
                .machine = MACHINE_ELF,
                .low = PROGRAMS,
                .high = KERNEL_USER_END,
                .memory = (uint64_t)spawn->limits->pages * KERNEL_PAGE_SIZE,
        };
        struct elf_program program;
        int error = ROTA_OK;

        *reason = elf_read(bytes, size, &rules, &program);
        if (*reason)
                return SYS_EFORMAT;
        for (uint32_t i = 0; i < program.count && !error; i++)
                error = load_segment(space, &program.segments[i], bytes);
        if (!error)
                error = load_stack(space, spawn, first);
        if (error) {
                *reason = error == SYS_EINVAL ? "its arguments take too much of its stack"
                                              : "there is no memory for it";
                return error == SYS_EINVAL ? SYS_EINVAL : SYS_ENOSPC;
        }
        first->pc = program.entry;
        *end = program.end;
        return 0;
}

int kernel_program_load(struct kernel_space *space, const struct kernel_spawn *spawn,
        struct rota_user_options *first, uintptr_t *end, const char **reason)
{
        struct cpio_file file;

        if (!cpio_find(kernel_user_options.initrd, kernel_user_options.initrd_size, spawn->name,
                    &file)) {
                *reason = "there is no such program";
                return SYS_ENOFILE;
        }
        return kernel_program_load_bytes(space, spawn, file.bytes, file.size, first, end, reason);
}
