/* SPDX-License-Identifier: MIT */
/* A CPU's registers for user mode. What protects the kernel from it is paging.c's. */
#include "machine.h"
#include "x86.h"

#define MSR_EFER         0xc0000080u
#define MSR_STAR         0xc0000081u
#define MSR_LSTAR        0xc0000082u
#define MSR_SYSCALL_MASK 0xc0000084u
#define EFER_SYSCALL     1u

/* TF IF DF IOPL NT RF AC: what the kernel does not run with. */
#define SYSCALL_MASK (0x100u | 0x200u | 0x400u | 0x3000u | 0x4000u | 0x10000u | 0x40000u)

#define CR4_FSGSBASE ((uint64_t)1 << 16) /* user mode may set its bases */

extern char trap_entry_syscall[]; /* entry.S */

static bool has_fsgsbase(void)
{
        uint32_t a = 0, b, c = 0, d;

        __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
        if (a < 7)
                return false;
        a = 7;
        c = 0;
        __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
        return b & 1;
}

void user_init(void)
{
        uint64_t cr4;

        __asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
        if (has_fsgsbase())
                __asm__ volatile("movq %0, %%cr4" : : "r"(cr4 | CR4_FSGSBASE));
        rota_arch_user_init_cpu();
        wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SYSCALL);
        wrmsr(MSR_STAR, (uint64_t)X86_CODE << 32 | (uint64_t)(ROTA_ARCH_USER_DATA - 8) << 48);
        wrmsr(MSR_LSTAR, (uintptr_t)trap_entry_syscall);
        wrmsr(MSR_SYSCALL_MASK, SYSCALL_MASK);
}
