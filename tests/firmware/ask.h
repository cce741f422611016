/* SPDX-License-Identifier: MIT */
/* Asks a reader everything that can be asked, and ends the process where an answer cannot be: what
 * tests with damaged input and fuzzers have in common. */
#ifndef ASK_H
#define ASK_H

#include <stddef.h>
#include <stdint.h>

/* Returns 1 where the device tree was found sound, else 0. */
int ask_devicetree(uint8_t *blob, size_t size);
/* The same of memory with ACPI's tables in it, as it is, and with every sum made right. */
int ask_acpi(uint8_t *image, size_t size);
int ask_acpi_mended(uint8_t *image, size_t size);

#endif
