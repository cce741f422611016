/* SPDX-License-Identifier: MIT */
/* The registers that user mode has on riscv64; their places are registers.S's. A third word that begins
 * with v says that there are vectors: a program cannot ask the processor. */
#include "../registers.h"

#define CONTROL 256
#define FLOATS  512
#define VECTORS 1024

extern uint64_t registers_vectors;
uint64_t registers_bytes; /* of eight vector registers */

uint64_t registers_vlenb(void);

static struct registers_group groups[] = {
        {"x", 8, 31, 8, 8, UINT64_MAX},
        {"fcsr", CONTROL, 1, 8, 8, UINT64_C(0xff)},
        {"f", FLOATS, 32, 8, 8, UINT64_MAX},
        {"vector control", CONTROL + 8, 4, 8, 8, UINT64_MAX},
        {"v", VECTORS, 32, 0, 0, UINT64_MAX},
        {NULL, 0, 0, 0, 0, 0},
};

void registers_begin(int count, char **words)
{
        registers_vectors = count > 3 && words[3][0] == 'v';
        const uint64_t bytes = registers_vectors ? registers_vlenb() : 0;
        registers_bytes = 8 * bytes;
        if (!bytes || VECTORS + 32 * bytes > REGISTERS_BYTES)
                groups[3].name = NULL;
        else
                groups[4].size = groups[4].stride = (unsigned)bytes;
        print("registers: %lu bytes in a vector\n", bytes);
}

static void set(unsigned at, uint64_t value)
{
        memcpy(registers_in + at, &value, 8);
}

void registers_choose(void)
{
        const unsigned char random = registers_in[CONTROL + 8];

        set(16, (uint64_t)(uintptr_t)registers_out); /* sp: the first x is x1 */
        set(CONTROL, (registers_in[CONTROL] & 0x1f) | (uint64_t)(random & 3) << 5);
        set(CONTROL + 8, 1 + random % 16);                   /* vl: so many bytes */
        set(CONTROL + 16, (uint64_t)(random >> 4 & 3) << 6); /* vtype: tail, mask; e8, m1 */
        set(CONTROL + 24, random >> 6 & 1);                  /* vxsat */
        set(CONTROL + 32, registers_in[CONTROL + 32] & 3);   /* vxrm */
}

const struct registers_group *registers_groups(void)
{
        return groups;
}
