/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The two kinds of interrupt controller, for gic.c: what both do in their own way.
 *
 * Interrupts of one CPU are its timer's and two from other CPUs. The word to stop comes as an FIQ where
 * the controller has one security state, or lets us see its only one: then it is an interrupt of group 0,
 * the others of group 1. Where group 0 is a secure world's it comes as an IRQ as well.
 */
#ifndef KERNEL_GIC_H
#define KERNEL_GIC_H

#include "arm.h"

/** The registers that a CPU has for its own interrupts (0 to 31) are alike in both, from some address on. */
enum {
        GIC_GROUP = 0x080,
        GIC_ENABLE = 0x100,
        GIC_DISABLE = 0x180,
        GIC_NOT_PENDING = 0x280,
        GIC_NOT_ACTIVE = 0x380,
        GIC_PRIORITY = 0x400,
        GIC_DISTRIBUTOR_TYPE = 0x004,
};
/** All interrupts have one priority: none interrupts another. The word to stop is more urgent: as an FIQ it
 * interrupts a handler. */
#define GIC_NORMAL 0xa0a0a0a0u
#define GIC_URGENT 0x40u

/** Whether group 0 is ours. */
extern bool gic_has_group_0;

/** Resets a CPU's own interrupts and enables those we use; @p base as above. */
void gic_own_interrupts(uintptr_t base);
/** Disables those that all CPUs share. */
void gic_shared_interrupts(uintptr_t base);
/** Maps piece @p index of the controller's registers. */
uintptr_t gic_registers(const struct devicetree *tree, uint32_t node, uint32_t index);

/* gicv2.c: registers in memory, 8 CPUs. */
void gicv2_init(const struct devicetree *tree, uint32_t node);
void gicv2_init_cpu(uint32_t cpu);
void gicv2_send(uint32_t cpu, uint32_t interrupt);
uint32_t gicv2_take(void);
void gicv2_end(uint32_t token);

/* gicv3.c: system registers for what is done often, any number of CPUs. */
void gicv3_init(const struct devicetree *tree, uint32_t node);
void gicv3_init_cpu(uint32_t cpu);
void gicv3_send(uint32_t cpu, uint32_t interrupt);

#endif
