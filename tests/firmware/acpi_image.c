/* SPDX-License-Identifier: MIT */
#include "acpi_image.h"

#include <string.h>

#define HEADER 36

static const uint32_t tables[] = {
        IMAGE_RSDT, IMAGE_XSDT, IMAGE_SSDT, IMAGE_MADT, IMAGE_FADT, IMAGE_HPET};

void image_put(uint8_t *at, uint64_t value, unsigned size)
{
        for (unsigned i = 0; i < size; i++)
                at[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t length_of(const uint8_t *at)
{
        return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
               (uint32_t)at[3] << 24;
}

static void mend(uint8_t *bytes, size_t size, size_t sum_at)
{
        uint8_t sum = 0;
        for (size_t i = 0; i < size; i++)
                sum += bytes[i];
        bytes[sum_at] -= sum;
}

void image_mend(uint8_t *image, size_t size)
{
        for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
                uint32_t at = tables[i];
                if (at + HEADER > size)
                        continue;
                uint32_t length = length_of(image + at + 4);
                if (length >= HEADER && length <= size - at)
                        mend(image + at, length, 9);
        }
        if (IMAGE_ROOT + HEADER > size)
                return;
        mend(image + IMAGE_ROOT, 20, 8);
        uint32_t length = length_of(image + IMAGE_ROOT + 20);
        if (length >= HEADER && length <= size - IMAGE_ROOT)
                mend(image + IMAGE_ROOT, length, 32);
}

void image_table(uint8_t *image, uint32_t at, const char *name)
{
        memset(image + at, 0, HEADER);
        memcpy(image + at, name, 4);
        image_put(image + at + 4, HEADER, 4);
        image[at + 8] = 1;
}

void image_append(uint8_t *image, uint32_t at, const void *bytes, size_t size)
{
        uint32_t length = length_of(image + at + 4);
        memcpy(image + at + length, bytes, size);
        image_put(image + at + 4, length + size, 4);
}

static void append(uint8_t *image, uint32_t at, uint64_t value, unsigned size)
{
        uint8_t bytes[8];
        image_put(bytes, value, size);
        image_append(image, at, bytes, size);
}

static void write_lists(uint8_t *image)
{
        static const uint32_t list[] = {IMAGE_SSDT, IMAGE_FADT, IMAGE_MADT, IMAGE_HPET};

        memcpy(image + IMAGE_ROOT, "RSD PTR ", 8);
        image[IMAGE_ROOT + 15] = 2;
        image_put(image + IMAGE_ROOT + 16, IMAGE_START + IMAGE_RSDT, 4);
        image_put(image + IMAGE_ROOT + 20, 36, 4);
        image_put(image + IMAGE_ROOT + 24, IMAGE_START + IMAGE_XSDT, 8);
        image_table(image, IMAGE_RSDT, "RSDT");
        image_table(image, IMAGE_XSDT, "XSDT");
        for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
                append(image, IMAGE_RSDT, IMAGE_START + list[i], 4);
                append(image, IMAGE_XSDT, IMAGE_START + list[i], 8);
        }
}

void image_write(uint8_t image[IMAGE_SIZE])
{
        /* Type, length, then: processor, identifier, flags; or 2 of nothing, identifier, flags,
         * processor; in between an I/O APIC. */
        static const uint8_t entries[] = {0, 8, 0, 0, 1, 0, 0, 0, /**/ 0, 8, 1, 4, 1, 0, 0, 0, /**/
                1, 12, 0, 0, 0, 0, 192, 254, 0, 0, 0, 0, /**/ 0, 8, 2, 254, 3, 0, 0, 0,        /**/
                0, 8, 3, 9, 2, 0, 0, 0,                                                        /**/
                9, 16, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0,                               /**/
                9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0};
        static const uint8_t zeros[232];

        memset(image, 0, IMAGE_SIZE);
        write_lists(image);
        image_table(image, IMAGE_SSDT, "SSDT");
        image_table(image, IMAGE_MADT, "APIC");
        append(image, IMAGE_MADT, 0xfee00000, 4);
        append(image, IMAGE_MADT, 1, 4);
        image_append(image, IMAGE_MADT, entries, sizeof(entries));
        image_table(image, IMAGE_FADT, "FACP");
        image_append(image, IMAGE_FADT, zeros, sizeof(zeros) - 24);
        image_put(image + IMAGE_FADT + 76, 0x608, 4);
        image[IMAGE_FADT + 91] = 4;
        image_table(image, IMAGE_HPET, "HPET");
        append(image, IMAGE_HPET, 0x8086a201, 4);
        append(image, IMAGE_HPET, 0, 4);
        append(image, IMAGE_HPET, 0xfed00000, 8);
        append(image, IMAGE_HPET, 0, 4);
        image_mend(image, IMAGE_SIZE);
}
