/* SPDX-License-Identifier: MIT */
/*
 * void registers_round(void): fills every register that user mode has from registers_in, goes through
 * a stretch of instructions that change none of them, and stores them in registers_out. The places are
 * those of registers.c. Which vectors there are says registers_vectors: 0 SSE, 1 AVX, 2 AVX-512.
 */
#define GENERAL(n) (8 * (n))
#define FLAGS      128
#define FS_BASE    136
#define GS_BASE    144
#define SEGMENTS   152
#define MASKS      160
#define FX         256
#define VECTORS    768

        .bss
        .balign 64
        .globl registers_in, registers_out
registers_in:
        .skip 4096
registers_out:
        .skip 4096
saved:
        .skip 64
        .globl registers_vectors, registers_bases
registers_vectors:
        .skip 4
registers_bases: /* whether user mode may set the bases of fs and gs itself */
        .skip 4

        .text
        .globl registers_round
        .type registers_round, @function
registers_round:
        mov %rbx, saved(%rip)
        mov %rbp, saved + 8(%rip)
        mov %r12, saved + 16(%rip)
        mov %r13, saved + 24(%rip)
        mov %r14, saved + 32(%rip)
        mov %r15, saved + 40(%rip)
        mov %rsp, saved + 48(%rip)

        /* Selectors before bases: who loads one changes the base. */
        mov registers_in + SEGMENTS(%rip), %eax
        mov %eax, %ds
        shr $16, %eax
        mov %eax, %es
        cmpl $0, registers_bases(%rip)
        je 1f
        mov registers_in + FS_BASE(%rip), %rax
        wrfsbase %rax
        mov registers_in + GS_BASE(%rip), %rax
        wrgsbase %rax
1:      fxrstor64 registers_in + FX(%rip)
        cmpl $1, registers_vectors(%rip)
        jb 3f
        ja 2f
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        vmovdqu registers_in + VECTORS + 64 * \n(%rip), %ymm\n
        .endr
        jmp 3f
2:      .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        vmovdqu64 registers_in + VECTORS + 64 * \n(%rip), %zmm\n
        .endr
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7
        kmovq registers_in + MASKS + 8 * \n(%rip), %k\n
        .endr
3:      push registers_in + FLAGS(%rip)
        popfq
        /* From here on nothing changes the flags. */
        mov registers_in + GENERAL(0)(%rip), %rax
        mov registers_in + GENERAL(1)(%rip), %rbx
        mov registers_in + GENERAL(2)(%rip), %rcx
        mov registers_in + GENERAL(3)(%rip), %rdx
        mov registers_in + GENERAL(4)(%rip), %rsi
        mov registers_in + GENERAL(5)(%rip), %rdi
        mov registers_in + GENERAL(6)(%rip), %rbp
        mov registers_in + GENERAL(7)(%rip), %rsp
        mov registers_in + GENERAL(8)(%rip), %r8
        mov registers_in + GENERAL(9)(%rip), %r9
        mov registers_in + GENERAL(10)(%rip), %r10
        mov registers_in + GENERAL(11)(%rip), %r11
        mov registers_in + GENERAL(12)(%rip), %r12
        mov registers_in + GENERAL(13)(%rip), %r13
        mov registers_in + GENERAL(14)(%rip), %r14
        mov registers_in + GENERAL(15)(%rip), %r15

        .rept 60000
        nop
        .endr

        mov %rax, registers_out + GENERAL(0)(%rip)
        mov %rbx, registers_out + GENERAL(1)(%rip)
        mov %rcx, registers_out + GENERAL(2)(%rip)
        mov %rdx, registers_out + GENERAL(3)(%rip)
        mov %rsi, registers_out + GENERAL(4)(%rip)
        mov %rdi, registers_out + GENERAL(5)(%rip)
        mov %rbp, registers_out + GENERAL(6)(%rip)
        mov %rsp, registers_out + GENERAL(7)(%rip)
        mov %r8, registers_out + GENERAL(8)(%rip)
        mov %r9, registers_out + GENERAL(9)(%rip)
        mov %r10, registers_out + GENERAL(10)(%rip)
        mov %r11, registers_out + GENERAL(11)(%rip)
        mov %r12, registers_out + GENERAL(12)(%rip)
        mov %r13, registers_out + GENERAL(13)(%rip)
        mov %r14, registers_out + GENERAL(14)(%rip)
        mov %r15, registers_out + GENERAL(15)(%rip)
        mov saved + 48(%rip), %rsp
        pushfq
        cld
        pop registers_out + FLAGS(%rip)

        fxsave64 registers_out + FX(%rip)
        cmpl $1, registers_vectors(%rip)
        jb 6f
        ja 5f
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        vmovdqu %ymm\n, registers_out + VECTORS + 64 * \n(%rip)
        .endr
        vzeroupper
        jmp 6f
5:      .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        vmovdqu64 %zmm\n, registers_out + VECTORS + 64 * \n(%rip)
        .endr
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7
        kmovq %k\n, registers_out + MASKS + 8 * \n(%rip)
        .endr
        vzeroupper
6:      cmpl $0, registers_bases(%rip)
        je 7f
        rdfsbase %rax
        mov %rax, registers_out + FS_BASE(%rip)
        rdgsbase %rax
        mov %rax, registers_out + GS_BASE(%rip)
7:      mov %ds, %eax
        mov %ax, registers_out + SEGMENTS(%rip)
        mov %es, %eax
        mov %ax, registers_out + SEGMENTS + 2(%rip)
        fninit
        ldmxcsr standard(%rip)

        mov saved(%rip), %rbx
        mov saved + 8(%rip), %rbp
        mov saved + 16(%rip), %r12
        mov saved + 24(%rip), %r13
        mov saved + 32(%rip), %r14
        mov saved + 40(%rip), %r15
        ret
        .size registers_round, . - registers_round

        .section .rodata
        .balign 4
standard:
        .long 0x1f80

        .section .note.GNU-stack, "", @progbits
