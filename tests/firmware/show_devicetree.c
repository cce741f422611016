/* SPDX-License-Identifier: MIT */
/* show FILE: prints what the kernel's reader makes of a device tree, as a kernel would ask it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "devicetree.h"

static void show_range(const char *what, struct devicetree_range range)
{
        printf("%s %#" PRIx64 " %#" PRIx64 "\n", what, range.start, range.size);
}

static void show_cpu(const struct devicetree *tree, uint32_t node)
{
        uint64_t id = 0;
        uint32_t cpus = devicetree_parent(tree, node);
        const char *isa = devicetree_string(tree, node, "riscv,isa", 0);
        const char *method = devicetree_string(tree, node, "enable-method", 0);
        uint32_t controller = devicetree_child(tree, node);

        bool found = devicetree_id(tree, node, 0, &id);
        printf("cpu %s id %" PRIu64 "%s%s method %s isa %s timebase %" PRIu32 " phandle %#" PRIx32
               "\n",
                devicetree_name(tree, node), id, found ? "" : " (none)",
                devicetree_enabled(tree, node) ? "" : " disabled", method ? method : "-",
                isa ? isa : "-", devicetree_u32(tree, cpus, "timebase-frequency", 0),
                devicetree_u32(tree, controller, "phandle", 0));
}

static void show_interrupts(const struct devicetree *tree, uint32_t node)
{
        struct devicetree_interrupt interrupt;
        uint32_t cursor = 0, count = 0;

        while (devicetree_interrupt(tree, node, &cursor, &interrupt)) {
                if (count++ >= 8)
                        continue;
                uint64_t cpu = 0;
                uint32_t above = devicetree_parent(tree, interrupt.controller);
                bool is_cpu = devicetree_string(tree, above, "device_type", 0) &&
                              devicetree_id(tree, above, 0, &cpu);
                printf("  interrupt of %s", devicetree_name(tree, interrupt.controller));
                if (is_cpu)
                        printf(" of cpu %" PRIu64, cpu);
                printf(":");
                for (uint32_t i = 0; i < interrupt.count; i++)
                        printf(" %#" PRIx32, interrupt.cells[i]);
                printf("\n");
        }
        if (count > 8)
                printf("  interrupts in all: %" PRIu32 "\n", count);
}

static void show_devices(const struct devicetree *tree)
{
        uint32_t node = DEVICETREE_NONE;
        struct devicetree_range range;

        while ((node = devicetree_next(tree, node)) != DEVICETREE_NONE) {
                const char *compatible = devicetree_string(tree, node, "compatible", 0);
                if (!compatible)
                        continue;
                printf("device %s (%s)\n", devicetree_name(tree, node), compatible);
                for (uint32_t i = 0; devicetree_reg(tree, node, i, &range); i++)
                        show_range("  at", range);
                show_interrupts(tree, node);
        }
}

static void show(const struct devicetree *tree)
{
        struct devicetree_range range;
        const char *method = devicetree_string(tree, devicetree_find(tree, "/psci"), "method", 0);

        printf("command \"%s\"\n", devicetree_command(tree));
        printf("console %s\n", devicetree_name(tree, devicetree_console(tree)));
        printf("psci %s\n", method ? method : "-");
        for (uint32_t i = 0; devicetree_memory(tree, i, &range); i++)
                show_range("memory", range);
        for (uint32_t i = 0; devicetree_reserved(tree, i, &range); i++)
                show_range("reserved", range);
        if (devicetree_initrd(tree, &range))
                show_range("initrd", range);
        uint32_t cpu = DEVICETREE_NONE, cpus = 0;
        while ((cpu = devicetree_cpu(tree, cpu)) != DEVICETREE_NONE) {
                cpus++;
                show_cpu(tree, cpu);
        }
        printf("cpus %" PRIu32 "\n", cpus);
        show_devices(tree);
}

int main(int argc, char **argv)
{
        FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
        size_t room = 4u << 20;
        uint8_t *blob = malloc(room);
        struct devicetree tree;

        if (!file || !blob) {
                fprintf(stderr, "usage: show FILE\n");
                return 2;
        }
        const char *wrong = devicetree_open(&tree, blob, fread(blob, 1, room, file));
        if (wrong)
                printf("wrong: %s\n", wrong);
        else
                show(&tree);
        fclose(file);
        free(blob);
        return wrong != NULL;
}
