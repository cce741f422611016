/* SPDX-License-Identifier: MIT */
/*
 * Rank across CPUs (src/core/decide.c, home.c, place.c, pull.c, src/policy/prio.c).
 *
 * CPU 0 runs the most urgent task and drops to the least urgent one, which waited there. CPU 1 runs
 * a most urgent task for good and queues a middling one on itself, behind it; in size 2 behind one
 * more that is less urgent than all. Lower numbers are more urgent.
 *
 * Proved: when all has come to rest CPU 0 does not run the least urgent task while the middling one
 * waits.
 *
 * Left out: idle CPUs (idle_kick.pml), contexts (pull_switch.pml), classes: the level of the running
 * task stands for running_class as well.
 *
 *   run TSO PSO WEAK 1
 *   run TSO PSO WEAK 2
 */
#define CPUS       2
#define DEPTH      3
#define LOCATIONS  6

#define RUNNING    1 /* prio.c: what CPU 0 runs */
#define WAITING    2 /* prio.c: the most urgent level that waits on CPU 1 */
#define READY      3 /* cpu->ready of CPU 1 */
#define NEED       4 /* cpu->need of CPU 0 */
#define QUEUES(c)  (5 + (c))

#define URGENT     1
#define MIDDLING   3
#define LEAST      5
#define LESS_STILL 7
#define NONE       9

#define NO_FENCE_DROP    1 /* TSO 1: decide.c decide(): runs less, then looks at what waits */
#define NO_FENCE_SPREAD  2 /* TSO 1: place.c place_spread(): waits, then looks at what runs */
#define FENCE_WHEN_FIRST 3 /* TSO 2: place.c place_spread(): no fence where others waited before */
#define NO_LOOK_ON_DROP  4 /* TSO 1: decide.c decide(): does not look at what waits elsewhere */
#define NO_LESSER        5 /* TSO 1: place.c place_spread(): looks for idle CPUs only */
#define NO_NEED          6 /* TSO 1: place.c place_notify(): kicks without saying why */
#define NO_FENCE_NOTIFY  7 /* WEAK 1: place.c place_notify(): need, then the idle state and kick */

#include "memory.pml"

bool waits;   /* the middling task is in the queue of CPU 1, whose lock guards it */
byte current; /* of CPU 0 */
bool kicked;

proctype runner()
{
        short old;
        byte need;

        atomic {                                            /* dispatch.c: dispatch_once() */
                lock(0, QUEUES(0));
                current = LEAST;                            /* decide.c: queue_commit_next() */
                store(0, RUNNING, LEAST)                    /* prio.c: commit() */
        }
        store_then_look(0, NO_FENCE_DROP);                  /* decide.c: decide() */
        if                                                  /* pull.c: pull_tempting() */
        :: LOAD(0, READY) != 0 && UNLESS(NO_LOOK_ON_DROP) ->
                if
                :: LOAD(0, WAITING) < LEAST -> fetch(0, NEED, old, 1)
                :: else
                fi
        :: else
        fi;
        unlock(0, QUEUES(0));                               /* dispatch.c: dispatch_finish() */
        do
        :: need = LOAD(0, NEED);                            /* dispatch.c: due() */
           if
           :: need ->
                fetch(0, NEED, old, 0);                     /* dispatch.c: dispatch_once() */
                if                                          /* pull.c: tempting() */
                :: LOAD(0, READY) != 0 ->
                        atomic {                            /* pull.c: lock_both(), take() */
                                lock(0, QUEUES(0));
                                lock(0, QUEUES(1));
                                if
                                :: waits && current == LEAST ->
                                        waits = false;
                                        current = MIDDLING
                                :: else
                                fi
                        }
                        atomic {
                                if
                                :: waits
                                :: else ->                  /* prio.c: pull(), commit() */
                                        store(0, WAITING, (size == 1 -> NONE : LESS_STILL));
                                        store(0, READY, size - 1);
                                        store(0, RUNNING, current)
                                fi;
                                unlock(0, QUEUES(1));
                                unlock(0, QUEUES(0))
                        }
                :: else
                fi
           :: else ->
end_running:    atomic { kicked -> kicked = false }         /* until the next interrupt */
           fi
        od
}

/* place.c: place(), place_on(); where it runs nothing less urgent now, on CPU 1 itself. */
proctype placer()
{
        short old;
        bool first;

        atomic {
                lock(1, QUEUES(1));
                first = LOAD(1, READY) == 0;
                waits = true;
                store(1, WAITING, MIDDLING);                /* prio.c: enqueue() */
                store(1, READY, size)                       /* queue.c: queue_insert() */
        }
        if                                                  /* place.c: place_spread() */
        :: first || UNLESS(FENCE_WHEN_FIRST) -> store_then_look(1, NO_FENCE_SPREAD)
        :: else
        fi;
        if
        :: LOAD(1, RUNNING) > MIDDLING && UNLESS(NO_LESSER) -> /* prio.c: select_cpu() */
                if                                          /* place.c: place_notify() */
                :: UNLESS(NO_NEED) -> fetch(1, NEED, old, 1)
                :: else
                fi;
                store_then_look(1, NO_FENCE_NOTIFY);
                kicked = true
        :: else
        fi;
        unlock(1, QUEUES(1))
}

init {
        atomic {
                choose_memory();
                current = URGENT;
                main_memory[RUNNING] = URGENT;
                main_memory[WAITING] = (size == 1 -> NONE : LESS_STILL);
                main_memory[READY] = size - 1;
                run runner();
                run placer();
                run buffer(0); run buffer(1)
        }
        timeout;
        assert(!(waits && current == LEAST))
}
