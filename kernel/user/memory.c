/* SPDX-License-Identifier: MIT */
/* Calls about a process's own memory. */
#include "user/process.h"

_Static_assert(
        SYS_READ == KERNEL_READ && SYS_WRITE_TO == KERNEL_WRITE && SYS_EXECUTE == KERNEL_EXECUTE,
        "rights are passed on");

/* Looks for room this often, where the program does not say where. */
#define TRIES 64u

/* Whole pages of the users', with rights that may be had. */
static bool good(uintptr_t address, size_t size, uintptr_t rights)
{
        return size && !((address | size) & (KERNEL_PAGE_SIZE - 1)) &&
               address >= KERNEL_USER_START && address < KERNEL_USER_END &&
               size <= KERNEL_USER_END - address &&
               !(rights & ~(uintptr_t)(KERNEL_READ | KERNEL_WRITE | KERNEL_EXECUTE));
}

/* Somewhere behind what was mapped last so, or where something was unmapped, with a page's gap before
 * it. */
static int64_t map_anywhere(struct kernel_process *process, size_t size, unsigned rights)
{
        uintptr_t at = __atomic_load_n(&process->map_next, __ATOMIC_RELAXED);
        size_t step = size + KERNEL_PAGE_SIZE;

        for (unsigned i = 0; i < TRIES && good(at, size, rights); i++) {
                const int error = kernel_space_map(&process->space, at, size, rights);
                if (!error) {
                        __atomic_store_n(
                                &process->map_next, at + size + KERNEL_PAGE_SIZE, __ATOMIC_RELAXED);
                        return (int64_t)at;
                }
                if (error != ROTA_EBUSY)
                        return error;
                at += step;
                if (i >= TRIES / 2)
                        step += step;
        }
        return SYS_ENOSPC;
}

enum rota_serve kernel_call_map(struct kernel_thread *thread, const struct rota_trap *trap)
{
        struct kernel_process *process = thread->process;
        const uintptr_t address = trap->args[0], rights = trap->args[2];
        const size_t size = trap->args[1];

        if (!good(address ? address : KERNEL_USER_START, size, rights))
                return kernel_answer(thread, SYS_EINVAL);
        if (size / KERNEL_PAGE_SIZE > process->limits.pages)
                return kernel_answer(thread, SYS_ENOSPC);
        if (!address)
                return kernel_answer(thread, map_anywhere(process, size, (unsigned)rights));
        const int error = kernel_space_map(&process->space, address, size, (unsigned)rights);
        return kernel_answer(thread, error ? error : (int64_t)address);
}

enum rota_serve kernel_call_unmap(struct kernel_thread *thread, const struct rota_trap *trap)
{
        struct kernel_process *process = thread->process;

        if (!good(trap->args[0], trap->args[1], 0))
                return kernel_answer(thread, SYS_EINVAL);
        const int error = kernel_space_unmap(&process->space, trap->args[0], trap->args[1]);
        if (!error && trap->args[0] >= process->map_first &&
                trap->args[0] < __atomic_load_n(&process->map_next, __ATOMIC_RELAXED))
                __atomic_store_n(&process->map_next, trap->args[0], __ATOMIC_RELAXED);
        return kernel_answer(thread, error);
}

enum rota_serve kernel_call_protect(struct kernel_thread *thread, const struct rota_trap *trap)
{
        if (!good(trap->args[0], trap->args[1], trap->args[2]))
                return kernel_answer(thread, SYS_EINVAL);
        return kernel_answer(thread, kernel_space_protect(&thread->process->space, trap->args[0],
                                             trap->args[1], (unsigned)trap->args[2]));
}
