/* SPDX-License-Identifier: MIT */
/*
 * Memory as a processor has it: stores wait in a buffer of their CPU before the others see them.
 * A model defines CPUS, LOCATIONS (number them from 1) and DEPTH, then includes this; init begins
 * with choose_memory() and runs a buffer(cpu) for each CPU.
 *
 * Which memory a run has is chosen when it starts, by ROTA_MEMORY:
 *   TSO   one first-in-first-out buffer per CPU; loads see one's own stores; fences and atomic
 *         operations wait until it is empty (x86, SPARC).
 *   PSO   as TSO, but only stores to the same location keep their order; a release store waits for
 *         the earlier ones to leave, and later plain ones may overtake it.
 *   WEAK  as PSO, but an atomic operation is a load and a store that waits in the buffer like any
 *         other, its location reserved until it leaves, so that a later load may come before it; an
 *         acquiring one does not wait for earlier stores, a failing one is only a load. So it is in
 *         C11 and on ARMv8: only the full fence orders a store before a later load.
 *   SC    no buffers: for what is too large otherwise.
 * Loads are done in the order of the program. A full buffer makes its CPU wait.
 *
 * ROTA_MUTATION selects what a model leaves out or does wrongly; 0 is the code as it is.
 *
 * Each operation is one step. All arguments called cpu are small numbers, `at` is a location.
 */
c_decl {
        extern char *getenv(const char *);
        extern int atoi(const char *);
}

hidden byte memory;   /* chosen once, so no part of the state */
hidden byte mutation;
hidden byte size;     /* of the scenario, where a model has several */
#define TSO          0
#define PSO          1
#define WEAK         2
#define SC           3
#define MUTATED(m)   (mutation == (m))
#define UNLESS(m)    (mutation != (m))
#define NEVER        255 /* no mutation */

inline choose_memory()
{
        c_code {
                const char *text_ = getenv("ROTA_MEMORY");
                memory = text_ ? atoi(text_) : 0;
                text_ = getenv("ROTA_MUTATION");
                mutation = text_ ? atoi(text_) : 0;
                text_ = getenv("ROTA_SIZE");
                size = text_ ? atoi(text_) : 1;
        }
}

#define KIND_PLAIN   0
#define KIND_RELEASE 1
#define KIND_ATOMIC  2

typedef Buffered {
        byte where;    /* 0: this place is empty */
        byte kind;
        short what;
}
typedef Buffer {
        byte used;
        Buffered entry[DEPTH];
}
Buffer buffers[CPUS];
short main_memory[LOCATIONS + 1];
byte reserved[LOCATIONS + 1]; /* CPU + 1 whose atomic operation has not left its buffer */

#define USED(cpu)       buffers[cpu].used
#define ENTRY(cpu, i)   buffers[cpu].entry[i]
#define ROOM(cpu)       (USED(cpu) < DEPTH)

/* rota_atomic_load(), rota_atomic_load_acquire() and plain reads: one's latest store, or memory. */
#define SEEN_AT(cpu, at, i, rest) (ENTRY(cpu, i).where == (at) -> ENTRY(cpu, i).what : (rest))
#define LOAD1(cpu, at)  SEEN_AT(cpu, at, 0, main_memory[at])
#define LOAD2(cpu, at)  SEEN_AT(cpu, at, 1, LOAD1(cpu, at))
#define LOAD3(cpu, at)  SEEN_AT(cpu, at, 2, LOAD2(cpu, at))
#define OWNS1(cpu, at)  (ENTRY(cpu, 0).where == (at))
#define OWNS2(cpu, at)  (OWNS1(cpu, at) || ENTRY(cpu, 1).where == (at))
#define OWNS3(cpu, at)  (OWNS2(cpu, at) || ENTRY(cpu, 2).where == (at))
#if DEPTH == 2
#define LOAD(cpu, at)   LOAD2(cpu, at)
#define OWNS(cpu, at)   OWNS2(cpu, at)
#else
#define LOAD(cpu, at)   LOAD3(cpu, at)
#define OWNS(cpu, at)   OWNS3(cpu, at)
#endif

inline push_(cpu, at, value, sort)
{
        ENTRY(cpu, USED(cpu)).where = at;
        ENTRY(cpu, USED(cpu)).what = value;
        ENTRY(cpu, USED(cpu)).kind = sort;
        USED(cpu)++
}

inline wait_(cpu, at, value, sort)
{
        if
        :: memory == SC -> main_memory[at] = value
        :: else -> push_(cpu, at, value, sort)
        fi
}

/* rota_atomic_store() and plain writes. */
inline store(cpu, at, value)
{
        atomic { ROOM(cpu) -> d_step { wait_(cpu, at, value, KIND_PLAIN) } }
}

/* rota_atomic_store_release(), rota_unlock(). */
inline store_release(cpu, at, value)
{
        atomic { ROOM(cpu) -> d_step { wait_(cpu, at, value, KIND_RELEASE) } }
}

/* rota_atomic_store_then_look(); `left_out`: the mutation that removes this one. */
inline store_then_look(cpu, left_out)
{
        USED(cpu) == 0 || MUTATED(left_out)
}

/* May an atomic operation be done now? `weaker`: one that orders no earlier stores. */
#define TURN(cpu, at)        (USED(cpu) == 0 && reserved[at] == 0)
#define TURN_WEAKER(cpu, at)                                                                        \
        (memory != WEAK && TURN(cpu, at) ||                                                         \
                memory == WEAK && !OWNS(cpu, at) && reserved[at] == 0 && ROOM(cpu))

inline put_(cpu, at, value)
{
        if
        :: memory == WEAK ->
                reserved[at] = cpu + 1;
                push_(cpu, at, value, KIND_ATOMIC)
        :: else ->
                main_memory[at] = value
        fi
}

/* rota_atomic_or(), rota_atomic_and(): `change` is made of main_memory[at]. */
inline fetch(cpu, at, old, change)
{
        atomic {
                TURN(cpu, at) ->
                d_step { old = main_memory[at]; put_(cpu, at, change) }
        }
}

/* rota_atomic_cas(). `relaxed`: the mutation that takes its release away. */
inline cas(cpu, at, expected, desired, done, relaxed)
{
        atomic {
                TURN(cpu, at) || (MUTATED(relaxed) && TURN_WEAKER(cpu, at)) ||
                        (memory == WEAK && LOAD(cpu, at) != expected) ->
                d_step {
                        if
                        :: LOAD(cpu, at) == expected ->
                                put_(cpu, at, desired);
                                done = true
                        :: else ->
                                expected = LOAD(cpu, at);
                                done = false
                        fi
                }
        }
}

/* rota_lock(): waits until the lock is free, swaps 1 into it. */
inline lock(cpu, at)
{
        atomic {
                TURN_WEAKER(cpu, at) && main_memory[at] == 0 ->
                d_step { put_(cpu, at, 1) }
        }
}

#define unlock(cpu, at) store_release(cpu, at, 0)

/* May entry i of the buffer leave it? */
#define MAY_LEAVE(cpu, i)                                                                           \
        (USED(cpu) > (i) &&                                                                         \
                (reserved[ENTRY(cpu, i).where] == 0 ||                                              \
                        reserved[ENTRY(cpu, i).where] == (cpu) + 1))
#define FREE_TO_PASS(cpu, i) (memory != TSO && ENTRY(cpu, i).kind != KIND_RELEASE)

inline leave_(cpu, i)
{
        main_memory[ENTRY(cpu, i).where] = ENTRY(cpu, i).what;
        if
        :: ENTRY(cpu, i).kind == KIND_ATOMIC -> reserved[ENTRY(cpu, i).where] = 0
        :: else
        fi;
        moved_ = i;
        do
        :: moved_ + 1 < USED(cpu) ->
                ENTRY(cpu, moved_).where = ENTRY(cpu, moved_ + 1).where;
                ENTRY(cpu, moved_).what = ENTRY(cpu, moved_ + 1).what;
                ENTRY(cpu, moved_).kind = ENTRY(cpu, moved_ + 1).kind;
                moved_++
        :: else -> break
        od;
        USED(cpu)--;
        ENTRY(cpu, USED(cpu)).where = 0;
        ENTRY(cpu, USED(cpu)).what = 0;
        ENTRY(cpu, USED(cpu)).kind = 0;
        moved_ = 0
}

/* The store buffer of a CPU: any store that may leave does so at any time. */
proctype buffer(byte cpu)
{
        byte moved_;
end:    do
        :: d_step { MAY_LEAVE(cpu, 0) -> leave_(cpu, 0) }
        :: d_step {
                MAY_LEAVE(cpu, 1) && FREE_TO_PASS(cpu, 1) &&
                        ENTRY(cpu, 1).where != ENTRY(cpu, 0).where -> leave_(cpu, 1)
        }
#if DEPTH > 2
        :: d_step {
                MAY_LEAVE(cpu, 2) && FREE_TO_PASS(cpu, 2) &&
                        ENTRY(cpu, 2).where != ENTRY(cpu, 0).where &&
                        ENTRY(cpu, 2).where != ENTRY(cpu, 1).where -> leave_(cpu, 2)
        }
#endif
        od
}
