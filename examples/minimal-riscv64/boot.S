/* SPDX-License-Identifier: MIT */
/* From the firmware (one hart, supervisor mode, no translation, interrupts masked) to kernel_main(). */
        .section .text.entry, "ax", @progbits
        .globl entry, memset
entry:  la sp, stack + 8192
        j kernel_main

memset: mv a3, a0 /* compilers call it */
        add a2, a2, a0
        j 2f
1:      sb a1, 0(a3)
        addi a3, a3, 1
2:      bltu a3, a2, 1b
        ret

        .bss
        .balign 16
stack:  .skip 8192
        .section .note.GNU-stack, "", @progbits
