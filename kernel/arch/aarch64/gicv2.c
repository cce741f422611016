/* SPDX-License-Identifier: MIT */
/* Version 2 of the interrupt controller (Arm IHI 0048B): a distributor and, at the same addresses for each
 * CPU its own, an interface. */
#include "gic.h"
#include "machine.h"

/* Distributor. */
enum { CONTROL = 0x000, TARGETS = 0x800, SEND = 0xf00 };
#define SEND_TO 16 /* where the list of interfaces goes */

/* A CPU's interface. */
enum { CPU_CONTROL = 0x00, CPU_PRIORITY = 0x04, CPU_TAKE = 0x0c, CPU_END = 0x10 };
#define CONTROL_GROUPS 3u
/* One register takes interrupts of both groups: those that group 1 has for itself are not everywhere. */
#define CONTROL_TAKE_ANY 4u
#define CONTROL_FIQ      8u /* group 0 comes as FIQ */

static uintptr_t distributor, interface;
/* The interface of each CPU, as a bit. */
static uint8_t targets[KERNEL_CPUS_MAX];

void gicv2_init(const struct devicetree *tree, uint32_t node)
{
        distributor = gic_registers(tree, node, 0);
        interface = gic_registers(tree, node, 1);
        device_write(distributor + CONTROL, 0);
        gic_shared_interrupts(distributor);
        /* A register of groups that can be written is seen with one security state only, or from the
         * secure one. */
        device_write(distributor + GIC_GROUP, UINT32_MAX);
        gic_has_group_0 = device_read(distributor + GIC_GROUP) != 0;
        device_write(distributor + CONTROL, gic_has_group_0 ? CONTROL_GROUPS : 1);
}

void gicv2_init_cpu(uint32_t cpu)
{
        gic_own_interrupts(distributor);
        /* Reads as this CPU's own interface; as nothing where there is one CPU. */
        uint8_t target = (uint8_t)device_read(distributor + TARGETS);
        targets[cpu] = target ? target : 1;
        device_write(interface + CPU_PRIORITY, 0xff);
        device_write(interface + CPU_CONTROL,
                gic_has_group_0 ? CONTROL_GROUPS | CONTROL_TAKE_ANY | CONTROL_FIQ : 1);
}

void gicv2_send(uint32_t cpu, uint32_t interrupt)
{
        /* What this CPU stored is seen by the one that takes the interrupt; partner: gicv2_take(). dsb,
         * not dmb: the interrupt is no memory access that a dmb would have to be before. */
        dsb(ishst);
        device_write(distributor + SEND, (uint32_t)targets[cpu] << SEND_TO | interrupt);
}

uint32_t gicv2_take(void)
{
        uint32_t taken = device_read(interface + CPU_TAKE);
        /* Taken before what the sender stored is read; partner: the dsb in gicv2_send(). */
        dsb(ld);
        return taken;
}

void gicv2_end(uint32_t token)
{
        device_write(interface + CPU_END, token); /* with the number of who sent it */
        dsb(st); /* done before interrupts are unmasked: else it might be taken once more */
}
