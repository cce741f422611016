/* SPDX-License-Identifier: MIT */
/* Version 3 of the interrupt controller (Arm IHI 0069): a distributor, a redistributor for each CPU, and
 * system registers. */
#include "gic.h"

#include "devicetree.h"
#include "machine.h"
#include "rota_arch.h"

/* Distributor and redistributor. */
enum { CONTROL = 0x000, REDISTRIBUTOR_TYPE = 0x008, WAKER = 0x014, GROUP_MODIFIER = 0xd00 };
#define CONTROL_ON            0x03u /* both groups */
#define CONTROL_AFFINITY      0x10u /* routing by it; not to be changed while a group is on */
#define CONTROL_ONE_STATE     0x40u /* one security state */
#define CONTROL_WRITING       0x80000000u
#define REDISTRIBUTOR_WRITING 0x8u
#define WAKER_SLEEP           0x2u
#define WAKER_ASLEEP          0x4u
#define TYPE_LAST             0x10u /* of its region */
#define TYPE_VIRTUAL          0x02u /* two more frames */

#define FRAME   0x10000u /* bytes; the second frame of a redistributor is its CPU's own interrupts' */
#define REGIONS 8        /* most that are looked at */

/* CPU interface, by the names that every assembler knows. */
#define ICC_PMR     "S3_0_C4_C6_0"
#define ICC_SGI0R   "S3_0_C12_C11_7"
#define ICC_SGI1R   "S3_0_C12_C11_5"
#define ICC_BPR1    "S3_0_C12_C12_3"
#define ICC_CTLR    "S3_0_C12_C12_4"
#define ICC_SRE     "S3_0_C12_C12_5"
#define ICC_IGRPEN0 "S3_0_C12_C12_6"
#define ICC_IGRPEN1 "S3_0_C12_C12_7"

static uintptr_t distributor;
static struct devicetree_range regions[REGIONS];
/* What to write to have a CPU interrupted: its affinity, as that register has it. */
static uint64_t targets[KERNEL_CPUS_MAX];

static void wait_while(uintptr_t address, uint32_t bits)
{
        while (device_read(address) & bits)
                rota_arch_pause();
}

void gicv3_init(const struct devicetree *tree, uint32_t node)
{
        uint32_t count = devicetree_u32(tree, node, "#redistributor-regions", 1);

        distributor = gic_registers(tree, node, 0);
        for (uint32_t i = 0; i < count && i < REGIONS; i++) {
                gic_registers(tree, node, 1 + i);
                (void)devicetree_reg(tree, node, 1 + i, &regions[i]);
        }
        device_write(distributor + CONTROL, 0);
        wait_while(distributor + CONTROL, CONTROL_WRITING);
        gic_shared_interrupts(distributor);
        wait_while(distributor + CONTROL, CONTROL_WRITING);
        gic_has_group_0 = device_read(distributor + CONTROL) & CONTROL_ONE_STATE;
        device_write(distributor + CONTROL, CONTROL_AFFINITY);
        wait_while(distributor + CONTROL, CONTROL_WRITING);
        device_write(distributor + CONTROL, CONTROL_AFFINITY | CONTROL_ON);
        wait_while(distributor + CONTROL, CONTROL_WRITING);
}

/* This CPU's redistributor, 0: there is none. */
static uintptr_t find_redistributor(void)
{
        uint64_t affinity = cpu_affinity();
        uint32_t mine = (uint32_t)(affinity >> 32) << 24 | (uint32_t)affinity;

        for (unsigned i = 0; i < REGIONS; i++) {
                uintptr_t at = regions[i].start, end = at + regions[i].size;
                while (at + 2 * FRAME <= end) {
                        uint32_t type = device_read(at + REDISTRIBUTOR_TYPE);
                        if (device_read(at + REDISTRIBUTOR_TYPE + 4) == mine)
                                return at;
                        if (type & TYPE_LAST)
                                break;
                        at += type & TYPE_VIRTUAL ? 4 * FRAME : 2 * FRAME;
                }
        }
        return 0;
}

static void init_interface(void)
{
        sysreg_write(ICC_SRE, sysreg_read(ICC_SRE) | 1);
        isb(); /* the other registers are there from then on */
        if (!(sysreg_read(ICC_SRE) & 1))
                kernel_fatal("the interrupt controller's system registers are not to be had");
        sysreg_write(ICC_PMR, 0xff);
        sysreg_write(ICC_BPR1, 0);
        sysreg_write(ICC_CTLR, 0); /* the end of an interrupt is one step */
        if (gic_has_group_0)
                sysreg_write(ICC_IGRPEN0, 1);
        sysreg_write(ICC_IGRPEN1, 1);
        isb();
}

void gicv3_init_cpu(uint32_t cpu)
{
        uintptr_t redistributor = find_redistributor();
        uint64_t affinity = cpu_affinity();

        if (!redistributor)
                kernel_fatal("CPU %u has no redistributor", cpu);
        device_write(redistributor + WAKER, device_read(redistributor + WAKER) & ~WAKER_SLEEP);
        wait_while(redistributor + WAKER, WAKER_ASLEEP);
        if (gic_has_group_0)
                device_write(redistributor + FRAME + GROUP_MODIFIER, 0);
        gic_own_interrupts(redistributor + FRAME);
        wait_while(redistributor + CONTROL, REDISTRIBUTOR_WRITING);
        init_interface();
        /* Affinities 3, 2 and 1; which sixteen CPUs of the lowest level, and which of them. */
        targets[cpu] = (affinity >> 32 & 0xff) << 48 | (affinity >> 16 & 0xff) << 32 |
                       (affinity >> 8 & 0xff) << 16 | (affinity >> 4 & 0xf) << 44 |
                       (uint64_t)1 << (affinity & 0xf);
}

void gicv3_send(uint32_t cpu, uint32_t interrupt)
{
        uint64_t value = targets[cpu] | (uint64_t)interrupt << 24;

        /* What this CPU stored is seen by the one that takes the interrupt; partner: gic_take(). A write
         * to a system register is no memory access: only a dsb is before it. */
        dsb(ishst);
        if (interrupt == GIC_STOP && gic_has_group_0)
                sysreg_write(ICC_SGI0R, value);
        else
                sysreg_write(ICC_SGI1R, value);
        isb(); /* now, and not when this CPU next synchronises */
}
