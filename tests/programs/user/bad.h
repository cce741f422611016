/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a program may not do, by name. What is the machine's own is in <isa>/bad.c.
 */
#ifndef BAD_H
#define BAD_H

#include <program/program.h>

/** Any fault: an emulator may find another one first. */
#define BAD_ANY UINT32_MAX

/** A deed, and the fault that it should end with (enum sys_fault); 0: it should be harmless. */
struct bad {
        const char *name;
        void (*act)(void);
        uint32_t fault;
};

/** The machine's own, ended by one without a name. */
extern const struct bad bad_machine[];
/** An address of the kernel's memory. */
extern const uintptr_t bad_kernel;

#endif
