/* SPDX-License-Identifier: MIT */
/* The atomics and the lock of base/atomic.h and base/lock.h: each a point of the schedule, then its
 * effect on memory. */
#include "memory.h"

uintptr_t explore_load(
        const volatile void *p, size_t size, enum explore_order order, const char *who)
{
        if (!w.exploring || !on_cpu())
                return memory_fetch(p, size);
        schedule_point((struct op){p, OP_READ}, who);
        struct word *word = memory_word(p, size);
        if (!word)
                return memory_fetch(p, size);
        race_atomic(p, false);
        const struct message *m = memory_see(word);
        if (order == EXPLORE_ACQUIRE)
                memory_learn(m);
        explore_trace("%s: load%s %s = %#lx%s", who, order == EXPLORE_ACQUIRE ? " acquire" : "",
                explore_name(p), (unsigned long)m->value, m != memory_newest(word) ? " (old)" : "");
        return m->value;
}

void explore_store(
        volatile void *p, size_t size, uintptr_t value, enum explore_order order, const char *who)
{
        if (!w.exploring || !on_cpu()) {
                memory_put(p, size, value);
                return;
        }
        schedule_point((struct op){p, OP_WRITE}, who);
        struct word *word = memory_word(p, size);
        if (!word) {
                memory_put(p, size, value);
                return;
        }
        race_atomic(p, true);
        explore_trace("%s: store%s %s = %#lx", who, order == EXPLORE_RELEASE ? " release" : "",
                explore_name(p), (unsigned long)value);
        memory_publish(word, value, order == EXPLORE_RELEASE, false);
}

static uintptr_t changed(uintptr_t old, uintptr_t value, enum explore_change change)
{
        switch (change) {
        case EXPLORE_SWAP:
                return value;
        case EXPLORE_OR:
                return old | value;
        case EXPLORE_AND:
                return old & value;
        case EXPLORE_ADD:
                return old + value;
        case EXPLORE_SUB:
                return old - value;
        }
        return old;
}

static uintptr_t cut(uintptr_t value, size_t size)
{
        return size == sizeof(value) ? value : value & (((uintptr_t)1 << (8 * size)) - 1);
}

uintptr_t explore_change(volatile void *p, size_t size, uintptr_t value, enum explore_change change,
        enum explore_order order, const char *who)
{
        schedule_point((struct op){p, OP_WRITE}, who);
        uintptr_t old = memory_fetch(p, size);
        uintptr_t new = cut(changed(old, value, change), size);
        struct word *word = w.exploring && on_cpu() ? memory_word(p, size) : NULL;
        if (!word) {
                memory_put(p, size, new);
                return old;
        }
        race_atomic(p, true);
        explore_trace("%s: change %s from %#lx to %#lx", who, explore_name(p), (unsigned long)old,
                (unsigned long)new);
        if (order != EXPLORE_RELEASE)
                memory_learn(memory_newest(word));
        memory_publish(word, new, order != EXPLORE_ACQUIRE, true);
        if (order == EXPLORE_SC)
                memory_sc(word);
        return old;
}

bool explore_cas(volatile void *p, size_t size, void *expected, uintptr_t desired, const char *who)
{
        schedule_point((struct op){p, OP_WRITE}, who);
        uintptr_t old = memory_fetch(p, size);
        bool wins = old == memory_fetch(expected, size);
        struct word *word = w.exploring && on_cpu() ? memory_word(p, size) : NULL;
        if (word) {
                race_atomic(p, wins);
                memory_learn(memory_newest(word));
                memory_seen(word);
                explore_trace("%s: cas %s from %#lx to %#lx%s", who, explore_name(p),
                        (unsigned long)old, (unsigned long)desired, wins ? "" : " fails");
        }
        if (!wins)
                memory_put(expected, size, old);
        else if (word)
                memory_publish(word, cut(desired, size), true, true);
        else
                memory_put(p, size, desired);
        return wins;
}

void explore_fence(const char *who)
{
        if (!w.exploring || !on_cpu() || !schedule.stale)
                return;
        schedule_point((struct op){&memory_fences, OP_FENCE}, who);
        explore_trace("%s: fence", who);
        memory_fence();
}

void explore_lock(uintptr_t *lock, const char *who)
{
        struct word *word = NULL;
        if (w.exploring && on_cpu()) {
                w.cpus[w.current].lock = lock;
                w.cpus[w.current].blocked = BLOCKED_LOCK;
                schedule_point((struct op){lock, OP_WRITE}, who);
                w.cpus[w.current].blocked = BLOCKED_NOT;
                explore_trace("%s: lock %s", who, explore_name(lock));
                word = memory_word(lock, sizeof(*lock));
                race_atomic(lock, true);
                memory_learn(memory_newest(word));
                memory_publish(word, 1, false, true);
        } else {
                *lock = 1;
        }
}

/* No point of the schedule: who comes between the last access and this can do nothing that he could
 * not do after it, but wait. */
void explore_unlock(uintptr_t *lock, const char *who)
{
        if (!*lock)
                explore_fail("%s: gives back %s, which nobody holds", who, explore_name(lock));
        if (w.exploring && on_cpu()) {
                explore_trace("%s: unlock %s", who, explore_name(lock));
                memory_publish(memory_word(lock, sizeof(*lock)), 0, true, false);
                schedule_touch((struct op){lock, OP_WRITE});
        } else {
                *lock = 0;
        }
}
