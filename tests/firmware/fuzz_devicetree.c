/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The device tree's reader for libFuzzer; not part of the tests:
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -Ikernel tests/firmware/fuzz_devicetree.c \
 *             tests/firmware/ask_devicetree.c kernel/devicetree.c kernel/devicetree_values.c \
 *             -o fuzz_devicetree
 *
 * A blob to begin with: qemu-system-riscv64 -machine virt,dumpdtb=FILE, made smaller by
 * `dtc -I dtb -O dtb FILE`.
 */
#include <stdlib.h>
#include <string.h>

#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint8_t *bytes = malloc(size ? size : 1); /* of its own, so that its end is known */

        memcpy(bytes, data, size);
        ask_devicetree(bytes, size);
        free(bytes);
        return 0;
}
