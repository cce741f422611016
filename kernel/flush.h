/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Which CPU has which space loaded, and how none keeps what was taken out of one.
 */
#ifndef KERNEL_FLUSH_H
#define KERNEL_FLUSH_H

#include "space.h"

/** At boot, before any CPU loads a space. @param cpus  how many there are */
void kernel_spaces_init(uint32_t cpus);

/** After entries of @p space have changed: returns when no CPU can have the old ones cached any more.
 * Context: as kernel_space_unmap(). */
void kernel_space_flush(struct kernel_space *space);

/** Whether some CPU has it loaded. */
bool kernel_space_loaded(const struct kernel_space *space);

#endif
