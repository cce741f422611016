/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The reader of ACPI's tables for libFuzzer; not part of the tests:
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -Ikernel -Ikernel/arch/x86_64 \
 *             tests/firmware/fuzz_acpi.c tests/firmware/ask_acpi.c tests/firmware/acpi_image.c \
 *             kernel/arch/x86_64/acpi.c -o fuzz_acpi
 *
 * It needs no input to begin with: what there is becomes a change of a sound image.
 */
#include <stdlib.h>
#include <string.h>

#include "acpi_image.h"
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint8_t whole[IMAGE_SIZE];
        size_t length = size < 2 ? IMAGE_SIZE : ((size_t)data[0] << 8 | data[1]) % IMAGE_SIZE + 1;
        uint8_t *image = malloc(length); /* of its own, so that its end is known */

        image_write(whole);
        memcpy(image, whole, length);
        for (size_t i = 2; i + 3 <= size; i += 3) /* where, and what */
                image[((size_t)data[i] << 8 | data[i + 1]) % length] = data[i + 2];
        ask_acpi_mended(image, length);
        free(image);
        return 0;
}
