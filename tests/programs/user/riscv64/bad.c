/* SPDX-License-Identifier: MIT */
/* What a program may not do on riscv64 in particular. */
#include "../bad.h"

const uintptr_t bad_kernel = 0x80200000;

#define DEED(name, text)                                                                           \
        static void name(void)                                                                     \
        {                                                                                          \
                __asm__ volatile(text : : : "t0", "t1", "a7", "a0", "memory");                     \
        }

DEED(illegal, "unimp")
DEED(all_ones, ".word 0xffffffff")
DEED(status, "csrr t0, sstatus")
DEED(mask, "csrci sstatus, 2")
DEED(vectors, "csrw stvec, zero")
DEED(tables, "csrw satp, zero")
DEED(scratch, "csrrw t0, sscratch, t0")
DEED(flush, "sfence.vma")
DEED(return_to_kernel, "sret")
DEED(halt, "wfi\n\tunimp")
DEED(breakpoint, "ebreak")
DEED(device, "li t0, 0x10000000\n\tsb zero, 0(t0)")
DEED(firmware_memory, "li t0, 0x80000000\n\tld t1, 0(t0)")
DEED(jump_odd, "lla t0, .\n\taddi t0, t0, 3\n\tjr t0")
DEED(stack_to_kernel, "li t0, 0x80300000\n\tmv sp, t0\n\tsd t0, -8(sp)")
DEED(not_canonical, "li t0, 1\n\tslli t0, t0, 52\n\tld t1, 0(t0)")
/* A division by zero has a result here. */
DEED(divide, "li t0, 1\n\tdiv t0, t0, zero")

const struct bad bad_machine[] = {
        {"illegal", illegal, SYS_FAULT_ILLEGAL},
        {"all-ones", all_ones, SYS_FAULT_ILLEGAL},
        {"sstatus", status, BAD_ANY},
        {"sie", mask, BAD_ANY},
        {"stvec", vectors, BAD_ANY},
        {"satp", tables, BAD_ANY},
        {"sscratch", scratch, BAD_ANY},
        {"sfence", flush, BAD_ANY},
        {"sret", return_to_kernel, BAD_ANY},
        {"wfi", halt, BAD_ANY},
        {"ebreak", breakpoint, SYS_FAULT_BREAKPOINT},
        {"device", device, SYS_FAULT_WRITE},
        {"firmware-memory", firmware_memory, SYS_FAULT_READ},
        {"jump-odd", jump_odd, BAD_ANY},
        {"stack-in-kernel", stack_to_kernel, SYS_FAULT_WRITE},
        {"not-canonical", not_canonical, SYS_FAULT_READ},
        {"divide", divide, 0},
        {NULL, NULL, 0},
};
