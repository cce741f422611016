/* SPDX-License-Identifier: MIT */
/*
 * Pull against switch (src/core/dispatch.c, decide.c, pull.c, place.c, queue.c).
 *
 * Two CPUs and three tasks. Each CPU, over and over, takes the first task that waits in its queue,
 * or pulls one from the other's. The running task yields, maybe after a pull, or moves to the other
 * CPU (it was displaced: FATE_MOVE). Each CPU ends after two turns.
 *
 * Proved: no task runs on two CPUs; none runs before its registers are saved, as that CPU sees
 * memory; none is lost or in two queues; the locks of two CPUs are never waited for in a circle.
 *
 * Left out: parking (park_wake.pml), idling (idle_kick.pml), which task a policy would choose: any.
 * `waiting` is what the queues hold; the locks guard it.
 *
 *   run TSO PSO WEAK 1
 */
#define CPUS      2
#define DEPTH     3
#define LOCATIONS 7
#define TASKS     3

#define QUEUES(c)  (1 + (c)) /* cpu->lock */
#define READY(c)   (3 + (c)) /* cpu->ready */
#define CONTEXT(t) (5 + (t)) /* 1: the registers of the task are saved */
#define NOBODY     9
#define BIT(n)     (1 << (n))

#define UNLOCK_BEFORE_SAVED 1 /* TSO 1: dispatch.c dispatch_switch(): the lock not handed across */
#define UNLOCK_RELAXED      2 /* PSO 1: lock.h rota_unlock(): does not publish */
#define LOCK_WITHOUT_SWAP   3 /* TSO 1: lock.h rota_lock(): by load and store */
#define NO_RECHECK_PULL     4 /* TSO 1: pull.c take(): believes the filter */
#define PULL_WITHOUT_LOCK   5 /* TSO 1: pull.c lock_both(): its own only */
#define LOCKS_IN_ANY_ORDER  6 /* TSO 1: pull.c lock_both(): its own first */
#define MOVE_BEFORE_SAVED   7 /* TSO 1: decide.c put_away(): queued elsewhere at once */
#define INSERT_WITHOUT_LOCK 8 /* TSO 1: place.c place_on() */

#include "memory.pml"

byte waiting[CPUS]; /* a bit per task */
byte runs[TASKS];   /* CPU + 1 */
byte ended;

#define OTHER(c)  (1 - (c))
#define COUNT(c)  ((waiting[c] & 1) + ((waiting[c] >> 1) & 1) + (waiting[c] >> 2))
#define FIRST(c)  (waiting[c] & 1 -> 0 : (waiting[c] & 2 -> 1 : 2))
#define LAST(c)   (waiting[c] & 4 -> 2 : (waiting[c] & 2 -> 1 : 0))

inline take_lock(me, line)
{
        if
        :: MUTATED(LOCK_WITHOUT_SWAP) ->
                LOAD(me, QUEUES(line)) == 0;
                store(me, QUEUES(line), 1)
        :: else -> lock(me, QUEUES(line))
        fi
}

inline give_back(me, line)
{
        if
        :: MUTATED(UNLOCK_RELAXED) -> store(me, QUEUES(line), 0)
        :: else -> unlock(me, QUEUES(line))
        fi
}

/* The policy's queue and the counts are read, then written: two steps, that others would see. */
inline insert(me, line, task)
{
        found = waiting[line];                     /* queue.c: queue_insert() */
        atomic {
                assert(!(found & BIT(task)));
                waiting[line] = found | BIT(task);
                store(me, READY(line), COUNT(line))
        }
        found = 0
}

inline remove(me, line, task)
{
        found = waiting[line];                     /* queue.c: queue_commit_next(), queue_left() */
        atomic {
                assert(found & BIT(task));
                waiting[line] = found & ~BIT(task);
                store(me, READY(line), COUNT(line))
        }
        found = 0
}

/* switch.S: the registers of `task` are this CPU's from now on. */
inline load_context(me, task)
{
        atomic {
                assert(runs[task] == 0 && LOAD(me, CONTEXT(task)) == 1);
                runs[task] = me + 1;
                store(me, CONTEXT(task), 0)
        }
}

inline save_context(me, task)
{
        atomic { assert(runs[task] == me + 1); runs[task] = 0; store(me, CONTEXT(task), 1) }
}

/* place.c: place_on() */
inline place_on(c, to, task)
{
        if
        :: UNLESS(INSERT_WITHOUT_LOCK) -> take_lock(c, to)
        :: else
        fi;
        insert(c, to, task);
        if
        :: UNLESS(INSERT_WITHOUT_LOCK) -> give_back(c, to)
        :: else
        fi
}

/* pull.c: pull() */
inline pull(c)
{
        if
        :: LOAD(c, READY(OTHER(c))) != 0 ->         /* pull.c: tempting() */
                next = LAST(OTHER(c));
                if                                  /* pull.c: lock_both() */
                :: (c == 0 || MUTATED(LOCKS_IN_ANY_ORDER)) && UNLESS(PULL_WITHOUT_LOCK) ->
                        take_lock(c, c);
                        take_lock(c, OTHER(c))
                :: c == 1 && UNLESS(LOCKS_IN_ANY_ORDER) && UNLESS(PULL_WITHOUT_LOCK) ->
                        take_lock(c, OTHER(c));
                        take_lock(c, c)
                :: MUTATED(PULL_WITHOUT_LOCK) -> take_lock(c, c)
                fi;
                if                                  /* pull.c: take() */
                :: waiting[OTHER(c)] || MUTATED(NO_RECHECK_PULL) ->
                        if
                        :: UNLESS(NO_RECHECK_PULL) -> next = LAST(OTHER(c))
                        :: else
                        fi;
                        remove(c, OTHER(c), next);
                        insert(c, c, next)
                :: else
                fi;
                if
                :: UNLESS(PULL_WITHOUT_LOCK) -> give_back(c, OTHER(c))
                :: else
                fi;
                give_back(c, c);
                next = NOBODY
        :: else
        fi
}

proctype cpu_of(byte c; byte task)
{
        byte turns, next, found, previous, moves;

        next = NOBODY;
        do
        :: turns == 2 -> break
        :: turns < 2 && task == NOBODY ->           /* home.c: home_step() */
                if
                :: LOAD(c, READY(c)) == 0 -> pull(c)
                :: else
                fi;
                take_lock(c, c);
                if
                :: waiting[c] == 0 -> give_back(c, c); turns++
                :: waiting[c] != 0 ->
                        next = FIRST(c);            /* queue.c: queue_commit_next() */
                        remove(c, c, next);
                        atomic { task = next; load_context(c, task) } /* dispatch_switch() */
                        give_back(c, c)             /* dispatch.c: dispatch_finish() */
                fi;
                next = NOBODY
        :: turns < 2 && task != NOBODY ->           /* dispatch.c: dispatch() */
                turns++;
                if                                  /* need says NEED_PULL, or not */
                :: pull(c)
                :: true
                fi;
                take_lock(c, c);
                if
                :: insert(c, c, task)               /* decide(): it stays */
                :: moves = true;                    /* put_away(): FATE_MOVE */
                   if
                   :: MUTATED(MOVE_BEFORE_SAVED) ->
                        give_back(c, c);
                        place_on(c, OTHER(c), task);
                        take_lock(c, c)
                   :: else
                   fi
                fi;
                if
                :: waiting[c] == 0 -> next = NOBODY /* home is next */
                :: waiting[c] != 0 ->
                        next = FIRST(c);            /* queue.c: queue_commit_next() */
                        remove(c, c, next)
                fi;
                if
                :: next == task -> give_back(c, c)  /* dispatch.c: dispatch(), next == prev */
                :: next != task ->
                        if
                        :: MUTATED(UNLOCK_BEFORE_SAVED) -> give_back(c, c)
                        :: else
                        fi;
                        save_context(c, task);      /* switch.S */
                        if
                        :: next != NOBODY -> load_context(c, next)
                        :: else
                        fi;
                        atomic { previous = task; task = next; next = NOBODY }
                        if
                        :: UNLESS(UNLOCK_BEFORE_SAVED) -> give_back(c, c) /* dispatch_finish() */
                        :: else
                        fi;
                        if                          /* dispatch.c: dispatch_finish(), FATE_MOVE */
                        :: moves && UNLESS(MOVE_BEFORE_SAVED) -> place_on(c, OTHER(c), previous)
                        :: else
                        fi;
                        previous = 0;
                        moves = false
                fi;
                next = NOBODY
        od;
        ended++
}

#define SEEN(t) ((runs[t] != 0) + ((waiting[0] & BIT(t)) != 0) + ((waiting[1] & BIT(t)) != 0))

init {
        atomic {
                choose_memory();
                runs[0] = 1;
                waiting[0] = BIT(1) | BIT(2);
                main_memory[READY(0)] = 2;
                main_memory[CONTEXT(1)] = 1;
                main_memory[CONTEXT(2)] = 1;
                run cpu_of(0, 0);
                run cpu_of(1, NOBODY);
                run buffer(0); run buffer(1)
        }
        timeout;
        assert(ended == 2);                         /* no circle of locks */
        assert(SEEN(0) == 1 && SEEN(1) == 1 && SEEN(2) == 1)
}
