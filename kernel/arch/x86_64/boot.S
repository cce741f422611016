/* SPDX-License-Identifier: MIT */
/*
 * From where the loader enters (PVH: 32-bit protected mode, paging off, ebx the start info) to
 * 64-bit C, and the same way for every other CPU from real mode on.
 */
#include "kernel.h"
#include "x86.h"

#define CR0_VALUE 0x8001003b /* PG WP NE ET TS MP PE: TS makes stray floating point a trap */
#define CR4_PAE   0x20
#define MSR_EFER  0xc0000080
#define EFER_LME  0x100
#define PRESENT_WRITABLE 0x3
#define LARGE     0x80

        /* How a PVH loader finds the entry. */
        .section .note.Xen, "a", @note
        .balign 4
        .long 4, 8, 18 /* size of name, size of value, XEN_ELFNOTE_PHYS32_ENTRY */
        .asciz "Xen"
        .quad boot_entry

        .section .text.boot, "ax", @progbits
        .code32
        .globl boot_entry
boot_entry:
        cld
        mov $boot_bss_start, %edi
        mov $boot_bss_end, %ecx
        sub %edi, %ecx
        shr $2, %ecx
        xor %eax, %eax
        rep stosl

        /* The first GiB where it is, until paging.c has made the kernel's own tables. */
        movl $boot_pdpt + PRESENT_WRITABLE, boot_pml4
        movl $boot_pd + PRESENT_WRITABLE, boot_pdpt
        mov $PRESENT_WRITABLE + LARGE, %eax
        xor %ecx, %ecx
1:      mov %eax, boot_pd(,%ecx,8)
        add $0x200000, %eax
        inc %ecx
        cmp $512, %ecx
        jne 1b

/* All CPUs: paging and long mode. ebx is the start info, or 0 on a CPU that is not the first. */
enter_long_mode:
        mov $CR4_PAE, %eax
        mov %eax, %cr4
        mov $boot_pml4, %eax
        mov %eax, %cr3
        mov $MSR_EFER, %ecx
        mov boot_efer, %eax
        xor %edx, %edx
        wrmsr
        mov $CR0_VALUE, %eax
        mov %eax, %cr0
        lgdt boot_gdt_pointer
        ljmp $X86_CODE, $boot_64

        .code64
boot_64:
        mov $X86_DATA, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        xor %eax, %eax
        mov %eax, %fs
        mov %eax, %gs
        lldt %ax
        xor %ebp, %ebp
        test %ebx, %ebx
        jz 1f

        mov $kernel_boot_stacks + KERNEL_STACK_SIZE, %esp
        mov %ebx, %edi
        call machine_start
        ud2

        /* Another CPU: which one it is says its APIC. */
1:      mov $1, %eax
        cpuid
        shr $24, %ebx
        movzbl smp_index_of_apic(%rbx), %edi
        cmp $0xff, %edi
        je 2f
        lea 1(%rdi), %eax
        imul $KERNEL_STACK_SIZE, %eax, %esp
        add $kernel_boot_stacks, %esp
        call machine_start_other
        ud2
2:      hlt /* nobody called it */
        jmp 2b

/*
 * Copied to X86_TRAMPOLINE, where a CPU comes out of its start-up interrupt in real mode. It only
 * loads flat segments and jumps to where the kernel is linked.
 */
        .section .rodata.trampoline, "a", @progbits
        .globl smp_trampoline, smp_trampoline_end
smp_trampoline:
        .code16
        cli
        xor %ax, %ax
        mov %ax, %ds
        lgdtl X86_TRAMPOLINE + trampoline_gdt_pointer - smp_trampoline
        mov %cr0, %eax
        or $1, %al
        mov %eax, %cr0
        ljmpl $X86_CODE32, $boot_other
trampoline_gdt_pointer:
        .word boot_gdt_end - boot_gdt - 1
        .long boot_gdt
smp_trampoline_end:

        .section .text.boot
        .code32
boot_other:
        mov $X86_DATA, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        xor %ebx, %ebx
        jmp enter_long_mode

        .section .rodata
        .balign 8
boot_gdt:
        .quad 0
        .quad 0x00af9b000000ffff /* 64-bit code */
        .quad 0x00cf93000000ffff /* data */
        .quad 0x00cf9b000000ffff /* 32-bit code */
boot_gdt_end:
boot_gdt_pointer:
        .word boot_gdt_end - boot_gdt - 1
        .quad boot_gdt

        .data
        .balign 4
        .globl boot_efer
boot_efer:
        .long EFER_LME /* the other CPUs': with what paging.c adds */

        .section .bss
        .balign 4096
        .globl boot_pml4
boot_pml4:
        .skip 4096
boot_pdpt:
        .skip 4096
boot_pd:
        .skip 4096

        .section .note.GNU-stack, "", @progbits
