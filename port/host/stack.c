/* SPDX-License-Identifier: MIT */
/* Stacks with unmapped memory below them, and what happens to a task that runs into it. */
#define _GNU_SOURCE
#include "fault.h"
#include "interrupts.h"
#include "native.h"
#include "rota_port.h"
#include "worker.h"
#include <rota/stack.h>
#include <sys/mman.h>
#include <unistd.h>
#include <world.h>

/* What the end of a task on the worker's overflow stack needs: the core's functions, a switch. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OVERFLOW_STACK_SIZE ((size_t)65536)
#else
#define OVERFLOW_STACK_SIZE ((size_t)16384)
#endif

static size_t pages(size_t size)
{
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        return (size + page - 1) / page * page;
}

/* As much again below it: a frame larger than the stack does not reach over it. */
void *rota_host_stack_map(size_t size)
{
        size = pages(size);
        char *memory = mmap(NULL, 2 * size, PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

        if (memory == MAP_FAILED)
                return NULL;
        if (mprotect(memory + size, size, PROT_READ | PROT_WRITE)) {
                munmap(memory, 2 * size);
                return NULL;
        }
        return memory + size;
}

void rota_host_stack_unmap(void *stack, size_t size)
{
        size = pages(size);
        if (stack)
                munmap((char *)stack - size, 2 * size);
}

int world_stack_map(size_t size, struct rota_stack *stack)
{
        if (size == 0 || size > SIZE_MAX / 4)
                return ROTA_EINVAL;
        stack->size = pages(size);
        stack->memory = rota_host_stack_map(size);
        return stack->memory ? ROTA_OK : ROTA_ENOSPC;
}

void world_stack_unmap(const struct rota_stack *stack)
{
        rota_host_unpoison(stack->memory, stack->size);
        rota_host_stack_unmap(stack->memory, stack->size);
}

bool rota_host_overflow_start(struct rota_host_tls *self)
{
        char *stack = rota_host_stack_map(OVERFLOW_STACK_SIZE);

        self->overflow_top = stack ? (uintptr_t)stack + OVERFLOW_STACK_SIZE : 0;
        return stack;
}

void rota_host_overflow_stop(struct rota_host_tls *self)
{
        if (self->overflow_top)
                rota_host_stack_unmap(
                        (void *)(self->overflow_top - OVERFLOW_STACK_SIZE), OVERFLOW_STACK_SIZE);
        self->overflow_top = 0;
}

bool rota_host_overflow_redirect(greg_t *registers)
{
        const struct rota_host_tls *self = rota_host_self();

        /* Masked, it may hold a lock of Rota's; in foreign code, one of the C library's. */
        if (!self->overflow_top || rota_host_masked() ||
                !rota_host_code_allows((uintptr_t)registers[REG_RIP]) ||
                !rota_overflow_survivable())
                return false;
        rota_host_mask();
        registers[REG_RSP] = (greg_t)(self->overflow_top - sizeof(uintptr_t)); /* as after a call */
        registers[REG_RBP] = 0;
        registers[REG_EFL] &= ~(greg_t)0x400; /* the direction flag */
        registers[REG_RIP] = (greg_t)(uintptr_t)rota_overflow_end;
        return true;
}
