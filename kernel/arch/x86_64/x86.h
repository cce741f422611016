/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the machine's own files say to each other: instructions without a C name, numbers that
 * assembly knows as well, and the functions of each file.
 */
#ifndef KERNEL_X86_H
#define KERNEL_X86_H

/* Selectors of every GDT. */
#define X86_CODE   0x08
#define X86_DATA   0x10
#define X86_CODE32 0x18 /* the boot GDT's only; in the others user mode's data, then its code */
#define X86_TSS    0x28

/* Where CPUs other than the first begin, in real mode: a page below 1 MiB. */
#define X86_TRAMPOLINE 0x8000

/* Where memory ends that boot.S maps cached; from here to 4 GiB are devices. */
#define X86_DEVICES 0xc0000000

/* Vectors of our own. The 8259s are masked; what they still raise is below VECTOR_TIMER. */
#define VECTOR_PIC      0x20
#define VECTOR_TIMER    0x40
#define VECTOR_KICK     0x41
#define VECTOR_SPURIOUS 0xff

/* Words of this CPU's structure, relative to gs. */
#define X86_CPU_SCRATCH 16
#define X86_CPU_TRAP    24 /* the address of TSS.rsp0 */

#define MSR_GS_BASE 0xc0000101

/* At the upper end of each stack of an exception that trusts no register: whose CPU it is. */
#define X86_IST_TOP 16

#ifndef __ASSEMBLER__
#include "acpi.h"
#include "kernel.h"

/** The registers of what was interrupted, as entry.S lays them out. */
struct trap_frame {
        uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
        uint64_t vector, error;
        uint64_t rip, cs, rflags, rsp, ss; /* pushed by the CPU */
};

static inline void outb(uint16_t port, uint8_t value)
{
        __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t value)
{
        __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t inl(uint16_t port)
{
        uint32_t value;
        __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
        return value;
}

static inline uint8_t inb(uint16_t port)
{
        uint8_t value;
        __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
        return value;
}

static inline uint64_t rdmsr(uint32_t number)
{
        uint32_t low, high;
        __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
        return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t number, uint64_t value)
{
        __asm__ volatile("wrmsr"
                         :
                         : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                         : "memory");
}

static inline uint64_t rdtsc(void)
{
        uint32_t low, high;
        __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
        return (uint64_t)high << 32 | low;
}

/* serial.c */
void serial_init(void);

/* pvh.c */
struct pvh_start_info;
/** Copies what the loader left; @return the address of ACPI's root pointer, 0: none. */
uintptr_t pvh_read(const struct pvh_start_info *info, struct kernel_boot *boot);

/* descriptors.c */
/** Loads this CPU's GDT, TSS and IDT, and sets %gs. */
void descriptors_init(struct kernel_cpu *cpu);

/* paging.c */
/** Makes and loads the kernel's page tables: the first CPU's. */
void paging_init(void);
/** Page 0, where a loader may have left something, is missing from here on, so that NULL faults. */
void paging_forget_null(void);
/** Turns on what this CPU has to protect the kernel. */
void paging_init_cpu(void);

/* user.c */
/** Readies this CPU for user mode: system calls, and bases. */
void user_init(void);

/* apic.c */
/** Acknowledges what this CPU has begun to take and not acknowledged; @return bits: 1 the timer's
 * interrupt, 2 the reschedule interrupt. */
uint32_t apic_take_unacknowledged(void);
void pic_mask(void);
/** Enables this CPU's local APIC. */
void apic_init(void);
uint8_t apic_id(void);
/** Where its registers are. */
extern uintptr_t apic_base;
/** The end of an interrupt, so that the next may come. */
static inline void apic_eoi(void)
{
        *(volatile uint32_t *)(apic_base + 0xb0) = 0;
}
/** Starts the timer once from its largest value, silently. */
void apic_timer_free_run(void);
uint32_t apic_timer_read(void);
/** Tells how fast the timer counts. */
void apic_timer_set_frequency(uint64_t hz);
/** Sends @p command (the low word of the interrupt command register) to one APIC. */
void apic_send(uint8_t id, uint32_t command);
#define APIC_INIT    0x4500u
#define APIC_STARTUP 0x4600u
#define APIC_FIXED   0x4000u
/** A non-maskable interrupt to all but oneself. */
#define APIC_NMI_OTHERS 0xc4400u

/* clock.c */
/** Finds the frequencies of the time stamp counter and of the APIC's timer, against the best timer
 * that there is: those of ACPI's tables, or the PC's own. */
void clock_init(const struct acpi *acpi);
void clock_delay(uint64_t ns);

/* smp.c */
/** Remembers which APIC is which CPU, this one being CPU 0; @return how many CPUs there are. */
uint32_t smp_init(const struct acpi *acpi);
extern uint8_t smp_apic_ids[KERNEL_CPUS_MAX];
#endif

#endif
