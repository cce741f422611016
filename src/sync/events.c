/* SPDX-License-Identifier: MIT */
/*
 * Event flags. While WAITED is in the word only who holds the queue's lock changes it: so what a waiter
 * waits for is not taken from under its nose between a set and its service. It may stay set when the last
 * waiter has timed out; the next set clears it.
 */
#include "sync/events.h"

#define WAITED ((uintptr_t)1 << 31)

static bool valid(const struct rota_events *events, uint32_t flags)
{
        return events && (flags & ~ROTA_EVENTS_EVERY) == 0;
}

bool events_valid(const struct rota_events *events, uint32_t flags, uint32_t how)
{
        return valid(events, flags) && flags && how <= (ROTA_EVENTS_ALL | ROTA_EVENTS_CLEAR);
}

static inline bool serves(uintptr_t word, uint32_t flags, uint32_t how)
{
        return how & ROTA_EVENTS_ALL ? (word & flags) == flags : (word & flags) != 0;
}

int rota_events_init(struct rota_events *events, uint32_t flags, const char *name)
{
        if (!valid(events, flags))
                return ROTA_EINVAL;
        *events = (struct rota_events){.word = flags, .waiters = {.name = name}};
        return ROTA_OK;
}

uint32_t rota_events_get(const struct rota_events *events)
{
        /* Acquire: what was written before they were set; partner: the release in change. */
        return events ? (uint32_t)rota_atomic_load_acquire(&events->word) & ROTA_EVENTS_EVERY : 0;
}

/* Sets and clears where nobody waits; false where somebody does, or did. */
static inline bool change(uintptr_t *word, uint32_t set, uint32_t clear)
{
        uintptr_t is = rota_atomic_load(word);

        while (!(is & WAITED))
                /* Release: what was written before a set; partners: the acquires of who sees it. */
                if (rota_atomic_cas(word, &is, (is | set) & ~(uintptr_t)clear))
                        return true;
        return false;
}

/* Serves all whom these flags serve; answers which of them are to be cleared for it. The lock is held. */
static uint32_t serve(struct rota_wait_queue *queue, uint32_t flags)
{
        struct rota_wait *wait = queue->first;
        const struct rota_wait *last = wait ? wait->previous : NULL;
        struct rota_handle waiter;
        struct wakes wakes;
        uint32_t clear = 0;
        bool more = wait;

        wakes.count = 0;
        while (more) {
                struct rota_wait *next = wait->next; /* once it is served it is not ours */
                uint32_t how = (uint32_t)wait->value;
                uint32_t got = wait->flags & flags;
                more = wait != last;
                if (serves(flags, wait->flags, how) &&
                        queue_serve(queue, wait, ROTA_OK, (intptr_t)got, &waiter)) {
                        clear |= how & ROTA_EVENTS_CLEAR ? got : 0;
                        queue_wake_later(&wakes, waiter);
                }
                wait = next;
        }
        queue_wake(&wakes);
        return clear;
}

int rota_events_set(struct rota_events *events, uint32_t flags)
{
        if (rota_unlikely(!valid(events, flags)))
                return ROTA_EINVAL;
        if (rota_likely(change(&events->word, flags, 0)))
                return ROTA_OK;
        uintptr_t irq = queue_lock(&events->waiters);
        if (!change(&events->word, flags, 0)) {
                uint32_t is = rota_events_get(events) | flags;
                is &= ~serve(&events->waiters, is);
                /* Release: as in change. */
                rota_atomic_store_release(&events->word, is | (events->waiters.first ? WAITED : 0));
        }
        queue_unlock(&events->waiters, irq);
        return ROTA_OK;
}

int rota_events_clear(struct rota_events *events, uint32_t flags)
{
        if (!valid(events, flags))
                return ROTA_EINVAL;
        if (change(&events->word, 0, flags))
                return ROTA_OK;
        uintptr_t irq = queue_lock(&events->waiters);
        rota_atomic_and(&events->word, ~(uintptr_t)flags); /* fewer flags serve nobody */
        queue_unlock(&events->waiters, irq);
        return ROTA_OK;
}

/* Takes what it wants where that is there: the answer is what, else 0. `locked`: WAITED is no reason to
 * leave it. */
static uint32_t take(struct rota_events *events, uint32_t flags, uint32_t how, bool locked)
{
        uintptr_t is = rota_atomic_load_acquire(&events->word); /* as rota_events_get */

        while (serves(is, flags, how)) {
                uint32_t got = (uint32_t)is & flags;
                if (!(how & ROTA_EVENTS_CLEAR))
                        return got;
                if ((is & WAITED) && !locked)
                        return 0;
                if (rota_atomic_cas(&events->word, &is, is & ~(uintptr_t)got))
                        return got;
        }
        return 0;
}

uint32_t events_take(struct rota_events *events, uint32_t flags, uint32_t how)
{
        uint32_t got;
        uintptr_t is;

        do {
                got = take(events, flags, how, true);
                is = rota_atomic_load(&events->word);
        } while (!got &&
                 (serves(is, flags, how) || !rota_atomic_cas(&events->word, &is, is | WAITED)));
        return got;
}

void events_queue(struct rota_events *events, struct rota_wait *wait, uint32_t flags, uint32_t how)
{
        wait->flags = flags;
        wait->value = (intptr_t)how;
        queue_add(&events->waiters, wait);
        queue_trace(&events->waiters, NULL);
}

static int begin(struct rota_events *events, struct rota_wait *wait, uint32_t flags, uint32_t how,
        uint32_t *got)
{
        if (!queue_may_wait())
                return ROTA_ECONTEXT;
        rota_wait_init(wait);
        uintptr_t irq = queue_lock(&events->waiters);
        uint32_t taken = events_take(events, flags, how);
        if (!taken)
                events_queue(events, wait, flags, how);
        queue_unlock(&events->waiters, irq);
        if (taken && got)
                *got = taken;
        return taken ? ROTA_OK : ROTA_EAGAIN;
}

int rota_events_begin(struct rota_events *events, struct rota_wait *wait, uint32_t flags,
        uint32_t how, uint32_t *got)
{
        debug_call("rota_events_begin");
        if (!wait || !events_valid(events, flags, how))
                return ROTA_EINVAL;
        uint32_t taken = take(events, flags, how, false);
        if (!taken)
                return begin(events, wait, flags, how, got);
        if (got)
                *got = taken;
        return ROTA_OK;
}

/* It has passed: once the set that let it pass is over, and has cleared what is to be cleared. */
static int passed(
        struct rota_events *events, const struct rota_wait *wait, int result, uint32_t *got)
{
        if (result == ROTA_OK)
                queue_settle(&events->waiters);
        if (result == ROTA_OK && got)
                *got = (uint32_t)wait->value;
        return result;
}

int rota_events_finish(struct rota_events *events, struct rota_wait *wait, uint32_t *got)
{
        if (!events || !wait)
                return ROTA_EINVAL;
        return passed(events, wait, queue_finish(wait), got);
}

/* Without a wait, where WAITED keeps it from the short way. */
static int take_locked(struct rota_events *events, uint32_t flags, uint32_t how, uint32_t *got)
{
        uintptr_t irq = queue_lock(&events->waiters);
        uint32_t taken = take(events, flags, how, true);

        queue_unlock(&events->waiters, irq);
        if (taken && got)
                *got = taken;
        return taken ? ROTA_OK : ROTA_EAGAIN;
}

static int wait_for(struct rota_events *events, uint32_t flags, uint32_t how, uint32_t *got,
        struct rota_timeout timeout)
{
        struct rota_wait wait;
        uint32_t taken = take(events, flags, how, false);

        if (rota_likely(taken)) {
                if (got)
                        *got = taken;
                return ROTA_OK;
        }
        uint64_t deadline = rota_timeout_deadline(timeout);
        if (deadline == 0)
                return how & ROTA_EVENTS_CLEAR ? take_locked(events, flags, how, got) : ROTA_EAGAIN;
        int result = begin(events, &wait, flags, how, got);
        if (result != ROTA_EAGAIN)
                return result;
        return passed(events, &wait, queue_park(&wait, rota_timeout_at(deadline)), got);
}

int rota_events_wait(struct rota_events *events, uint32_t flags, uint32_t how, uint32_t *got)
{
        debug_call("rota_events_wait");
        if (rota_unlikely(!events_valid(events, flags, how)))
                return ROTA_EINVAL;
        return wait_for(events, flags, how, got, rota_timeout_forever());
}

int rota_events_wait_until(struct rota_events *events, uint32_t flags, uint32_t how, uint32_t *got,
        struct rota_timeout timeout)
{
        debug_call("rota_events_wait_until");
        if (!events_valid(events, flags, how))
                return ROTA_EINVAL;
        return wait_for(events, flags, how, got, timeout);
}
