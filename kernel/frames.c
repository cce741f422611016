/* SPDX-License-Identifier: MIT */
/* Physical pages: what the program did not get of RAM, and what was given back. */
#include "lock.h"
#include "memory.h"
#include "pages.h"

static uintptr_t next, end;  /* never given yet */
static uintptr_t free_frame; /* given back: each begins with the address of the next */
static size_t free_count;    /* how many those are */
static uint32_t lock;

void kernel_frames_init(uintptr_t from, uintptr_t to)
{
        next = from;
        end = to;
}

uintptr_t kernel_frame_take(void)
{
        uintptr_t flags = kernel_lock(&lock);
        uintptr_t frame = free_frame;

        if (frame) {
                free_frame = *(const uintptr_t *)frame;
                free_count--;
        } else if (next < end) {
                frame = next;
                next += KERNEL_PAGE_SIZE;
        }
        kernel_unlock(&lock, flags);
        return frame;
}

uintptr_t kernel_frame_take_zeroed(void)
{
        uintptr_t frame = kernel_frame_take();

        if (frame)
                memset((void *)frame, 0, KERNEL_PAGE_SIZE);
        return frame;
}

void kernel_frame_give(uintptr_t frame)
{
        uintptr_t flags = kernel_lock(&lock);

        *(uintptr_t *)frame = free_frame;
        free_frame = frame;
        free_count++;
        kernel_unlock(&lock, flags);
}

size_t kernel_frames_free(void)
{
        uintptr_t flags = kernel_lock(&lock);
        size_t count = free_count + (end - next) / KERNEL_PAGE_SIZE;

        kernel_unlock(&lock, flags);
        return count;
}
