/* SPDX-License-Identifier: MIT */
/* From a device tree to struct kernel_boot. */
#include "boot_tree.h"

#define PAGE ((uintptr_t)4096)
/* More than any machine's tree has: where the header lies about it, the reader still ends here. */
#define BLOB_MAX ((uint32_t)16 << 20)

void kernel_tree_open(struct devicetree *tree, const void *blob)
{
        uint32_t size = blob ? devicetree_size(blob) : 0;

        if (size == 0 || size > BLOB_MAX)
                kernel_fatal("the loader left no device tree");
        const char *wrong = devicetree_open(tree, blob, size);
        if (wrong)
                kernel_fatal("the device tree is not sound: %s", wrong);
}

/* Piece @p index of what is not to be used, in whole pages: the blob, then what it says is reserved. */
static bool reserved(const struct devicetree *tree, uint32_t index, struct kernel_range *range)
{
        struct devicetree_range piece = {(uintptr_t)tree->blob, tree->size};

        if (index != 0 && !devicetree_reserved(tree, index - 1, &piece))
                return false;
        range->start = piece.start & ~(PAGE - 1);
        range->end = piece.start + piece.size;
        range->end += -range->end & (PAGE - 1);
        return true;
}

/* The piece that is reserved and ends behind @p at, the first of them; @p end where there is none. */
static struct kernel_range next_reserved(const struct devicetree *tree, uintptr_t at, uintptr_t end)
{
        struct kernel_range next = {end, end}, range;

        for (uint32_t i = 0; reserved(tree, i, &range); i++)
                if (range.end > at && range.start < next.start)
                        next = range;
        return next;
}

static void add_ram(
        const struct devicetree *tree, uintptr_t at, uintptr_t end, struct kernel_boot *boot)
{
        while (at < end) {
                struct kernel_range next = next_reserved(tree, at, end);
                if (next.start > at && boot->ram_count < KERNEL_RANGES_MAX)
                        boot->ram[boot->ram_count++] = (struct kernel_range){at, next.start};
                at = next.end;
        }
}

void kernel_tree_read(const struct devicetree *tree, uintptr_t limit, struct kernel_boot *boot)
{
        struct devicetree_range range;

        for (uint32_t i = 0; devicetree_memory(tree, i, &range); i++) {
                uintptr_t start = range.start < PAGE ? PAGE : range.start;
                uintptr_t end = range.start + range.size;
                start += -start & (PAGE - 1);
                end = (end < limit ? end : limit) & ~(PAGE - 1);
                add_ram(tree, start, end, boot);
        }
        if (devicetree_initrd(tree, &range) && range.start + range.size <= limit) {
                boot->image.start = range.start;
                boot->image.end = range.start + range.size;
        }
        const char *command = devicetree_command(tree);
        for (size_t i = 0; i < KERNEL_COMMAND_MAX - 1 && command[i]; i++)
                boot->command[i] = command[i];
}
