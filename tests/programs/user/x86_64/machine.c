/* SPDX-License-Identifier: MIT */
/* The registers that user mode has on x86_64; their places are registers.S's. */
#include "../registers.h"

extern unsigned registers_vectors, registers_bases;

/* Places in the tables. */
#define FLAGS    128
#define FS_BASE  136
#define GS_BASE  144
#define SEGMENTS 152
#define MASKS    160
#define FX       256
#define VECTORS  768

/* Carry, parity, adjust, zero, sign, direction, overflow. */
#define FLAGS_KEPT UINT64_C(0xcd5)

static struct registers_group groups[16];

static void cpuid(unsigned leaf, unsigned *a, unsigned *b, unsigned *c)
{
        unsigned d = 0;

        *a = leaf;
        *c = 0;
        __asm__ volatile("cpuid" : "+a"(*a), "=b"(*b), "+c"(*c), "=d"(d));
}

static uint64_t enabled(void)
{
        uint32_t low = 0, high = 0;

        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        return (uint64_t)high << 32 | low;
}

static void add(const char *name, unsigned at, unsigned count, unsigned size, unsigned stride,
        uint64_t bits)
{
        struct registers_group *group = groups;

        while (group->name)
                group++;
        *group = (struct registers_group){name, at, count, size, stride, bits};
}

void registers_begin(int count, char **words)
{
        unsigned a = 0, b = 0, c = 0;

        (void)count;
        (void)words;
        cpuid(1, &a, &b, &c);
        const uint64_t components = c & 1u << 27 ? enabled() : 0;
        cpuid(7, &a, &b, &c);
        registers_vectors = (components & 0xe6) == 0xe6 ? 2 : (components & 6) == 6 ? 1 : 0;
        registers_bases = b & 1;
        add("general", 0, 16, 8, 8, UINT64_MAX);
        add("rflags", FLAGS, 1, 8, 8, FLAGS_KEPT);
        add("selector", SEGMENTS, 2, 2, 2, UINT64_MAX);
        if (registers_bases)
                add("base", FS_BASE, 2, 8, 8, UINT64_MAX);
        add("fcw", FX, 1, 2, 2, UINT64_MAX);
        add("fsw", FX + 2, 1, 2, 2, UINT64_MAX);
        add("ftw", FX + 4, 1, 1, 1, UINT64_MAX);
        add("mxcsr", FX + 24, 1, 4, 4, UINT64_MAX);
        add("st", FX + 32, 8, 10, 16, UINT64_MAX);
        if (registers_vectors == 0)
                add("xmm", FX + 160, 16, 16, 16, UINT64_MAX);
        else
                add(registers_vectors == 1 ? "ymm" : "zmm", VECTORS, registers_vectors * 16,
                        registers_vectors * 32, 64, UINT64_MAX);
        if (registers_vectors == 2)
                add("k", MASKS, 8, 8, 8, UINT64_MAX);
        print("registers: %s, bases %s\n",
                registers_vectors == 2   ? "AVX-512"
                : registers_vectors == 1 ? "AVX"
                                         : "SSE",
                registers_bases ? "set by the program" : "not to be set");
}

static void change(unsigned at, uint64_t keep, uint64_t set, unsigned size)
{
        uint64_t value = 0;

        memcpy(&value, registers_in + at, size);
        value = (value & keep) | set;
        memcpy(registers_in + at, &value, size);
}

void registers_choose(void)
{
        change(FLAGS, FLAGS_KEPT, 0x202, 8);
        change(FS_BASE, UINT64_C(0x7fffffffffff), 0, 8);
        change(GS_BASE, UINT64_C(0x7fffffffffff), 0, 8);
        /* The null selector, or that of the programs' data. */
        for (unsigned i = 0; i < 2; i++)
                change(SEGMENTS + 2 * i, 0, registers_in[SEGMENTS + 2 * i] & 1 ? 0x1b : 0, 2);
        change(FX, 0x0c00, 0x037f, 2);        /* fcw: nothing raises an exception */
        change(FX + 2, 0x7f7f & ~0x80, 0, 2); /* fsw: so none is pending */
        change(FX + 4, 0xff, 0, 1);           /* ftw */
        change(FX + 24, 0xe07f, 0x1f80, 4);   /* mxcsr */
        for (unsigned i = 0; i < 8; i++)      /* numbers: their first bit is 1 */
                registers_in[FX + 32 + 16 * i + 7] |= 0x80;
}

const struct registers_group *registers_groups(void)
{
        return groups;
}
