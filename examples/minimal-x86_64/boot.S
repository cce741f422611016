/* SPDX-License-Identifier: MIT */
/* From a PVH loader (32 bits, no paging) to kernel_main() in 64 bits. */
        .section .note.Xen, "a", @note
        .long 4, 8, 18 /* size of name, size of value, "enter here" */
        .asciz "Xen"
        .quad entry
        .text
        .code32
entry:  mov $0x20, %eax /* physical address extension */
        mov %eax, %cr4
        mov $level4, %eax
        mov %eax, %cr3
        mov $0xc0000080, %ecx
        rdmsr
        or $0x100, %eax /* long mode */
        wrmsr
        mov $0x80000011, %eax /* paging, protection */
        mov %eax, %cr0
        lgdt gdtr
        ljmp $8, $1f
        .code64
1:      xor %eax, %eax
        mov %eax, %ss
        mov $stack + 8192, %esp
        call kernel_main

        .globl entry, memset
memset: mov %esi, %eax /* compilers call it */
        mov %rdi, %r8
        mov %rdx, %rcx
        rep stosb
        mov %r8, %rax
        ret

        .data
        .balign 4096 /* the first 2 MiB, where they are */
level4: .quad level3 + 3
        .balign 4096
level3: .quad level2 + 3
        .balign 4096
level2: .quad 0x83
gdt:    .quad 0, 0x00af9b000000ffff /* 64-bit code */
gdtr:   .word 15
        .quad gdt
        .lcomm stack, 8192
        .section .note.GNU-stack, "", @progbits
