/* SPDX-License-Identifier: MIT */
/*
 * A CPU leaves while others wake and join (src/core/leave.c, place.c, home.c, instance.c).
 *
 * CPU 0 is asked to leave; CPU 1, busy for good, places one task.
 *   size 1: it may run on CPUs 0 and 1 and goes to either; CPU 2 is who asks.
 *   size 2: it waits on CPU 1, which offers it to who is idle: CPU 0, and CPU 2, who asks first and is
 *           then idle; that CPU 2 wakes when it is claimed is idle_kick.pml's to prove.
 *   size 3: it may run on CPUs 0 and 2; CPU 0 was asked, so it is one that came to be bound to it after
 *           that; CPU 2 joins.
 *
 * Proved: when all has come to rest CPU 0 has left, the task is in one place, it does not wait on CPU
 * 0 where another may run it, nor on CPU 1 where CPU 2 is idle; nobody waits for ever.
 *
 * Left out: several tasks and classes, how a task is found that may go (find_stray), timers
 * (leave_timer.pml), who else pulls, stopping, two who ask (leave_lock; the explorer's). `waiting` is what the queues hold; the locks guard it.
 *
 *   run TSO PSO WEAK 1
 *   run TSO PSO WEAK 2
 *   run TSO PSO WEAK 3
 */
#define CPUS       3
#define DEPTH      3
#define LOCATIONS  12

#define READY(c)   (1 + (c)) /* cpu->ready */
#define QUEUES(c)  (4 + (c)) /* cpu->lock */
#define ONLINE(c)  (7 + (c)) /* cpu->online */
#define NEED       10        /* cpu->need of CPU 0 */
#define IDLE       11        /* cpu->idle of CPU 0 */
#define IDLERS     12        /* rota->idle_cpus */

#define CPU_ONLINE  1
#define CPU_LEAVING 2
#define ACTIVE      0
#define LOOKING     1
#define HALTED      2
#define LEFT        3
#define RESCHED     1
#define PULL        2
#define BIT(n)      (1 << (n))

#define NO_FENCE_LEFT    1  /* TSO 1: leave.c leave_step(): LEFT, then looks at what waits */
#define NO_FENCE_NOTIFY  2  /* TSO 1: place.c place_notify(): what waits, then the idle state */
#define NO_STRAY         3  /* TSO 1: place.c place_on(): who sees LEFT does nothing */
#define LEFT_LATE        4  /* TSO 1: leave.c leave_step(): looks at what waits, then says LEFT */
#define NO_NEED          5  /* TSO 1: leave.c rota_cpu_leave(): tells nobody */
#define NEED_FIRST       6  /* TSO 1: leave.c rota_cpu_leave(): tells, then says LEAVING */
#define STRAY_UNLOCKED   7  /* TSO 1: leave.c leave_stray(): without the lock */
#define NO_MOVE          8  /* TSO 1: decide.c decide(): its task stays with a CPU that leaves */
#define NO_OFFER_REST    9  /* TSO 2: leave.c leave_step(): claimed, and gone without a word */
#define NO_COLLECT       10 /* TSO 3: leave.c leave_join(): does nothing */
#define NO_FENCE_JOIN    11 /* TSO 3: instance.c cpu_begin(): online, then looks who has left */
#define COLLECT_EARLY    12 /* TSO 3: instance.c cpu_begin(): looks who has left, then online */

#include "memory.pml"

bool waiting[CPUS]; /* the task is in this queue */
bool moving;        /* in somebody's hands */
bool running;       /* on CPU 0 */
bool served;        /* by CPU 2, which was claimed for it, and pulls it */
bool asked;         /* the interrupt of CPU 0 is pending */
bool out;           /* CPU 0 has left */

/* leave.c: leave_elsewhere(), of the task, but CPU 0 */
#define ELSEWHERE(self) (size != 3 || LOAD(self, ONLINE(2)) == CPU_ONLINE)
/* home.c: work_came() */
#define WORK_CAME (LOAD(0, READY(0)) || LOAD(0, NEED) || !(LOAD(0, IDLERS) & 1))

/* place.c: place_notify() of CPU 0 */
inline place_notify(self, left)
{
        left = false;
        store_then_look(self, NO_FENCE_NOTIFY);
        seen = LOAD(self, IDLE);
        if
        :: seen == LOOKING
        :: seen == ACTIVE -> asked = true           /* needed or not, it may come */
        :: seen == LEFT -> left = true
        :: seen == HALTED ->
                cas(self, IDLE, seen, ACTIVE, done, NEVER);
                if
                :: done -> asked = true
                :: else
                fi
        fi;
        done = false;
        seen = 0
}

/* place.c: place_spread() of what waits on CPU 1, whose lock is held: claim_idle(), place_notify() */
inline place_spread(self, fenced)
{
        if
        :: fenced -> store_then_look(self, NEVER)
        :: else
        fi;
        old = LOAD(self, IDLERS);
        do
        :: (old & 1) && self != 0 ->
                fetch(self, IDLERS, old, main_memory[IDLERS] & ~1);
                if
                :: old & 1 ->
                        fetch(self, NEED, old, main_memory[NEED] | PULL);
                        place_notify(self, left);
                        break
                :: else -> old = LOAD(self, IDLERS)
                fi
        :: old & 4 ->
                fetch(self, IDLERS, old, main_memory[IDLERS] & ~4);
                if
                :: old & 4 -> served = true; break
                :: else -> old = LOAD(self, IDLERS)
                fi
        :: !(old & 4) && (!(old & 1) || self == 0) -> break
        od;
        left = false;
        old = 0
}

/* leave.c: leave_stray() of CPU 0 */
inline leave_stray(self, took)
{
        took = false;
        if
        :: LOAD(self, READY(0)) == 0
        :: LOAD(self, READY(0)) != 0 && MUTATED(STRAY_UNLOCKED) ->
                if
                :: waiting[0] ->
                        waiting[0] = false;
                        atomic { assert(!moving); moving = true; took = true };
                        store(self, READY(0), 0)
                :: else
                fi
        :: LOAD(self, READY(0)) != 0 && UNLESS(STRAY_UNLOCKED) ->
                lock(self, QUEUES(0));
                if
                :: atomic { waiting[0] && ELSEWHERE(self) ->
                        waiting[0] = false;
                        assert(!moving);
                        moving = true;
                        took = true
                   }
                   store(self, READY(0), 0)         /* queue.c: queue_remove() */
                :: !(waiting[0] && ELSEWHERE(self))
                fi;
                unlock(self, QUEUES(0))
        fi
}

/* place.c: choose() */
inline choose(self, to)
{
        if
        :: size == 1 && LOAD(self, ONLINE(0)) == CPU_ONLINE -> to = 0
        :: size == 1 -> to = 1
        :: size == 2 -> to = 1
        :: size == 3 && LOAD(self, ONLINE(2)) == CPU_ONLINE -> to = 2
        :: size == 3 && LOAD(self, ONLINE(2)) != CPU_ONLINE -> to = 0
        fi
}

/* place.c: place(), place_on(); the task is in our hands. */
inline place(self)
{
        choose(self, to);
        do
        :: lock(self, QUEUES(to));                  /* place.c: put_on() */
           atomic {
                assert(moving && !waiting[0] && !waiting[1] && !waiting[2] && !running);
                moving = false;
                waiting[to] = true;
                store(self, READY(to), 1)           /* queue.c: queue_insert() */
           }
           if
           :: size == 2 && to == 1 -> place_spread(self, true) /* place.c: place_offer() */
           :: else
           fi;
           unlock(self, QUEUES(to));
           if
           :: to != 0 || self == 0 -> break
           :: to == 0 && self != 0 ->
                place_notify(self, left);
                if
                :: left && UNLESS(NO_STRAY) ->
                        left = false;
                        leave_stray(self, took);
                        if
                        :: took -> choose(self, to)
                        :: else -> break
                        fi
                :: !left || MUTATED(NO_STRAY) -> left = false; break
                fi
           fi
        od;
        to = 0;
        took = false
}

/* pull.c: pull() from CPU 1, by CPU 0 */
inline pull()
{
        if
        :: LOAD(0, READY(1)) ->
                lock(0, QUEUES(0));                 /* pull.c: lock_both() */
                lock(0, QUEUES(1));
                if                                  /* pull.c: take() */
                :: waiting[1] && !served ->
                        atomic { waiting[1] = false; waiting[0] = true; store(0, READY(1), 0) };
                        store(0, READY(0), 1)
                :: else
                fi;
                unlock(0, QUEUES(1));
                unlock(0, QUEUES(0))
        :: else
        fi
}

/* pull.c: pull_offer_rest(), of what waits on CPU 1 */
inline offer_rest()
{
        if
        :: LOAD(0, READY(1)) ->
                lock(0, QUEUES(1));
                if
                :: waiting[1] && !served -> place_spread(0, false) /* place.c: place_spread_all() */
                :: else
                fi;
                unlock(0, QUEUES(1))
        :: else
        fi
}

/* home.c: idle() */
inline idle()
{
        store(0, IDLE, LOOKING);
        fetch(0, IDLERS, old, main_memory[IDLERS] | 1);
        store_then_look(0, NEVER);
        if
        :: WORK_CAME
        :: !WORK_CAME ->
                pull();
                if
                :: WORK_CAME                        /* home.c: look() */
                :: true ->                          /* home.c: halt() */
                        store(0, IDLE, HALTED);
                        store_then_look(0, NEVER);
                        if
                        :: WORK_CAME
                        :: !WORK_CAME ->
end_halted:                     atomic { asked -> asked = false }
                        fi
                fi
        fi;
        store(0, IDLE, ACTIVE);
        if
        :: LOAD(0, IDLERS) & 1 -> fetch(0, IDLERS, old, main_memory[IDLERS] & ~1)
        :: else
        fi;
        old = 0
}

proctype leaver()
{
        byte to, seen;
        short old;
        bool done, left, took;

        do                                          /* home.c: home_step() */
        :: old = LOAD(0, NEED);
           if
           :: old ->
                fetch(0, NEED, old, 0);
                if
                :: (old & PULL) && LOAD(0, ONLINE(0)) == CPU_ONLINE -> pull(); offer_rest()
                :: else
                fi
           :: else
           fi;
           old = 0;
           if
           :: LOAD(0, ONLINE(0)) == CPU_LEAVING -> break
           :: else
           fi;
           atomic {
                lock(0, QUEUES(0));                 /* queue.c: queue_commit_next() */
                if
                :: waiting[0] ->
                        waiting[0] = false;
                        running = true;
                        store(0, READY(0), 0)
                :: else
                fi;
                unlock(0, QUEUES(0))
           }
           if
           :: running ->
                do                                  /* dispatch.c: due() */
                :: LOAD(0, NEED) ->
                        fetch(0, NEED, old, 0);     /* dispatch.c: dispatch_once() */
                        if                          /* decide.c: decide() */
                        :: LOAD(0, ONLINE(0)) == CPU_LEAVING && UNLESS(NO_MOVE) -> break
                        :: else
                        fi
                :: LOAD(0, NEED) == 0 ->
end_running:            atomic { asked -> asked = false }   /* until the next interrupt */
                od;
                old = 0;
                atomic { running = false; moving = true }   /* decide.c: put_away() */
                place(0)                            /* dispatch.c: dispatch_finish() */
           :: else -> idle()
           fi
        od;
        if                                          /* leave.c: leave_step() */
        :: UNLESS(LEFT_LATE) -> store(0, IDLE, LEFT); store_then_look(0, NO_FENCE_LEFT)
        :: else
        fi;
        do
        :: leave_stray(0, took);
           if
           :: took -> place(0)
           :: else -> break
           fi
        od;
        if
        :: MUTATED(LEFT_LATE) -> store(0, IDLE, LEFT); store_then_look(0, NEVER)
        :: else
        fi;
        if
        :: UNLESS(NO_OFFER_REST) && size == 2 -> offer_rest()
        :: else
        fi;
        store_release(0, ONLINE(0), 0);             /* home.c: home_main() */
        out = true
}

proctype placer()
{
        byte to, seen;
        short old;
        bool done, left, took;

        moving = true;                              /* park.c: rota_wake() has won it */
        place(1)
}

/* leave.c: rota_cpu_leave(), by CPU 2 */
proctype requester()
{
        byte seen;
        short old;
        bool done, left;

        if
        :: MUTATED(NEED_FIRST) -> fetch(2, NEED, old, main_memory[NEED] | RESCHED)
        :: else
        fi;
        store(2, ONLINE(0), CPU_LEAVING);
        if
        :: UNLESS(NO_NEED) && UNLESS(NEED_FIRST) ->
                fetch(2, NEED, old, main_memory[NEED] | RESCHED)
        :: else
        fi;
        if
        :: UNLESS(NO_NEED) -> place_notify(2, left)
        :: else
        fi;
        if                                          /* home.c: idle_mark() */
        :: size == 2 ->
                fetch(2, IDLERS, old, main_memory[IDLERS] | 4);
                store_then_look(2, NEVER);
                if                                  /* home.c: idle(): looks once more, pulls */
                :: LOAD(2, READY(1)) ->
                        lock(2, QUEUES(1));
                        if
                        :: waiting[1] -> served = true
                        :: else
                        fi;
                        unlock(2, QUEUES(1))
                :: else
                fi
        :: else
        fi
}

/* instance.c: cpu_begin(), of CPU 2 */
proctype joiner()
{
        byte to, seen;
        short old;
        bool done, left, took;

        if
        :: UNLESS(COLLECT_EARLY) ->
                store_release(2, ONLINE(2), CPU_ONLINE);
                store_then_look(2, NO_FENCE_JOIN)
        :: else
        fi;
        if                                          /* leave.c: leave_join() */
        :: LOAD(2, IDLE) == LEFT && UNLESS(NO_COLLECT) ->
                do
                :: leave_stray(2, took);
                   if
                   :: took -> place(2)
                   :: else -> break
                   fi
                od
        :: else
        fi;
        if
        :: MUTATED(COLLECT_EARLY) -> store_release(2, ONLINE(2), CPU_ONLINE)
        :: else
        fi
}

init {
        atomic {
                choose_memory();
                main_memory[ONLINE(1)] = CPU_ONLINE;
                main_memory[ONLINE(0)] = (size == 3 -> CPU_LEAVING : CPU_ONLINE);
                run leaver();
                run placer();
                if
                :: size == 3 -> run joiner()
                :: else -> run requester()
                fi;
                run buffer(0); run buffer(1); run buffer(2)
        }
        timeout;
        assert(out && !moving && !running);
        assert(waiting[0] + waiting[1] + waiting[2] == 1);
        assert(!waiting[0]);
        assert(size != 2 || served)
}
