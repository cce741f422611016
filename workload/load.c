/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Events that keep the CPU busy: with nothing, and with memory.
 */
#include "perform.h"

/* Accesses between two looks whether the thread is to end. */
#define ACCESSES 4096u

/** What a buffer begins with: which chain lies in it. */
struct buffer_head {
        uint32_t stride; /**< of the chain, 0: there is none */
        uint32_t random;
        uint64_t unused[7];
};

/** Uses @p ns of this thread's CPU time, as Rota accounts it. It counts from the end of what the
 * thread was to use before: what its own sleeping and waking cost is part of its work, as in any
 * program, so that in the long run it uses what it was told to and no more. */
bool perform_run(struct perform_thread *thread, uint64_t ns)
{
        const uint64_t end = thread->used + ns;

        if (thread->user && !perform_user_until(thread, true, end))
                return false;
        uint64_t now = rota_cpu_time();
        while (now < end) {
                if (rota_cancelled())
                        return false;
                now = rota_cpu_time();
        }
        /* Late by more than a whole run is no longer a cost of the thread's own. */
        thread->used = now - end < ns ? end : now;
        return true;
}

/** Spins until the clock is @p ns on, whoever has the CPU meanwhile. */
bool perform_runtime(struct perform_thread *thread, uint64_t ns)
{
        const uint64_t end = rota_now() + ns;

        if (thread->user && !perform_user_until(thread, false, end))
                return false;
        while (rota_now() < end)
                if (rota_cancelled())
                        return false;
        thread->used = rota_cpu_time();
        return true;
}

static struct buffer_head *buffer_of(
        const struct perform_thread *thread, const struct workload_event *event)
{
        return (void *)(thread->buffer + (size_t)event->object * 64);
}

/** The buffer's words: written and read as such whatever the compiler thinks of it. */
static volatile uint64_t *words_of(struct buffer_head *head)
{
        return (volatile uint64_t *)(void *)(head + 1);
}

bool perform_mem(struct perform_thread *thread, const struct workload_event *event)
{
        struct buffer_head *head = buffer_of(thread, event);
        volatile uint64_t *words = words_of(head);
        const size_t most = event->size / sizeof(*words);
        size_t at = 0;

        head->stride = 0;
        for (uint64_t left = event->value / sizeof(*words); left; left--) {
                words[at] = left;
                at = at + 1 < most ? at + 1 : 0;
                if (left % ACCESSES == 0 && rota_cancelled())
                        return false;
        }
        thread->used = rota_cpu_time();
        return true;
}

/** A random number below @p most (Marsaglia: Xorshift RNGs, 2003). */
static uint64_t below(struct perform_thread *thread, uint64_t most)
{
        thread->random ^= thread->random << 13;
        thread->random ^= thread->random >> 7;
        thread->random ^= thread->random << 17;
        return thread->random % most;
}

/** Lays a chain through a buffer that visits each place once before it comes back: one after the
 * other, or at random (Sattolo: An algorithm to generate a random cyclic permutation, 1986). */
static bool lay_chain(
        struct perform_thread *thread, struct buffer_head *head, const struct workload_event *event)
{
        volatile uint64_t *words = words_of(head);
        const bool random = event->flags & WORKLOAD_RANDOM;
        const size_t step = event->second / sizeof(*words);
        const uint64_t places = event->size / event->second;

        if (head->stride == event->second && head->random == random)
                return true;
        for (uint64_t i = 0; i < places; i++) {
                words[i * step] = random ? i : (i + 1) % places;
                if (i % ACCESSES == 0 && rota_cancelled())
                        return false;
        }
        for (uint64_t i = places; random && i-- > 1;) {
                const uint64_t other = below(thread, i);
                const uint64_t its = words[other * step];
                words[other * step] = words[i * step];
                words[i * step] = its;
                if (i % ACCESSES == 0 && rota_cancelled())
                        return false;
        }
        head->stride = event->second;
        head->random = random;
        return true;
}

bool perform_memrun(struct perform_thread *thread, const struct workload_event *event)
{
        struct buffer_head *head = buffer_of(thread, event);
        volatile uint64_t *words = words_of(head);
        const size_t step = event->second / sizeof(*words);
        const uint64_t places = event->size / event->second;
        const bool writes = event->flags & WORKLOAD_WRITE;
        const bool chases = event->flags & WORKLOAD_CHASE;
        uint64_t at = 0;

        if (chases && !lay_chain(thread, head, event))
                return false;
        if (writes)
                head->stride = 0;
        for (uint64_t left = event->value; left; left--) {
                uint64_t found = 0;
                if (writes)
                        words[at * step] = left;
                else
                        found = words[at * step];
                if (chases)
                        at = found < places ? found : 0; /* another size's chain lies there */
                else if (event->flags & WORKLOAD_RANDOM)
                        at = below(thread, places);
                else
                        at = at + 1 < places ? at + 1 : 0;
                if (left % ACCESSES == 0 && rota_cancelled())
                        return false;
        }
        thread->used = rota_cpu_time();
        return true;
}
