/* SPDX-License-Identifier: MIT */
/*
 * Exit against join (src/core/exit.c, ends.h, join.c, joins.h, wait.c, slot.c, timer.c).
 *
 * CPU 0 ends a task, at once or by way of the home stack, and starts another in its slot where that is
 * free by then. CPU 1 joins
 * it with a time-out, which CPU 3 lets come at any time or never; CPU 2 joins it without one, or
 * detaches it (size 2: detaches it). Both joins take the code.
 *
 * Proved: a join that says so has the right code, and the task is off its stack and its exit callback
 * over, even before rota_join_finish(); a code is not lost
 * where a time-out comes first: the other join has it; the slot is freed once, and only when the
 * code was taken or the task detached; a wait's node has one result and is not touched after its
 * waiter has left; a handle of the ended task does nothing to the next one in its slot; nobody waits
 * for ever; and whoever joins first, without the pin, is in the list that the end goes through.
 *
 * Left out: parking and waking (park_wake.pml; a wake is a flag, and so is that who parks is claimed), the
 * table's free list and its lock, cancels, rota_join_any(). `alive` says that a node is in its waiter's
 * frame, `over` that the task is off its stack, and its callback has returned.
 *
 *   run TSO PSO WEAK 2
 *   large TSO PSO WEAK 1
 */
#define CPUS       4
#define DEPTH      3
#define LOCATIONS  15

#define WORD       1              /* slot->word */
#define VALUE      2              /* slot->value */
#define JOINS      3              /* slot->joins: the number of a node, 0: none, OPEN */
#define NEXT(n)    (5 * (n) - 1)  /* the nodes 1 and 2: wait->next */
#define PREVIOUS(n) (5 * (n))
#define FLAGS(n)   (5 * (n) + 1)
#define RESULT(n)  (5 * (n) + 2)
#define CODE(n)    (5 * (n) + 3)  /* wait->value */
#define TIMERS     14             /* cpu->timer_lock */
#define ARMED      15             /* timer->node.rank */

#define FREE       0
#define NEW        1
#define RUNNABLE   2
#define DEAD       4
#define STATE      7
#define PIN        64
#define DETACHED   128
#define BUSY       256
#define GENERATION 512
#define GENERATION_OF(word) ((word) & ~511)

/* joins.h: joins_open(), of the task and of the next one in its slot */
#define OPEN       100
#define OPEN_NEXT  (MUTATED(OPEN_TO_ALL) -> OPEN : OPEN + 1)

#define QUEUED     2              /* JOIN_QUEUED; JOIN_TAKE is set in all */

#define PENDING    0
#define OK         1
#define TIMED_OUT  2
#define STALE      3
#define AGAIN      4

#define THE_CODE   7
#define THE_NEXT   9

#define NO_BUSY              1  /* TSO 1: exit_bury: joins may be answered before the callback */
#define RELEASE_WITHOUT_PIN  2  /* TSO 1: exit_release: joiners may leave meanwhile */
#define FINISH_WITHOUT_PIN   3  /* TSO 1: rota_join_finish: leaves meanwhile */
#define NO_UNLINK            4  /* TSO 1: rota_join_finish: leaves its node in the list */
#define RESULT_WITHOUT_CAS   5  /* TSO 1: wait.c set_result(): by load and store */
#define SAME_GENERATION      6  /* TSO 1: slot_free: old handles stay good */
#define NO_TIMER_CANCEL      7  /* TSO 1: wait_park: the timer stays armed */
#define CANCEL_WITHOUT_LOCK  8  /* TSO 1: rota_timer_cancel: while the callback runs */
#define NO_DEAD_RECHECK      9  /* TSO 1: rota_join_begin: queues where the end was */
#define PIN_WITHOUT_CAS      10 /* TSO 1: slot_pin: by load and store */
#define NO_TAKEN             11 /* TSO 1: exit_release: frees nothing that was taken */
#define TAKEN_ANYWAY         12 /* TSO 1: exit_release: frees what a time-out left */
#define TELL_UNCLAIMED       13 /* TSO 1: claim_joiner: tells who does not sleep */
#define AT_ONCE_WITHOUT_PIN  14 /* TSO 1: exit_at_once: others look at the slot before the switch */
#define DIE_WITHOUT_CAS      15 /* TSO 1: pin_dead: by load and store */
#define FORGET_DETACHED      16 /* TSO 2: exit_at_once: keeps what nobody will join */

#define CLOSE_WITHOUT_CAS    17 /* TSO 1: joins_close: by load and store */
#define NOT_CLOSED           18 /* TSO 1: joins_close: leaves them open */
#define OPEN_TO_ALL          19 /* TSO 1: joins_open: names no generation */
#define FIRST_RELAXED        20 /* WEAK 1: join_first: the node may be written later */

#include "memory.pml"

bool alive[4];   /* the nodes */
bool woken[4];
bool parked[4];
bool claimed[4]; /* RUNNABLE, and not to run before the switch */
bool over;
bool detached;
byte freed;
byte ended;
byte results[4];

/* A store to a node, by whoever. */
inline node_store(me, n, field, v)
{
        atomic { assert(alive[n]); store(me, field, v) }
}

/* slot.c slot_pin(): `stale` says that the handle's task is gone. */
inline pin(me, checks, stale)
{
        word = LOAD(me, WORD);
        do
        :: checks && (GENERATION_OF(word) != GENERATION || (word & STATE) == FREE) ->
                stale = true;
                break
        :: !(checks && (GENERATION_OF(word) != GENERATION || (word & STATE) == FREE)) ->
                if
                :: word & PIN ->
                        (LOAD(me, WORD) & PIN) == 0;        /* rota_port_relax() */
                        word = LOAD(me, WORD);
                        done = false
                :: !(word & PIN) && MUTATED(PIN_WITHOUT_CAS) ->
                        store(me, WORD, word | PIN);
                        done = true
                :: !(word & PIN) && UNLESS(PIN_WITHOUT_CAS) ->
                        cas(me, WORD, word, word | PIN, done, NEVER)
                fi;
                if
                :: done -> done = false; break
                :: else
                fi
        od
}

/* slot.c: slot_unpin() */
inline unpin(me)
{
        fetch(me, WORD, word, main_memory[WORD] & ~PIN)
}

/* slot.c: slot_free(), of a slot that is pinned by this CPU */
inline slot_free(me)
{
        atomic {
                word = GENERATION_OF(LOAD(me, WORD)) + (MUTATED(SAME_GENERATION) -> 0 : GENERATION);
                assert(freed == 0);
                freed++;
                store(me, VALUE, 0);                        /* the free list */
                store_release(me, WORD, word)
        }
}

/* joins.h: joins_close(), by who has the slot pinned; `found`: the first */
inline joins_close(me)
{
        found = LOAD(me, JOINS);
        if
        :: found == OPEN && MUTATED(NOT_CLOSED) -> found = 0
        :: found == OPEN && MUTATED(CLOSE_WITHOUT_CAS) -> store(me, JOINS, 0); found = 0
        :: found == OPEN && UNLESS(NOT_CLOSED) && UNLESS(CLOSE_WITHOUT_CAS) ->
                cas(me, JOINS, found, 0, done, NEVER);
                if
                :: done -> found = 0
                :: else
                fi;
                done = false
        :: else
        fi
}

/* wait.c: rota_wait_complete(); `done`: this one set the result. */
inline complete(me, n, as)
{
        found = PENDING;
        if
        :: MUTATED(RESULT_WITHOUT_CAS) ->
                atomic { assert(alive[n]); done = LOAD(me, RESULT(n)) == PENDING }
                if
                :: done -> node_store(me, n, RESULT(n), as)
                :: else
                fi
        :: else ->
                atomic { assert(alive[n]); cas(me, RESULT(n), found, as, done, NEVER) }
        fi;
        found = 0;
        if
        :: done -> atomic { USED(me) == 0 -> woken[n] = true } /* park.c: rota_wake(), a CAS */
        :: else
        fi
}

#define DEAD_WORD ((word & ~STATE) | DEAD | PIN | (MUTATED(NO_BUSY) -> 0 : BUSY))

/* exit.c: pin_dead() */
inline pin_dead()
{
        word = LOAD(0, WORD);
        do
        :: word & PIN ->
                (LOAD(0, WORD) & PIN) == 0;                 /* rota_port_relax() */
                word = LOAD(0, WORD)
        :: !(word & PIN) && MUTATED(DIE_WITHOUT_CAS) -> store(0, WORD, DEAD_WORD); break
        :: !(word & PIN) && UNLESS(DIE_WITHOUT_CAS) ->
                wanted = DEAD_WORD;
                cas(0, WORD, word, wanted, done, NEVER);
                if
                :: done -> break
                :: else
                fi
        od
}

/* exit.c: unpin_dead() */
inline unpin_dead(gone)
{
        atomic { word = LOAD(0, WORD) & ~(PIN | (gone)); store_release(0, WORD, word) }
}

proctype bury()
{
        short word, found, wanted, code;
        byte n, next;
        bool done, taken, at_once, dead;

        if                                                  /* quick.c: dispatch_end() */
        :: at_once = true                                   /* ends.h: exit_at_once() */
        :: true                                             /* or not: there is a callback */
        fi;
        if
        :: at_once ->
                word = LOAD(0, WORD);
                wanted = DEAD_WORD;
                if
                :: word & PIN
                :: !(word & PIN) -> cas(0, WORD, word, wanted, dead, NEVER)
                fi;
                if
                :: dead ->
                        store_release(0, VALUE, THE_CODE);
                        if
                        :: MUTATED(AT_ONCE_WITHOUT_PIN) -> unpin_dead(0)
                        :: else
                        fi;
                        joins_close(0);
                        atomic { n = found; found = 0 }
                        taken = (word & DETACHED) && UNLESS(FORGET_DETACHED)
                :: else -> at_once = false
                fi
        :: else
        fi;
        if
        :: at_once && n ->                                  /* ends.h: claim_joiner() */
                next = LOAD(0, NEXT(n));
                atomic {
                        USED(0) == 0;                       /* park.c: park_claim(), a CAS */
                        at_once = !next && ((parked[n] && !woken[n]) || MUTATED(TELL_UNCLAIMED));
                        claimed[n] = at_once
                }
                if
                :: at_once ->
                        node_store(0, n, FLAGS(n), 0);
                        node_store(0, n, CODE(n), THE_CODE);
                        atomic { assert(alive[n]); store_release(0, RESULT(n), OK) }
                        taken = true;
                        store(0, JOINS, 0)
                :: else -> n = 0; taken = false
                fi
        :: else
        fi;
        next = 0;
        if
        :: at_once ->
                over = true;                                /* switch.S */
                if                                          /* exit.c: exit_finish() */
                :: taken -> slot_free(0)
                :: else -> unpin_dead(BUSY)
                fi;
                atomic {                                    /* it runs on this CPU, and sees its stores */
                        n == 0 || USED(0) == 0;
                        if
                        :: n -> claimed[n] = false; woken[n] = true
                        :: else
                        fi;
                        n = 0
                }
        :: else ->
                if                                          /* exit.c: exit_bury() */
                :: dead -> over = true
                :: else ->
                        pin_dead();
                        store_release(0, VALUE, THE_CODE);
                        unpin_dead(0);
                        over = true;                        /* on_exit() */
                        if
                        :: UNLESS(RELEASE_WITHOUT_PIN) -> pin_dead()
                        :: else
                        fi
                fi;
                joins_close(0);                             /* exit.c: exit_release() */
                atomic { n = found; found = 0 }
                do
                :: n == 0 -> break
                :: n != 0 ->
                        atomic {
                                assert(alive[n]);
                                next = LOAD(0, NEXT(n));
                                store(0, FLAGS(n), 0)
                        }
                        atomic {
                                code = LOAD(0, VALUE);
                                node_store(0, n, CODE(n), code)
                        }
                        complete(0, n, OK);
                        atomic {
                                taken = taken || (done && UNLESS(NO_TAKEN)) || MUTATED(TAKEN_ANYWAY);
                                n = next;
                                next = 0
                        }
                od;
                store(0, JOINS, 0);
                if
                :: taken || (LOAD(0, WORD) & DETACHED) -> slot_free(0)
                :: else -> unpin_dead(BUSY)
                fi
        fi;
        if                                                  /* task.c: rota_task_create() */
        :: (LOAD(0, WORD) & STATE) == FREE ->
                atomic {
                        word = GENERATION_OF(LOAD(0, WORD)) | NEW;
                        store(0, VALUE, THE_NEXT);
                        store(0, JOINS, OPEN_NEXT);
                        store_release(0, WORD, word)
                }
        :: else
        fi;
        ended++
}

/* wait.c: wait_park() and timer.c around it */
inline wait_park(me, timed)
{
        if
        :: timed ->                                         /* timer.c: rota_timer_arm() */
                atomic { lock(me, TIMERS); store(me, ARMED, 1); unlock(me, TIMERS) }
        :: else
        fi;
        do
        :: LOAD(me, RESULT(me)) != PENDING -> break
        :: LOAD(me, RESULT(me)) == PENDING ->
                atomic { USED(me) == 0 -> parked[me] = true }       /* park.c: park_commit() */
                atomic {                                    /* park.c: rota_park() */
                        woken[me] && !claimed[me] -> woken[me] = false;
                        parked[me] = false
                }
        od;
        assert(LOAD(me, RESULT(me)) != OK || over);
        if
        :: timed && UNLESS(NO_TIMER_CANCEL) && UNLESS(CANCEL_WITHOUT_LOCK) ->
                atomic {                                    /* timer.c: rota_timer_cancel() */
                        lock(me, TIMERS);
                        store(me, ARMED, 0);
                        unlock(me, TIMERS)
                }
        :: timed && MUTATED(CANCEL_WITHOUT_LOCK) -> store(me, ARMED, 0)
        :: else
        fi
}

/* join.c: rota_join_finish() */
inline join_finish(me)
{
        if
        :: LOAD(me, RESULT(me)) == OK && !(LOAD(me, FLAGS(me)) & QUEUED) -> stale = true
        :: else -> pin(me, true, stale)                     /* finish_pinned() */
        fi;
        if
        :: stale
        :: !stale ->
                if
                :: (LOAD(me, FLAGS(me)) & QUEUED) && UNLESS(NO_UNLINK) ->
                        atomic {
                                found = LOAD(me, NEXT(me));
                                other = LOAD(me, PREVIOUS(me));
                                if
                                :: found -> node_store(me, found, PREVIOUS(found), other)
                                :: else
                                fi;
                                if
                                :: other -> node_store(me, other, NEXT(other), found)
                                :: else -> store(me, JOINS, found)
                                fi;
                                store(me, FLAGS(me), 0);
                                found = 0;
                                other = 0
                        }
                :: else
                fi;
                unpin(me)
        fi
}

/* join.c: rota_join(), on the CPU of the node's number */
proctype join(byte me; bool timed)
{
        short word, found, other;
        byte result;
        bool done, stale, first = true;

        atomic { alive[me] = true; result = AGAIN }         /* wait.c: rota_wait_init() */
        if                                                  /* join.c: join_first() */
        :: LOAD(me, JOINS) == OPEN ->
                atomic {
                        store(me, FLAGS(me), QUEUED);
                        store(me, PREVIOUS(me), 0);
                        store(me, NEXT(me), 0)
                }
                found = OPEN;
                cas(me, JOINS, found, me, done, FIRST_RELAXED);
                found = 0
        :: else
        fi;
        if
        :: done -> done = false
        :: else -> pin(me, true, stale); first = false      /* join.c: join_pinned() */
        fi;
        if
        :: first
        :: !first && stale -> result = STALE
        :: !first && !stale ->
                word = LOAD(me, WORD);
                if
                :: (word & STATE) == DEAD && !(word & BUSY) && UNLESS(NO_DEAD_RECHECK) ->
                        found = LOAD(me, VALUE);
                        store(me, CODE(me), found);
                        slot_free(me);
                        result = OK
                :: else ->
                        joins_close(me);
                        atomic {
                                store(me, FLAGS(me), QUEUED);
                                store(me, PREVIOUS(me), 0);
                                store(me, NEXT(me), found);
                                if
                                :: found -> other = me; node_store(me, found, PREVIOUS(found), other)
                                :: else
                                fi;
                                store(me, JOINS, me);
                                found = 0;
                                other = 0
                        }
                        unpin(me)
                fi
        fi;
        if
        :: result == AGAIN ->
                wait_park(me, timed);
                if
                :: UNLESS(FINISH_WITHOUT_PIN) -> join_finish(me)
                :: else
                fi;
                result = LOAD(me, RESULT(me))
        :: else
        fi;
        atomic {
                assert(result != OK || (LOAD(me, CODE(me)) == THE_CODE && over));
                assert(result != STALE || over);
                alive[me] = false;
                results[me] = result;
                ended++
        }
}

/* join.c: rota_detach() */
proctype detach()
{
        short word;
        bool done, stale;

        pin(2, true, stale);
        if
        :: stale
        :: !stale ->
                detached = true;
                if
                :: (LOAD(2, WORD) & STATE) == DEAD && !(LOAD(2, WORD) & BUSY) -> slot_free(2)
                :: else -> fetch(2, WORD, word, main_memory[WORD] | DETACHED); unpin(2)
                fi
        fi;
        ended++
}

/* timer.c: timer_expire(), where the time has come */
proctype timer()
{
        short found;
        bool done;

end_idle:
        LOAD(3, ARMED);
        lock(3, TIMERS);
        if
        :: LOAD(3, ARMED) ->
                store(3, ARMED, 0);
                complete(3, 1, TIMED_OUT)                   /* wait.c: timed_out() */
        :: else
        fi;
        unlock(3, TIMERS)
}

init {
        atomic {
                choose_memory();
                main_memory[WORD] = GENERATION | RUNNABLE;
                main_memory[JOINS] = OPEN;
                run bury();
                run join(1, true);
                if
                :: size == 1 -> run join(2, false)
                :: run detach()
                fi;
                run timer();
                run buffer(0); run buffer(1); run buffer(2); run buffer(3)
        }
        timeout;
        assert(ended == 3);
        assert(results[1] == OK || results[2] == OK || detached); /* the code is not lost */
        assert(freed == 1)
}
