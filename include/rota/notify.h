/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Notes: a word of bits per task, the cheapest way to tell a task something: one atomic operation, and a
 * wake where it waits for it (as the direct-to-task notifications of FreeRTOS, and notifications of
 * seL4). Bits that are set again before they are taken add up to one.
 *
 * The word is in the slot table, not in the task: a note for a task that has ended is harmless, and never
 * reaches the next task of the same slot.
 */
#ifndef ROTA_NOTIFY_H
#define ROTA_NOTIFY_H

#include <rota/task.h>

ROTA_BEGIN_DECLS

/** How many notes a task has, in the lower bits: half of a word's, 32 on 64-bit machines, 16 on 32-bit
 * ones. */
#define ROTA_NOTE_BITS ((unsigned)(sizeof(uintptr_t) * 4))

/** Every note. */
#define ROTA_NOTES_ALL ((uint32_t)(((uintptr_t)1 << ROTA_NOTE_BITS) - 1))

/**
 * Sets notes of a task, and wakes it where it waits for notes. What the caller wrote before, the task sees
 * once it has taken them.
 * @param bits  of the lower ROTA_NOTE_BITS; 0: none, but a task that waits looks again
 * @return ROTA_OK; ROTA_ESTALE: nobody there, harmless; ROTA_EINVAL: a bit that there is not.
 * Context: any.
 */
int rota_notify(struct rota_handle task, uint32_t bits);

/**
 * Takes those of the running task's notes that are in @p mask, and waits for one where there is none.
 * @param bits  receives what was taken (it is set no more), 0 where it was none; may be NULL
 * @return ROTA_OK: one at least; ROTA_EAGAIN: none, and the time-out is none; ROTA_ETIMEDOUT;
 * ROTA_ECANCELED; ROTA_ECONTEXT; ROTA_EINVAL: no note is in @p mask. Context: task.
 */
int rota_notify_wait(uint32_t mask, struct rota_timeout timeout, uint32_t *bits);

/** Begins to wait for notes. @return ROTA_OK: taken, as rota_notify_wait(); ROTA_EAGAIN: there is none,
 * and from now on a note of any bit wakes the task, once; park, and begin again; ROTA_ECONTEXT;
 * ROTA_EINVAL. Context: task. */
int rota_notify_begin(uint32_t mask, uint32_t *bits);

/** Ends to wait for notes: none wakes the task any more. @return ROTA_OK: taken; ROTA_EAGAIN: there is
 * none; ROTA_ECONTEXT; ROTA_EINVAL. Context: task. */
int rota_notify_finish(uint32_t mask, uint32_t *bits);

ROTA_END_DECLS
#endif
