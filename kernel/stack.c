/* SPDX-License-Identifier: MIT */
/* Stacks for programs: addresses with a gap below them from the machine, pages from a pool. */
#include "kernel.h"
#include "machine.h"
#include "rota_arch.h"
#include <world.h>

#define PAGE ((size_t)4096)

struct kernel_range kernel_stack_pool;

static uintptr_t free_page; /* given back: each begins with the address of the next */
static uint32_t lock;

static uintptr_t take_page(void)
{
        uintptr_t flags = rota_arch_irq_save();

        while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
                rota_arch_pause();
        uintptr_t page = free_page;
        if (page) {
                free_page = *(const uintptr_t *)page;
        } else if (kernel_stack_pool.start < kernel_stack_pool.end) {
                page = kernel_stack_pool.start;
                kernel_stack_pool.start += PAGE;
        }
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
        rota_arch_irq_restore(flags);
        return page;
}

static void give_page(uintptr_t page)
{
        uintptr_t flags = rota_arch_irq_save();

        while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
                rota_arch_pause();
        *(uintptr_t *)page = free_page;
        free_page = page;
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
        rota_arch_irq_restore(flags);
}

int world_stack_map(size_t size, struct rota_stack *stack)
{
        char *at = machine_stack_reserve(size);

        if (!at)
                return size == 0 ? ROTA_EINVAL : ROTA_ENOSPC;
        *stack = (struct rota_stack){at, (size + PAGE - 1) & ~(PAGE - 1)};
        for (size_t i = 0; i < stack->size; i += PAGE) {
                uintptr_t page = take_page();
                if (!page) {
                        world_stack_unmap(stack);
                        return ROTA_ENOSPC;
                }
                machine_stack_back(at + i, page);
        }
        return ROTA_OK;
}

void world_stack_unmap(const struct rota_stack *stack)
{
        uintptr_t first = 0;

        /* The addresses first: nothing shows a page that is somebody else's. */
        for (size_t i = 0; i < stack->size; i += PAGE) {
                uintptr_t page = machine_stack_memory((char *)stack->memory + i);
                if (page) {
                        *(uintptr_t *)page = first;
                        first = page;
                }
        }
        machine_stack_release(stack->memory, stack->size);
        while (first) {
                uintptr_t page = first;
                first = *(const uintptr_t *)page;
                give_page(page);
        }
}

void kernel_home_stack(struct rota_stack *stack, char *memory)
{
        char *at = machine_stack_reserve(KERNEL_STACK_SIZE);

        for (size_t i = 0; at && i < KERNEL_STACK_SIZE; i += PAGE)
                machine_stack_back(at + i, (uintptr_t)memory + i);
        *stack = (struct rota_stack){at ? at : memory, KERNEL_STACK_SIZE};
}
