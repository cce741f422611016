/* SPDX-License-Identifier: MIT */
/*
 * From where the loader enters (Linux's boot protocol for arm64: MMU off, EL2 or EL1, x0 the device
 * tree; or an ELF loader, x0 whatever) to C with the MMU on; and the same way for every other CPU from
 * PSCI on (x0 its struct kernel_cpu).
 *
 * Until the MMU is on, memory is not cached and nobody's exclusive access works: no atomics, and what
 * is written may be hidden by, or overwritten from, stale cache lines. So nothing is written before but
 * one page of tables, which is cleaned of stale lines before and after. The code itself is in memory by
 * the protocol (cleaned to the point of coherency). What another CPU reads before its MMU is on is this
 * code and nothing else; all it is told lies in x0.
 */
#include "arm.h"
#include "kernel.h"

/* The MMU off: bits that are 1 in the first architecture (Arm ARM D17.2.118). */
#define SCTLR_OFF 0x30d00800
/* And on: M, C, SA, SA0, DZE, UCT, I, nTWE. wfi, DAIF and cache maintenance of user mode are trapped. */
#define SCTLR_ON  (SCTLR_OFF | 1 << 0 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 12 | 1 << 14 | 1 << 15 | 1 << 18)
/* Byte 0: device nGnRnE; byte 1: memory, write-back. machine_entry.h has the indices. */
#define MAIR      0xff00
/* 39-bit addresses by TTBR0, walks write-back inner shareable, 4 KiB; none by TTBR1. */
#define TCR       (25 | 1 << 8 | 1 << 10 | 3 << 12 | 25 << 16 | 1 << 23 | 2 << 30)
#define TCR_IPS   32 /* where the size of physical addresses goes */
#define TCR_AS    36 /* 16 bits of address-space identifier */
/* A GiB of memory in the first tables: an entry, marked as that space's and executable. */
#define BLOCK     (1 | 1 << 2 | 3 << 8 | 1 << 10 | 1 << 11 | 1 << 54)
/* Translations by the first tables carry this mark, so that they are not found any more by who has
 * loaded the last ones, in which the same addresses have entries of other sizes. */
#define BOOT_ASID 1

/* What the processor has, 4 bits at the given place. */
        .macro feature register, id, place
        mrs \register, \id
        ubfx \register, \register, #\place, #4
        .endm

/* A constant of up to 64 bits, or an address, without memory: there are no caches yet. */
        .macro mov_q register, value
        movz \register, #:abs_g3:(\value)
        movk \register, #:abs_g2_nc:(\value)
        movk \register, #:abs_g1_nc:(\value)
        movk \register, #:abs_g0_nc:(\value)
        .endm

        .section .text.boot, "ax", %progbits
        .globl boot_image, boot_entry, boot_other
/* The protocol's header: a raw image begins with it. */
boot_image:
        b boot_entry
        .long 0
        .quad boot_text_offset /* from 2 MiB-aligned memory; kernel.ld */
        .quad boot_image_size
        .quad 2 /* little endian, pages of 4 KiB, anywhere near the beginning of memory */
        .quad 0, 0, 0
        .ascii "ARM\x64"
        .long 0

boot_entry:
        mov x19, x0
        mov x20, #0
        b boot_level

boot_other:
        mov x20, x0

/* All CPUs. x20: struct kernel_cpu, 0 on the first. To EL1, whichever level it is. */
boot_level:
        msr daifset, #15
        mrs x0, CurrentEL
        cmp x0, #2 << 2
        b.eq boot_el2
        b.hi boot_hang /* EL3 is the firmware's */
        mov_q x0, SCTLR_OFF
        msr sctlr_el1, x0
        isb
        b boot_el1

boot_el2:
        mov_q x0, 1 << 31 /* HCR: EL1 is 64-bit, nothing is trapped */
        msr hcr_el2, x0
        isb /* what follows means EL1's registers as that says */
        mov_q x0, SCTLR_OFF
        msr sctlr_el1, x0
        mov x0, #3 /* EL1 may use the physical counter and timer */
        msr cnthctl_el2, x0
        msr cntvoff_el2, xzr /* the virtual counter is the physical one, on every CPU */
        mrs x0, midr_el1
        msr vpidr_el2, x0
        mrs x0, mpidr_el1
        msr vmpidr_el2, x0
        mov_q x0, 0x33ff /* CPTR: FP and SIMD go to EL1, SVE does not */
        msr cptr_el2, x0
        msr hstr_el2, xzr

        feature x0, id_aa64dfr0_el1, 8 /* performance counters: 1 to 14 */
        sub x0, x0, #1
        cmp x0, #13
        mov x0, #0
        b.hi 1f
        mrs x0, pmcr_el0
        ubfx x0, x0, #11, #5 /* all of them EL1's */
1:      msr mdcr_el2, x0

        feature x0, id_aa64mmfr0_el1, 56 /* fine-grained traps */
        cbz x0, 1f
        msr S3_4_C1_C1_4, xzr /* HFGRTR, HFGWTR, HFGITR */
        msr S3_4_C1_C1_5, xzr
        msr S3_4_C1_C1_6, xzr
        msr S3_4_C3_C1_4, xzr /* HDFGRTR, HDFGWTR */
        msr S3_4_C3_C1_5, xzr
1:      feature x0, id_aa64mmfr1_el1, 40
        cbz x0, 1f
        msr S3_4_C1_C2_2, xzr /* HCRX */

1:      feature x0, id_aa64pfr0_el1, 24 /* registers of GICv3 */
        cbz x0, 1f
        mrs x0, S3_4_C12_C9_5 /* ICC_SRE: EL1 may use them */
        orr x0, x0, #1
        orr x0, x0, #8
        msr S3_4_C12_C9_5, x0
        isb
        msr S3_4_C12_C11_0, xzr /* ICH_HCR: it has the real ones */

1:      mov x0, #PSTATE_EL1H | PSTATE_MASKED
        msr spsr_el2, x0
        adr x0, boot_el1
        msr elr_el2, x0
        eret

boot_el1:
        msr cpacr_el1, xzr /* FP and SIMD are trapped */
        mov x0, #1 << 1    /* user mode may read the virtual counter, and no timer */
        msr cntkctl_el1, x0
        msr mdscr_el1, xzr
        msr tpidr_el0, xzr
        msr tpidrro_el0, xzr
        msr contextidr_el1, xzr
        feature x0, id_aa64dfr0_el1, 8
        sub x0, x0, #1
        cmp x0, #13
        b.hi 1f
        msr pmuserenr_el0, xzr
1:
        mov_q x0, MAIR
        msr mair_el1, x0
        mov_q x0, TCR
        feature x1, id_aa64mmfr0_el1, 0
        cmp x1, #5 /* 48 bits of physical address are what an entry has */
        mov x2, #5
        csel x1, x1, x2, lo
        bfi x0, x1, #TCR_IPS, #3
        feature x1, id_aa64mmfr0_el1, 4
        cmp x1, #2
        cset x1, eq
        bfi x0, x1, #TCR_AS, #1
        msr tcr_el1, x0
        adrp x21, machine_root
        cbnz x20, boot_mmu

        /* The first CPU. A raw image may have been put elsewhere than where it is linked. */
        adr x0, boot_image
        mov_q x1, kernel_image_start
        cmp x0, x1
        b.ne boot_hang
        bl boot_is_tree
        b.eq 1f
        mov_q x19, boot_memory_start /* an ELF loader of QEMU's puts it here */
        bl boot_is_tree
        csel x19, x19, xzr, eq

        /* Two GiB of memory: where the kernel is, where the tree is. */
1:      adrp x21, boot_root
        bl boot_clean_root
        mov x0, x21
        add x1, x21, #4096
2:      stp xzr, xzr, [x0], #16
        cmp x0, x1
        b.lo 2b
        adr x0, boot_image
        bl boot_map
        mov x0, x19
        bl boot_map
        bl boot_clean_root
        orr x21, x21, #BOOT_ASID << 48

/* All CPUs. x21: the root to begin with. */
boot_mmu:
        msr ttbr0_el1, x21
        msr ttbr1_el1, xzr
        dsb sy /* the tables are in memory (the first CPU's writes; another's see psci.c) */
        isb
        tlbi vmalle1
        ic iallu
        dsb nsh /* both are done */
        isb
        mov_q x0, SCTLR_ON
        msr sctlr_el1, x0
        isb /* from here on by the tables */
        cbnz x20, 2f

        adrp x0, boot_bss_start
        add x0, x0, :lo12:boot_bss_start
        adrp x1, boot_bss_end
        add x1, x1, :lo12:boot_bss_end
1:      stp xzr, xzr, [x0], #16
        cmp x0, x1
        b.lo 1b
        adrp x20, kernel_cpus
        add x20, x20, :lo12:kernel_cpus

2:      msr tpidr_el1, x20
        ldr w0, [x20, #CPU_INDEX]
        add w0, w0, #1
        adrp x1, trap_stacks
        add x1, x1, :lo12:trap_stacks
        mov x2, #TRAP_STACK_SIZE
        madd x1, x0, x2, x1
        str x1, [x20, #CPU_TRAP_STACK]
        adrp x1, kernel_boot_stacks
        add x1, x1, :lo12:kernel_boot_stacks
        mov x2, #KERNEL_STACK_SIZE
        madd x1, x0, x2, x1
        msr spsel, #1
        mov sp, x1
        adrp x1, trap_vectors
        add x1, x1, :lo12:trap_vectors
        msr vbar_el1, x1
        isb
        msr daifclr, #5 /* SError and FIQ: reports and the end, whatever goes on; entry.S */
        mov x29, #0
        mov x30, #0
        cmp w0, #1
        b.ne 3f
        mov x0, x19
        bl machine_start
        udf #0
3:      mov x0, x20
        bl machine_start_other
        udf #0

/* Is there a device tree at x19? eq or ne; with the MMU off, aligned only. */
boot_is_tree:
        tst x19, #7
        b.ne 1f
        cbz x19, 2f
        ldr w0, [x19]
        mov_q x1, 0xedfe0dd0
        cmp w0, w1
1:      ret
2:      cmp x19, #1
        ret

/* The entry of the first tables for the GiB that x0 is in. */
boot_map:
        mov_q x1, BLOCK
        lsr x0, x0, #30
        cmp x0, #512
        b.hs 1f
        orr x1, x1, x0, lsl #30
        str x1, [x21, x0, lsl #3]
1:      ret

/* No cache has anything of boot_root. */
boot_clean_root:
        dmb sy
        mrs x0, ctr_el0
        ubfx x0, x0, #16, #4
        mov x1, #4
        lsl x1, x1, x0 /* bytes of the smallest line */
        mov x0, x21
        add x2, x21, #4096
1:      dc ivac, x0
        add x0, x0, x1
        cmp x0, x2
        b.lo 1b
        dsb sy
        ret

boot_hang:
        wfi
        b boot_hang

        .section .boot_root, "aw", %nobits
        .balign 4096
boot_root:
        .skip 4096

        .section .note.GNU-stack, "", %progbits
