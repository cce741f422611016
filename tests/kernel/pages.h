/* SPDX-License-Identifier: MIT */
#ifndef ROTA_TESTS_KERNEL_PAGES_H
#define ROTA_TESTS_KERNEL_PAGES_H

#include <world.h>

/* The kernel's own tables, and what spaces do with them. @return 0, or the line that failed. */
int pages_main(const struct world *world);
/* What spaces cost: as many as 10,000, each with a program's least. @return 0, or 1 */
int pages_many(const struct world *world);
/* User tasks on all CPUs whose page is taken away. @return 0, or where it failed */
int shared_main(const struct world *world);
/* What the tables forbid the kernel: "constant", "text", "data"; and a program's memory: "touch", "call". */
void pages_fault(const char *word, bool (*is)(const char *, const char *));

#endif
