/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A reader of flattened device trees (Devicetree Specification 0.4, chapters 2 to 5): how a machine
 * says which memory, CPUs and devices it has. It reads the blob where it lies, allocates nothing,
 * does not recurse, and never reads a byte outside of the blob, whatever is in it. It knows nothing
 * of the kernel, so that tests compile it for the host.
 *
 * A *node* is a number, good for as long as the tree is; DEVICETREE_NONE stands for none, and every
 * function takes it: it has no children, no name and no properties. Any context, no locks; each call
 * costs at most a few walks through the blob, so keep what you found.
 */
#ifndef KERNEL_DEVICETREE_H
#define KERNEL_DEVICETREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** No such node. */
#define DEVICETREE_NONE UINT32_MAX
/** Most nodes inside one another, the root included: a deeper tree is refused. */
#define DEVICETREE_DEPTH_MAX 16
/** Bytes of a header: what devicetree_size() reads. */
#define DEVICETREE_HEADER 40
/** Most cells of one interrupt. */
#define DEVICETREE_INTERRUPT_CELLS 4

/** A tree that devicetree_open() found sound. Offsets are from the blob's start, in bytes. */
struct devicetree {
        const uint8_t *blob;
        uint32_t size;      /**< bytes of the whole blob: do not use its memory for anything else */
        uint32_t structure; /**< the first token, */
        uint32_t structure_end;
        uint32_t strings; /**< the names of properties */
        uint32_t strings_end;
        uint32_t reserved; /**< the list of reserved memory */
        uint32_t root;     /**< the root node */
};

/** A property's value, inside the blob, aligned to nothing. Absent: data is NULL, and size 0. */
struct devicetree_property {
        const uint8_t *data;
        uint32_t size;
};

/** A piece of the address space; start + size does not wrap. */
struct devicetree_range {
        uint64_t start;
        uint64_t size;
};

/** An interrupt of a device. */
struct devicetree_interrupt {
        uint32_t controller; /**< its node */
        uint32_t count;      /**< of cells */
        uint32_t cells[DEVICETREE_INTERRUPT_CELLS];
};

/** Bytes of the blob at @p blob, of which DEVICETREE_HEADER may be read: 0 where there is none. */
uint32_t devicetree_size(const void *blob);
/** Checks a blob, of which @p readable bytes may be read, from one end to the other.
 * @return NULL, or what is wrong with it, in a few words; the tree is then empty: it has no nodes. */
const char *devicetree_open(struct devicetree *tree, const void *blob, size_t readable);

/** The next node of the whole tree, parents before children; the root after DEVICETREE_NONE. */
uint32_t devicetree_next(const struct devicetree *tree, uint32_t node);
/** A node's first child. */
uint32_t devicetree_child(const struct devicetree *tree, uint32_t node);
/** The next child of the same parent. */
uint32_t devicetree_sibling(const struct devicetree *tree, uint32_t node);
uint32_t devicetree_parent(const struct devicetree *tree, uint32_t node);
/** With the unit address: "serial@9000000"; the root's is "". */
const char *devicetree_name(const struct devicetree *tree, uint32_t node);
/** A node by its path, or by an alias and what follows it. Where a unit
 * address is left out, the first with that name; from a ':' on (an option, as in stdout-path) the text does not matter. */
uint32_t devicetree_find(const struct devicetree *tree, const char *path);
/** The node that has this phandle. */
uint32_t devicetree_phandle(const struct devicetree *tree, uint32_t phandle);
/** The next node after @p node (DEVICETREE_NONE: from the beginning) that is enabled and says that it
 * is compatible with @p name. */
uint32_t devicetree_compatible(const struct devicetree *tree, uint32_t node, const char *name);
/** Whether one of the strings of its "compatible" is @p name. */
bool devicetree_is_compatible(const struct devicetree *tree, uint32_t node, const char *name);
/** Whether its status is "okay", "ok" or not given. Its parents' do not matter. */
bool devicetree_enabled(const struct devicetree *tree, uint32_t node);

struct devicetree_property devicetree_property(
        const struct devicetree *tree, uint32_t node, const char *name);
/** The number of @p cells cells (1 or 2) that begins with cell @p index of a value.
 * @return whether the value is that long. */
bool devicetree_number(
        struct devicetree_property value, uint32_t index, uint32_t cells, uint64_t *number);
/** A property of one cell, @p otherwise where it is absent or not of one cell. */
uint32_t devicetree_u32(
        const struct devicetree *tree, uint32_t node, const char *name, uint32_t otherwise);
/** A property of one cell or of two, as the writer liked.
 * @return whether it is there. */
bool devicetree_u64(
        const struct devicetree *tree, uint32_t node, const char *name, uint64_t *number);
/** String @p index of a property that is a list of them: NULL where it has fewer. */
const char *devicetree_string(
        const struct devicetree *tree, uint32_t node, const char *name, uint32_t index);

/** Entry @p index of "reg", as addresses of the root: translated through every parent's "ranges".
 * @return false where there is no such entry, where it is not in the root's address space, or an
 * address has more than two cells (as PCI's). */
bool devicetree_reg(const struct devicetree *tree, uint32_t node, uint32_t index,
        struct devicetree_range *range);
/** The address in entry @p index of "reg" as it stands, not translated: a CPU's number. */
bool devicetree_id(const struct devicetree *tree, uint32_t node, uint32_t index, uint64_t *id);
/** The next interrupt of a device: of "interrupts-extended", else of "interrupts" with the
 * "interrupt-parent" of the node or of its nearest parent that has one (or that is a controller).
 * @param cursor  0 for the first; it moves behind the interrupt
 * @return false behind the last one, or where the rest cannot be read. An entry of phandle 0 is an
 * interrupt that is not there: its controller is DEVICETREE_NONE. */
bool devicetree_interrupt(const struct devicetree *tree, uint32_t node, uint32_t *cursor,
        struct devicetree_interrupt *interrupt);

/** Piece @p index of the memory that the machine has, in the order of the blob.
 * @return false behind the last one. Empty pieces are left out. */
bool devicetree_memory(
        const struct devicetree *tree, uint32_t index, struct devicetree_range *range);
/** Piece @p index of the memory that must be left alone: of the header's list, then of
 * /reserved-memory. The blob itself and the initial RAM disk need not be among them. */
bool devicetree_reserved(
        const struct devicetree *tree, uint32_t index, struct devicetree_range *range);
/** The next CPU's node after @p node (DEVICETREE_NONE: the first), enabled or not: its number is
 * devicetree_id(), the rest are properties ("enable-method", "riscv,isa"; what all share may stand in
 * /cpus: ask there next). */
uint32_t devicetree_cpu(const struct devicetree *tree, uint32_t node);
/** /chosen's command line; "" where there is none. */
const char *devicetree_command(const struct devicetree *tree);
/** /chosen's initial RAM disk.
 * @return whether there is one. */
bool devicetree_initrd(const struct devicetree *tree, struct devicetree_range *range);
/** The device that /chosen's stdout-path names. */
uint32_t devicetree_console(const struct devicetree *tree);

#endif
