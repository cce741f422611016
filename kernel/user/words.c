/* SPDX-License-Identifier: MIT */
/*
 * Waiting for words of memory. A word is known by its process and its address; who sleeps on one is in a
 * list, found by a hash, with a lock for each bucket. The word is looked at under that lock: who changes it
 * first and then wakes finds whoever had seen the old value.
 *
 * After: H. Franke, R. Russell, M. Kirkwood: "Fuss, Futexes and Furwocks: Fast Userlevel Locking in
 * Linux", 2002; requeueing as in U. Drepper: "Futexes Are Tricky", 2004.
 */
#include "base/list.h"
#include "user/lock.h"
#include "user/process.h"

#define BUCKETS 256u /* a power of two */
/* Most that are woken, or moved, under one lock, with interrupts masked. */
#define BATCH 64u

static struct bucket {
        uintptr_t lock;
        struct kernel_park *first, *last;
} buckets[BUCKETS];

static struct bucket *bucket_of(const struct kernel_process *process, uintptr_t word)
{
        const uint64_t key = (word >> 2) ^ ((uintptr_t)process >> 4);

        return &buckets[(key * UINT64_C(0x9e3779b97f4a7c15)) >> 56 & (BUCKETS - 1)];
}

static void link(struct bucket *bucket, struct kernel_park *park, uintptr_t word)
{
        __atomic_store_n(&park->word, word, __ATOMIC_RELAXED);
        park->linked = true;
        park->after = NULL;
        park->before = bucket->last;
        if (bucket->last)
                bucket->last->after = park;
        else
                bucket->first = park;
        bucket->last = park;
}

static void unlink(struct bucket *bucket, struct kernel_park *park)
{
        if (park->after)
                park->after->before = park->before;
        else
                bucket->last = park->before;
        if (park->before)
                park->before->after = park->after;
        else
                bucket->first = park->after;
        park->linked = false;
}

/* Also where it was taken out already: who did that may be about to complete its wait, and has the lock
 * until then. */
static void leave(struct kernel_wait *wait)
{
        struct kernel_park *park = rota_container(wait, struct kernel_park, wait);

        for (bool left = false; !left;) {
                const uintptr_t word = __atomic_load_n(&park->word, __ATOMIC_RELAXED);
                struct bucket *bucket = bucket_of(park->process, word);
                const uintptr_t flags = kernel_user_lock(&bucket->lock);
                /* It may have been moved just before; not while this lock is held. */
                left = __atomic_load_n(&park->word, __ATOMIC_RELAXED) == word;
                if (left && park->linked)
                        unlink(bucket, park);
                kernel_user_unlock(&bucket->lock, flags);
        }
}

/* Wakes up to @p most of them. @return how many; `*more` says whether there may be others */
static uint32_t wake_some(struct bucket *bucket, const struct kernel_process *process,
        uintptr_t word, uint32_t most, bool *more)
{
        const uintptr_t flags = kernel_user_lock(&bucket->lock);
        struct kernel_park *next = NULL;
        uint32_t woken = 0;

        for (struct kernel_park *p = bucket->first; p && woken < most; p = next) {
                next = p->after;
                if (p->word != word || p->process != process)
                        continue;
                unlink(bucket, p);
                /* The thread may find its result now, and end: but not before it had this lock. */
                woken += rota_wait_complete(&p->wait.node, ROTA_OK);
        }
        *more = woken == most;
        kernel_user_unlock(&bucket->lock, flags);
        return woken;
}

uint32_t kernel_word_wake(struct kernel_process *process, uintptr_t word, uint64_t most)
{
        struct bucket *bucket = bucket_of(process, word);
        uint32_t woken = 0;
        bool more = true;

        while (more && woken < most) {
                const uint64_t left = most - woken;
                woken += wake_some(
                        bucket, process, word, left < BATCH ? (uint32_t)left : BATCH, &more);
        }
        return woken;
}

enum rota_serve kernel_call_wake(struct kernel_thread *thread, const struct rota_trap *trap)
{
        uint32_t value = 0;

        if (kernel_load_user_word(&thread->process->space, trap->args[0], &value) != ROTA_OK)
                return kernel_answer(thread, SYS_EINVAL);
        return kernel_answer(
                thread, kernel_word_wake(thread->process, trap->args[0], trap->args[1]));
}

/* Both buckets' locks, the lower first. @return what unlock_both() is given */
static uintptr_t lock_both(struct bucket *a, struct bucket *b)
{
        const uintptr_t flags = kernel_user_lock(a < b ? &a->lock : &b->lock);

        if (a != b)
                rota_lock(a < b ? &b->lock : &a->lock);
        return flags;
}

static void unlock_both(struct bucket *a, struct bucket *b, uintptr_t flags)
{
        if (a != b)
                rota_unlock(a < b ? &b->lock : &a->lock);
        kernel_user_unlock(a < b ? &a->lock : &b->lock, flags);
}

/* What a requeue is asked for, and what is left of it. */
struct requeue {
        struct kernel_process *process;
        uintptr_t from, to;
        uint32_t expected;
        uint64_t wake, move;
        uint32_t done; /* woken or moved */
};

/* A batch, as long as the word has the value. @return 0: there may be more; SYS_EAGAIN: it has another
 * one; SYS_EINVAL; 1: nobody is left, or enough were */
static int requeue_some(struct requeue *requeue)
{
        struct bucket *from = bucket_of(requeue->process, requeue->from);
        struct bucket *to = bucket_of(requeue->process, requeue->to);
        const uintptr_t flags = lock_both(from, to);
        struct kernel_park *next = NULL, *p = from->first;
        uint32_t value = 0, left = BATCH;
        int answer = 0;

        if (kernel_load_user_word(&requeue->process->space, requeue->from, &value) != ROTA_OK)
                answer = SYS_EINVAL;
        else if (value != requeue->expected)
                answer = SYS_EAGAIN;
        for (; !answer && p && left && (requeue->wake || requeue->move); p = next) {
                next = p->after;
                if (p->word != requeue->from || p->process != requeue->process)
                        continue;
                unlink(from, p);
                left--;
                if (requeue->wake) {
                        const bool woken = rota_wait_complete(&p->wait.node, ROTA_OK);
                        requeue->wake -= woken;
                        requeue->done += woken;
                } else {
                        link(to, p, requeue->to);
                        requeue->move--;
                        requeue->done++;
                }
        }
        if (!answer && left)
                answer = 1;
        unlock_both(from, to, flags);
        return answer;
}

enum rota_serve kernel_call_requeue(struct kernel_thread *thread, const struct rota_trap *trap)
{
        struct requeue requeue = {.process = thread->process,
                .from = trap->args[0],
                .expected = (uint32_t)trap->args[1],
                .wake = trap->args[2],
                .to = trap->args[3],
                .move = trap->args[4]};
        uint32_t value = 0;
        int answer = 0;

        if (trap->args[1] > UINT32_MAX || requeue.from == requeue.to ||
                kernel_load_user_word(&thread->process->space, requeue.to, &value) != ROTA_OK)
                return kernel_answer(thread, SYS_EINVAL);
        while (answer == 0)
                answer = requeue_some(&requeue);
        return kernel_answer(thread, answer < 0 && !requeue.done ? answer : (int64_t)requeue.done);
}

/* Begins to sleep while the word has the value. @return 0, or an enum sys_error */
static int begin(struct kernel_park *park, uintptr_t word, uint32_t expected)
{
        struct bucket *bucket = bucket_of(park->process, word);
        uint32_t value = 0;
        int error = 0;

        rota_wait_init(&park->wait.node);
        const uintptr_t flags = kernel_user_lock(&bucket->lock);
        if (kernel_load_user_word(&park->process->space, word, &value) != ROTA_OK)
                error = SYS_EINVAL;
        else if (value != expected)
                error = SYS_EAGAIN;
        else
                link(bucket, park, word);
        kernel_user_unlock(&bucket->lock, flags);
        return error;
}

static ROTA_ASYNC(park_call, struct kernel_park, me)
{
        me->process = kernel_thread_of(me)->process;
        me->error = begin(me, kernel_args_of(me)[0], (uint32_t)kernel_args_of(me)[1]);
        if (me->error)
                ROTA_RETURN(me->error);
        ROTA_AWAIT(kernel_wait(&me->wait, kernel_args_of(me)[2], leave));
        ROTA_RETURN(ROTA_AWAITED);
}
ROTA_END

enum rota_serve kernel_call_park(struct kernel_thread *thread, const struct rota_trap *trap)
{
        if (trap->args[1] > UINT32_MAX)
                return kernel_answer(thread, SYS_EINVAL);
        return rota_user_await(&thread->user, park_call(&thread->wait.park));
}
