/* SPDX-License-Identifier: MIT */
/* Leaf futures: the objects that have one node and one answer. */
#include "future/await.h"
#include "sync/mutex.h"

/* ---- Semaphore. ---- */

static int semaphore_begin(struct rota_await *await)
{
        return rota_semaphore_begin((struct rota_semaphore *)await->object, &await->wait);
}

static int semaphore_finish(struct rota_await *await)
{
        return rota_semaphore_finish((struct rota_semaphore *)await->object, &await->wait);
}

static bool semaphore_undo(struct rota_await *await, int result)
{
        if (result == ROTA_OK)
                rota_semaphore_give((struct rota_semaphore *)await->object);
        return true;
}

static const struct rota_await_kind semaphore_kind = {
        .begin = semaphore_begin, .finish = semaphore_finish, .undo = semaphore_undo};

struct rota_future *rota_await_semaphore(
        struct rota_await *await, struct rota_semaphore *semaphore, struct rota_timeout timeout)
{
        return await_init(await, &semaphore_kind, semaphore, timeout);
}

/* ---- Mutex. ---- */

static int mutex_begin(struct rota_await *await)
{
        return rota_mutex_begin((struct rota_mutex *)await->object, &await->wait);
}

static int mutex_finish(struct rota_await *await)
{
        return rota_mutex_finish((struct rota_mutex *)await->object, &await->wait);
}

static bool mutex_undo(struct rota_await *await, int result)
{
        if (result == ROTA_OK || result == ROTA_EOWNERDEAD)
                mutex_give_back((struct rota_mutex *)await->object, result);
        return true;
}

static const struct rota_await_kind mutex_kind = {
        .begin = mutex_begin, .finish = mutex_finish, .undo = mutex_undo};

struct rota_future *rota_await_mutex(
        struct rota_await *await, struct rota_mutex *mutex, struct rota_timeout timeout)
{
        return await_init(await, &mutex_kind, mutex, timeout);
}

/* ---- Completion. ---- */

static int completion_begin(struct rota_await *await)
{
        return rota_completion_begin((struct rota_completion *)await->object, &await->wait);
}

static int completion_finish(struct rota_await *await)
{
        return rota_completion_finish((struct rota_completion *)await->object, &await->wait);
}

static bool completion_undo(struct rota_await *await, int result)
{
        if (result == ROTA_OK)
                rota_completion_complete((struct rota_completion *)await->object);
        return true;
}

static const struct rota_await_kind completion_kind = {
        .begin = completion_begin, .finish = completion_finish, .undo = completion_undo};

struct rota_future *rota_await_completion(
        struct rota_await *await, struct rota_completion *completion, struct rota_timeout timeout)
{
        return await_init(await, &completion_kind, completion, timeout);
}

/* ---- Event flags. ---- */

static int events_begin(struct rota_await *await)
{
        return rota_events_begin((struct rota_events *)await->object, &await->wait, await->flags,
                await->how, (uint32_t *)await->argument);
}

static int events_finish(struct rota_await *await)
{
        return rota_events_finish(
                (struct rota_events *)await->object, &await->wait, (uint32_t *)await->argument);
}

static bool events_undo(struct rota_await *await, int result)
{
        if (result == ROTA_OK && (await->how & ROTA_EVENTS_CLEAR))
                rota_events_set((struct rota_events *)await->object, (uint32_t)await->wait.value);
        return true;
}

static const struct rota_await_kind events_kind = {
        .begin = events_begin, .finish = events_finish, .undo = events_undo};

struct rota_future *rota_await_events(struct rota_await *await, struct rota_events *events,
        uint32_t flags, uint32_t how, uint32_t *got, struct rota_timeout timeout)
{
        await_init(await, &events_kind, events, timeout);
        await->flags = flags;
        await->how = how;
        await->argument = got;
        return &await->future;
}

/* ---- Channel. ---- */

static int send_begin(struct rota_await *await)
{
        return rota_channel_send_begin(
                (struct rota_channel *)await->object, await->argument, &await->wait);
}

static int receive_begin(struct rota_await *await)
{
        return rota_channel_receive_begin(
                (struct rota_channel *)await->object, await->argument, &await->wait);
}

static int channel_finish(struct rota_await *await)
{
        return rota_channel_finish((struct rota_channel *)await->object, &await->wait);
}

static bool send_undo(struct rota_await *await, int result)
{
        (void)await;
        return result != ROTA_OK;
}

static bool receive_undo(struct rota_await *await, int result)
{
        return result != ROTA_OK || rota_channel_return((struct rota_channel *)await->object,
                                            await->argument) == ROTA_OK;
}

static const struct rota_await_kind send_kind = {
        .begin = send_begin, .finish = channel_finish, .undo = send_undo};
static const struct rota_await_kind receive_kind = {
        .begin = receive_begin, .finish = channel_finish, .undo = receive_undo};

struct rota_future *rota_await_channel_send(struct rota_await *await, struct rota_channel *channel,
        const void *message, struct rota_timeout timeout)
{
        await_init(await, &send_kind, channel, timeout);
        await->argument = (void *)(uintptr_t)message;
        return &await->future;
}

struct rota_future *rota_await_channel_receive(struct rota_await *await,
        struct rota_channel *channel, void *message, struct rota_timeout timeout)
{
        await_init(await, &receive_kind, channel, timeout);
        await->argument = message;
        return &await->future;
}

/* ---- Reader-writer lock. ---- */

static int read_begin(struct rota_await *await)
{
        return rota_rwlock_read_begin((struct rota_rwlock *)await->object, &await->wait);
}

static int write_begin(struct rota_await *await)
{
        return rota_rwlock_write_begin((struct rota_rwlock *)await->object, &await->wait);
}

static int rwlock_finish(struct rota_await *await)
{
        return rota_rwlock_finish((struct rota_rwlock *)await->object, &await->wait);
}

static bool read_undo(struct rota_await *await, int result)
{
        if (result == ROTA_OK)
                rota_rwlock_end_read((struct rota_rwlock *)await->object);
        return true;
}

static bool write_undo(struct rota_await *await, int result)
{
        if (result == ROTA_OK)
                rota_rwlock_end_write((struct rota_rwlock *)await->object);
        return true;
}

static const struct rota_await_kind read_kind = {
        .begin = read_begin, .finish = rwlock_finish, .undo = read_undo};
static const struct rota_await_kind write_kind = {
        .begin = write_begin, .finish = rwlock_finish, .undo = write_undo};

struct rota_future *rota_await_rwlock_read(
        struct rota_await *await, struct rota_rwlock *lock, struct rota_timeout timeout)
{
        return await_init(await, &read_kind, lock, timeout);
}

struct rota_future *rota_await_rwlock_write(
        struct rota_await *await, struct rota_rwlock *lock, struct rota_timeout timeout)
{
        return await_init(await, &write_kind, lock, timeout);
}

/* ---- Barrier. ---- */

static int barrier_begin(struct rota_await *await)
{
        return rota_barrier_begin((struct rota_barrier *)await->object, &await->wait);
}

static int barrier_finish(struct rota_await *await)
{
        return rota_barrier_finish((struct rota_barrier *)await->object, &await->wait);
}

static bool barrier_undo(struct rota_await *await, int result)
{
        (void)await;
        return result != ROTA_OK;
}

static const struct rota_await_kind barrier_kind = {
        .begin = barrier_begin, .finish = barrier_finish, .undo = barrier_undo};

struct rota_future *rota_await_barrier(
        struct rota_await *await, struct rota_barrier *barrier, struct rota_timeout timeout)
{
        return await_init(await, &barrier_kind, barrier, timeout);
}
