/* SPDX-License-Identifier: MIT */
/*
 * D1: every register survives. Round after round, with another slice each time: all registers are filled
 * with random bits, and looked at after a stretch of instructions in which the program is preempted now
 * and then. Words: the number of rounds, a seed, and what the machine's part wants to know.
 */
#include "registers.h"

static uint64_t random;

static uint64_t next_random(void)
{
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return random;
}

/* @return the first register that is not as it was, by group and number; else NULL */
static const struct registers_group *compare(unsigned *number)
{
        const struct registers_group *group = registers_groups();

        for (; group->name; group++)
                for (*number = 0; *number < group->count; ++*number)
                        for (unsigned i = 0; i < group->size; i++) {
                                const unsigned at = group->at + *number * group->stride + i;
                                const unsigned char kept =
                                        (unsigned char)(group->bits >> i % 8 * 8);
                                if ((registers_in[at] ^ registers_out[at]) & kept)
                                        return group;
                        }
        return NULL;
}

static void print_bytes(const char *what, const unsigned char *bytes, unsigned size)
{
        print("  %s ", what);
        while (size)
                print("%02x", (unsigned)bytes[--size]);
        print("\n");
}

int main(int count, char **words)
{
        const uint64_t rounds = count > 1 ? number(words[1]) : 100;
        struct sys_params params;
        unsigned which = 0;

        random = (count > 2 ? number(words[2]) : 1) * UINT64_C(0x9e3779b97f4a7c15) + 1;
        registers_begin(count, words);
        for (uint64_t round = 0; round < rounds; round++) {
                for (unsigned i = 0; i < REGISTERS_BYTES; i += 8) {
                        const uint64_t value = next_random();
                        memcpy(registers_in + i, &value, 8);
                        memset(registers_out + i, ~registers_in[i], 8);
                }
                registers_choose();
                sys_get_params(&params);
                params.slice_ns = 100000 + next_random() % 50000;
                if (sys_set_params(&params) != 0)
                        return 2;
                registers_round();
                const struct registers_group *bad = compare(&which);
                if (bad) {
                        const unsigned at = bad->at + which * bad->stride;
                        print("not ok registers: %s%u in round %lu\n", bad->name, which, round);
                        print_bytes("was", registers_in + at, bad->size);
                        print_bytes("is ", registers_out + at, bad->size);
                        return 1;
                }
        }
        unsigned all = 0;
        for (const struct registers_group *group = registers_groups(); group->name; group++)
                all += group->count;
        print("registers: %u of them, %lu rounds\n", all, rounds);
        return 0;
}
