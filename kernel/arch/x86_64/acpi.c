/* SPDX-License-Identifier: MIT */
/* From ACPI's tables: which CPUs there are, and where the high precision event timer is. */
#include "memory.h"
#include "x86.h"

struct root_pointer {
        char signature[8];
        uint8_t checksum;
        char oem[6];
        uint8_t revision;
        uint32_t rsdt;
        uint32_t size;
        uint64_t xsdt;
} __attribute__((packed));

struct table {
        char signature[4];
        uint32_t size;
        uint8_t other[28];
} __attribute__((packed));

/* A local APIC in the MADT; other entries begin with the same two bytes. */
struct madt_apic {
        uint8_t type, size;
        uint8_t processor, apic_id;
        uint32_t flags;
} __attribute__((packed));

#define MADT_LOCAL_APIC   0
#define MADT_APIC_ENABLED 1

static void read_madt(const struct table *table, struct acpi *acpi)
{
        const uint8_t *at = (const uint8_t *)(table + 1) + 8;
        const uint8_t *end = (const uint8_t *)table + table->size;

        while (at + 2 <= end && at[1] >= 2 && at + at[1] <= end) {
                const struct madt_apic *entry = (const struct madt_apic *)at;
                if (entry->type == MADT_LOCAL_APIC && entry->flags & MADT_APIC_ENABLED &&
                        acpi->cpus < KERNEL_CPUS_MAX)
                        acpi->apic_ids[acpi->cpus++] = entry->apic_id;
                at += entry->size;
        }
}

static void read_table(const struct table *table, struct acpi *acpi)
{
        if (memcmp(table->signature, "APIC", 4) == 0)
                read_madt(table, acpi);
        /* The HPET's address follows a block id of 4 bytes and the form of the address, 4 more. */
        if (memcmp(table->signature, "HPET", 4) == 0) {
                uint64_t address;
                memcpy(&address, (const uint8_t *)(table + 1) + 8, sizeof(address));
                acpi->hpet = address;
        }
}

void acpi_read(uintptr_t root, struct acpi *acpi)
{
        const struct root_pointer *pointer = (const struct root_pointer *)root;

        acpi->cpus = 0;
        acpi->hpet = 0;
        if (!pointer || memcmp(pointer->signature, "RSD PTR ", 8) != 0)
                return;

        bool wide = pointer->revision >= 2 && pointer->xsdt != 0;
        const struct table *list =
                (const struct table *)(wide ? (uintptr_t)pointer->xsdt : pointer->rsdt);
        size_t entry_size = wide ? 8 : 4;
        const uint8_t *end = (const uint8_t *)list + list->size;
        for (const uint8_t *at = (const uint8_t *)(list + 1); at + entry_size <= end;
                at += entry_size) {
                uint64_t address = 0;
                memcpy(&address, at, entry_size);
                read_table((const struct table *)address, acpi);
        }
}
