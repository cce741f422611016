/* SPDX-License-Identifier: MIT */
/*
 * The timer of a CPU that leaves (src/core/leave.c, timer.c, home.c, place.c).
 *
 * CPU 0 was asked to leave, and one timer is in its queue; it is due whenever an interrupt looks.
 *   size 1: it is given to CPU 1, which idles; CPU 2 cancels it, or does not.
 *   size 2: CPU 2 asks CPU 1 to leave as well, then idles.
 *
 * Proved: the timer expires or is cancelled, once, in time: nobody who could be armed for it sleeps on;
 * a queue is changed by one at a time; after a cancel the callback is over and the timer is not
 * touched. The CPUs do leave.
 *
 * Left out: that CPUs learn of being asked (leave.pml), several timers, deadlines.
 *
 *   run TSO PSO WEAK 1
 *   run TSO PSO 2
 *   large WEAK 2
 */
#define CPUS       3
#define DEPTH      3
#define LOCATIONS  16

#define TIMERS(c)  (1 + (c))  /* cpu->timer_lock */
#define ONLINE(c)  (4 + (c))  /* cpu->online */
#define NEED(c)    (7 + (c))  /* cpu->need */
#define IDLE(c)    (10 + (c)) /* cpu->idle */
#define DUE(c)     (13 + (c)) /* cpu->timers_due; 0: never */
#define OWNER      16         /* timer->cpu: number of the CPU + 1 */

#define CPU_ONLINE  1
#define CPU_LEAVING 2
#define ACTIVE      0
#define HALTED      2
#define LEFT        3
#define REARM       1         /* NEED_TIMERS */
#define RESCHED     2
#define NOWHERE     CPUS

#define NO_SECOND_LOOK   1  /* TSO 1: timer.c lock_queue_of(): the queue that it was in */
#define NO_NOTIFY        2  /* TSO 1: leave.c give_timers_to(): tells nobody */
#define NOTIFY_FIRST     3  /* TSO 1: leave.c give_timers_to(): tells, then gives */
#define NO_LOCK_TO       4  /* TSO 1: leave.c give_timers_to(): without the lock of who gets it */
#define NO_LOCK_FROM     5  /* TSO 1: leave.c give_timers_to(): without its own lock */
#define OWNER_LATE       6  /* TSO 1: leave.c give_timers_to(): says whose it is without the locks */
#define NO_DUE           7  /* TSO 1: leave.c give_timers_to(): timers_due stays as it was */
#define NO_STAY_CHECK    8  /* TSO 2: leave.c give_timers_to(): does not look again who stays */
#define CALLBACK_LATE    9  /* TSO 1: timer.c timer_expire(): the callback after the lock */

#include "memory.pml"

byte queue = 0;    /* whose queue the timer is in: guarded by that one's lock */
bool busy[CPUS];   /* somebody changes this queue */
bool armed[CPUS];  /* the clock of this CPU */
bool asked[CPUS];  /* an interrupt is pending */
bool out[CPUS];    /* has left */
bool fired;
bool cancelled;
bool over;         /* the cancel has returned: the timer's memory is somebody else's */

#define ENTER(c) atomic { assert(!busy[c] && !over); busy[c] = true }
#define EXIT(c)  busy[c] = false

/* place.c: place_notify() */
inline place_notify(self, target)
{
        store_then_look(self, NEVER);
        seen = LOAD(self, IDLE(target));
        if
        :: seen == ACTIVE -> asked[target] = true
        :: seen == LEFT
        :: seen == HALTED ->
                cas(self, IDLE(target), seen, ACTIVE, done, NEVER);
                if
                :: done -> asked[target] = true
                :: else
                fi
        fi;
        done = false;
        seen = 0
}

/* The timer's callback, in timer_expire(). */
inline callback()
{
        assert(!over && !fired);
        fired = true
}

/* timer.c: rota_timer(), timer_expire() */
inline expire(self)
{
        armed[self] = false;
        if
        :: LOAD(self, DUE(self)) ->
                lock(self, TIMERS(self));
                if
                :: queue == self ->
                        ENTER(self);
                        queue = NOWHERE;
                        store(self, DUE(self), 0);
                        if
                        :: UNLESS(CALLBACK_LATE) -> callback(); EXIT(self); unlock(self, TIMERS(self))
                        :: MUTATED(CALLBACK_LATE) -> EXIT(self); unlock(self, TIMERS(self)); callback()
                        fi
                :: queue != self -> unlock(self, TIMERS(self))
                fi
        :: else
        fi
}

/* leave.c: give_timers_to() */
inline give_timers_to(self, to)
{
        if
        :: MUTATED(NOTIFY_FIRST) ->
                fetch(self, NEED(to), old, main_memory[NEED(to)] | REARM);
                place_notify(self, to)
        :: else
        fi;
        if                                          /* the lower CPU's first: self is, or gives to 2 */
        :: UNLESS(NO_LOCK_FROM) -> lock(self, TIMERS(self))
        :: else
        fi;
        if
        :: UNLESS(NO_LOCK_TO) -> lock(self, TIMERS(to))
        :: else
        fi;
        stays = LOAD(self, ONLINE(to)) == CPU_ONLINE || MUTATED(NO_STAY_CHECK);
        gave = false;
        if
        :: queue == self && stays ->
                ENTER(self);
                queue = NOWHERE;                    /* base/heap.c: rota_heap_remove() */
                EXIT(self);
                ENTER(to);
                queue = to;                         /* base/heap.c: rota_heap_insert() */
                if
                :: UNLESS(OWNER_LATE) -> store(self, OWNER, to + 1)
                :: else
                fi;
                EXIT(to);
                store(self, DUE(self), 0);
                if
                :: UNLESS(NO_DUE) -> store(self, DUE(to), 1)
                :: else
                fi;
                gave = true
        :: else
        fi;
        none = queue != self;
        if
        :: UNLESS(NO_LOCK_TO) -> unlock(self, TIMERS(to))
        :: else
        fi;
        if
        :: UNLESS(NO_LOCK_FROM) -> unlock(self, TIMERS(self))
        :: else
        fi;
        if
        :: gave && MUTATED(OWNER_LATE) -> store(self, OWNER, to + 1)
        :: else
        fi;
        if
        :: gave && UNLESS(NO_NOTIFY) && UNLESS(NOTIFY_FIRST) ->
                fetch(self, NEED(to), old, main_memory[NEED(to)] | REARM);
                place_notify(self, to)
        :: else
        fi;
        old = 0;
        stays = false;
        gave = false
}

proctype cpu(byte self)
{
        byte to, seen;
        short old;
        bool done, stays, gave, none;

        if                                          /* what its clock was armed for may come first */
        :: armed[self] -> expire(self)
        :: true
        fi;
        do                                          /* home.c: home_step() */
        :: old = LOAD(self, NEED(self));
           if
           :: old ->
                fetch(self, NEED(self), old, 0);
                if                                  /* timer.c: timer_program() */
                :: (old & REARM) && LOAD(self, DUE(self)) -> armed[self] = true
                :: else
                fi
           :: else
           fi;
           old = 0;
           if
           :: LOAD(self, ONLINE(self)) == CPU_LEAVING -> break
           :: else
           fi;
           store(self, IDLE(self), HALTED);         /* home.c: halt() */
           store_then_look(self, NEVER);
           if
           :: LOAD(self, NEED(self))
           :: LOAD(self, NEED(self)) == 0 ->
end_halted:     atomic { asked[self] || armed[self] -> asked[self] = false };
                if
                :: armed[self] -> expire(self)
                :: else
                fi
           fi;
           store(self, IDLE(self), ACTIVE)
        od;
        store(self, IDLE(self), LEFT);              /* leave.c: leave_step() */
        store_then_look(self, NEVER);
        do
        :: if                                       /* leave.c: give_timers() */
           :: self == 0 && LOAD(self, ONLINE(1)) == CPU_ONLINE -> to = 1
           :: self == 0 && LOAD(self, ONLINE(1)) != CPU_ONLINE -> to = 2
           :: self == 1 -> to = 2
           fi;
           give_timers_to(self, to);
           if
           :: none -> break
           :: else
           fi
        od;
        armed[self] = false;
        out[self] = true                            /* home.c: home_main() */
}

/* timer.c: rota_timer_cancel(), by CPU 2 */
proctype canceller()
{
        byte owner;

        do                                          /* timer.c: lock_queue_of() */
        :: owner = LOAD(2, OWNER);
           lock(2, TIMERS(owner - 1));
           if
           :: LOAD(2, OWNER) == owner || MUTATED(NO_SECOND_LOOK) -> break
           :: else -> unlock(2, TIMERS(owner - 1))
           fi
        od;
        if
        :: queue != NOWHERE ->
                assert(queue == owner - 1);
                ENTER(owner - 1);
                queue = NOWHERE;
                store(2, DUE(owner - 1), 0);
                cancelled = true;
                EXIT(owner - 1)
        :: else
        fi;
        unlock(2, TIMERS(owner - 1));
        over = true
}

/* leave.c: rota_cpu_leave(), of CPU 1 by CPU 2, which is idle afterwards */
proctype requester()
{
        byte seen;
        short old;
        bool done;

        store(2, ONLINE(1), CPU_LEAVING);
        fetch(2, NEED(1), old, main_memory[NEED(1)] | RESCHED);
        place_notify(2, 1);
        run cpu(2)
}

init {
        atomic {
                choose_memory();
                main_memory[ONLINE(0)] = CPU_LEAVING;
                main_memory[ONLINE(1)] = CPU_ONLINE;
                main_memory[ONLINE(2)] = CPU_ONLINE;
                main_memory[OWNER] = 1;
                main_memory[DUE(0)] = 1;
                armed[0] = true;
                run cpu(0);
                run cpu(1);
                if
                :: size == 1 -> run canceller()
                :: size == 1
                :: size == 2 -> run requester()
                fi;
                run buffer(0); run buffer(1); run buffer(2)
        }
        timeout;
        assert(out[0] && (size == 1 || out[1]));
        assert(queue == NOWHERE);
        assert(fired + cancelled == 1)
}
