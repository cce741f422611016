/* SPDX-License-Identifier: MIT */
/* From a PVH loader, or from a start-up interrupt, to cpu_main() in 64 bits. */
#include "kernel.h"

        .section .note.Xen, "a", @note
        .balign 4
        .long 4, 8, 18 /* size of name, size of value, "enter here" */
        .asciz "Xen"
        .quad boot

        .text
        .code32
        .globl boot
boot:   cld
        /* 4 GiB where they are, in pages of 2 MiB; the last GiB is devices, uncached. */
        movl $level3 + 3, kernel_level4
        movl $level2 + 3, level3
        movl $level2 + 0x1003, level3 + 8
        movl $level2 + 0x2003, level3 + 16
        movl $level2 + 0x3003, level3 + 24
        mov $0x83, %eax
        xor %ecx, %ecx
1:      cmp $1536, %ecx
        jne 2f
        or $0x18, %eax
2:      mov %eax, level2(,%ecx,8)
        add $0x200000, %eax
        inc %ecx
        cmp $2048, %ecx
        jne 1b

long_mode: /* every CPU */
        mov $0x20, %eax /* physical address extension */
        mov %eax, %cr4
        mov $kernel_level4, %eax
        mov %eax, %cr3
        mov $0xc0000080, %ecx
        rdmsr
        or $0x100, %eax
        wrmsr
        mov $0x80010011, %eax /* paging, write protection, protection */
        mov %eax, %cr0
        lgdt gdt_pointer
        ljmp $KERNEL_CODE, $1f
        .code64
1:      mov $KERNEL_DATA, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        xor %eax, %eax
        mov %eax, %fs
        mov %eax, %gs
        mov $1, %edi /* whoever comes gets the next number */
        lock xadd %edi, next_cpu
        lea 1(%rdi), %eax
        imul $STACK, %eax, %esp
        add $boot_stacks, %esp
        xor %ebp, %ebp
        call cpu_main
        ud2

/* Copied to TRAMPOLINE, where the other CPUs begin, in 16 bits. */
        .globl trampoline, trampoline_end
        .code16
trampoline:
        cli
        xor %ax, %ax
        mov %ax, %ds
        lgdtl TRAMPOLINE + 1f - trampoline
        mov %cr0, %eax
        or $1, %al
        mov %eax, %cr0
        ljmpl $0x18, $other
1:      .word 31
        .long gdt
trampoline_end:
        .code32
other:  mov $KERNEL_DATA, %eax
        mov %eax, %ds
        mov %eax, %ss
        jmp long_mode

        .data
        .balign 8
gdt:    .quad 0
        .quad 0x00af9b000000ffff /* 64-bit code */
        .quad 0x00cf93000000ffff /* data */
        .quad 0x00cf9b000000ffff /* 32-bit code */
gdt_pointer:
        .word 31
        .quad gdt
next_cpu:
        .long 0

        .bss
        .balign 4096
        .globl kernel_level4
kernel_level4:
        .skip 4096
level3: .skip 4096
level2: .skip 4 * 4096
boot_stacks:
        .skip CPUS * STACK
        .section .note.GNU-stack, "", @progbits
