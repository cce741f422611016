/* SPDX-License-Identifier: MIT */
/*
 * Select. A node for each case, and one result, the first one's: who serves any of them sets it, with the
 * case's number, and who comes for another one then finds it set and skips it.
 *
 * To begin, the locks of all cases are held together, the lower address first. So while a case is done
 * at once no node of this select is in any queue yet, and once one is, all are: two that select each
 * other's messages never miss each other, nor does one of them do two things.
 */
#include "sync/channel.h"
#include "sync/events.h"
#include "sync/select.h"

struct rota_select_kind {
        /* Whose lock is to be held for the two below. */
        struct rota_wait_queue *(*guard)(const struct rota_select_case *);
        /* Does it, where that can be done at once; else ROTA_EAGAIN. */
        int (*attempt)(struct rota_select_case *);
        void (*queue)(struct rota_select_case *);
        /* Undoes it, where it was done while it waited, with that result; false: it cannot be undone. */
        bool (*undo)(struct rota_select_case *, int result);
};

static struct rota_wait_queue *channel_guard(const struct rota_select_case *c)
{
        return &((struct rota_channel *)c->object)->receivers;
}

static int send_attempt(struct rota_select_case *c)
{
        return channel_try_send(c->object, c->argument);
}

static int receive_attempt(struct rota_select_case *c)
{
        return channel_try_receive(c->object, c->argument);
}

static void send_queue(struct rota_select_case *c)
{
        struct rota_channel *channel = c->object;
        channel_queue(channel, &channel->senders, &c->wait, c->argument);
}

static void receive_queue(struct rota_select_case *c)
{
        struct rota_channel *channel = c->object;
        channel_queue(channel, &channel->receivers, &c->wait, c->argument);
}

static struct rota_wait_queue *queue_guard(const struct rota_select_case *c)
{
        return c->object;
}

static int queue_attempt(struct rota_select_case *c)
{
        return c->condition && c->condition(c->argument) ? ROTA_OK : ROTA_EAGAIN;
}

static void queue_queue(struct rota_select_case *c)
{
        queue_add(c->object, &c->wait);
        queue_trace(c->object, NULL);
}

static struct rota_wait_queue *events_guard(const struct rota_select_case *c)
{
        return &((struct rota_events *)c->object)->waiters;
}

static int events_attempt(struct rota_select_case *c)
{
        c->got = events_take(c->object, c->flags, c->how);
        return c->got ? ROTA_OK : ROTA_EAGAIN;
}

static void events_enter(struct rota_select_case *c)
{
        events_queue(c->object, &c->wait, c->flags, c->how);
}

static bool send_undo(struct rota_select_case *c, int result)
{
        (void)c;
        return result != ROTA_OK;
}

static bool receive_undo(struct rota_select_case *c, int result)
{
        return result != ROTA_OK || rota_channel_return(c->object, c->argument) == ROTA_OK;
}

static bool queue_undo(struct rota_select_case *c, int result)
{
        /* Where it was served: it may have been moved. */
        rota_wait_queue_wake(rota_atomic_load(&c->wait.queue), 1, result);
        return true;
}

static bool events_undo(struct rota_select_case *c, int result)
{
        (void)result;
        if (c->how & ROTA_EVENTS_CLEAR)
                rota_events_set(c->object, c->got);
        return true;
}

static const struct rota_select_kind sends = {channel_guard, send_attempt, send_queue, send_undo};
static const struct rota_select_kind receives = {
        channel_guard, receive_attempt, receive_queue, receive_undo};
static const struct rota_select_kind wakes = {queue_guard, queue_attempt, queue_queue, queue_undo};
static const struct rota_select_kind flags_are = {
        events_guard, events_attempt, events_enter, events_undo};

bool select_undo(struct rota_select_case *c)
{
        return c->kind->undo(c, c->result);
}

struct rota_select_case rota_select_send(struct rota_channel *channel, const void *message)
{
        return (struct rota_select_case){
                .kind = &sends, .object = channel, .argument = (void *)(uintptr_t)message};
}

struct rota_select_case rota_select_receive(struct rota_channel *channel, void *message)
{
        return (struct rota_select_case){.kind = &receives, .object = channel, .argument = message};
}

struct rota_select_case rota_select_queue(
        struct rota_wait_queue *queue, bool (*condition)(void *), void *argument)
{
        return (struct rota_select_case){
                .kind = &wakes, .object = queue, .argument = argument, .condition = condition};
}

struct rota_select_case rota_select_events(struct rota_events *events, uint32_t flags, uint32_t how)
{
        return (struct rota_select_case){
                .kind = &flags_are, .object = events, .flags = flags, .how = how};
}

static bool sound(const struct rota_select_case *c)
{
        if (!c->kind || !c->object)
                return false;
        if (c->kind == &flags_are)
                return events_valid(c->object, c->flags, c->how);
        return c->kind == &wakes || c->argument ||
               !((struct rota_channel *)c->object)->message_size;
}

static bool valid(const struct rota_select_case *cases, uint32_t count)
{
        if (!cases || count == 0 || count > ROTA_SELECT_MOST)
                return false;
        for (uint32_t i = 0; i < count; i++) {
                if (!sound(&cases[i]))
                        return false;
        }
        return true;
}

static struct rota_wait_queue *guard(const struct rota_select_case *c)
{
        return c->kind->guard(c);
}

/* Chains the cases in the order of their locks; the number of the first one. */
static uint32_t sort(struct rota_select_case *cases, uint32_t count)
{
        uint32_t first = count;

        for (uint32_t i = 0; i < count; i++) {
                uint32_t *at = &first;
                while (*at < count && guard(&cases[*at]) < guard(&cases[i]))
                        at = &cases[*at].next;
                cases[i].next = *at;
                *at = i;
        }
        return first;
}

/* Locks, or unlocks, each of them once. */
static void lock_all(struct rota_select_case *cases, uint32_t count, uint32_t first, bool lock)
{
        struct rota_wait_queue *last = NULL;

        for (uint32_t i = first; i < count; i = cases[i].next) {
                struct rota_wait_queue *queue = guard(&cases[i]);
                if (queue == last)
                        continue;
                last = queue;
                if (lock)
                        rota_lock(&queue->lock);
                else
                        rota_unlock(&queue->lock);
        }
}

static void queue_all(struct rota_select_case *cases, uint32_t count)
{
        for (uint32_t i = 0; i < count; i++) {
                struct rota_wait *wait = &cases[i].wait;
                rota_wait_init(wait);
                wait->decides = &cases[0].wait;
                wait->index = i;
                cases[i].kind->queue(&cases[i]);
        }
}

/* Does the first that is ready, or queues them all where the caller waits. */
static int begin(struct rota_select_case *cases, uint32_t count, bool waits)
{
        uint32_t first = sort(cases, count);
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        int result = ROTA_EAGAIN;

        lock_all(cases, count, first, true);
        for (uint32_t i = 0; i < count && result == ROTA_EAGAIN; i++) {
                int done = cases[i].kind->attempt(&cases[i]);
                if (done != ROTA_EAGAIN) {
                        cases[i].result = done;
                        result = (int)i;
                }
        }
        if (result == ROTA_EAGAIN && waits) {
                if (cpu && cpu->current && cpu->nesting == 0)
                        queue_all(cases, count);
                else
                        result = ROTA_ECONTEXT;
        }
        lock_all(cases, count, first, false);
        dispatch_leave(flags);
        return result;
}

int rota_select_begin(struct rota_select_case *cases, uint32_t count)
{
        return valid(cases, count) ? begin(cases, count, true) : ROTA_EINVAL;
}

/* Takes a node that was not served out of its queue, which may be another one by now: a queue's waiters may
 * be moved (rota_wait_queue_requeue), a channel's are not. */
static void take_out(struct rota_select_case *c)
{
        struct rota_wait_queue *queue;

        /* Acquire: who skipped it has let it go; partner: queue_serve(). */
        while ((queue = rota_atomic_load_acquire(&c->wait.queue)) != NULL) {
                struct rota_wait_queue *locked = c->kind == &wakes ? queue : guard(c);
                uintptr_t flags = queue_lock(locked);
                if (rota_atomic_load(&c->wait.queue) == queue)
                        queue_withdraw(&c->wait);
                queue_unlock(locked, flags);
        }
}

int rota_select_finish(struct rota_select_case *cases, uint32_t count)
{
        if (!valid(cases, count))
                return ROTA_EINVAL;
        struct rota_wait *first = &cases[0].wait;
        /* Where nothing has come yet nothing does any more, while they are taken out one by one. */
        wait_decide(first, wait_encode(ROTA_EAGAIN));
        /* Acquire: who served a node has let it go; partner: wait_decide(). */
        uintptr_t word = rota_atomic_load_acquire(&first->result);
        uint32_t served = word & WAIT_SERVED ? (uint32_t)(word >> WAIT_INDEX_SHIFT) : count;

        for (uint32_t i = 0; i < count; i++) {
                if (i != served)
                        take_out(&cases[i]);
        }
        if (served == count)
                return wait_decode(word);
        cases[served].result = wait_decode(word);
        if (cases[served].kind == &flags_are) {
                queue_settle(guard(&cases[served]));
                cases[served].got = (uint32_t)cases[served].wait.value;
        }
        return (int)served;
}

int rota_select(struct rota_select_case *cases, uint32_t count, struct rota_timeout timeout)
{
        uint64_t deadline = rota_timeout_deadline(timeout);

        debug_call("rota_select");
        if (!valid(cases, count))
                return ROTA_EINVAL;
        int result = begin(cases, count, deadline != 0);
        if (result != ROTA_EAGAIN || !deadline)
                return result;
        int parked = rota_wait_park(&cases[0].wait, rota_timeout_at(deadline));
        result = rota_select_finish(cases, count);
        return result == ROTA_EAGAIN ? parked : result;
}
