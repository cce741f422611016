/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The bare machines that a workload can run on: for each what QEMU, the file system and the person who
 * asked for it have to know.
 */
#ifndef ROTA_TOOL_MACHINE_H
#define ROTA_TOOL_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A bare machine. */
struct machine {
        const char *name;     /**< the world's, and the kernel's behind "rota-" */
        const char *emulator; /**< program */
        const char *package;  /**< Debian's, that has the program */
        const char *env;      /**< variable that names the kernel */
        const char *options
                [12]; /**< QEMU's that are this machine's, up to a NULL; its memory is "ram" */
        uint64_t ram; /**< where RAM begins */
        const char
                *firmware; /**< how the last line begins that firmware says, NULL: it is silent */
        /** What the kernel meant by QEMU's exit status. @return its code, -1: QEMU's own end */
        int (*code)(int status);
};

/** All of them, as parts of a sentence. */
#define MACHINE_NAMES    "x86_64, aarch64 and riscv64"
#define MACHINE_NAMES_OR "x86_64, aarch64, riscv64"

/** The machine of that name, or NULL. */
const struct machine *machine_named(const char *name);

/** Finds its kernel. @return whether; else @p path is where it was looked for first */
bool machine_find_kernel(const struct machine *machine, char *path, size_t size);

#endif
