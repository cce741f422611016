/* SPDX-License-Identifier: MIT */
#include "waits.h"

struct waiter waiters[WAITERS];
bool in_interrupt;
uint64_t seen_served, seen_timed_out, seen_cancelled;

static struct rota_timer fires;

void waits_expect(int result, int wanted)
{
        if (result != wanted)
                virtual_fail("%s answered %d (%s), not %d", v.doing, result,
                        rota_error_text(result), wanted);
}

/* ---- The model. ---- */

void waits_clear(struct waits *w, struct rota_wait_queue *queue)
{
        w->queue = queue;
        w->count = 0;
}

bool waits_live(uint32_t i)
{
        return waiters[i].at && !waiters[i].should && v.tasks[i].wait.result == ROTA_WAIT_PENDING;
}

uint32_t waits_next(const struct waits *w)
{
        uint32_t best = NOBODY;

        for (uint32_t k = 0; k < w->count; k++) {
                uint32_t i = w->line[k];
                if (!waits_live(i))
                        continue;
                if (best == NOBODY || (w->queue->order == ROTA_WAIT_URGENCY &&
                                              urgency_before(urgency_of(&v.tasks[i].task),
                                                      urgency_of(&v.tasks[best].task))))
                        best = i;
        }
        return best;
}

void waits_join(struct waits *w, uint32_t i)
{
        w->line[w->count++] = i;
        waiters[i].at = w;
        waiters[i].should = false;
        waiters[i].gets = 0;
}

void waits_serve(uint32_t i, intptr_t gets)
{
        waiters[i].should = true;
        waiters[i].gets = gets;
}

static void leave(uint32_t i)
{
        struct waits *w = waiters[i].at;
        uint32_t k = 0;

        while (w->line[k] != i)
                k++;
        for (w->count--; k < w->count; k++)
                w->line[k] = w->line[k + 1];
        waiters[i].at = NULL;
}

void waits_verify(const struct waits *w)
{
        const struct rota_wait *node = w->queue->first;

        for (uint32_t k = 0; k < w->count; k++) {
                uint32_t i = w->line[k];
                uintptr_t result = v.tasks[i].wait.result;
                if (waiters[i].should && result == ROTA_WAIT_PENDING)
                        virtual_fail("task %u should be served, and is not", i);
                if (!waiters[i].should && (result & WAIT_SERVED))
                        virtual_fail("task %u is served, and should not be", i);
                if (!waits_live(i))
                        continue;
                while (node && node->result != ROTA_WAIT_PENDING)
                        node = node->next == w->queue->first ? NULL : node->next;
                if (node != &v.tasks[i].wait)
                        virtual_fail("task %u is not where it should be in the queue", i);
                node = node->next == w->queue->first ? NULL : node->next;
        }
        for (; node; node = node->next == w->queue->first ? NULL : node->next)
                if (node->result == ROTA_WAIT_PENDING)
                        virtual_fail("somebody is in the queue who should not be");
}

/* ---- What tasks do. ---- */

static void fire(void *unused)
{
        (void)unused;
        bool before = in_interrupt;
        in_interrupt = true;
        waits_fire();
        in_interrupt = before;
}

void waits_park(struct virtual_task *t)
{
        uint64_t due = v.now + 1 + virtual_random(virtual_random(4) ? 4000 : 100);

        if (virtual_random(3)) {
                virtual_time_out(&t->wait, due);
                /* Something happens in the same nanosecond. */
                if (virtual_random(2) && !fires.cpu)
                        rota_timer_arm(&fires, due, fire, NULL);
        }
        rota_park();
}

bool waits_over(struct virtual_task *t)
{
        bool cancelled = rota_cancelled();

        if (rota_wait_result(&t->wait) == ROTA_EAGAIN && !v.draining && !cancelled &&
                virtual_random(50)) {
                v.doing = "park on";
                rota_park();
                return false;
        }
        if (cancelled)
                rota_wait_complete(&t->wait, ROTA_ECANCELED);
        rota_timer_cancel(&t->wait.timer);
        v.doing = "finish";
        return true;
}

/* Something of everything must have been. */
static void all_seen(void)
{
        if (!seen_served || !seen_timed_out || !seen_cancelled)
                virtual_fail("served %llu, timed out %llu, cancelled %llu",
                        (unsigned long long)seen_served, (unsigned long long)seen_timed_out,
                        (unsigned long long)seen_cancelled);
}

void waits_finished(uint32_t i, int result)
{
        int wanted = rota_wait_result(&v.tasks[i].wait);

        if (waiters[i].should ? result < 0 : result != wanted)
                virtual_fail("finish answered %d (%s)", result, rota_error_text(result));
        seen_served += result >= 0;
        seen_timed_out += result == ROTA_ETIMEDOUT;
        seen_cancelled += result == ROTA_ECANCELED;
        leave(i);
}

static void change(void)
{
        struct virtual_task *other = &v.tasks[virtual_random(WAITERS)];
        struct rota_params p = {.class_index = (uint8_t)virtual_random(v.classes),
                .priority = (uint16_t)(1 + virtual_random(6))};

        v.doing = "set_params";
        if (other->used)
                waits_expect(rota_set_params(other->handle, &p), ROTA_OK);
}

static void end(struct virtual_task *t)
{
        rota_guard_begin();
        waits_give_up(t);
        rota_guard_end();
        if (rota_port_cpu()->current != &t->task)
                return; /* somebody was woken, and runs */
        t->task.exit_code = t->code;
        v.doing = "exit";
        dispatch(rota_port_cpu(), WHY_EXIT);
        if (v.draining)
                all_seen();
}

static void operate(struct virtual_task *t)
{
        in_interrupt = virtual_random(4) == 0;
        if (in_interrupt)
                rota_irq_enter();
        waits_operate(t);
        if (in_interrupt)
                rota_irq_exit();
        in_interrupt = false;
}

void virtual_operation(void)
{
        struct virtual_task *t = virtual_current();
        struct virtual_task *other = &v.tasks[virtual_random(WAITERS)];
        uint32_t dice = virtual_random(100);

        if (waiters[number_of(t)].at) {
                if (waits_over(t))
                        waits_finish(t);
        } else if (v.draining || (rota_cancelled() && dice < 50)) {
                end(t);
        } else if (dice < 40) {
                waits_begin(t);
        } else if (dice < 75) {
                operate(t);
        } else if (dice < 80) {
                change();
        } else if (dice < 82) {
                v.doing = "cancel";
                rota_cancel(other->handle);
        } else if (dice < 90) {
                v.doing = "yield";
                waits_expect(rota_yield(), ROTA_OK);
        } else if (dice < 95) {
                v.doing = "wake";
                rota_wake(other->handle);
        } else if (dice < 96) {
                end(t);
        } else {
                v.doing = "resched";
                rota_resched();
        }
}
