/* SPDX-License-Identifier: MIT */
/*
 * Interrupts between CPUs. A hart is interrupted by a store to a word that is its own: of its incoming
 * MSI controller (AIA specification 1.0, "IMSIC"), which makes an external interrupt of it, or of a
 * supervisor software interrupt device (ACLINT specification, "SSWI"). Where the device tree has
 * neither, by a call to the firmware, which makes a software interrupt.
 */
#include "ipi.h"
#include "machine.h"
#include "riscv.h"
#include "rota_arch.h"

/* The identity of our message to an IMSIC. */
#define IMSIC_KICK 1u
#define IMSIC_PAGE 4096u
/* Registers of an IMSIC's own CPU, behind siselect and sireg. */
#define IMSIC_DELIVERY  0x70
#define IMSIC_THRESHOLD 0x72
#define IMSIC_ENABLE    0xc0 /* of the first 64 identities */

bool ipi_by_message;

/* The word that interrupts a CPU, and what to store there; NULL: the firmware does it. */
static volatile uint32_t *words[KERNEL_CPUS_MAX];
static uint32_t word_value;

/* Which CPU entry @p index of a device's interrupts belongs to, if it is interrupt @p number of a hart. */
static bool next_hart(const struct devicetree *tree, uint32_t device, uint32_t *cursor,
        uint32_t number, uint32_t *cpu)
{
        struct devicetree_interrupt interrupt;
        uint64_t hart;

        if (!devicetree_interrupt(tree, device, cursor, &interrupt))
                return false;
        *cpu = UINT32_MAX;
        if (interrupt.count == 1 && interrupt.cells[0] == number &&
                devicetree_id(tree, devicetree_parent(tree, interrupt.controller), 0, &hart))
                *cpu = harts_cpu(hart);
        return true;
}

/* The address @p offset bytes into a device whose registers may be in several pieces. */
static uintptr_t address_in(const struct devicetree *tree, uint32_t device, uint64_t offset)
{
        struct devicetree_range range;

        for (uint32_t i = 0; devicetree_reg(tree, device, i, &range); i++) {
                if (offset < range.size)
                        return range.start + offset;
                offset -= range.size;
        }
        return 0;
}

/* Finds the words of a device, one each @p stride bytes, in the order of its interrupts.
 * @return whether every CPU has one. */
static bool find_words(const struct devicetree *tree, uint32_t device, uint32_t number,
        uint64_t stride, uint32_t cpus)
{
        uint32_t cursor = 0, cpu, found = 0;

        for (uint64_t at = 0; next_hart(tree, device, &cursor, number, &cpu); at += stride) {
                uintptr_t address = address_in(tree, device, at);
                if (cpu >= KERNEL_CPUS_MAX || !address || words[cpu])
                        continue;
                words[cpu] = (volatile uint32_t *)address;
                found++;
        }
        if (found == cpus)
                return true;
        for (uint32_t i = 0; i < KERNEL_CPUS_MAX; i++)
                words[i] = NULL;
        return false;
}

static void map(const struct devicetree *tree, uint32_t device)
{
        struct devicetree_range range;

        for (uint32_t i = 0; devicetree_reg(tree, device, i, &range); i++)
                devices_map(&range);
}

void ipi_init(const struct devicetree *tree, uint32_t cpus)
{
        uint32_t device = DEVICETREE_NONE;

        /* There is one for each level of privilege; the interrupts tell them apart. */
        while ((device = devicetree_compatible(tree, device, "riscv,imsics")) != DEVICETREE_NONE) {
                uint64_t stride = (uint64_t)IMSIC_PAGE
                                  << devicetree_u32(tree, device, "riscv,guest-index-bits", 0);
                if (!find_words(tree, device, IRQ_EXTERNAL, stride, cpus))
                        continue;
                map(tree, device);
                ipi_by_message = true;
                word_value = IMSIC_KICK;
                return;
        }
        while ((device = devicetree_compatible(tree, device, "riscv,aclint-sswi")) !=
                DEVICETREE_NONE) {
                if (!find_words(tree, device, IRQ_SOFTWARE, sizeof(uint32_t), cpus))
                        continue;
                map(tree, device);
                word_value = 1;
                return;
        }
}

static void imsic_write(uint64_t number, uint64_t value)
{
        csr_write(CSR_SISELECT, number);
        csr_write(CSR_SIREG, value);
}

void ipi_init_cpu(void)
{
        if (ipi_by_message) {
                imsic_write(IMSIC_THRESHOLD, 0); /* none */
                imsic_write(IMSIC_ENABLE, 1u << IMSIC_KICK);
                imsic_write(IMSIC_DELIVERY, 1);
                csr_set("sie", 1u << IRQ_EXTERNAL);
        } else {
                csr_set("sie", 1u << IRQ_SOFTWARE);
        }
}

void machine_kick(uint32_t cpu)
{
        volatile uint32_t *word = words[cpu];

        /* What the other CPU is to find, and what decided that it is kicked, come before the kick: a
         * store to the device (output), or the firmware's own stores and output. Partner: the fence
         * in ipi_taken(). */
        __asm__ volatile("fence rw, ow" : : : "memory");
        if (word)
                *word = word_value;
        else
                sbi_send_ipi(harts_id[cpu]);
}
