/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a device tree says to any kernel: memory, image, command line.
 */
#ifndef KERNEL_BOOT_TREE_H
#define KERNEL_BOOT_TREE_H

#include "devicetree.h"
#include "kernel.h"

/**
 * Opens the blob that a loader left. Ends with a report where it is none.
 * @param tree  receives it
 */
void kernel_tree_open(struct devicetree *tree, const void *blob);

/** Fills in RAM (without what is reserved, and without the blob), image and command line; not the
 * CPUs. RAM from @p limit on is left out, and page 0. */
void kernel_tree_read(const struct devicetree *tree, uintptr_t limit, struct kernel_boot *boot);

#endif
