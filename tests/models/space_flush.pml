/* SPDX-License-Identifier: MIT */
/*
 * What is taken out of an address space (kernel/flush.c).
 *
 * CPU 0 loads the space, uses it, loads another one, and so on; the last time it stays in it. CPU 1, and in
 * size 2 also CPU 2, takes a page out and gives it back when kernel_space_flush() has returned.
 *
 * Proved: CPU 0 never reaches a page that was given back, whatever it has cached, also from an earlier time
 * under the same identifier; nobody waits for ever.
 *
 * Left out: the space's lock, identifiers that change (rota/asid.h). A kick is there at once; it is taken
 * anywhere but in the midst of a load, which is masked. What is walked is as old as a load may be.
 *
 *   run TSO PSO WEAK 1
 *   run TSO PSO WEAK 2
 */
#define CPUS      3
#define DEPTH     3
#define LOCATIONS 6

#define SPACE     1 /* cpu->space of CPU 0: OURS, or another one */
#define SEEN      2 /* cpu->seen of CPU 0 */
#define CHANGES   3
#define STALE     4 /* the bit of CPU 0 */
#define PAGE(p)   (5 + (p)) /* the entry: 1, or not present */

#define OTHERS    0
#define OURS      1
#define ROUNDS    2

#define NO_FENCE_LOAD     1 /* TSO 1: flush.c kernel_space_load(): says what it loads, then the count */
#define NO_FENCE_LOOK     2 /* WEAK 1: flush.c kernel_space_flush(): counts, then looks who has it */
#define NO_STALE          3 /* TSO 1: flush.c kernel_space_flush(): no bits */
#define STALE_AFTER       4 /* TSO 1: flush.c kernel_space_flush(): the bits after the look */
#define STALE_RELAXED     5 /* PSO 1: flush.c kernel_space_flush(): the bit is seen before the entry */
#define SEEN_FIRST        6 /* TSO 1: flush.c kernel_space_kicked(): answers, then forgets */
#define SEEN_STAYS        7 /* TSO 1: flush.c kernel_space_load(): the answer for another space stays */
#define NO_WAIT           8 /* TSO 1: flush.c kernel_space_flush(): does not wait for the answer */
#define NO_KICK           9 /* TSO 1: flush.c kernel_space_flush(): kicks nobody */
#define NEVER_FORGET      10 /* TSO 1: flush.c load(): the bit is cleared, and that is all */

#include "memory.pml"

bool cached[2]; /* by CPU 0, under the space's identifier */
bool freed[2];
bool pending;

/* An atomic operation that orders no earlier stores. */
inline fetch_acquire(cpu, at, old, change)
{
        atomic {
                TURN_WEAKER(cpu, at) ->
                d_step { old = main_memory[at]; put_(cpu, at, change) }
        }
}

inline use(p)
{
        atomic {
                if
                :: !cached[p] && LOAD(0, PAGE(p)) -> cached[p] = true
                :: else
                fi;
                assert(!(cached[p] && freed[p]))
        }
}

inline load_space()                                     /* flush.c: take_stale(), load() */
{
        if
        :: LOAD(0, STALE) ->
                fetch_acquire(0, STALE, old, 0);
                if
                :: UNLESS(NEVER_FORGET) -> d_step { cached[0] = false; cached[1] = false }
                :: else
                fi
        :: else
        fi
}

inline kicked()                                         /* flush.c: kernel_space_kicked() */
{
        changes = LOAD(0, CHANGES);
        if
        :: changes != LOAD(0, SEEN) ->
                if
                :: MUTATED(SEEN_FIRST) -> store_release(0, SEEN, changes); use(0); use(1)
                :: else
                fi;
                load_space();
                store_release(0, SEEN, changes)
        :: else
        fi
}

proctype user()
{
        short old, changes;
        byte round, uses;

        do
        :: round < ROUNDS ->
                round++;
                if                                      /* flush.c: kernel_space_load() */
                :: UNLESS(SEEN_STAYS) -> store(0, SEEN, 0)
                :: else
                fi;
                store_release(0, SPACE, OURS);
                store_then_look(0, NO_FENCE_LOAD);
                changes = LOAD(0, CHANGES);
                load_space();
                store_release(0, SEEN, changes);
                uses = 0;
end_used:       do
                :: uses < 2 -> uses++; use(0)
                :: uses < 2 && size == 2 -> uses++; use(1)
                :: atomic { pending -> pending = false }; kicked()
                :: round < ROUNDS -> break
                od;
                store(0, SEEN, 0);                      /* another one, in which much has changed */
                store_release(0, SPACE, OTHERS);
                store_then_look(0, NEVER);
                store_release(0, SEEN, 9)
        od
}

proctype unmapper(byte cpu)
{
        short old, change;

        if                                              /* space.c: take_out() */
        :: MUTATED(STALE_RELAXED) -> store(cpu, PAGE(cpu - 1), 0); store(cpu, STALE, 1)
        :: else ->
                store_release(cpu, PAGE(cpu - 1), 0);
                if                                      /* flush.c: kernel_space_flush() */
                :: UNLESS(NO_STALE) && UNLESS(STALE_AFTER) -> store_release(cpu, STALE, 1)
                :: else
                fi
        fi;
        fetch(cpu, CHANGES, old, main_memory[CHANGES] + 1);
        change = old + 1;
        store_then_look(cpu, NO_FENCE_LOOK);
        if                                              /* flush.c: has_seen() */
        :: LOAD(cpu, SPACE) == OURS ->
                if
                :: LOAD(cpu, SEEN) < change && UNLESS(NO_KICK) -> pending = true
                :: else
                fi
        :: else
        fi;
        if
        :: MUTATED(STALE_AFTER) -> store_release(cpu, STALE, 1)
        :: else
        fi;
        do
        :: MUTATED(NO_WAIT) -> break
        :: UNLESS(NO_WAIT) && LOAD(cpu, SPACE) != OURS -> break
        :: UNLESS(NO_WAIT) && LOAD(cpu, SPACE) == OURS ->
                if
                :: LOAD(cpu, SEEN) >= change -> break
                :: LOAD(cpu, SEEN) < change ->
                        (LOAD(cpu, SPACE) != OURS || LOAD(cpu, SEEN) >= change)
                fi
        od;
        freed[cpu - 1] = true
}

init {
        atomic {
                choose_memory();
                main_memory[SPACE] = OTHERS;
                main_memory[SEEN] = 9;
                main_memory[CHANGES] = 1;
                main_memory[STALE] = 1;
                main_memory[PAGE(0)] = 1;
                main_memory[PAGE(1)] = (size == 2 -> 1 : 0);
                run user();
                run unmapper(1);
                if
                :: size == 2 -> run unmapper(2)
                :: else
                fi;
                run buffer(0); run buffer(1); run buffer(2)
        }
}
