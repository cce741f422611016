/* SPDX-License-Identifier: MIT */
#include "user/slab.h"
#include "memory.h"
#include "pages.h"
#include "user/lock.h"

/* At a page's beginning; blocks follow at the next multiple of 64. A free block begins with the next. */
struct kernel_slab_page {
        struct kernel_slab_page *next, *previous; /* in the list of those with a free block */
        void *free;
        uint32_t used;
};

#define FIRST ((sizeof(struct kernel_slab_page) + 63) & ~(size_t)63)

static size_t stride(const struct kernel_slab *slab)
{
        const size_t align = slab->align ? slab->align : 16;

        return (slab->size + align - 1) & ~(align - 1);
}

uint32_t kernel_slab_per_page(const struct kernel_slab *slab)
{
        return (uint32_t)((KERNEL_PAGE_SIZE - FIRST) / stride(slab));
}

static void open_page(struct kernel_slab *slab, struct kernel_slab_page *page)
{
        page->previous = NULL;
        page->next = slab->open;
        if (page->next)
                page->next->previous = page;
        slab->open = page;
}

static void close_page(struct kernel_slab *slab, struct kernel_slab_page *page)
{
        if (page->next)
                page->next->previous = page->previous;
        if (page->previous)
                page->previous->next = page->next;
        else
                slab->open = page->next;
}

static struct kernel_slab_page *new_page(struct kernel_slab *slab)
{
        const size_t step = stride(slab);
        char *memory = (char *)kernel_frame_take();
        struct kernel_slab_page *page = (struct kernel_slab_page *)(void *)memory;
        void *next = NULL;

        if (!memory)
                return NULL;
        for (uint32_t i = kernel_slab_per_page(slab); i > 0; i--) {
                void **block = (void **)(void *)(memory + FIRST + (i - 1) * step);
                *block = next;
                next = block;
        }
        page->free = next;
        page->used = 0;
        return page;
}

void *kernel_slab_take(struct kernel_slab *slab)
{
        if (kernel_slab_per_page(slab) == 0)
                return NULL;
        const uintptr_t flags = kernel_user_lock(&slab->lock);
        struct kernel_slab_page *page = slab->open;
        if (!page) {
                page = new_page(slab);
                if (!page) {
                        kernel_user_unlock(&slab->lock, flags);
                        return NULL;
                }
                slab->pages++;
                open_page(slab, page);
        }
        void **block = page->free;
        page->free = *block;
        page->used++;
        slab->used++;
        if (!page->free)
                close_page(slab, page);
        kernel_user_unlock(&slab->lock, flags);
        return memset(block, 0, slab->size);
}

void kernel_slab_give(struct kernel_slab *slab, void *block)
{
        struct kernel_slab_page *page =
                (struct kernel_slab_page *)((uintptr_t)block & ~(KERNEL_PAGE_SIZE - 1));

        if (!block)
                return;
        const uintptr_t flags = kernel_user_lock(&slab->lock);
        if (!page->free)
                open_page(slab, page);
        *(void **)block = page->free;
        page->free = block;
        slab->used--;
        if (--page->used == 0) {
                close_page(slab, page);
                slab->pages--;
        } else {
                page = NULL;
        }
        kernel_user_unlock(&slab->lock, flags);
        if (page)
                kernel_frame_give((uintptr_t)page);
}
