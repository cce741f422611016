/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Blocks of one size, carved from pages: a page is taken where no block is free, and given back with
 * its last block. So what users cost is what they use.
 */
#ifndef KERNEL_SLAB_H
#define KERNEL_SLAB_H

#include <stddef.h>
#include <stdint.h>

struct kernel_slab_page;

/** A kind of blocks. Zero but for its size. */
struct kernel_slab {
        size_t size;                   /**< bytes of a block */
        size_t align;                  /**< a power of two, at most 64; 0: 16 */
        uintptr_t lock;                /**< over the rest */
        struct kernel_slab_page *open; /**< pages that have a free block */
        uint32_t used;                 /**< blocks that are somebody's */
        uint32_t pages;                /**< pages in use */
};

/** A block of zeros, or NULL: no memory, or a block is larger than a page has room for. Context: any. */
void *kernel_slab_take(struct kernel_slab *slab);
/** Gives one back; NULL is nothing. Context: any. */
void kernel_slab_give(struct kernel_slab *slab, void *block);
/** How many blocks a page has room for; 0: none. Context: any. */
uint32_t kernel_slab_per_page(const struct kernel_slab *slab);

#endif
