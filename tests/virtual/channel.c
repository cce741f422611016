/* SPDX-License-Identifier: MIT */
/*
 * Channels and selects at random on virtual CPUs: send, receive, select over several channels and a wait
 * queue, from tasks and from interrupts, with time-outs, cancels and closes. A model of it says after each
 * operation who must have been served, with which message, and what is left in the channels: no
 * message is lost or doubled, none overtakes another, and a select does one thing.
 */
#include "channels.h"

const char virtual_name[] = "virtual-channel";

static struct rota_wait_queue bells[BELLS];
static unsigned char memory[CHANNELS][CAPACITY * SIZE];
static struct rota_timer interrupts;
static uint64_t messages;      /* sent so far */
static uint64_t last_deadline; /* that somebody set */
static bool rings;

static void begin_channel(uint32_t c)
{
        if (rota_channel_init(&channels[c], memory[c], 1 + virtual_random(SIZE),
                    virtual_random(CAPACITY + 1), virtual_random(3) == 0, "c") != ROTA_OK)
                virtual_fail("rota_channel_init");
        used[c] = 0;
        closed[c] = false;
}

void virtual_begin(void)
{
        memset(actors, 0, sizeof(actors));
        memset(&interrupts, 0, sizeof(interrupts));
        for (uint32_t c = 0; c < CHANNELS; c++)
                begin_channel(c);
        for (uint32_t i = 0; i < BELLS; i++)
                rota_wait_queue_init(&bells[i], virtual_random(2), "bell");
        entry_count = 0;
}

/* ---- Messages: all bytes are of their number. ---- */

static void fill(unsigned char *buffer, uint32_t c, uint64_t message)
{
        memset(buffer, 0xaa, SIZE + 1);
        for (size_t i = 0; i < channels[c].message_size; i++)
                buffer[i] = (unsigned char)(message >> (i % 3) * 8);
}

static void is_message(const unsigned char *buffer, uint32_t c, uint64_t message)
{
        for (size_t i = 0; i < channels[c].message_size; i++)
                if (buffer[i] != (unsigned char)(message >> (i % 3) * 8))
                        virtual_fail(
                                "channel %u: not message %llu", c, (unsigned long long)message);
        if (buffer[channels[c].message_size] != 0xaa)
                virtual_fail("channel %u: more was written than a message", c);
}

void virtual_verify_more(void)
{
        model_verify();
        for (uint32_t c = 0; c < CHANNELS; c++) {
                if (rota_channel_length(&channels[c]) != used[c])
                        virtual_fail("channel %u holds %u messages, and should %u", c,
                                rota_channel_length(&channels[c]), used[c]);
        }
}

/* ---- What tasks, and interrupts, do. ---- */

static void expect(int result, int wanted)
{
        if (result != wanted)
                virtual_fail("%s answered %s, and should %s", v.doing, rota_error_text(result),
                        rota_error_text(wanted));
}

static void queued(uint32_t me, struct rota_wait *wait)
{
        actors[me].wait = wait;
        actors[me].served = false;
        if (virtual_random(3)) {
                last_deadline = v.now + 1 + virtual_random(3000);
                virtual_time_out(wait, last_deadline);
        }
}

/* One message on one channel: whether the caller is to park. */
static bool single(uint32_t me, bool send, bool may_wait)
{
        struct actor *a = &actors[me];
        uint32_t c = virtual_random(CHANNELS);
        uint64_t message = ++messages;
        struct rota_wait *wait = may_wait ? &v.tasks[me].wait : NULL;
        unsigned char *buffer = a->buffers[0];
        int result;
        int wanted = send ? model_send(c, message) : model_receive(c, &message);

        v.doing = send ? "send" : "receive";
        fill(buffer, c, send ? message : ~message);
        if (send)
                result = wait ? rota_channel_send_begin(&channels[c], buffer, wait)
                              : rota_channel_send(&channels[c], buffer, rota_timeout_none());
        else
                result = wait ? rota_channel_receive_begin(&channels[c], buffer, wait)
                              : rota_channel_receive(&channels[c], buffer, rota_timeout_none());
        expect(result, wanted);
        if (!send && result == ROTA_OK)
                is_message(buffer, c, message);
        if (result != ROTA_EAGAIN || !wait)
                return false;
        model_add(me, 0, send ? SEND : RECEIVE, c, message);
        a->count = 0;
        a->channel = c;
        queued(me, wait);
        return true;
}

static bool bell_rings(void *argument)
{
        (void)argument;
        return rings;
}

/* Several at once: whether the caller is to park. */
static bool several(uint32_t me, bool may_wait)
{
        struct actor *a = &actors[me];
        uint32_t count = 1 + virtual_random(CASES);
        enum what whats[CASES];
        uint32_t where[CASES];
        uint64_t ids[CASES];
        int wanted = ROTA_EAGAIN;
        int of_case = ROTA_EAGAIN;

        rings = virtual_random(8) == 0;
        for (uint32_t i = 0; i < count; i++) {
                where[i] = virtual_random(CHANNELS + 1);
                whats[i] = where[i] == BELL ? RING : virtual_random(2) ? SEND : RECEIVE;
                ids[i] = ++messages;
                if (where[i] == BELL) {
                        a->cases[i] = rota_select_queue(
                                &bells[0], virtual_random(2) ? bell_rings : NULL, NULL);
                        continue;
                }
                fill(a->buffers[i], where[i], whats[i] == SEND ? ids[i] : ~ids[i]);
                struct rota_channel *channel = &channels[where[i]];
                a->cases[i] = whats[i] == SEND ? rota_select_send(channel, a->buffers[i])
                                               : rota_select_receive(channel, a->buffers[i]);
        }
        for (uint32_t i = 0; i < count && wanted == ROTA_EAGAIN; i++) {
                of_case = whats[i] == SEND                 ? model_send(where[i], ids[i])
                          : whats[i] == RECEIVE            ? model_receive(where[i], &ids[i])
                          : a->cases[i].condition && rings ? ROTA_OK
                                                           : ROTA_EAGAIN;
                wanted = of_case == ROTA_EAGAIN ? ROTA_EAGAIN : (int)i;
        }
        v.doing = "select";
        int result = may_wait ? rota_select_begin(a->cases, count)
                              : rota_select(a->cases, count, rota_timeout_none());
        expect(result, wanted);
        if (result >= 0) {
                expect(a->cases[result].result, of_case);
                if (whats[result] == RECEIVE && of_case == ROTA_OK)
                        is_message(a->buffers[result], where[result], ids[result]);
        }
        if (result != ROTA_EAGAIN || !may_wait)
                return false;
        for (uint32_t i = 0; i < count; i++)
                model_add(me, i, whats[i], where[i], ids[i]);
        a->count = count;
        queued(me, &a->cases[0].wait);
        return true;
}

static bool act(uint32_t me, bool may_wait)
{
        uint32_t dice = virtual_random(10);
        bool parks = dice < 6 ? single(me, dice < 3, may_wait) : several(me, may_wait);

        model_verify();
        return parks;
}

static void interrupted(void *argument)
{
        (void)argument;
        act(INTERRUPT, false);
}

static void ring(void)
{
        uint32_t from = virtual_random(BELLS);
        uint32_t most = virtual_random(2) ? 1 : UINT32_MAX;
        uint32_t woken = 0;
        struct entry *e;

        v.doing = "wake of the bell";
        while (woken < most && (e = model_next(RING, BELL + from, bells[from].order)) != NULL) {
                model_serve(e, ROTA_OK, 0);
                woken++;
        }
        if (virtual_random(2)) {
                if (rota_wait_queue_wake(&bells[from], most, ROTA_OK) != woken)
                        virtual_fail("other than %u were woken", woken);
                return;
        }
        v.doing = "requeue of the bell";
        while ((e = model_next(RING, BELL + from, bells[from].order)) != NULL) {
                struct entry moved = *e;
                moved.channel = BELL + !from;
                memmove(e, e + 1, (size_t)(&entries[--entry_count] - e) * sizeof(*e));
                entries[entry_count++] = moved;
        }
        rota_wait_queue_requeue(&bells[from], most, &bells[!from], UINT32_MAX);
}

static void close_or_renew(uint32_t c)
{
        if (closed[c]) {
                for (uint32_t i = 0; i < entry_count; i++)
                        if (entries[i].channel == c)
                                return;
                begin_channel(c);
                return;
        }
        v.doing = "close";
        const struct entry *e;
        while ((e = model_next(SEND, c, 0)) != NULL || (e = model_next(RECEIVE, c, 0)) != NULL)
                model_serve(e, ROTA_ECLOSED, 0);
        closed[c] = true;
        expect(rota_channel_close(&channels[c]), ROTA_OK);
        expect(rota_channel_close(&channels[c]), ROTA_ECLOSED);
}

/* It runs again in the middle of a wait. */
static void go_on(struct virtual_task *t, uint32_t me)
{
        struct actor *a = &actors[me];

        if (rota_wait_result(a->wait) == ROTA_EAGAIN && !v.draining && !rota_cancelled()) {
                v.doing = "park on";
                if (virtual_random(50)) {
                        rota_park();
                        return;
                }
        } else if (rota_cancelled()) {
                rota_wait_complete(a->wait, ROTA_ECANCELED);
        }
        v.doing = "finish";
        rota_timer_cancel(&a->wait->timer);
        int wanted =
                a->served ? (a->count ? (int)a->number : a->result) : rota_wait_result(a->wait);
        expect(a->count ? rota_select_finish(a->cases, a->count)
                        : rota_channel_finish(&channels[a->channel], &t->wait),
                wanted);
        for (uint32_t i = 0; a->served && i < entry_count; i++) {
                const struct entry *e = &entries[i];
                if (e->task != me || e->number != a->number)
                        continue;
                if (a->count)
                        expect(a->cases[e->number].result, a->result);
                if (e->what == RECEIVE && a->result == ROTA_OK)
                        is_message(a->buffers[e->number], e->channel, a->message);
        }
        a->wait = NULL;
        a->served = false;
        model_forget(me);
}

void virtual_operation(void)
{
        struct virtual_task *t = virtual_current();
        uint32_t me = number_of(t);
        uint32_t dice = virtual_random(100);
        struct virtual_task *other = &v.tasks[virtual_random(TASKS)];

        if (actors[me].wait) {
                go_on(t, me);
        } else if (v.draining || dice < 1 || (rota_cancelled() && dice < 50)) {
                t->task.exit_code = t->code;
                v.doing = "exit";
                dispatch(rota_port_cpu(), WHY_EXIT);
        } else if (dice < 70) {
                rota_guard_begin(); /* one operation, whoever is woken */
                bool parks = act(me, virtual_random(3));
                rota_guard_end();
                if (parks && rota_port_cpu()->current == &t->task)
                        rota_park();
        } else if (dice < 72) {
                close_or_renew(virtual_random(CHANNELS));
        } else if (dice < 77) {
                ring();
        } else if (dice < 79) {
                rota_cancel(other->handle);
        } else if (dice < 84) {
                rota_wake(other->handle);
        } else if (dice < 87) {
                struct rota_params p = {.class_index = (uint8_t)virtual_random(v.classes),
                        .priority = (uint16_t)(1 + virtual_random(6))};
                v.doing = "set_params";
                if (other->used)
                        expect(rota_set_params(other->handle, &p), ROTA_OK);
        } else if (dice < 95 && !interrupts.node.rank) {
                rota_timer_arm(&interrupts,
                        virtual_random(2) && last_deadline > v.now ? last_deadline
                                                                   : v.now + virtual_random(2000),
                        interrupted, NULL);
        } else {
                v.doing = "yield";
                rota_yield();
        }
}
