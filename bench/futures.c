/* SPDX-License-Identifier: MIT */
/*
 * Futures: what many small tasks cost each. Everything measured happens in polls, on one CPU or two; the
 * thread that has the row only spawns the first of them and waits for its end.
 */
#include "bench.h"

#include <rota/future.h>

/* Tasks of a batch. */
#define BATCH 32u

static struct bench *measured;

/* Runs a future to its end. */
static void run(struct bench *bench, struct rota_future *future)
{
        static struct rota_future_task task;
        struct rota_handle handle;
        intptr_t code;

        measured = bench;
        if (rota_spawn(&task, future, NULL, &handle) != ROTA_OK ||
                rota_join(handle, rota_timeout_forever(), &code) != ROTA_OK || code != 0)
                bench->failed = "the first future";
}

/* ---- Poll and requeue. ---- */

struct yielder {
        struct rota_future future;
        uint64_t left;
        bool begins;
};

static enum rota_poll poll_yielder(struct rota_future *future, struct rota_poll_context *context)
{
        struct yielder *self = (struct yielder *)future;
        (void)context;

        if (self->begins) {
                self->begins = false;
                bench_begin(measured);
        }
        if (self->left-- > 0)
                return ROTA_POLL_YIELDED;
        if (!measured->elapsed)
                bench_end(measured);
        return ROTA_POLL_READY;
}

void measure_poll(struct bench *bench)
{
        static struct yielder yielders[2];
        static struct rota_future_task other;
        uint64_t each = bench->operations / 2;
        struct rota_handle handle;

        bench->operations = each * 2;
        for (int i = 0; i < 2; i++) {
                rota_future_init(&yielders[i].future, poll_yielder, NULL);
                yielders[i].left = each;
                yielders[i].begins = i == 0;
        }
        measured = bench;
        if (rota_spawn(&other, &yielders[1].future, NULL, &handle) != ROTA_OK)
                bench->failed = "no future";
        /* The other one has come first: it begins. */
        yielders[0].begins = false;
        yielders[1].begins = true;
        run(bench, &yielders[0].future);
        bench_join(bench, handle);
}

/* ---- Wakes: two that wake each other, or one and a batch. ---- */

struct player {
        struct rota_future future;
        uint64_t left; /* rounds, of the first */
        bool begun;
};

static struct player players[BATCH + 1];
static struct rota_future_task player_tasks[BATCH + 1];
static struct rota_handle others[BATCH];
static struct rota_handle first;
static uint32_t other_count;
static bool play_ends;

static void wake_others(void)
{
        if (other_count == 1)
                rota_wake(others[0]);
        else
                rota_wake_many(others, other_count);
}

/* The first to play: each poll that finds all answers there begins the next round. */
static uint32_t answers;

static enum rota_poll poll_first(struct rota_future *future, struct rota_poll_context *context)
{
        struct player *self = (struct player *)future;

        if (!self->begun) {
                self->begun = true;
                first = context->waker;
                answers = other_count;
                bench_begin(measured);
        }
        if (answers < other_count)
                return ROTA_POLL_PENDING;
        if (self->left-- == 0) {
                bench_end(measured);
                play_ends = true;
                wake_others();
                return ROTA_POLL_READY;
        }
        answers = 0;
        wake_others();
        return ROTA_POLL_PENDING;
}

static enum rota_poll poll_other(struct rota_future *future, struct rota_poll_context *context)
{
        struct player *self = (struct player *)future;
        (void)context;

        if (play_ends)
                return ROTA_POLL_READY;
        if (self->begun) {
                answers++;
                rota_wake(first);
        }
        self->begun = true; /* it has parked once */
        return ROTA_POLL_PENDING;
}

static void play(struct bench *bench, uint32_t count)
{
        other_count = count;
        play_ends = false;
        bench->operations = bench->operations / count * count;
        for (uint32_t i = 0; i < count; i++) {
                rota_future_init(&players[i].future, poll_other, NULL);
                players[i].begun = false;
                if (rota_spawn(&player_tasks[i], &players[i].future, NULL, &others[i]) != ROTA_OK)
                        bench->failed = "no future";
        }
        if (bench->failed)
                return;
        rota_yield(); /* they park */
        struct player *leader = &players[count];
        rota_future_init(&leader->future, poll_first, NULL);
        leader->begun = false;
        leader->left = bench->operations / count;
        run(bench, &leader->future);
        for (uint32_t i = 0; i < count; i++)
                bench_join(bench, others[i]);
}

void measure_future_wake(struct bench *bench)
{
        play(bench, 1);
}

void measure_future_wake_batch(struct bench *bench)
{
        play(bench, BATCH);
}

/* ---- Spawn and join. ---- */

static enum rota_poll poll_nothing(struct rota_future *future, struct rota_poll_context *context)
{
        (void)future;
        (void)context;
        return ROTA_POLL_READY;
}

struct spawner {
        struct rota_future future;
        uint64_t left;
        bool begun;
        bool waits;
        struct rota_handle child;
        struct rota_wait wait;
        struct rota_future nothing;
        struct rota_future_task task;
};

static enum rota_poll poll_spawner(struct rota_future *future, struct rota_poll_context *context)
{
        struct spawner *self = (struct spawner *)future;
        (void)context;

        if (!self->begun) {
                self->begun = true;
                bench_begin(measured);
        }
        if (self->waits) {
                if (rota_wait_result(&self->wait) == ROTA_EAGAIN)
                        return ROTA_POLL_PENDING;
                rota_join_finish(self->child, &self->wait);
                self->waits = false;
        }
        while (self->left > 0) {
                self->left--;
                rota_future_init(&self->nothing, poll_nothing, NULL);
                if (rota_spawn(&self->task, &self->nothing, NULL, &self->child) != ROTA_OK) {
                        measured->failed = "no future";
                        break;
                }
                rota_wait_init(&self->wait);
                if (rota_join_begin(self->child, &self->wait, true) == ROTA_EAGAIN) {
                        self->waits = true;
                        return ROTA_POLL_PENDING;
                }
        }
        bench_end(measured);
        return ROTA_POLL_READY;
}

void measure_future_spawn(struct bench *bench)
{
        static struct spawner spawner;

        rota_future_init(&spawner.future, poll_spawner, NULL);
        spawner.left = bench->operations;
        spawner.begun = spawner.waits = false;
        run(bench, &spawner.future);
}

/* ---- The same in batches: a countdown is told of each end. ---- */

#define WAVE  512u /* tasks that are spawned in one call, where there are many */
#define WAVES 4u

struct wave {
        struct rota_future_task tasks[WAVE];
        struct rota_future futures[WAVE];
        struct rota_future_task *task_list[WAVE];
        struct rota_future *future_list[WAVE];
        uint32_t left; /* atomic */
};

struct waver {
        struct rota_future future;
        struct wave *waves;
        struct rota_handle self;
        uint64_t to_spawn;
        uint32_t wave_count;
        uint32_t wave_size;
        bool begun;
};

static struct waver waver;

static void wave_ended(struct rota_task *task, intptr_t code)
{
        struct wave *wave = task->user;
        struct rota_handle waiter = waver.self;
        (void)code;

        /* Release: the task's memory is free; partner: poll_waver. */
        if (__atomic_sub_fetch(&wave->left, 1, __ATOMIC_ACQ_REL) == 0)
                rota_wake(waiter);
}

static enum rota_poll poll_waver(struct rota_future *future, struct rota_poll_context *context)
{
        static const struct rota_task_options options = {.detached = true, .on_exit = wave_ended};
        struct waver *self = (struct waver *)future;
        bool busy = false;

        self->self = context->waker;
        if (!self->begun) {
                self->begun = true;
                bench_begin(measured);
        }
        for (uint32_t w = 0; w < self->wave_count; w++) {
                struct wave *wave = &self->waves[w];
                if (__atomic_load_n(&wave->left, __ATOMIC_ACQUIRE)) {
                        busy = true;
                        continue;
                }
                uint32_t n = self->wave_size;
                if (self->to_spawn < n)
                        n = (uint32_t)self->to_spawn;
                if (n == 0)
                        continue;
                self->to_spawn -= n;
                busy = true;
                for (uint32_t i = 0; i < n; i++)
                        wave->tasks[i].task.user = wave;
                __atomic_store_n(&wave->left, n, __ATOMIC_RELAXED);
                if (rota_spawn_many(wave->task_list, wave->future_list, n, &options, NULL) !=
                        (int)n)
                        measured->failed = "no futures";
        }
        if (busy && !measured->failed)
                return ROTA_POLL_PENDING;
        bench_end(measured);
        return ROTA_POLL_READY;
}

static void spawn_waves(struct bench *bench, uint32_t count, uint32_t size)
{
        struct wave *waves = bench_zeroed(bench, count * sizeof(*waves));
        if (!waves)
                return;
        for (uint32_t w = 0; w < count; w++) {
                for (uint32_t i = 0; i < size; i++) {
                        rota_future_init(&waves[w].futures[i], poll_nothing, NULL);
                        waves[w].task_list[i] = &waves[w].tasks[i];
                        waves[w].future_list[i] = &waves[w].futures[i];
                }
        }
        rota_future_init(&waver.future, poll_waver, NULL);
        waver.waves = waves;
        waver.wave_count = count;
        waver.wave_size = size;
        waver.to_spawn = bench->operations;
        waver.begun = false;
        run(bench, &waver.future);
}

void measure_future_spawn_batch(struct bench *bench)
{
        spawn_waves(bench, 1, BATCH);
}

void measure_future_many(struct bench *bench)
{
        spawn_waves(bench, WAVES, WAVE);
}
