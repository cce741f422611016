/* SPDX-License-Identifier: MIT */
/* Calls of the firmware: Arm's Power State Coordination Interface (DEN 0022). */
#include "arm.h"
#include "devicetree.h"
#include "machine.h"
#include "memory.h"

#define CPU_ON     0xc4000003u
#define SYSTEM_OFF 0x84000008u

/* How the firmware is called. */
static enum { ABSENT, BY_HVC, BY_SMC } method;
static uint64_t function_cpu_on;

void psci_init(const struct devicetree *tree)
{
        static const char *const standard[] = {"arm,psci-1.0", "arm,psci-0.2"};
        uint32_t node = DEVICETREE_NONE;

        function_cpu_on = CPU_ON;
        for (unsigned i = 0; i < 2 && node == DEVICETREE_NONE; i++)
                node = devicetree_compatible(tree, DEVICETREE_NONE, standard[i]);
        if (node == DEVICETREE_NONE) {
                node = devicetree_compatible(tree, DEVICETREE_NONE, "arm,psci");
                /* Of 0.1 each number stands in the tree, and there is no turning off. */
                function_cpu_on = devicetree_u32(tree, node, "cpu_on", 0);
        }
        const char *how = devicetree_string(tree, node, "method", 0);
        if (how && memcmp(how, "hvc", 4) == 0)
                method = BY_HVC;
        else if (how && memcmp(how, "smc", 4) == 0)
                method = BY_SMC;
}

/* Firmware keeps x18 and above (SMC calling convention); a call is no barrier. */
static int64_t call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
        register uint64_t x0 __asm__("x0") = function;
        register uint64_t x1 __asm__("x1") = a;
        register uint64_t x2 __asm__("x2") = b;
        register uint64_t x3 __asm__("x3") = c;

#define CALL(instruction)                                                                          \
        __asm__ volatile(instruction " #0"                                                         \
                         : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                  \
                         :                                                                         \
                         : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",  \
                         "x15", "x16", "x17", "memory")
        if (method == BY_HVC)
                CALL("hvc");
        else
                CALL("smc");
#undef CALL
        return (int64_t)x0;
}

int64_t psci_cpu_on(uint64_t affinity, uintptr_t entry, uintptr_t argument)
{
        if (method == ABSENT || !function_cpu_on)
                return -1; /* not supported */
        /* What was written here is seen by the walks and reads of the CPU that starts, which are coherent
         * from where it turns its MMU on; partner: boot_mmu in boot.S. Before that it reads nothing. */
        dsb(ish);
        int64_t result = call(function_cpu_on, affinity, entry, argument);
        return (int32_t)result; /* some firmware answers with 32 bits */
}

void psci_off(void)
{
        if (method != ABSENT)
                call(SYSTEM_OFF, 0, 0, 0);
}
