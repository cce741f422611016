/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the machine's own files say to each other: control registers, numbers that assembly knows as
 * well, and the functions of each file. Numbers are those of the RISC-V manuals (privileged 1.12, with
 * Sstc; AIA 1.0) and of the SBI specification 1.0.
 */
#ifndef KERNEL_RISCV_H
#define KERNEL_RISCV_H

/* sstatus; without suffixes, for assembly. */
#define STATUS_SIE  0x2     /* interrupts */
#define STATUS_SPIE 0x20    /* interrupts, as they were before the trap */
#define STATUS_SPP  0x100   /* the trap came from supervisor mode */
#define STATUS_VS   0x600   /* vector unit: 0 is off */
#define STATUS_FS   0x6000  /* floating-point unit: 0 is off */
#define STATUS_SUM  0x40000 /* supervisor mode may access pages of user mode */
#define STATUS_MXR  0x80000 /* what may be executed may be read */

/* Interrupts: numbers of scause, bits of sie and sip. */
#define IRQ_SOFTWARE 1
#define IRQ_TIMER    5
#define IRQ_EXTERNAL 9

/* Where struct kernel_cpu has its index, and the words machine[]. */
#define CPU_INDEX   80
#define CPU_MACHINE 16
/* Which is which: */
#define CPU_TRAP      0 /* t0, at a trap's beginning */
#define CPU_INTERRUPT 1 /* t0, while an interrupt's frame is pushed */
#define CPU_EXCEPTION 2 /* t1, while an exception's stack is found */
#define CPU_STACK     3 /* the upper end of this CPU's stack for exceptions */
#define CPU_TICK      4 /* the period of its timer in counts, 0: one-shot */
#define CPU_TICK_NEXT 5 /* when the next period ends, in counts */
/* 6: MACHINE_CODE_SEEN */

/* Bytes of an interrupt's frame, and of struct trap_frame. */
#define INTERRUPT_FRAME 144
#define TRAP_FRAME      288

/* The stacks for exceptions: this many bytes, as a shift. */
#define EXCEPTION_STACK_SHIFT 13

/* The firmware's extension for starting and stopping harts. */
#define SBI_HSM      0x48534d
#define SBI_HSM_STOP 1

#ifndef __ASSEMBLER__
#include "devicetree.h"
#include "kernel.h"

/** The registers of what an exception came from, as entry.S lays them out. */
struct trap_frame {
        uint64_t pc;
        uint64_t ra, sp, gp, tp, t0, t1, t2, s0, s1;
        uint64_t a0, a1, a2, a3, a4, a5, a6, a7;
        uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
        uint64_t t3, t4, t5, t6;
        uint64_t status, cause, value;
        uint64_t unused; /* a multiple of 16 bytes */
};
_Static_assert(sizeof(struct trap_frame) == TRAP_FRAME, "entry.S makes room for it");
_Static_assert(offsetof(struct trap_frame, t6) == 31 * 8, "entry.S has register n in word n");

#define csr_read(name)                                                                             \
        __extension__({                                                                            \
                uint64_t csr_value;                                                                \
                __asm__ volatile("csrr %0, " name : "=r"(csr_value) : : "memory");                 \
                csr_value;                                                                         \
        })
#define csr_write(name, value)                                                                     \
        __asm__ volatile("csrw " name ", %0" : : "rK"((uint64_t)(value)) : "memory")
#define csr_set(name, bits)                                                                        \
        __asm__ volatile("csrs " name ", %0" : : "rK"((uint64_t)(bits)) : "memory")
#define csr_clear(name, bits)                                                                      \
        __asm__ volatile("csrc " name ", %0" : : "rK"((uint64_t)(bits)) : "memory")
/* By number, for assemblers that do not know the name. */
#define CSR_STIMECMP "0x14d"
#define CSR_SISELECT "0x150"
#define CSR_SIREG    "0x151"
#define CSR_STOPEI   "0x15c"

/* sbi.c: calls to the firmware. */
struct sbi_result {
        long error; /* 0: none */
        long value;
};
struct sbi_result sbi_call(
        uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2);
/** Whether the firmware has an extension. */
bool sbi_has(uint64_t extension);
void sbi_set_timer(uint64_t time);
/** Raises a software interrupt on one hart. */
void sbi_send_ipi(uint64_t hart);
/** @return 0, or the firmware's error */
long sbi_start_hart(uint64_t hart, uintptr_t entry, uintptr_t argument);
/** Has the firmware end the machine; returns where it cannot. */
void sbi_shut_down(bool failed);
/** A character to the firmware's console. */
void sbi_putc(char c);

/* timer.c */
/** Finds out how fast time runs and how the timer is set; before other CPUs start. */
void timer_init(const struct devicetree *tree);
/** Lets this CPU take its timer's interrupts. */
void timer_init_cpu(void);
/** The timer's interrupt was taken: it is pending no more. */
void timer_taken(void);

/* ipi.c */
/** Finds the device that interrupts other CPUs, of which there are @p cpus with this one, and falls back on
 * the firmware. */
void ipi_init(const struct devicetree *tree, uint32_t cpus);
/** Lets this CPU take interrupts of others. */
void ipi_init_cpu(void);

/* devices.c */
/** Finds the console and what ends the machine. */
void devices_init(const struct devicetree *tree);
/** Maps a device's registers where they are. */
void devices_map(const struct devicetree_range *range);

/* harts.c */
/** Finds the CPUs; this one, hart @p self, becomes CPU 0. @return how many there are */
uint32_t harts_init(const struct devicetree *tree, uint64_t self);
/** Which hart a CPU is. */
extern uint64_t harts_id[KERNEL_CPUS_MAX];
/** Which CPU a hart is, UINT32_MAX: none of ours. */
uint32_t harts_cpu(uint64_t hart);
/** Whether all harts have the extension of this name, in small letters: "sstc". */
bool harts_have(const struct devicetree *tree, const char *extension);
#endif

#endif
