/* SPDX-License-Identifier: MIT */
/*
 * System calls without the C library in between: for signal handlers, where errno must stay as it is
 * and a sanitizer's runtime must not be entered.
 */
#ifndef ROTA_HOST_SYSCALL_H
#define ROTA_HOST_SYSCALL_H

#include <stdint.h>
#include <sys/syscall.h>

/* The kernel's answer: negative is an error's number. */
static inline long rota_host_syscall(
        long number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
        long result;
        register uintptr_t r10 __asm__("r10") = d;
        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                         : "rcx", "r11", "memory");
        return result;
}

/* With two more. What a sanitizer adds to the reads of the arguments comes before the registers are set. */
static inline long rota_host_syscall_6(
        long number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f)
{
        long result;
        register uintptr_t r10 __asm__("r10") = d;
        register uintptr_t r8 __asm__("r8") = e;
        register uintptr_t r9 __asm__("r9") = f;
        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                         : "rcx", "r11", "memory");
        return result;
}

#endif
