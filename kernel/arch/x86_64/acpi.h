/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What ACPI's tables say of the machine (ACPI Specification 6.5, chapter 5): its CPUs, and two of
 * the timers that tell their own frequency. Nothing is believed unread: every address and length is
 * held against the memory that there is, every sum is checked, and the work is bounded. It knows
 * nothing of the kernel, so that tests compile it for the host.
 */
#ifndef KERNEL_ACPI_H
#define KERNEL_ACPI_H

#include <stdbool.h>
#include <stdint.h>

/** As many as a local APIC can be told apart by 8 bits, of which 255 means all. */
#define ACPI_CPUS_MAX 255

/** The memory that may be read, by its physical addresses. */
struct acpi_memory {
        const uint8_t *bytes; /**< what is at @p start */
        uint64_t start;
        uint64_t end; /**< the first byte behind it */
};

/** ACPI's timer, of 3,579,545 Hz. */
struct acpi_timer {
        uint64_t address; /**< 0: none */
        bool is_port;     /**< an I/O port, else memory */
        bool is_wide;     /**< counts 32 bits, else 24 */
};

struct acpi {
        uint32_t cpus;
        uint8_t apic_ids[ACPI_CPUS_MAX]; /**< one per CPU that may be started, each once */
        uint32_t cpus_beyond;            /**< CPUs whose identifiers are above 254 */
        uint64_t hpet;                   /**< address of the event timer's registers, 0: none */
        struct acpi_timer timer;
};

/** Reads what the root pointer at @p root leads to. What cannot be used is passed over, as if it
 * were not there. Before the scheduler; any context.
 * @return NULL, or the first thing that is wrong, in a few words. */
const char *acpi_read(struct acpi *acpi, const struct acpi_memory *memory, uint64_t root);

#endif
