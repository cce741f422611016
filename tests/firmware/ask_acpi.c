/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "acpi.h"
#include "acpi_image.h"
#include "ask.h"

int ask_acpi(uint8_t *image, size_t size)
{
        const struct acpi_memory memory = {image, IMAGE_START, IMAGE_START + size};
        bool seen[ACPI_CPUS_MAX] = {false};
        struct acpi acpi;

        const char *wrong = acpi_read(&acpi, &memory, IMAGE_START + IMAGE_ROOT);
        if (acpi.cpus > ACPI_CPUS_MAX || (acpi.timer.is_port && acpi.timer.address > 0xfffc))
                abort();
        for (uint32_t i = 0; i < acpi.cpus; i++) {
                if (acpi.apic_ids[i] >= ACPI_CPUS_MAX || seen[acpi.apic_ids[i]])
                        abort();
                seen[acpi.apic_ids[i]] = true;
        }
        return !wrong;
}

int ask_acpi_mended(uint8_t *image, size_t size)
{
        image_mend(image, size);
        return ask_acpi(image, size);
}
