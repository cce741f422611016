/* SPDX-License-Identifier: MIT */
/*
 * Waiting for time, and for words of memory. A word is known by its process and its address; threads that
 * sleep on one are in a list, found by a hash, with a lock for each bucket. The word is looked at under
 * that lock: who changes it first and then wakes finds whoever had seen the old value.
 *
 * After: H. Franke, R. Russell, M. Kirkwood: "Fuss, Futexes and Furwocks: Fast Userlevel Locking in
 * Linux", 2002.
 */
#include "user/lock.h"
#include "user/process.h"

#define BUCKETS 256u /* a power of two */
/* Most that are woken under one lock, with interrupts masked. */
#define BATCH 64u

static struct bucket {
        uintptr_t lock;
        struct kernel_thread *first, *last;
} buckets[BUCKETS];

static struct bucket *bucket_of(const struct kernel_process *process, uintptr_t word)
{
        const uint64_t key = (word >> 2) ^ ((uintptr_t)process >> 4);

        return &buckets[(key * UINT64_C(0x9e3779b97f4a7c15)) >> 56 & (BUCKETS - 1)];
}

static void link(struct bucket *bucket, struct kernel_thread *thread, uintptr_t word)
{
        thread->word = word;
        thread->linked = true;
        thread->after = NULL;
        thread->before = bucket->last;
        if (bucket->last)
                bucket->last->after = thread;
        else
                bucket->first = thread;
        bucket->last = thread;
}

static void unlink(struct bucket *bucket, struct kernel_thread *thread)
{
        if (thread->after)
                thread->after->before = thread->before;
        else
                bucket->last = thread->before;
        if (thread->before)
                thread->before->after = thread->after;
        else
                bucket->first = thread->after;
        thread->linked = false;
}

/* Also where it was taken out already: who did that may be about to complete its wait, and has the lock
 * until then. */
void kernel_word_forget(struct kernel_thread *thread)
{
        if (!thread->word)
                return;
        struct bucket *bucket = bucket_of(thread->process, thread->word);
        const uintptr_t flags = kernel_user_lock(&bucket->lock);
        if (thread->linked)
                unlink(bucket, thread);
        kernel_user_unlock(&bucket->lock, flags);
        thread->word = 0;
}

/* Wakes up to @p most of them. @return how many; `*more` says whether there may be others */
static uint32_t wake_some(struct bucket *bucket, const struct kernel_process *process,
        uintptr_t word, uint32_t most, bool *more)
{
        const uintptr_t flags = kernel_user_lock(&bucket->lock);
        struct kernel_thread *next = NULL;
        uint32_t woken = 0;

        for (struct kernel_thread *t = bucket->first; t && woken < most; t = next) {
                next = t->after;
                if (t->word != word || t->process != process)
                        continue;
                unlink(bucket, t);
                /* The thread may find its result now, and end: but not before it had this lock. */
                woken += rota_wait_complete(&t->user.wait, ROTA_OK);
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

/* Begins to sleep while the word has the value. @return 0, or an enum sys_error */
static int begin_park(struct kernel_thread *thread, uintptr_t word, uint32_t expected)
{
        struct bucket *bucket = bucket_of(thread->process, word);
        uint32_t value = 0;
        int error = 0;

        rota_wait_init(&thread->user.wait);
        const uintptr_t flags = kernel_user_lock(&bucket->lock);
        if (kernel_load_user_word(&thread->process->space, word, &value) != ROTA_OK)
                error = SYS_EINVAL;
        else if (value != expected)
                error = SYS_EAGAIN;
        else
                link(bucket, thread, word);
        kernel_user_unlock(&bucket->lock, flags);
        return error;
}

enum rota_serve kernel_call_park(struct kernel_thread *thread, const struct rota_trap *trap)
{
        int result = 0;

        if (!trap->again) {
                if (trap->args[1] > UINT32_MAX)
                        return kernel_answer(thread, SYS_EINVAL);
                result = begin_park(thread, trap->args[0], (uint32_t)trap->args[1]);
                if (result)
                        return kernel_answer(thread, result);
                result = rota_wait_arm(&thread->user.wait, rota_timeout_at(trap->args[2]));
        } else {
                result = rota_wait_disarm(&thread->user.wait);
        }
        if (result == ROTA_EAGAIN)
                return ROTA_SERVE_PENDING;
        kernel_word_forget(thread);
        return result == ROTA_ECANCELED ? ROTA_SERVE_END : kernel_answer(thread, result);
}

/* Sleeps until thread->until. */
static enum rota_serve sleep(struct kernel_thread *thread, const struct rota_trap *trap)
{
        int result = 0;

        if (!trap->again) {
                rota_wait_init(&thread->user.wait);
                result = rota_wait_arm(&thread->user.wait, rota_timeout_at(thread->until));
        } else {
                result = rota_wait_disarm(&thread->user.wait);
        }
        if (result == ROTA_EAGAIN)
                return ROTA_SERVE_PENDING;
        return result == ROTA_ECANCELED ? ROTA_SERVE_END : kernel_answer(thread, 0);
}

enum rota_serve kernel_call_sleep(struct kernel_thread *thread, const struct rota_trap *trap)
{
        if (!trap->again) {
                const uint64_t now = rota_now();
                thread->until = trap->args[0] < ROTA_NEVER - now ? now + trap->args[0] : ROTA_NEVER;
        }
        return sleep(thread, trap);
}

enum rota_serve kernel_call_sleep_until(struct kernel_thread *thread, const struct rota_trap *trap)
{
        if (!trap->again)
                thread->until = trap->args[0];
        return sleep(thread, trap);
}
