/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The readers of executables and archives for libFuzzer; not part of the tests:
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -Ikernel \
 *             tests/unit/fuzz_user.c kernel/user/elf.c kernel/user/cpio.c -o fuzz_user
 */
#include <stdlib.h>
#include <string.h>

#include "user/cpio.h"
#include "user/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned char memory[1 << 20];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct elf_rules rules = {
                ELF_X86_64, UINT64_C(0x1000000000), UINT64_C(0x2000000000), sizeof(memory)};
        struct cpio cpio = {.bytes = data, .size = size};
        struct elf_program program;
        struct cpio_file file;

        if (!elf_read(data, size, &rules, &program))
                for (uint32_t i = 0; i < program.count; i++)
                        memcpy(memory, data + program.segments[i].offset, program.segments[i].file);
        while (cpio_next(&cpio, &file))
                if (file.size <= sizeof(memory))
                        memcpy(memory, file.bytes, file.size);
        return 0;
}
