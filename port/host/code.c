/* SPDX-License-Identifier: MIT */
/*
 * Where a task may be preempted: in code that is registered. Other code (the C library, the vdso, a
 * sanitizer's runtime) may hold locks and per-thread state that the scheduler cannot see, so it is
 * left to finish. Compiled without sanitizers: the signal handler asks here.
 */
#define _GNU_SOURCE
#include "host.h"
#include "interrupts.h"
#include <dlfcn.h>
#include <link.h>
#include <rota/types.h>
#include <unistd.h>

#define RANGES_MAX 64

static struct {
        uintptr_t begin, end;
} ranges[RANGES_MAX];
static uint32_t range_count; /* written before by its writer, read after by handlers (atomic) */
static uint32_t range_lock;

int rota_host_register_code(const void *begin, const void *end)
{
        int result = ROTA_OK;

        while (__atomic_exchange_n(&range_lock, 1, __ATOMIC_ACQUIRE))
                __builtin_ia32_pause();
        uint32_t count = range_count;
        if ((uintptr_t)begin >= (uintptr_t)end) {
                result = ROTA_EINVAL;
        } else if (count == RANGES_MAX) {
                result = ROTA_ENOSPC;
        } else {
                ranges[count].begin = (uintptr_t)begin;
                ranges[count].end = (uintptr_t)end;
                __atomic_store_n(&range_count, count + 1, __ATOMIC_RELEASE);
        }
        __atomic_store_n(&range_lock, 0, __ATOMIC_RELEASE);
        return result;
}

bool rota_host_code_allows(uintptr_t pc)
{
        if (pc >= (uintptr_t)rota_host_preempt && pc < (uintptr_t)rota_host_preempt_end)
                return false;
        uint32_t count = __atomic_load_n(&range_count, __ATOMIC_ACQUIRE);
        for (uint32_t i = 0; i < count; i++)
                if (pc >= ranges[i].begin && pc < ranges[i].end)
                        return true;
        return false;
}

/* A sanitizer's runtime inside the program cannot be told from the program's own code. */
static bool holds_runtime(uintptr_t begin, uintptr_t end)
{
        static const char *const names[] = {
                "__asan_init", "__tsan_init", "__ubsan_handle_add_overflow"};

        for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                uintptr_t at = (uintptr_t)dlsym(RTLD_DEFAULT, names[i]);
                if (at >= begin && at < end)
                        return true;
        }
        return false;
}

/* The first object is the program itself. */
static int add_program(struct dl_phdr_info *info, size_t size, void *unused)
{
        static const char why[] =
                "rota: a sanitizer's runtime or the C library is linked statically: "
                "tasks are preempted only at calls into Rota\n";
        bool dynamic = false;

        (void)size;
        (void)unused;
        for (unsigned i = 0; i < info->dlpi_phnum; i++)
                if (info->dlpi_phdr[i].p_type == PT_INTERP)
                        dynamic = true;
        for (unsigned i = 0; i < info->dlpi_phnum; i++) {
                const ElfW(Phdr) *part = &info->dlpi_phdr[i];
                if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
                        continue;
                uintptr_t begin = info->dlpi_addr + part->p_vaddr;
                uintptr_t end = begin + part->p_memsz;
                if (dynamic && !holds_runtime(begin, end))
                        rota_host_register_code((const void *)begin, (const void *)end);
                else if (write(2, why, sizeof(why) - 1) < 0)
                        break;
        }
        return 1;
}

void rota_host_code_start(void)
{
        static bool started;

        if (!started)
                dl_iterate_phdr(add_program, NULL);
        started = true;
}
