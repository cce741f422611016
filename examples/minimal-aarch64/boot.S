/* SPDX-License-Identifier: MIT */
/* From the loader (EL1, MMU off) to kernel_main() with caches on, and the tick's interrupt. */
        .text
        .globl entry
entry:  adr x0, level1 /* atomic operations want memory that is cached */
        msr ttbr0_el1, x0
        mov x0, #0xff00 /* attributes: 0 a device, 1 memory */
        msr mair_el1, x0
        ldr x0, =0x80803519 /* 39 bits of address, tables cached; nothing by TTBR1 */
        msr tcr_el1, x0
        adr x0, vectors
        msr vbar_el1, x0
        isb
        tlbi vmalle1
        dsb sy
        mrs x0, sctlr_el1
        mov x1, #0x1005 /* instruction cache, data cache, MMU */
        orr x0, x0, x1
        msr sctlr_el1, x0
        isb
        ldr x0, =stack + 8192
        mov sp, x0
        bl kernel_main

/* The interrupt, from the kernel itself: what a C function may change, and where it goes on. */
interrupt:
        stp x29, x30, [sp, #-192]!
        stp x0, x1, [sp, #16]
        stp x2, x3, [sp, #32]
        stp x4, x5, [sp, #48]
        stp x6, x7, [sp, #64]
        stp x8, x9, [sp, #80]
        stp x10, x11, [sp, #96]
        stp x12, x13, [sp, #112]
        stp x14, x15, [sp, #128]
        stp x16, x17, [sp, #144]
        mrs x0, elr_el1
        mrs x1, spsr_el1
        stp x18, x0, [sp, #160]
        str x1, [sp, #176]
        bl timer_interrupt
        ldr x1, [sp, #176]
        ldp x18, x0, [sp, #160]
        msr elr_el1, x0
        msr spsr_el1, x1
        ldp x16, x17, [sp, #144]
        ldp x14, x15, [sp, #128]
        ldp x12, x13, [sp, #112]
        ldp x10, x11, [sp, #96]
        ldp x8, x9, [sp, #80]
        ldp x6, x7, [sp, #64]
        ldp x4, x5, [sp, #48]
        ldp x2, x3, [sp, #32]
        ldp x0, x1, [sp, #16]
        ldp x29, x30, [sp], #192
        eret

        .globl memset /* compilers call it */
memset: mov x3, x0
1:      cbz x2, 2f
        strb w1, [x3], #1
        sub x2, x2, #1
        b 1b
2:      ret

        .balign 2048
vectors:
        .rept 5
        b . /* an exception: the debugger sees it here */
        .balign 128
        .endr
        b interrupt

        .data
        .balign 4096 /* the first GiB devices, the second memory; both where they are */
level1: .quad 0x0060000000000401, 0x40000705
        .fill 510, 8, 0
        .lcomm stack, 8192
        .section .note.GNU-stack, "", %progbits
