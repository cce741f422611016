/* SPDX-License-Identifier: MIT */
/*
 * Park and wake (src/core/park.c, dispatch.c, decide.c, slot.c, place.c).
 *
 * One task parks on CPU 0 until two wakers, CPUs 1 and 2, have each written something for it, or one
 * of the two cancels it instead. CPU 3 pins it and changes it (rota_set_params).
 *
 * Proved: no wake and no cancel is lost (the task always ends, nobody waits for ever); what a waker
 * wrote before its wake is seen after the park; of wake, token and cancel exactly one queues a
 * parked task, and who does sees its saved context; nobody touches a task that another has pinned
 * and locked.
 *
 * Left out: generations and stale handles (exit_join.pml), which CPU the task is placed on
 * (idle_kick.pml) and that it may go on elsewhere: its queue is one, with one lock. `queued` stands
 * for that queue. The flag HOLD is the same as no cancel at all.
 *
 *   run TSO PSO WEAK 1
 */
#define CPUS      4
#define DEPTH     3
#define LOCATIONS 6

#define WORD      1 /* slot->word */
#define CONTEXT   2 /* the saved registers: the number of the park that saved them */
#define WHERE     3 /* task->where */
#define QUEUES    4 /* cpu->lock */
#define DATA1     5 /* what the wakers bring */
#define DATA2     6

#define RUNNABLE  2
#define PARKED    3
#define STATE     7
#define TOKEN     8
#define CANCEL    16
#define PIN       64

#define WHERE_READY   1
#define WHERE_RUNNING 2
#define WHERE_PARKED  3

#define TOKEN_WITHOUT_CAS    1  /* TSO 1: park_wake_word: the token by load and store */
#define PARK_WITHOUT_CAS     2  /* TSO 1: park_commit: PARKED by load and store */
#define NO_TOKEN_RECHECK     3  /* TSO 1: park_commit: parks in spite of a token */
#define NO_CANCEL_RECHECK    4  /* TSO 1: park_commit: parks in spite of a cancel */
#define NO_TOKEN             5  /* TSO 1: park_wake_word: nobody parked, nothing done */
#define WAKE_WITHOUT_CAS     6  /* TSO 1: park_wake_word: RUNNABLE by load and store */
#define WAKE_IGNORES_PIN     7  /* TSO 1: park_wake_word */
#define COMMIT_BEFORE_SAVED  8  /* TSO 1: dispatch: PARKED before the switch */
#define COMMIT_RELAXED       9  /* WEAK 1: park_commit: its CAS does not publish the context */
#define TOKEN_RELAXED        10 /* WEAK 1: park_wake_word: its CAS does not publish the data */
#define TAKE_WITHOUT_AND     11 /* TSO 1: take_token: by load and store */
#define NO_PLACE_RECHECK     12 /* TSO 1: place_lock: any state will do */
#define LOOK_WITHOUT_PIN     13 /* TSO 1: slot_pin: looks only */
#define PIN_WITHOUT_CAS      14 /* TSO 1: slot_pin: by load and store */
#define UNPIN_WITHOUT_AND    15 /* TSO 1: slot_unpin: by load and store */

#include "memory.pml"

bool queued;   /* in the queue of CPU 0 */
bool running;
bool touched;  /* somebody reads or writes the task, and must be alone */
byte saved;    /* parks so far */

/* A change of the word that a mutation makes without its atomic operation. */
inline swing(cpu, word, wanted, done, without, relaxed)
{
        if
        :: MUTATED(without) -> store(cpu, WORD, wanted); done = true
        :: else -> cas(cpu, WORD, word, wanted, done, relaxed)
        fi
}

/* place.c: place(); the winner alone, until it is queued. */
inline place(cpu)
{
        atomic {                                    /* place.c: choose() reads the affinity */
                assert(!touched && !queued && !running);
                touched = true;
                assert(LOAD(cpu, CONTEXT) == saved) /* whoever runs it now must have it */
        }
        lock(cpu, QUEUES);                          /* place.c: place_on() */
        atomic {                                    /* queue.c: queue_insert() */
                touched = false;
                queued = true;
                store_release(cpu, WHERE, WHERE_READY)
        }
        unlock(cpu, QUEUES)                         /* place.c: place_on() */
}

/* park.c: park_commit(), by dispatch_finish() on the next context of CPU 0. */
inline park_commit()
{
        word = LOAD(0, WORD);
        do
        :: atomic {
                stays = ((word & TOKEN) && UNLESS(NO_TOKEN_RECHECK)) ||
                        ((word & CANCEL) && UNLESS(NO_CANCEL_RECHECK));
                wanted = (stays -> word & ~TOKEN : (word & ~STATE) | PARKED)
           }
           swing(0, word, wanted, done, PARK_WITHOUT_CAS, COMMIT_RELAXED);
           if
           :: done -> break
           :: else
           fi
        od
}

inline save_context()
{
        atomic { assert(!touched); running = false; saved++; store(0, CONTEXT, saved) }
}

proctype parker()
{
        short word, wanted;
        bool stays, done;

        do
        :: if /* the task's own code: has everybody come? */
           :: LOAD(0, DATA1) == 1 ->
                if
                :: LOAD(0, DATA2) == 1 -> break
                :: else
                fi
           :: else
           fi;
           word = LOAD(0, WORD);                    /* park.c: take_token() */
           if
           :: word & CANCEL -> break
           :: !(word & CANCEL) && (word & TOKEN) && MUTATED(TAKE_WITHOUT_AND) ->
                store(0, WORD, word & ~TOKEN)
           :: !(word & CANCEL) && (word & TOKEN) && UNLESS(TAKE_WITHOUT_AND) ->
                fetch(0, WORD, word, main_memory[WORD] & ~TOKEN)
           :: !(word & (TOKEN | CANCEL)) ->
                lock(0, QUEUES);                    /* dispatch.c: dispatch() */
                if
                :: MUTATED(COMMIT_BEFORE_SAVED) -> park_commit()
                :: else
                fi;
                save_context();                     /* decide.c: put_away(); switch.S */
                store(0, WHERE, WHERE_PARKED);      /* dispatch.c: dispatch_finish() */
                if
                :: UNLESS(COMMIT_BEFORE_SAVED) -> park_commit()
                :: else
                fi;
                unlock(0, QUEUES);                  /* dispatch.c: dispatch_finish() */
                if
                :: stays -> place(0)
                :: else
                fi;
                queued;                             /* home.c: home_step() finds it */
                lock(0, QUEUES);
                atomic { queued = false; running = true }   /* queue.c: queue_commit_next() */
                store(0, WHERE, WHERE_RUNNING);     /* queue.c: queue_set_current() */
                unlock(0, QUEUES);                  /* dispatch.c: dispatch_finish() */
                assert(LOAD(0, CONTEXT) == saved)
           fi
        od
}

proctype waker(byte cpu; byte data; bool cancels)
{
        short word, wanted;
        bool done;

        if
        :: cancels
        :: else -> store(cpu, data, 1)
        fi;
        word = LOAD(cpu, WORD);                     /* park.c: park_wake_word(), rota_cancel() */
        do
        :: (word & STATE) == PARKED && (word & PIN) && UNLESS(WAKE_IGNORES_PIN) ->
                (LOAD(cpu, WORD) & PIN) == 0;       /* park.c: rota_port_relax() */
                word = LOAD(cpu, WORD)
        :: !((word & STATE) == PARKED && (word & PIN) && UNLESS(WAKE_IGNORES_PIN)) ->
                atomic {
                        wanted = (cancels -> word | CANCEL : word);
                        wanted = ((word & STATE) == PARKED -> (wanted & ~STATE) | RUNNABLE :
                                (cancels || MUTATED(NO_TOKEN) -> wanted : wanted | TOKEN))
                }
                if
                :: (word & STATE) == PARKED ->
                        swing(cpu, word, wanted, done, WAKE_WITHOUT_CAS, NEVER)
                :: else ->
                        swing(cpu, word, wanted, done, TOKEN_WITHOUT_CAS, TOKEN_RELAXED)
                fi;
                if
                :: done -> break
                :: else
                fi
        od;
        if
        :: (word & STATE) == PARKED -> place(cpu)   /* park.c: rota_wake(), rota_cancel() */
        :: else
        fi
}

#define QUEUED_SEEN  (LOAD(3, WHERE) == WHERE_READY || LOAD(3, WHERE) == WHERE_RUNNING)
#define AGREE        (QUEUED_SEEN == ((LOAD(3, WORD) & STATE) == RUNNABLE))

proctype pinner()
{
        short word;
        bool done;

        word = LOAD(3, WORD);                       /* slot.c: slot_pin() */
        do
        :: MUTATED(LOOK_WITHOUT_PIN) -> break
        :: UNLESS(LOOK_WITHOUT_PIN) ->
                swing(3, word, word | PIN, done, PIN_WITHOUT_CAS, NEVER);
                if
                :: done -> break
                :: else
                fi
        od;
        do                                          /* place.c: place_lock() */
        :: AGREE || MUTATED(NO_PLACE_RECHECK) ->    /* else rota_port_relax() */
                lock(3, QUEUES);
                if
                :: AGREE || MUTATED(NO_PLACE_RECHECK) -> break
                :: else
                fi;
                unlock(3, QUEUES)
        od;
        atomic { assert(!touched); touched = true } /* change.c: apply() */
        atomic { touched = false; unlock(3, QUEUES) } /* slot.c: slot_let_go() */
        if                                          /* slot.c: slot_unpin() */
        :: MUTATED(UNPIN_WITHOUT_AND) -> word = LOAD(3, WORD); store(3, WORD, word & ~PIN)
        :: else -> fetch(3, WORD, word, main_memory[WORD] & ~PIN)
        fi
}

init {
        atomic {
                choose_memory();
                main_memory[WORD] = RUNNABLE;
                main_memory[WHERE] = WHERE_RUNNING;
                running = true;
                run parker();
                run waker(1, DATA1, false);
                if
                :: run waker(2, DATA2, false)
                :: run waker(2, 0, true)
                fi;
                run pinner();
                run buffer(0); run buffer(1); run buffer(2); run buffer(3)
        }
}
