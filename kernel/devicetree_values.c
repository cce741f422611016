/* SPDX-License-Identifier: MIT */
/* What properties of a device tree mean: numbers, addresses, interrupts, memory, CPUs. All of it
 * stands on devicetree_property() and the walks, and reads a value only as far as its size says. */
#include "devicetree.h"

/* What holds where a bus does not say (Devicetree Specification 2.3.5). */
#define DEFAULT_ADDRESS_CELLS 2
#define DEFAULT_SIZE_CELLS    1

static bool text_equal(const char *a, const char *b)
{
        while (*a && *a == *b) {
                a++;
                b++;
        }
        return *a == *b;
}

bool devicetree_number(
        struct devicetree_property value, uint32_t index, uint32_t cells, uint64_t *number)
{
        uint32_t have = value.size / 4;

        *number = 0;
        if (cells < 1 || cells > 2 || index > have || cells > have - index)
                return false;
        for (uint32_t byte = 0; byte < 4 * cells; byte++)
                *number = *number << 8 | value.data[4 * (size_t)index + byte];
        return true;
}

uint32_t devicetree_u32(
        const struct devicetree *tree, uint32_t node, const char *name, uint32_t otherwise)
{
        uint64_t number;
        struct devicetree_property value = devicetree_property(tree, node, name);
        return value.size == 4 && devicetree_number(value, 0, 1, &number) ? (uint32_t)number
                                                                          : otherwise;
}

bool devicetree_u64(
        const struct devicetree *tree, uint32_t node, const char *name, uint64_t *number)
{
        struct devicetree_property value = devicetree_property(tree, node, name);
        *number = 0;
        return (value.size == 4 || value.size == 8) &&
               devicetree_number(value, 0, value.size / 4, number);
}

const char *devicetree_string(
        const struct devicetree *tree, uint32_t node, const char *name, uint32_t index)
{
        struct devicetree_property value = devicetree_property(tree, node, name);
        const char *text = (const char *)value.data;

        for (uint32_t at = 0, start = 0; at < value.size; at++) {
                if (text[at])
                        continue;
                if (index-- == 0)
                        return text + start;
                start = at + 1;
        }
        return NULL;
}

bool devicetree_is_compatible(const struct devicetree *tree, uint32_t node, const char *name)
{
        const char *text;
        for (uint32_t i = 0; (text = devicetree_string(tree, node, "compatible", i)); i++)
                if (text_equal(text, name))
                        return true;
        return false;
}

bool devicetree_enabled(const struct devicetree *tree, uint32_t node)
{
        if (!devicetree_property(tree, node, "status").data)
                return true;
        const char *status = devicetree_string(tree, node, "status", 0);
        return status && (text_equal(status, "okay") || text_equal(status, "ok"));
}

uint32_t devicetree_compatible(const struct devicetree *tree, uint32_t node, const char *name)
{
        do
                node = devicetree_next(tree, node);
        while (node != DEVICETREE_NONE &&
                !(devicetree_is_compatible(tree, node, name) && devicetree_enabled(tree, node)));
        return node;
}

uint32_t devicetree_phandle(const struct devicetree *tree, uint32_t phandle)
{
        uint32_t node = DEVICETREE_NONE;
        do
                node = devicetree_next(tree, node);
        while (node != DEVICETREE_NONE && devicetree_u32(tree, node, "phandle", 0) != phandle);
        return phandle ? node : DEVICETREE_NONE;
}

static uint32_t address_cells(const struct devicetree *tree, uint32_t bus)
{
        return devicetree_u32(tree, bus, "#address-cells", DEFAULT_ADDRESS_CELLS);
}

static uint32_t size_cells(const struct devicetree *tree, uint32_t bus)
{
        return devicetree_u32(tree, bus, "#size-cells", DEFAULT_SIZE_CELLS);
}

/* Entry @p index of "reg", as addresses of @p bus, the node's parent. False where it is not sound, or
 * is behind the last one, which @p behind tells apart. */
static bool read_reg(const struct devicetree *tree, uint32_t node, uint32_t bus, uint32_t index,
        struct devicetree_range *range, bool *behind)
{
        struct devicetree_property reg = devicetree_property(tree, node, "reg");
        uint32_t address = address_cells(tree, bus), size = size_cells(tree, bus);

        *behind = true;
        *range = (struct devicetree_range){0};
        if (address < 1 || address > 2 || size > 2 || index >= reg.size / 4 / (address + size))
                return false;
        *behind = false;
        index *= address + size; /* less than the size of the property */
        devicetree_number(reg, index, address, &range->start);
        devicetree_number(reg, index + address, size, &range->size);
        return range->size <= UINT64_MAX - range->start;
}

/* From the addresses of @p bus to those of @p above, its parent. */
static bool translate(
        const struct devicetree *tree, uint32_t bus, uint32_t above, struct devicetree_range *range)
{
        struct devicetree_property ranges = devicetree_property(tree, bus, "ranges");
        uint32_t child = address_cells(tree, bus), parent = address_cells(tree, above);
        uint32_t size = size_cells(tree, bus);

        if (!ranges.data || !ranges.size)
                return ranges.data;
        if (child < 1 || child > 2 || parent < 1 || parent > 2 || size < 1 || size > 2)
                return false;
        for (uint32_t at = 0; ranges.size / 4 - at >= child + parent + size;
                at += child + parent + size) {
                uint64_t from, to, length;
                devicetree_number(ranges, at, child, &from);
                devicetree_number(ranges, at + child, parent, &to);
                devicetree_number(ranges, at + child + parent, size, &length);
                if (range->start < from || range->start - from > length ||
                        range->size > length - (range->start - from))
                        continue;
                uint64_t offset = range->start - from;
                range->start = to + offset;
                return offset <= UINT64_MAX - to && range->size <= UINT64_MAX - range->start;
        }
        return false;
}

bool devicetree_reg(const struct devicetree *tree, uint32_t node, uint32_t index,
        struct devicetree_range *range)
{
        uint32_t bus = devicetree_parent(tree, node);
        bool behind;

        if (bus == DEVICETREE_NONE || !read_reg(tree, node, bus, index, range, &behind))
                return false;
        while (bus != tree->root) {
                uint32_t above = devicetree_parent(tree, bus);
                if (!translate(tree, bus, above, range))
                        return false;
                bus = above;
        }
        return true;
}

bool devicetree_id(const struct devicetree *tree, uint32_t node, uint32_t index, uint64_t *id)
{
        uint32_t bus = devicetree_parent(tree, node);
        struct devicetree_range range;
        bool behind;

        bool found = bus != DEVICETREE_NONE && read_reg(tree, node, bus, index, &range, &behind);
        *id = found ? range.start : 0;
        return found;
}

/* Who takes a node's interrupts where it gives them by number alone. */
static uint32_t interrupt_parent(const struct devicetree *tree, uint32_t node)
{
        for (uint32_t at = node; at != DEVICETREE_NONE; at = devicetree_parent(tree, at)) {
                if (at != node && devicetree_property(tree, at, "interrupt-controller").data)
                        return at;
                uint32_t phandle = devicetree_u32(tree, at, "interrupt-parent", 0);
                if (phandle)
                        return devicetree_phandle(tree, phandle);
        }
        return DEVICETREE_NONE;
}

/* The cells of one interrupt of @p controller, from cell @p at of a value. */
static bool read_interrupt(const struct devicetree *tree, struct devicetree_property value,
        uint32_t at, struct devicetree_interrupt *interrupt)
{
        uint64_t cell;

        interrupt->count = devicetree_u32(tree, interrupt->controller, "#interrupt-cells", 0);
        if (interrupt->count < 1 || interrupt->count > DEVICETREE_INTERRUPT_CELLS)
                return false;
        for (uint32_t i = 0; i < interrupt->count; i++) {
                if (!devicetree_number(value, at + i, 1, &cell))
                        return false;
                interrupt->cells[i] = (uint32_t)cell;
        }
        return true;
}

bool devicetree_interrupt(const struct devicetree *tree, uint32_t node, uint32_t *cursor,
        struct devicetree_interrupt *interrupt)
{
        struct devicetree_property value = devicetree_property(tree, node, "interrupts-extended");
        uint32_t at = *cursor;
        uint64_t phandle = 0;

        *interrupt = (struct devicetree_interrupt){.controller = DEVICETREE_NONE};
        if (value.data) {
                if (!devicetree_number(value, at++, 1, &phandle))
                        return false;
                interrupt->controller = devicetree_phandle(tree, (uint32_t)phandle);
        } else {
                value = devicetree_property(tree, node, "interrupts");
                interrupt->controller = interrupt_parent(tree, node);
                phandle = 1; /* whichever: there is one */
        }
        if (phandle && !read_interrupt(tree, value, at, interrupt))
                return false;
        *cursor = at + interrupt->count;
        return true;
}

/* Takes piece @p *index of a node's "reg"; else takes from *index how many it has. */
static bool take_piece(const struct devicetree *tree, uint32_t node, uint32_t bus, uint32_t *index,
        struct devicetree_range *range)
{
        bool behind = false;

        for (uint32_t entry = 0; !behind; entry++)
                if (read_reg(tree, node, bus, entry, range, &behind) && range->size &&
                        (*index)-- == 0)
                        return true;
        return false;
}

bool devicetree_memory(
        const struct devicetree *tree, uint32_t index, struct devicetree_range *range)
{
        uint32_t node = devicetree_child(tree, tree->root);

        for (; node != DEVICETREE_NONE; node = devicetree_sibling(tree, node)) {
                const char *type = devicetree_string(tree, node, "device_type", 0);
                if (type && text_equal(type, "memory") && devicetree_enabled(tree, node) &&
                        take_piece(tree, node, tree->root, &index, range))
                        return true;
        }
        *range = (struct devicetree_range){0};
        return false;
}

/* The same of the header's list, which ends with two zeros. */
static bool take_listed(
        const struct devicetree *tree, uint32_t *index, struct devicetree_range *range)
{
        struct devicetree_property list = {
                .data = tree->blob + tree->reserved, .size = tree->size - tree->reserved};

        for (uint32_t at = 0;
                devicetree_number(list, at, 2, &range->start) &&
                devicetree_number(list, at + 2, 2, &range->size) && (range->start || range->size);
                at += 4)
                if (range->size && range->size <= UINT64_MAX - range->start && (*index)-- == 0)
                        return true;
        return false;
}

bool devicetree_reserved(
        const struct devicetree *tree, uint32_t index, struct devicetree_range *range)
{
        uint32_t bus = devicetree_find(tree, "/reserved-memory");

        if (take_listed(tree, &index, range))
                return true;
        for (uint32_t node = devicetree_child(tree, bus); node != DEVICETREE_NONE;
                node = devicetree_sibling(tree, node))
                if (devicetree_enabled(tree, node) && take_piece(tree, node, bus, &index, range))
                        return true;
        *range = (struct devicetree_range){0};
        return false;
}

uint32_t devicetree_cpu(const struct devicetree *tree, uint32_t node)
{
        node = node == DEVICETREE_NONE ? devicetree_child(tree, devicetree_find(tree, "/cpus"))
                                       : devicetree_sibling(tree, node);
        for (; node != DEVICETREE_NONE; node = devicetree_sibling(tree, node)) {
                const char *type = devicetree_string(tree, node, "device_type", 0);
                if (type && text_equal(type, "cpu"))
                        break;
        }
        return node;
}

const char *devicetree_command(const struct devicetree *tree)
{
        const char *text = devicetree_string(tree, devicetree_find(tree, "/chosen"), "bootargs", 0);
        return text ? text : "";
}

bool devicetree_initrd(const struct devicetree *tree, struct devicetree_range *range)
{
        uint32_t chosen = devicetree_find(tree, "/chosen");
        uint64_t start, end;

        *range = (struct devicetree_range){0};
        if (!devicetree_u64(tree, chosen, "linux,initrd-start", &start) ||
                !devicetree_u64(tree, chosen, "linux,initrd-end", &end) || end <= start)
                return false;
        *range = (struct devicetree_range){.start = start, .size = end - start};
        return true;
}

uint32_t devicetree_console(const struct devicetree *tree)
{
        const char *path =
                devicetree_string(tree, devicetree_find(tree, "/chosen"), "stdout-path", 0);
        return path ? devicetree_find(tree, path) : DEVICETREE_NONE;
}
