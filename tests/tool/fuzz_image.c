/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The image's check for libFuzzer; not part of the tests:
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -Iworkload -Iinclude \
 *             tests/tool/fuzz_image.c workload/image.c -o fuzz_image
 */
#include <stdlib.h>
#include <string.h>

#include "image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct workload_image image;
        const char *error = NULL;
        void *bytes = malloc(size ? size : 1);

        memcpy(bytes, data, size);
        if (size >= sizeof(struct workload_header)) {
                struct workload_header *header = bytes;
                header->total_bytes = (uint32_t)size;
                header->checksum = workload_image_checksum(bytes, size);
        }
        workload_image_check(bytes, size, &image, &error);
        free(bytes);
        return 0;
}
