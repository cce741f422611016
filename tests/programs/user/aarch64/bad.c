/* SPDX-License-Identifier: MIT */
/* What a program may not do on aarch64 in particular. */
#include "../bad.h"

const uintptr_t bad_kernel = 0x40080000;

#define DEED(name, text)                                                                           \
        static void name(void)                                                                     \
        {                                                                                          \
                __asm__ volatile(text : : : "x9", "x10", "memory");                                \
        }

DEED(illegal, "udf #0")
DEED(mask, "msr daifset, #2")
DEED(vectors, "msr vbar_el1, xzr")
DEED(tables, "mrs x9, ttbr0_el1")
DEED(own_cpu, "mrs x9, tpidr_el1")
DEED(flush, "tlbi vmalle1")
DEED(firmware, "hvc #0")
DEED(return_to_kernel, "eret")
DEED(breakpoint, "brk #1")
DEED(device, "mov x9, #0x09000000\n\tstr wzr, [x9]")
DEED(jump_misaligned, "adr x9, .\n\tadd x9, x9, #2\n\tbr x9")
DEED(stack_to_kernel,
        "mov x9, #0x40000000\n\tadd x9, x9, #0x100000\n\tmov sp, x9\n\tstr x9, [sp, #-16]!")
DEED(not_canonical, "mov x9, #1\n\tlsl x9, x9, #52\n\tldr x9, [x9]")
/* A division by zero is 0 here, and a system call's number of the instruction means nothing. */
DEED(divide, "mov x9, #1\n\tudiv x9, x9, xzr")
DEED(other_call, "mov x8, #3\n\tsvc #77")

const struct bad bad_machine[] = {
        {"illegal", illegal, SYS_FAULT_ILLEGAL},
        {"daif", mask, BAD_ANY},
        {"vbar", vectors, BAD_ANY},
        {"ttbr0", tables, BAD_ANY},
        {"tpidr_el1", own_cpu, BAD_ANY},
        {"tlbi", flush, BAD_ANY},
        {"hvc", firmware, BAD_ANY},
        {"eret", return_to_kernel, BAD_ANY},
        {"brk", breakpoint, SYS_FAULT_BREAKPOINT},
        {"device", device, SYS_FAULT_WRITE},
        {"jump-misaligned", jump_misaligned, SYS_FAULT_ALIGNMENT},
        {"stack-in-kernel", stack_to_kernel, SYS_FAULT_WRITE},
        {"not-canonical", not_canonical, SYS_FAULT_READ},
        {"divide", divide, 0},
        {"svc-77", other_call, 0},
        {NULL, NULL, 0},
};
