/* SPDX-License-Identifier: MIT */
/* Calls to the firmware below (RISC-V Supervisor Binary Interface Specification 1.0). */
#include "riscv.h"

#define SBI_PUTCHAR 0x01 /* the old console, still the only one that all have */
#define SBI_BASE    0x10
#define SBI_TIME    0x54494d45
#define SBI_IPI     0x735049
#define SBI_SRST    0x53525354

struct sbi_result sbi_call(
        uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2)
{
        /* All other registers are preserved. */
        register uint64_t r0 __asm__("a0") = a0;
        register uint64_t r1 __asm__("a1") = a1;
        register uint64_t r2 __asm__("a2") = a2;
        register uint64_t r3 __asm__("a3") = 0;
        register uint64_t r4 __asm__("a4") = 0;
        register uint64_t r6 __asm__("a6") = function;
        register uint64_t r7 __asm__("a7") = extension;

        __asm__ volatile("ecall"
                         : "+r"(r0), "+r"(r1)
                         : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7)
                         : "memory");
        return (struct sbi_result){(long)r0, (long)r1};
}

bool sbi_has(uint64_t extension)
{
        struct sbi_result result = sbi_call(SBI_BASE, 3, extension, 0, 0);
        return result.error == 0 && result.value != 0;
}

void sbi_set_timer(uint64_t time)
{
        sbi_call(SBI_TIME, 0, time, 0, 0);
}

void sbi_send_ipi(uint64_t hart)
{
        sbi_call(SBI_IPI, 0, 1, hart, 0); /* a mask of one, from this hart on */
}

long sbi_start_hart(uint64_t hart, uintptr_t entry, uintptr_t argument)
{
        return sbi_call(SBI_HSM, 0, hart, entry, argument).error;
}

void sbi_shut_down(bool failed)
{
        sbi_call(SBI_SRST, 0, 0 /* shut down */, failed ? 1 /* system failure */ : 0, 0);
}

void sbi_putc(char c)
{
        sbi_call(SBI_PUTCHAR, 0, (unsigned char)c, 0, 0);
}
