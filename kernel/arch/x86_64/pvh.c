/* SPDX-License-Identifier: MIT */
/* What a PVH loader leaves: a memory map, a command line, modules, the address of ACPI's tables. */
#include "machine.h"
#include "memory.h"
#include "x86.h"

#define PVH_MAGIC 0x336ec578u
#define PVH_RAM   1

struct pvh_start_info {
        uint32_t magic, version, flags, module_count;
        uint64_t modules, command, acpi_root;
        uint64_t map; /* from version 1 on */
        uint32_t map_count, reserved;
};

struct pvh_module {
        uint64_t address, size, command, reserved;
};

struct pvh_range {
        uint64_t address, size;
        uint32_t type, reserved;
};

/* Memory that the identity map covers. */
#define MAPPED_END 0x100000000u

uintptr_t pvh_read(const struct pvh_start_info *info, struct kernel_boot *boot)
{
        if (info->magic != PVH_MAGIC || info->version < 1)
                kernel_fatal("not booted by a PVH loader that gives a memory map");

        const char *command = (const char *)info->command;
        for (size_t i = 0; command && command[i] && i < KERNEL_COMMAND_MAX - 1; i++)
                boot->command[i] = command[i];

        const struct pvh_module *module = (const struct pvh_module *)info->modules;
        if (info->module_count > 0 && module->address + module->size <= MAPPED_END) {
                boot->image.start = module->address;
                boot->image.end = module->address + module->size;
        }

        const struct pvh_range *map = (const struct pvh_range *)info->map;
        for (uint32_t i = 0; i < info->map_count && boot->ram_count < KERNEL_RANGES_MAX; i++) {
                uint64_t end = map[i].address + map[i].size;
                if (end > MAPPED_END)
                        end = MAPPED_END;
                if (map[i].type == PVH_RAM && map[i].address < end)
                        boot->ram[boot->ram_count++] = (struct kernel_range){map[i].address, end};
        }
        return info->acpi_root;
}
