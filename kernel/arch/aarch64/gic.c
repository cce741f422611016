/* SPDX-License-Identifier: MIT */
/* The interrupt controller: which one it is, and what both kinds have in common. */
#include "gic.h"

#include "devicetree.h"
#include "machine.h"

bool gic_has_group_0;

static enum { NONE, VERSION_2, VERSION_3 } version;

uintptr_t gic_registers(const struct devicetree *tree, uint32_t node, uint32_t index)
{
        struct devicetree_range range;

        if (!devicetree_reg(tree, node, index, &range))
                kernel_fatal("the interrupt controller has no registers %u", index);
        mmu_map_device(range.start, range.size);
        return range.start;
}

static uint32_t find(const struct devicetree *tree, const char *const *names, unsigned count)
{
        uint32_t node = DEVICETREE_NONE;

        for (unsigned i = 0; i < count && node == DEVICETREE_NONE; i++)
                node = devicetree_compatible(tree, DEVICETREE_NONE, names[i]);
        return node;
}

void gic_init(const struct devicetree *tree)
{
        static const char *const v3[] = {"arm,gic-v3"};
        static const char *const v2[] = {
                "arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic", "arm,cortex-a7-gic"};
        uint32_t node = find(tree, v3, 1);

        if (node != DEVICETREE_NONE) {
                gicv3_init(tree, node);
                version = VERSION_3;
                return;
        }
        node = find(tree, v2, sizeof(v2) / sizeof(v2[0]));
        if (node == DEVICETREE_NONE)
                kernel_fatal("the device tree has no interrupt controller that is known: "
                             "GICv2 or GICv3");
        gicv2_init(tree, node);
        version = VERSION_2;
}

void gic_init_cpu(uint32_t cpu)
{
        if (version == VERSION_3)
                gicv3_init_cpu(cpu);
        else
                gicv2_init_cpu(cpu);
}

void gic_own_interrupts(uintptr_t base)
{
        device_write(base + GIC_DISABLE, UINT32_MAX);
        device_write(base + GIC_NOT_PENDING, UINT32_MAX);
        device_write(base + GIC_NOT_ACTIVE, UINT32_MAX);
        device_write(base + GIC_GROUP, ~(gic_has_group_0 ? 1u << GIC_STOP : 0));
        for (unsigned i = 0; i < 32; i += 4)
                device_write(base + GIC_PRIORITY + i, GIC_NORMAL);
        *(volatile uint8_t *)(base + GIC_PRIORITY + GIC_STOP) = GIC_URGENT;
        device_write(base + GIC_ENABLE, 1u << GIC_KICK | 1u << GIC_STOP | 1u << clock_interrupt);
}

void gic_shared_interrupts(uintptr_t base)
{
        uint32_t words = (device_read(base + GIC_DISTRIBUTOR_TYPE) & 31) + 1;

        for (uint32_t i = 1; i < words; i++)
                device_write(base + GIC_DISABLE + i * 4, UINT32_MAX);
}

uint32_t gic_take(uint32_t *token)
{
        if (version != VERSION_3) {
                *token = gicv2_take();
                return *token & 0x3ff;
        }
        uint32_t taken = (uint32_t)sysreg_read("S3_0_C12_C12_0"); /* ICC_IAR1_EL1 */
        /* The interrupt is taken, and only then what the sender had stored is read: else a load
         * ahead of this could find the old value, and the interrupt that tells of the new one be used
         * up. Partner: the dsb before the sending (gicv3.c). */
        dsb(sy);
        *token = taken;
        return taken & 0xffffff;
}

void gic_end(uint32_t token)
{
        if (version != VERSION_3) {
                gicv2_end(token);
                return;
        }
        sysreg_write("S3_0_C12_C12_1", token); /* ICC_EOIR1_EL1 */
        isb();                                 /* the next one may come as soon as it is unmasked */
}

static void send(uint32_t cpu, uint32_t interrupt)
{
        if (version == VERSION_3)
                gicv3_send(cpu, interrupt);
        else
                gicv2_send(cpu, interrupt);
}

void machine_kick(uint32_t cpu)
{
        send(cpu, GIC_KICK);
}

/* By an FIQ, where the interrupt controller lets us have one. */
void machine_stop_others(void)
{
        if (version == NONE)
                return;
        for (uint32_t i = 0; i < KERNEL_CPUS_MAX; i++)
                if (i != machine_cpu()->index && kernel_cpu_started(i))
                        send(i, GIC_STOP);
}
