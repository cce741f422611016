/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "devicetree.h"

#define MUST(condition)                                                                            \
        do {                                                                                       \
                if (!(condition)) {                                                                \
                        printf("# %s:%d: not so: %s\n", __FILE__, __LINE__, #condition);           \
                        fflush(stdout);                                                            \
                        abort();                                                                   \
                }                                                                                  \
        } while (0)

static volatile uint64_t seen;

/* All of a text is inside the blob. */
static void see_text(const struct devicetree *tree, const char *text)
{
        const uint8_t *at = (const uint8_t *)text, *end = tree->blob + tree->size;
        if (!text || !*text)
                return;
        MUST(at >= tree->blob && at < end && memchr(at, 0, (size_t)(end - at)));
        seen += strlen(text);
}

static void see_property(const struct devicetree *tree, struct devicetree_property value)
{
        if (!value.data) {
                MUST(value.size == 0);
                return;
        }
        size_t at = (size_t)(value.data - tree->blob);
        MUST(value.data >= tree->blob && at <= tree->size && value.size <= tree->size - at);
        for (uint32_t i = 0; i < value.size; i++)
                seen += value.data[i];
}

static void see_range(struct devicetree_range range)
{
        MUST(range.size <= UINT64_MAX - range.start);
        seen += range.start ^ range.size;
}

static void ask_values(const struct devicetree *tree, uint32_t node)
{
        static const char *const names[] = {"reg", "ranges", "compatible", "status", "phandle",
                "interrupts", "device_type", "", "linux,initrd-start"};
        struct devicetree_range range;
        struct devicetree_interrupt interrupt;
        const char *text;
        uint64_t number;
        uint32_t cursor = 0;

        for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
                struct devicetree_property value = devicetree_property(tree, node, names[i]);
                see_property(tree, value);
                if (devicetree_number(value, value.size / 4, 1, &number))
                        MUST(!"a number behind the end");
                if (value.size >= 8)
                        MUST(devicetree_number(value, value.size / 4 - 2, 2, &number));
                MUST(!devicetree_number(value, UINT32_MAX, 2, &number));
                seen += devicetree_u32(tree, node, names[i], 1);
                seen += devicetree_u64(tree, node, names[i], &number);
                for (uint32_t n = 0; (text = devicetree_string(tree, node, names[i], n)); n++)
                        see_text(tree, text);
        }
        for (uint32_t i = 0; devicetree_reg(tree, node, i, &range); i++)
                see_range(range);
        seen += devicetree_id(tree, node, 0, &number) + devicetree_id(tree, node, 1, &number);
        while (devicetree_interrupt(tree, node, &cursor, &interrupt)) {
                MUST(cursor <= tree->size && interrupt.count <= DEVICETREE_INTERRUPT_CELLS);
                see_text(tree, devicetree_name(tree, interrupt.controller));
        }
        seen += devicetree_enabled(tree, node) + devicetree_is_compatible(tree, node, "ns16550a");
}

/* From one node to the others and back. */
static void ask_walk(const struct devicetree *tree, uint32_t node)
{
        uint32_t child = devicetree_child(tree, node), sibling = devicetree_sibling(tree, node);
        uint32_t parent = devicetree_parent(tree, node), next = devicetree_next(tree, node);

        MUST((parent == DEVICETREE_NONE) == (node == tree->root));
        MUST(child == DEVICETREE_NONE || (child == next && devicetree_parent(tree, child) == node));
        MUST(sibling == DEVICETREE_NONE ||
                (sibling > node && devicetree_parent(tree, sibling) == parent));
        see_text(tree, devicetree_name(tree, node));
        seen += devicetree_phandle(tree, devicetree_u32(tree, node, "phandle", 1));
        /* What is no node answers with nothing. */
        if (next > node + 4) {
                struct devicetree_property none = devicetree_property(tree, node + 1, "reg");
                MUST(!none.data && devicetree_child(tree, node + 2) == DEVICETREE_NONE);
                MUST(devicetree_parent(tree, node + 3) == DEVICETREE_NONE);
        }
}

static void ask_machine(const struct devicetree *tree)
{
        struct devicetree_range range;
        uint32_t node = DEVICETREE_NONE, count = 0;

        for (uint32_t i = 0; devicetree_memory(tree, i, &range); i++)
                see_range(range);
        for (uint32_t i = 0; devicetree_reserved(tree, i, &range); i++)
                see_range(range);
        if (devicetree_initrd(tree, &range))
                see_range(range);
        see_text(tree, devicetree_command(tree));
        see_text(tree, devicetree_name(tree, devicetree_console(tree)));
        while ((node = devicetree_cpu(tree, node)) != DEVICETREE_NONE)
                MUST(++count <= tree->size / 4);
        while ((node = devicetree_compatible(tree, node, "ns16550a")) != DEVICETREE_NONE)
                MUST(++count <= tree->size / 2);
        seen += devicetree_find(tree, "/soc/inner/serial@100") + devicetree_find(tree, "bus/clint");
}

int ask_devicetree(uint8_t *blob, size_t size)
{
        struct devicetree tree;
        uint32_t node = DEVICETREE_NONE, before = 0;

        const char *wrong = devicetree_open(&tree, blob, size);
        while ((node = devicetree_next(&tree, node)) != DEVICETREE_NONE) {
                MUST(!wrong && node > before && node < size);
                before = node;
                ask_walk(&tree, node);
                ask_values(&tree, node);
        }
        MUST((before == 0) == (wrong != NULL));
        ask_values(&tree, DEVICETREE_NONE);
        ask_machine(&tree);
        return !wrong;
}
