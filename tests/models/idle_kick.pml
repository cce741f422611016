/* SPDX-License-Identifier: MIT */
/*
 * Idle and kick (src/core/home.c, place.c, pull.c).
 *
 * CPU 0, and in size 2 also CPU 1, runs the home loop. CPU 2 is busy for good and wakes two tasks of
 * one class that ranks nothing (fifo, rr); the second may not run on CPU 1. A task keeps its CPU, or,
 * in size 1, may end at once.
 *
 * Proved: when all has come to rest no CPU sleeps while a task waits that it may run, wherever that
 * task is queued; a CPU is sent at most one kick each time it halts; nobody waits for ever.
 *
 * Left out: classes and ranks (rank.pml), the slot's word (park_wake.pml), contexts
 * (pull_switch.pml), the time a CPU looks before it halts, timers, the stop of an instance or of the
 * world. `waiting` is what the queues hold, `current` who runs; the locks guard them. What a CPU does
 * with a lock held is one step where only its own buffer is touched; so are the loads of one
 * condition. A kick is there at once.
 *
 *   run TSO PSO WEAK 1
 *   large SC 2
 */
#define CPUS      3
#define DEPTH     3
#define LOCATIONS 11

#define READY(c)  (1 + (c)) /* cpu->ready */
#define QUEUES(c) (4 + (c)) /* cpu->lock */
#define NEED(c)   (7 + (c)) /* cpu->need: NEED_PULL or nothing */
#define IDLE(c)   (9 + (c)) /* cpu->idle */
#define IDLERS    11        /* rota->idle_cpus */

#define ACTIVE    0
#define LOOKING   1
#define HALTED    2
#define NOBODY    9
#define BIT(n)    (1 << (n))

#define NO_FENCE_MARK     1  /* WEAK 1: home.c idle(): marked idle, then looks at the queues */
#define NO_FENCE_HALT     2  /* TSO 1: home.c halt(): HALTED, then looks at its own */
#define NO_FENCE_NOTIFY   3  /* TSO 1: place.c place_notify(): what waits, then the idle state */
#define NO_FENCE_SPREAD   4  /* TSO 1: place.c place_spread(): what waits, then who is idle */
#define NO_RECHECK_MARKED 5  /* TSO 1: home.c idle(): no look at the queues once marked */
#define NO_RECHECK_HALTED 6  /* TSO 1: home.c halt(): no look at its own once HALTED */
#define NO_CLAIM_RECHECK  7  /* SC 2: home.c work_came(): claimed, robbed, asleep unmarked */
#define KICK_WITHOUT_CAS  8  /* TSO 1: place.c place_notify(): ACTIVE by a store */
#define CLAIM_WITHOUT_AND 9  /* SC 2: place.c claim(): the mask by load and store */
#define MARK_WITHOUT_OR   10 /* SC 2: home.c idle_mark(): the mask by load and store */
#define NO_SPREAD         11 /* TSO 1: place.c place_offer(): nobody is told of what waits */
#define NO_UNSPREAD       12 /* SC 2: place.c place_offer(): nor of what home did not take */
#define NO_OFFER_REST     13 /* SC 2: pull.c pull(): who was sent for offers nothing */
#define PULL_ANYTHING     14 /* SC 2: pull.c take(): no re-check under the locks */

#include "memory.pml"

byte waiting[CPUS];  /* a bit per task */
byte current[CPUS];  /* who runs, NOBODY: home */
bool unspread[CPUS];
bool pending[CPUS];  /* the kick that the CPU has not taken */
bool kicked[CPUS];   /* this sleep has had its kick */
bool rests[CPUS];

#define COUNT(c)         ((waiting[c] & 1) + (waiting[c] >> 1))
#define ALLOWED(task, c) ((task) == 0 || (c) != 1)

inline kick(c)
{
        pending[c] = true
}

/* place.c: claim_idle(); the claimed CPU, or NOBODY. */
inline claim_idle(self, task, to)
{
        to = NOBODY;
        do
        :: atomic {                                 /* place.c: any_idle(), the word's lowest bit */
                old = LOAD(self, IDLERS);
                to = ((old & 1) && to == NOBODY -> 0 : ((old & 2) && ALLOWED(task, 1) && to != 1 ->
                        1 : NOBODY))
           }
           if
           :: to == NOBODY -> break
           :: to != NOBODY && MUTATED(CLAIM_WITHOUT_AND) ->
                store(self, IDLERS, old & ~BIT(to))
           :: to != NOBODY && UNLESS(CLAIM_WITHOUT_AND) -> /* place.c: claim() */
                fetch(self, IDLERS, old, main_memory[IDLERS] & ~BIT(to))
           fi;
           if
           :: old & BIT(to) -> break
           :: else
           fi
        od;
        old = 0
}

/* place.c: place_notify() */
inline place_notify(self, target, pulls)
{
        if
        :: pulls && target < 2 -> fetch(self, NEED(target), old, 1)
        :: else
        fi;
        if
        :: target == self
        :: else ->
                store_then_look(self, NO_FENCE_NOTIFY);
                old = LOAD(self, IDLE(target));
                if
                :: old == LOOKING || (old == ACTIVE && !pulls)
                :: old == ACTIVE && pulls -> kick(target)
                :: old == HALTED ->
                        atomic {
                                if
                                :: MUTATED(KICK_WITHOUT_CAS) ->
                                        store(self, IDLE(target), ACTIVE);
                                        done = true
                                :: else -> cas(self, IDLE(target), old, ACTIVE, done, NEVER)
                                fi;
                                assert(!done || !kicked[target]);
                                kicked[target] = kicked[target] || done
                        }
                        if
                        :: done -> atomic { kick(target); done = false }
                        :: else
                        fi
                fi
        fi;
        old = 0
}

/* place.c: place_spread() */
inline place_spread(self, task, first)
{
        if
        :: first -> store_then_look(self, NO_FENCE_SPREAD)
        :: else
        fi;
        claim_idle(self, task, to);
        if
        :: to != NOBODY -> place_notify(self, to, true)
        :: else
        fi;
        to = 0
}

/* place.c: place_spread_all(), with the lock of `victim` held. */
inline place_spread_all(self, victim)
{
        task = 0;
        do
        :: task == 2 || !LOAD(self, IDLERS) -> break
        :: task < 2 && LOAD(self, IDLERS) && (waiting[victim] & BIT(task)) ->
                place_spread(self, task, false);
                task++
        :: task < 2 && LOAD(self, IDLERS) && !(waiting[victim] & BIT(task)) -> task++
        od;
        task = 0
}

/* The task of `victim` that may run here: pull.c take(), policy's pull(), who waits longest. */
#define PULLS(c, victim, task) ((waiting[victim] & BIT(task)) && ALLOWED(task, c))

/* pull.c: pull() */
inline pull(c, asked)
{
        victim = (c + 1) % CPUS;
        took = false;
        do
        :: victim == c || took -> break
        :: victim != c && !took && LOAD(c, READY(victim)) == 0 -> victim = (victim + 1) % CPUS
        :: victim != c && !took && LOAD(c, READY(victim)) != 0 ->
                atomic {
                        if                                          /* pull.c: lock_both() */
                        :: c < victim -> lock(c, QUEUES(c)); lock(c, QUEUES(victim))
                        :: else -> lock(c, QUEUES(victim)); lock(c, QUEUES(c))
                        fi;
                        if                                          /* pull.c: take() */
                        :: current[c] == NOBODY && waiting[c] == 0 && PULLS(c, victim, 0) ->
                                take(c, 0)
                        :: current[c] == NOBODY && waiting[c] == 0 && !PULLS(c, victim, 0) &&
                                (PULLS(c, victim, 1) || MUTATED(PULL_ANYTHING)) ->
                                take(c, 1)
                        :: else
                        fi;
                        unlock(c, QUEUES(victim));
                        unlock(c, QUEUES(c));
                        victim = (victim + 1) % CPUS
                }
        od;
        victim = 0;
        if
        :: asked && UNLESS(NO_OFFER_REST) ->                        /* pull.c: offer_rest() */
                do
                :: victim == CPUS -> break
                :: victim < CPUS && (victim == c || LOAD(c, READY(victim)) == 0) -> victim++
                :: victim < CPUS && victim != c && LOAD(c, READY(victim)) != 0 ->
                        lock(c, QUEUES(victim));
                        place_spread_all(c, victim);
                        atomic { unlock(c, QUEUES(victim)); victim++ }
                od;
                victim = 0
        :: else
        fi
}

inline take(c, which)
{
        assert(waiting[victim] & BIT(which));
        atomic {                                                    /* queue.c: queue_left() */
                waiting[victim] = waiting[victim] & ~BIT(which);
                store(c, READY(victim), COUNT(victim))
        }
        atomic {                                                    /* queue.c: queue_insert() */
                waiting[c] = waiting[c] | BIT(which);
                store(c, READY(c), COUNT(c));
                unspread[c] = true
        }
        took = true
}

/* home.c: work_came(). Claimed: what it was claimed for may have been pulled by another CPU
 * already, and it must mark itself again. */
#define CLAIMED(c)   (UNLESS(NO_CLAIM_RECHECK) && !(LOAD(c, IDLERS) & BIT(c)))
#define WORK_CAME(c) (LOAD(c, READY(c)) || LOAD(c, NEED(c)) || CLAIMED(c))

/* home.c: idle_mark() */
inline mark_idle(c)
{
        if
        :: MUTATED(MARK_WITHOUT_OR) ->
                old = LOAD(c, IDLERS);
                store(c, IDLERS, old | BIT(c))
        :: else -> fetch(c, IDLERS, old, main_memory[IDLERS] | BIT(c))
        fi;
        old = 0
}

/* home.c: idle() */
inline idle(c)
{
        store(c, IDLE(c), LOOKING);
        mark_idle(c);
        store_then_look(c, NO_FENCE_MARK);
        if
        :: WORK_CAME(c) -> took = true
        :: !WORK_CAME(c) && UNLESS(NO_RECHECK_MARKED) -> pull(c, false)
        :: !WORK_CAME(c) && MUTATED(NO_RECHECK_MARKED)
        fi;
        if
        :: took
        :: !took && WORK_CAME(c)                                    /* home.c: look() */
        :: !took ->                                                 /* home.c: halt() */
                atomic { kicked[c] = false; store(c, IDLE(c), HALTED) }
                store_then_look(c, NO_FENCE_HALT);
                if
                :: WORK_CAME(c) && UNLESS(NO_RECHECK_HALTED)
                :: atomic { !WORK_CAME(c) || MUTATED(NO_RECHECK_HALTED) -> rests[c] = true }
end_halted:             atomic { pending[c] -> pending[c] = false; rests[c] = false }
                fi
        fi;
        took = false;
        store(c, IDLE(c), ACTIVE);
        if                                                          /* home.c: idle_mark() */
        :: LOAD(c, IDLERS) & BIT(c) ->
                fetch(c, IDLERS, old, main_memory[IDLERS] & ~BIT(c));
                old = 0
        :: else
        fi
}

/* A CPU: home.c home_step() over and over. */
proctype home_loop(byte c)
{
        byte to, victim, task, old;
        bool done, took, asked;

        do
        :: if
           :: LOAD(c, NEED(c)) ->
                fetch(c, NEED(c), old, 0);
                pull(c, true);
                took = false;
                old = 0
           :: else
           fi;
           atomic {
                lock(c, QUEUES(c));
                if                                                  /* queue.c: queue_commit_next() */
                :: waiting[c] == 0 -> unlock(c, QUEUES(c))
                :: else ->
                        current[c] = (waiting[c] & 2 -> 1 : 0);
                        waiting[c] = waiting[c] & ~BIT(current[c]);
                        store(c, READY(c), COUNT(c));
                        asked = unspread[c];                        /* dispatch_begin_turn() */
                        unspread[c] = false;
                        if
                        :: !asked -> unlock(c, QUEUES(c))           /* dispatch_finish() */
                        :: else
                        fi
                fi
           }
           if
           :: current[c] == NOBODY -> idle(c)
           :: else ->
                if                                                  /* dispatch_begin_turn() */
                :: asked -> place_spread_all(c, c); unlock(c, QUEUES(c)); asked = false
                :: else
                fi;
                if
                :: break                                            /* it keeps the CPU */
                :: size == 1 ->                                     /* it ends: dispatch() */
                        atomic { lock(c, QUEUES(c)); current[c] = NOBODY; unlock(c, QUEUES(c)) }
                fi
           fi
        od;
        rests[c] = true;
end_busy:
        do                                                          /* dispatch.c: dispatch_react() */
        :: atomic { pending[c] -> pending[c] = false; old = LOAD(c, NEED(c)) }
           if
           :: old ->
                rests[c] = false;
                fetch(c, NEED(c), old, 0);
                pull(c, true);
                atomic {
                        lock(c, QUEUES(c));                         /* dispatch.c: dispatch() */
                        asked = unspread[c];
                        unspread[c] = false
                }
                if
                :: asked -> place_spread_all(c, c); asked = false
                :: else
                fi;
                atomic { unlock(c, QUEUES(c)); old = 0; rests[c] = true }
           :: else
           fi
        od
}

/* CPU 2: place.c place() of both tasks. */
proctype placer()
{
        byte to, target, task, old;
        bool done, first;

        do
        :: task == 2 -> break
        :: task < 2 ->
                claim_idle(2, task, target);                        /* place.c: choose() */
                if
                :: target == NOBODY && task == 0 -> target = 2
                :: target == NOBODY -> target = 0
                :: target == NOBODY -> target = 2
                :: target != NOBODY
                fi;
                atomic {                                            /* place.c: place_on() */
                        lock(2, QUEUES(target));
                        first = LOAD(2, READY(target)) == 0;
                        waiting[target] = waiting[target] | BIT(task);
                        unspread[target] = unspread[target] ||      /* place.c: place_offer() */
                                current[target] == NOBODY && UNLESS(NO_UNSPREAD);
                        store(2, READY(target), COUNT(target))      /* queue.c: queue_insert() */
                }
                if
                :: !(current[target] == NOBODY && first) && UNLESS(NO_SPREAD) ->
                        place_spread(2, task, first)
                :: else
                fi;
                unlock(2, QUEUES(target));                          /* place.c: place_on() */
                place_notify(2, target, false);
                task++
        od;
        rests[2] = true
}

#define MISSES(c) (rests[c] && current[c] == NOBODY &&                                              \
        (((waiting[0] | waiting[1] | waiting[2]) & 1) ||                                            \
                (c == 0 && ((waiting[0] | waiting[1] | waiting[2]) & 2))))

init {
        atomic {
                choose_memory();
                current[0] = NOBODY;
                current[1] = NOBODY;
                run home_loop(0);
                if
                :: size == 1 -> rests[1] = true; current[1] = 0
                :: else -> run home_loop(1)
                fi;
                run placer();
                run buffer(0); run buffer(1); run buffer(2)
        }
        timeout;
        assert(rests[0] && rests[1] && rests[2]);
        assert(!MISSES(0) && !MISSES(1))
}
