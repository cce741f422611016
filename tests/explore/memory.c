/* SPDX-License-Identifier: MIT */
/*
 * What a load sees. Each word keeps its latest values, each with a view: the oldest value of every
 * other word that who learns of it may still see. A CPU has a view too. This is the C11 model as an
 * operational one, after Kang et al., "A promising semantics for relaxed-memory concurrency" (POPL
 * 2017), without its promises:
 *  - a load may see any value not older than its CPU's view says; acquire adds the value's view
 *  - a store with release gives its value the CPU's view; a relaxed one only what a fence left there
 *  - read-modify-write sees the newest value, and passes on the view of what it replaced
 *  - a full fence joins the CPU's view with that of all fences before, both ways; a read-modify-write
 *    that is sequentially consistent leaves its own word there
 *
 * Covered so: store buffering, message passing, coherence, write-to-read causality, for two and more
 * CPUs. Not: load buffering (a load that sees a store which comes later), stores whose order in memory
 * is not the order in which they were executed, failed compare-and-swaps that see an older value, and
 * weak ones that fail for nothing. Plain accesses are not delayed, they must not race (race.c).
 */
#include <string.h>

#include "memory.h"

static struct word words[WORDS];
static uint32_t word_count;
static uint8_t index_of[sizeof(struct explore_world)]; /* + 1 */
static uint32_t execution;
static bool grew;

/* By CPU: its view; what its relaxed loads have seen, for a fence to add; what its latest fence saw,
 * for relaxed stores to pass on; what an interrupt brings. */
static uint16_t view[CPUS_MAX][WORDS], seen[CPUS_MAX][WORDS], fenced[CPUS_MAX][WORDS];
static uint16_t sent[CPUS_MAX][WORDS];
static uint16_t fences[WORDS]; /* of all fences */
static bool saw_old[CPUS_MAX];
const uint8_t memory_fences;

void memory_program(void)
{
        memset(index_of, 0, sizeof(index_of));
        word_count = 0;
        grew = false;
}

void memory_execution(void)
{
        execution++;
        if (!schedule.stale)
                return;
        memset(saw_old, 0, sizeof(saw_old));
        memset(view, 0, sizeof(view));
        memset(seen, 0, sizeof(seen));
        memset(fenced, 0, sizeof(fenced));
        memset(sent, 0, sizeof(sent));
        memset(fences, 0, sizeof(fences));
}

static void join(uint16_t *to, const uint16_t *from)
{
        if (!schedule.stale)
                return;
        for (uint32_t i = 0; i < WORDS; i++)
                to[i] = to[i] > from[i] ? to[i] : from[i];
}

uintptr_t memory_fetch(const volatile void *p, size_t size)
{
        return size == 1   ? *(const volatile uint8_t *)p
               : size == 2 ? *(const volatile uint16_t *)p
               : size == 4 ? *(const volatile uint32_t *)p
                           : *(const volatile uintptr_t *)p;
}

void memory_put(volatile void *p, size_t size, uintptr_t value)
{
        if (size == 1)
                *(volatile uint8_t *)p = (uint8_t)value;
        else if (size == 2)
                *(volatile uint16_t *)p = (uint16_t)value;
        else if (size == 4)
                *(volatile uint32_t *)p = (uint32_t)value;
        else
                *(volatile uintptr_t *)p = value;
}

static struct word *find(const volatile void *p, size_t size)
{
        uintptr_t offset = (uintptr_t)p - (uintptr_t)&w;
        if (offset >= sizeof(w))
                return NULL;
        if (!index_of[offset]) {
                if (word_count == WORDS)
                        explore_fail("harness: more atomic words than the table holds");
                words[word_count] = (struct word){.where = (volatile void *)(uintptr_t)p};
                index_of[offset] = (uint8_t)++word_count;
        }
        struct word *word = &words[index_of[offset] - 1];
        if (size)
                word->size = size;
        return word;
}

static uint32_t number(const struct word *word)
{
        return (uint32_t)(word - words);
}

static struct message *message(struct word *word, uint32_t time)
{
        return &word->history[time % HISTORY];
}

/* Only what is in memory now is known of it: nobody knows an older value. */
static void forget(struct word *word)
{
        word->newest++;
        word->oldest = word->newest;
        memset(message(word, word->newest), 0, sizeof(struct message));
        message(word, word->newest)->value = memory_fetch(word->where, word->size);
}

/* The word in this execution. Plain writes went past the history; they must not race, so whoever
 * looks now has learnt of them. */
struct word *memory_word(const volatile void *p, size_t size)
{
        struct word *word = find(p, size);
        if (!word)
                return NULL;
        if (word->execution != execution) {
                word->execution = execution;
                word->newest = 0;
                forget(word);
        } else if (word->past || message(word, word->newest)->value != memory_fetch(p, size)) {
                forget(word);
        }
        word->past = false;
        return word;
}

void memory_written_plainly(const volatile void *where)
{
        uintptr_t offset = (uintptr_t)where - (uintptr_t)&w;
        if (index_of[offset])
                words[index_of[offset] - 1].past = true;
}

bool memory_shared(const volatile void *where)
{
        struct word *word = find(where, 0);
        return word && word->shared;
}

bool memory_grew(void)
{
        bool result = grew;
        grew = false;
        for (uint32_t i = 0; result && i < word_count; i++)
                words[i].shared |= words[i].grows;
        return result;
}

void memory_used(struct op op, uint32_t actor)
{
        struct word *word = find(op.where, 0);
        if (!word || word->shared)
                return;
        if (op.kind == OP_READ)
                word->readers |= (uint8_t)(1u << actor);
        else
                word->writers |= (uint8_t)(1u << actor);
        uint8_t users = word->readers | word->writers;
        if (word->writers && (users & (users - 1)) && !word->grows) {
                word->grows = true;
                grew = true;
        }
}

void memory_learn(const struct message *m)
{
        join(view[w.current], m->view);
        for (uint32_t i = 0; i < CLOCKS; i++) {
                if (race_clock[w.current][i] < m->clock[i])
                        race_clock[w.current][i] = m->clock[i];
        }
}

/* A new value of a word. `replaced`: what a read-modify-write took away. */
void memory_publish(struct word *word, uintptr_t value, bool release, bool replaces)
{
        uint32_t cpu = w.current;
        struct message m = {.value = value};
        if (release) {
                memcpy(m.clock, race_clock[cpu], sizeof(m.clock));
                race_clock[cpu][cpu]++;
        }
        if (replaces) {
                const struct message *old = message(word, word->newest);
                for (uint32_t i = 0; i < CLOCKS; i++)
                        m.clock[i] = m.clock[i] > old->clock[i] ? m.clock[i] : old->clock[i];
        }
        word->newest++;
        if (word->newest - word->oldest >= (int)HISTORY)
                word->oldest++;
        if (schedule.stale) {
                view[cpu][number(word)] = word->newest;
                join(m.view, release ? view[cpu] : fenced[cpu]);
                if (replaces)
                        join(m.view, message(word, word->newest - 1u)->view);
                m.view[number(word)] = word->newest;
        }
        *message(word, word->newest) = m;
        memory_put(word->where, word->size, value);
}

/* Which of the values that this CPU may see: ages by what differs from the newest. */
static uint32_t choose_age(struct word *word)
{
        uint32_t ages[HISTORY] = {0};
        uint32_t n = 1;
        uint32_t from = view[w.current][number(word)];
        if (from < word->oldest)
                from = word->oldest;
        for (uint32_t time = word->newest; time > from; time--) {
                if (message(word, time - 1)->value != message(word, word->newest)->value)
                        ages[n++] = word->newest - time + 1;
        }
        return n > 1 ? ages[schedule_value(n)] : 0;
}

struct message *memory_newest(struct word *word)
{
        return message(word, word->newest);
}

const struct message *memory_see(struct word *word)
{
        uint32_t age = schedule.stale ? choose_age(word) : 0;
        const struct message *m = message(word, word->newest - age);
        if (schedule.stale)
                view[w.current][number(word)] = (uint16_t)(word->newest - age);
        if (age)
                saw_old[w.current] = true;
        join(seen[w.current], m->view);
        return m;
}

void memory_seen(const struct word *word)
{
        if (schedule.stale)
                view[w.current][number(word)] = word->newest;
}

void memory_sc(const struct word *word)
{
        fences[number(word)] = word->newest;
}

void memory_fence(void)
{
        join(view[w.current], seen[w.current]);
        join(view[w.current], fences);
        memcpy(fences, view[w.current], sizeof(fences));
        memcpy(fenced[w.current], view[w.current], sizeof(fences));
}

/* What was written is seen in the end. */
bool memory_catch_up(void)
{
        bool old = saw_old[w.current];
        saw_old[w.current] = false;
        for (uint32_t i = 0; old && i < word_count; i++) {
                if (words[i].execution == execution)
                        view[w.current][i] = words[i].newest;
        }
        return old;
}

void memory_interrupt_sent(uint32_t to)
{
        join(sent[to], view[w.current]);
}

void memory_interrupt_taken(void)
{
        join(view[w.current], sent[w.current]);
}
