/* SPDX-License-Identifier: MIT */
/* A machine for the kernel's files that deal with page tables, on the host: CPUs are what the test
 * says, each with a cache of translations that keeps as much as it may for as long as it may. */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include "kernel.h"
#include "pages.h"

struct kernel_cpu *machine_cpu(void);
void machine_kick(uint32_t cpu);
void machine_space_load(uint64_t *root, uint32_t asid, enum kernel_forget forget);
uint32_t machine_asids(void);
void machine_tables_written(void);
void machine_code_written(uintptr_t physical, size_t size);
void machine_code_fetch(void);

#endif
