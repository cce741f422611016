/* SPDX-License-Identifier: MIT */
/* The registers that user mode has on aarch64; their places are registers.S's. */
#include "../registers.h"

#define FLAGS   256
#define CONTROL 264
#define TLS     280
#define SP      288
#define VECTORS 512

/* Rounding, flush to zero, default NaN, alternative half precision; exceptions are not trapped. */
#define FPCR_KEPT UINT64_C(0x07c00000)
/* Saturation and the exceptions' sums. */
#define FPSR_KEPT UINT64_C(0x0800009f)

static const struct registers_group groups[] = {
        {"x", 0, 31, 8, 8, UINT64_MAX},
        {"nzcv", FLAGS, 1, 8, 8, UINT64_C(0xf0000000)},
        {"fpcr", CONTROL, 1, 8, 8, FPCR_KEPT},
        {"fpsr", CONTROL + 8, 1, 8, 8, FPSR_KEPT},
        {"tpidr_el0", TLS, 1, 8, 8, UINT64_MAX},
        {"sp", SP, 1, 8, 8, UINT64_MAX},
        {"v", VECTORS, 32, 16, 16, UINT64_MAX},
        {NULL, 0, 0, 0, 0, 0},
};

void registers_begin(int count, char **words)
{
        (void)count;
        (void)words;
}

static void change(unsigned at, uint64_t keep, uint64_t set)
{
        uint64_t value = 0;

        memcpy(&value, registers_in + at, 8);
        value = (value & keep) | set;
        memcpy(registers_in + at, &value, 8);
}

void registers_choose(void)
{
        change(FLAGS, UINT64_C(0xf0000000), 0);
        change(CONTROL, FPCR_KEPT, 0);
        change(CONTROL + 8, FPSR_KEPT, 0);
        change(SP, 0, (uint64_t)(uintptr_t)registers_out);
}

const struct registers_group *registers_groups(void)
{
        return groups;
}
