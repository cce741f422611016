/* SPDX-License-Identifier: MIT */
/*
 * What the core's words say: the word of a slot, which decides who may touch a task; where a task is,
 * and what becomes of it at a switch; what a CPU is to do, and whether it takes part.
 */
#ifndef ROTA_CORE_STATE_H
#define ROTA_CORE_STATE_H

#include <rota/instance.h>

/* ---- The word of a slot. Changes only by one atomic operation. ---- */

enum {
        WORD_FREE = 0,     /* the slot names nobody */
        WORD_NEW = 1,      /* created, not started */
        WORD_RUNNABLE = 2, /* ready, running, or on its way between the two */
        WORD_PARKED = 3,   /* sleeps; who makes it RUNNABLE must queue it */
        WORD_DEAD = 4,     /* has ended; the slot holds its exit code */
        WORD_STATE = 7,    /* mask of the state */
        WORD_TOKEN = 8,    /* a wake that the next park takes */
        WORD_CANCEL = 16,  /* asked to end; sticky */
        WORD_HOLD = 32,    /* its waits are not ended by a cancel */
        WORD_PIN = 64,     /* somebody looks at the task by handle: it may neither leave PARKED nor
                              die, and its joiners are his */
        WORD_DETACHED = 128, /* nobody will join */
        WORD_BUSY = 256,     /* DEAD, and its exit callback still runs */
};

/* The generation is in the word's upper bits: 32 of 64, or 23 of 32. */
#define WORD_GENERATION_SHIFT (sizeof(uintptr_t) == 8 ? 32u : 9u)
#define WORD_GENERATION_MAX                                                                        \
        (sizeof(uintptr_t) == 8 ? UINT32_MAX                                                       \
                                : ((uint32_t)1 << (32 - WORD_GENERATION_SHIFT % 32)) - 1)

static inline uint32_t word_generation(uintptr_t word)
{
        return (uint32_t)(word >> WORD_GENERATION_SHIFT);
}

static inline uintptr_t word_make(uint32_t generation, uintptr_t state)
{
        return ((uintptr_t)generation << WORD_GENERATION_SHIFT) | state;
}

static inline uintptr_t word_state(uintptr_t word)
{
        return word & WORD_STATE;
}

/* A slot's notes: in the lower half the notes, above them whether the task waits for some, and above that
 * as much of the generation as there is room for. */
#define NOTES_SHIFT (sizeof(uintptr_t) * 4)
#define NOTES_WAITS ((uintptr_t)1 << NOTES_SHIFT)

static inline uintptr_t notes_of(uint32_t generation)
{
        return (uintptr_t)generation << (NOTES_SHIFT + 1);
}

/* The task of a slot that is not FREE. */
static inline struct rota_task *slot_task(const struct rota_slot *slot)
{
        return (struct rota_task *)slot->value;
}

/* ---- Where a task is, under the lock of the queues of task->cpu. ---- */

enum rota_where {
        WHERE_NONE = 0,    /* new */
        WHERE_READY = 1,   /* in its class's queue on task->cpu */
        WHERE_RUNNING = 2, /* current of task->cpu */
        WHERE_PARKED = 3,  /* in no queue */
        WHERE_MOVING = 4,  /* between two CPUs: whoever finds it waits a moment */
        WHERE_ENDED = 5,   /* on its way out */
};

enum rota_task_flag {
        TASK_DISPLACED = 1, /* runs where it no longer may; leaves at the next switch */
        TASK_SAVED = 2,     /* its kind wants to hear when it is saved */
};

/* task->guard: its depth, and a bit that keeps the task from blocking, too. */
enum {
        GUARD_DEPTH = 0x7fff,
        GUARD_LENT = 0x8000, /* its turn was preempted: `on` is a spare's (spare.c) */
};

/* task->marks: written by the task's own CPU while it runs. */
enum rota_mark {
        MARK_WAITING = 1, /* in rota_wait_park() on a node that others may have in their queues */
        MARK_TOUCHED = 2, /* overflow: the low end of its stack was written over */
        MARK_BELOW = 4,   /* overflow: it was found below its stack */
        MARK_GAP = 8,     /* overflow: it ran into unmapped memory */
        MARK_USER = 16,   /* it enters user mode: a cancel interrupts it there */
        MARK_POLLED = 32, /* a future task: its turns are polls */
        MARK_OVERFLOWN = MARK_TOUCHED | MARK_BELOW | MARK_GAP,
};

/* What finish_switch does with who was switched away from. */
enum rota_fate {
        FATE_READY = 0, /* it is in a queue: nothing */
        FATE_PARK = 1,  /* commit RUNNABLE -> PARKED, or put it back */
        FATE_MOVE = 2,  /* queue it on another CPU */
        FATE_EXIT = 3,  /* bury it */
        FATE_FREE = 4,  /* it has ended already (exit_at_once): its slot is to be freed, */
        FATE_KEEP = 5,  /* or to be kept with its code */
};

/* Why the running task is to be switched away from. */
enum rota_why {
        WHY_YIELD,
        WHY_PREEMPT,
        WHY_PARK,
        WHY_EXIT,
};

/* Bits of cpu->need. */
enum rota_need {
        NEED_RESCHED = 1,  /* decide anew who runs */
        NEED_PULL = 2,     /* look at other CPUs first: one of them has a task for this one */
        NEED_REARM = 4,    /* the policy's next event moved earlier */
        NEED_SLICE = 8,    /* the running task's slice is used up */
        NEED_STOP = 16,    /* somebody stops the world */
        NEED_LOOK = 32,    /* as NEED_PULL, by this CPU's own suspicion */
        NEED_TICK = 64,    /* a timer interrupt came: is the running task's slice used up? */
        NEED_TIMERS = 128, /* timers of a CPU that left are here: arm for them */
        NEED_PULLING = NEED_PULL | NEED_LOOK,
        NEED_DISPATCH = NEED_RESCHED | NEED_PULLING | NEED_TICK,
        NEED_BEFORE_TURN = NEED_DISPATCH | NEED_REARM | NEED_TIMERS,
};

/* cpu->idle. */
enum rota_idle {
        IDLE_ACTIVE = 0,  /* runs something, or is about to look for it */
        IDLE_LOOKING = 1, /* watches its own queue: no kick needed */
        IDLE_HALTED = 2,  /* needs a kick; who makes it ACTIVE sends it */
        IDLE_LEFT = 3,    /* has left: what is queued here must go elsewhere if it may */
};

/* cpu->online. */
enum rota_online {
        CPU_OFFLINE = 0, /* has not begun, or has left */
        CPU_ONLINE = 1,
        CPU_LEAVING = 2, /* was asked to leave: gets no more tasks, and gives away what it has */
        CPU_JOINING = 3, /* begins: the world may be stopped, it touches nothing yet */
};

#define CLASS_NONE ROTA_MAX_CLASSES

#endif
