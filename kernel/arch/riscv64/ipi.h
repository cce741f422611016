/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the trap handler does with an interrupt from another CPU.
 */
#ifndef KERNEL_IPI_H
#define KERNEL_IPI_H

#include "riscv.h"

/** They come as external interrupts, by messages; else as software interrupts. */
extern bool ipi_by_message;

/**
 * Makes it pending no more. To a fence that is a control register's reading and writing, device input and
 * output; this fence keeps the look for what the sender stored from moving up before it: else a kick
 * could come in between, change nothing, and what it was sent for would not be seen. Partner:
 * machine_kick().
 */
static inline void ipi_taken(void)
{
        csr_clear("sip", 1u << IRQ_SOFTWARE);
        __asm__ volatile("fence io, rw" : : : "memory");
}

/** Takes the next message; 0: there is none. */
static inline uint32_t ipi_take_message(void)
{
        uint64_t top;
        /* Writing it, whatever value, takes what was read (AIA, "top external interrupt CSRs"). */
        __asm__ volatile("csrrw %0, " CSR_STOPEI ", zero\n\tfence io, rw" : "=r"(top) : : "memory");
        return (uint32_t)(top >> 16);
}

#endif
