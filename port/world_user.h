/* SPDX-License-Identifier: MIT */
/**
 * @file
 * User mode for threads of a program that runs in a bare world: an address space with a program in it, which
 * a thread enters, and whose calls it serves on its own stack. The host world has none of this.
 */
#ifndef ROTA_WORLD_USER_H
#define ROTA_WORLD_USER_H

#include <world.h>

ROTA_BEGIN_DECLS

/** A program in an address space of its own, for one thread. */
struct world_user;

/** Why user mode was left. */
enum world_user_why {
        WORLD_USER_CALL,  /**< it calls: what is told is the call's number */
        WORLD_USER_FAULT, /**< it did what it may not */
        WORLD_USER_END,   /**< the thread was cancelled */
};

/**
 * Makes a space and loads a program, linked as the runtime's CMakeLists.txt says; compiled for general
 * registers only, since its floating-point unit is off.
 * @param name     for its argument 0
 * @param bytes    an ELF executable, in any alignment; not looked at any more once this returns
 * @param user     receives it
 * @param space    receives what the options of its thread name as `space`
 * @return NULL, or why it cannot be, in one line. Context: any outside interrupts.
 */
const char *world_user_create(
        const char *name, const void *bytes, size_t size, struct world_user **user, void **space);

/** Gives all its memory back. Context: any, in its thread's exit callback or later. */
void world_user_destroy(struct world_user *user);

/**
 * Runs it until there is something to do.
 * @param answer  to the call that was told last; else of no meaning
 * @param number  receives the number of the call
 * @return why. Context: its thread, no guard held, interrupts enabled.
 */
enum world_user_why world_user_run(struct world_user *user, uint64_t answer, uint64_t *number);

/** What it did that it may not, after WORLD_USER_FAULT. Context: any. */
const char *world_user_fault(const struct world_user *user);

ROTA_END_DECLS
#endif
