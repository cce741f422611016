/* SPDX-License-Identifier: MIT */
/* What is tried until it succeeds. */
#include <rota/combine.h>

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t random_next(uint64_t *state)
{
        uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

/* A part of it, at random: a fraction of 32 bits, so that no product is wider than 64. */
static uint64_t part_of(uint64_t ns, uint64_t *random)
{
        uint64_t fraction = random_next(random) >> 32;

        return (ns >> 32) * fraction + (((ns & UINT32_MAX) * fraction) >> 32);
}

uint64_t rota_backoff_delay(const struct rota_backoff *backoff, uint32_t failures, uint64_t *random)
{
        uint64_t cap = backoff->cap_ns ? backoff->cap_ns : ROTA_NEVER;
        uint64_t delay = backoff->first_ns < cap ? backoff->first_ns : cap;

        for (uint32_t i = 1; i < failures && delay && delay < cap; i++)
                delay = delay <= cap / 2 ? delay * 2 : cap;
        return backoff->seed ? part_of(delay, random) : delay;
}

/* Whether the try that is ready with this value was the last. */
static bool enough(const struct rota_retry *retry)
{
        return retry->future.value >= 0 ||
               (retry->backoff.tries && retry->tries >= retry->backoff.tries);
}

static enum rota_poll retry_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_retry *retry = (struct rota_retry *)future;
        enum rota_poll poll;

        for (;;) {
                if (retry->sleeping) {
                        poll = rota_future_poll(&retry->sleep.future, context);
                        if (poll != ROTA_POLL_READY)
                                return poll;
                        retry->sleeping = false;
                }
                if (!retry->child) {
                        retry->child = retry->attempt(retry);
                        if (!retry->child)
                                return ROTA_POLL_READY;
                        retry->tries++;
                }
                poll = rota_future_poll(retry->child, context);
                if (poll != ROTA_POLL_READY)
                        return poll;
                future->value = retry->child->value;
                retry->child = NULL;
                if (enough(retry))
                        return ROTA_POLL_READY;
                uint64_t delay = rota_backoff_delay(&retry->backoff, retry->tries, &retry->random);
                rota_sleep_init(&retry->sleep, rota_timeout_after(delay));
                retry->sleeping = true;
        }
}

static void retry_drop(struct rota_future *future)
{
        struct rota_retry *retry = (struct rota_retry *)future;
        struct rota_future *child = retry->sleeping ? &retry->sleep.future : retry->child;

        retry->sleeping = false;
        retry->child = NULL;
        if (child)
                rota_future_drop(child);
}

struct rota_future *rota_retry_init(struct rota_retry *retry,
        struct rota_future *(*attempt)(struct rota_retry *), void *argument,
        const struct rota_backoff *backoff)
{
        rota_future_init(&retry->future, retry_poll, retry_drop);
        retry->future.value = ROTA_EINVAL;
        retry->attempt = attempt;
        retry->argument = argument;
        retry->backoff = *backoff;
        retry->tries = 0;
        retry->sleeping = false;
        retry->child = NULL;
        retry->random = backoff->seed;
        return &retry->future;
}
