/* SPDX-License-Identifier: MIT */
/* Memory with ACPI's tables in it, for tests of their reader. */
#ifndef ACPI_IMAGE_H
#define ACPI_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The memory's physical addresses, and where in it things are. */
#define IMAGE_START 0x7fe0000u
#define IMAGE_SIZE  0x800u
enum {
        IMAGE_ROOT = 0x10,
        IMAGE_RSDT = 0x40,
        IMAGE_XSDT = 0x80,
        IMAGE_SSDT = 0x100, /* a table that nobody asks for */
        IMAGE_MADT = 0x140,
        IMAGE_FADT = 0x300,
        IMAGE_HPET = 0x7c8, /* its last byte is the memory's */
};

/* A sound machine: both lists, 6 CPUs of which one cannot be used, both timers. */
void image_write(uint8_t image[IMAGE_SIZE]);
/* An empty table at @p at, its length only the header's. */
void image_table(uint8_t *image, uint32_t at, const char *name);
/* Appends bytes to it. */
void image_append(uint8_t *image, uint32_t at, const void *bytes, size_t size);
/* Makes every sum right for the lengths that are written, where these are possible. */
void image_mend(uint8_t *image, size_t size);
void image_put(uint8_t *at, uint64_t value, unsigned size);

#endif
