/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a machine's part of the register test gives: registers_round() in assembly, and what is in the
 * tables that it fills from and stores to.
 */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <program/program.h>

/** Bytes of a table. */
#define REGISTERS_BYTES 4096

extern unsigned char registers_in[REGISTERS_BYTES], registers_out[REGISTERS_BYTES];

/** Some registers that lie one behind the other in the tables. */
struct registers_group {
        const char *name; /**< of the first */
        unsigned at, count, size, stride;
        uint64_t bits; /**< of each word, those that are kept */
};

/** Every register from registers_in and, a while later, to registers_out. */
void registers_round(void);
/** Finds out what there is. @param words  what else the command line says */
void registers_begin(int count, char **words);
/** Puts random bytes that a register may have into registers_in, which are random bytes already. */
void registers_choose(void);
/** The groups that there are, ended by one without a name. */
const struct registers_group *registers_groups(void);

#endif
