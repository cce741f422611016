/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A world that runs in a child process and shares its report with the tool.
 */
#ifndef ROTA_TOOL_WORLD_H
#define ROTA_TOOL_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "compile.h"
#include "machine.h"

/** How a world came to its end. */
enum child_end {
        CHILD_RUNS,    /**< not yet */
        CHILD_EXITED,  /**< with the world's exit code in `code` */
        CHILD_CRASHED, /**< otherwise; `text` says how */
};

/** A started world. */
struct child {
        pid_t pid;
        void *region; /**< all of the shared memory */
        size_t region_size;
        void *report; /**< in it */
        size_t report_size;
        int console;      /**< what the world prints comes out here */
        char tail[65536]; /**< the end of what it printed */
        size_t tail_length;
        enum child_end end;
        int code;
        char text[128];
        /* Said before its start: */
        const struct machine *machine; /**< that it is the emulator of, NULL: the host world */
        bool icount;                   /**< its time is the count of instructions */
};

/** Starts the host world: a fork that becomes the world. */
bool child_start_host(struct child *child, const struct program *program, size_t report_size,
        struct error *error);

/** Starts a bare world: the reference kernel under QEMU, on `child->machine`. */
bool child_start_bare(struct child *child, const struct program *program, size_t report_size,
        struct error *error);

/** The end of what the world printed, without what a machine's firmware said before it. */
const char *child_said(const struct child *child);

/** Takes what the world printed, and looks whether it has ended. Never waits. */
void child_poll(struct child *child);

/** Ends the world whatever it does, and waits for that. */
void child_kill(struct child *child);

/** Gives everything back. */
void child_free(struct child *child);

/** Most CPUs that the world can have. */
uint32_t world_cpus_most(const char *world);

/* Shared by the two starters. */
/** In the child, first: dies with the tool, prints into the pipe, takes no signal of the terminal. */
void child_become(struct child *child, const int console[2], pid_t parent);
bool child_console(int console[2], struct error *error);

#endif
