/* SPDX-License-Identifier: MIT */
/* What a program may not do on x86_64 in particular. */
#include "../bad.h"

const uintptr_t bad_kernel = 0x100000;

#define DEED(name, text)                                                                           \
        static void name(void)                                                                     \
        {                                                                                          \
                __asm__ volatile(text : : : "rax", "rbx", "rcx", "rdx", "rdi", "rsi", "memory");   \
        }

DEED(divide, "xor %%ecx, %%ecx\n\tmov $1, %%eax\n\txor %%edx, %%edx\n\tdiv %%ecx")
DEED(divide_overflow, "mov $1, %%ecx\n\tmov $1, %%edx\n\tdiv %%ecx")
DEED(illegal, "ud2")
DEED(mask, "cli")
DEED(halt, "hlt")
DEED(port, "mov $0x3f8, %%edx\n\tmov $65, %%al\n\tout %%al, %%dx")
DEED(exit_device, "mov $0xf4, %%edx\n\txor %%eax, %%eax\n\tout %%eax, %%dx")
DEED(read_msr, "mov $0xc0000080, %%ecx\n\trdmsr")
DEED(write_msr, "mov $0xc0000082, %%ecx\n\txor %%eax, %%eax\n\txor %%edx, %%edx\n\twrmsr")
DEED(control, "mov %%cr3, %%rax\n\tmov %%rax, %%cr3")
DEED(swapgs, "swapgs")
DEED(sysret, "mov $0x1000, %%ecx\n\tsysretq")
DEED(selector, "mov $0x10, %%eax\n\tmov %%eax, %%ds")
DEED(kernel_code, "pushq $0x10\n\tpush %%rsp\n\tpushfq\n\tpushq $0x08\n\tpushq $0x100000\n\tiretq")
DEED(interrupt, "int $0x40")
DEED(page_fault_gate, "int $14")
DEED(breakpoint, "int3")
DEED(not_canonical, "mov $1, %%eax\n\tshl $63, %%rax\n\tmov (%%rax), %%rbx")
DEED(jump_not_canonical, "mov $1, %%eax\n\tshl $62, %%rax\n\tjmp *%%rax")
DEED(return_not_canonical, "mov $1, %%eax\n\tshl $62, %%rax\n\tpush %%rax\n\tret")
DEED(stack_not_canonical, "mov $1, %%eax\n\tshl $62, %%rax\n\tmov %%rax, %%rsp\n\tpush %%rax")
DEED(stack_to_kernel, "mov $0x200000, %%esp\n\tpush %%rax")
DEED(step, "pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop\n\tnop")
/* Popping flags changes neither interrupts nor the I/O level: that is no fault. */
DEED(flags, "pushfq\n\tandq $~0x200, (%%rsp)\n\torq $0x3000, (%%rsp)\n\tpopfq")
/* A system call keeps these bits from the kernel's own work. */
DEED(flags_in_call, "pushfq\n\torq $0x400, (%%rsp)\n\tpopfq\n\tmov $3, %%eax\n\tsyscall\n\tcld")
DEED(alignment,
        "pushfq\n\torq $0x40000, (%%rsp)\n\tpopfq\n\tmov %%rsp, %%rbx\n\tmovl 1(%%rbx), %%eax")

const struct bad bad_machine[] = {
        {"divide", divide, SYS_FAULT_DIVIDE},
        {"divide-overflow", divide_overflow, SYS_FAULT_DIVIDE},
        {"illegal", illegal, SYS_FAULT_ILLEGAL},
        {"cli", mask, SYS_FAULT_PRIVILEGED},
        {"hlt", halt, SYS_FAULT_PRIVILEGED},
        {"out", port, SYS_FAULT_PRIVILEGED},
        {"exit-device", exit_device, SYS_FAULT_PRIVILEGED},
        {"rdmsr", read_msr, SYS_FAULT_PRIVILEGED},
        {"wrmsr", write_msr, SYS_FAULT_PRIVILEGED},
        {"cr3", control, SYS_FAULT_PRIVILEGED},
        {"swapgs", swapgs, SYS_FAULT_PRIVILEGED},
        {"sysret", sysret, SYS_FAULT_PRIVILEGED},
        {"kernel-selector", selector, SYS_FAULT_PRIVILEGED},
        {"iret-kernel", kernel_code, BAD_ANY},
        {"int-timer", interrupt, SYS_FAULT_PRIVILEGED},
        {"int-page-fault", page_fault_gate, SYS_FAULT_PRIVILEGED},
        {"int3", breakpoint, SYS_FAULT_BREAKPOINT},
        {"not-canonical", not_canonical, SYS_FAULT_PRIVILEGED},
        {"jump-not-canonical", jump_not_canonical, SYS_FAULT_EXECUTE},
        {"return-not-canonical", return_not_canonical, SYS_FAULT_EXECUTE},
        {"stack-not-canonical", stack_not_canonical, SYS_FAULT_PRIVILEGED},
        {"stack-in-kernel", stack_to_kernel, SYS_FAULT_WRITE},
        {"single-step", step, SYS_FAULT_BREAKPOINT},
        {"popf", flags, 0},
        {"syscall-flags", flags_in_call, 0},
        {"alignment-check", alignment, 0},
        {NULL, NULL, 0},
};
