/* SPDX-License-Identifier: MIT */
/*
 * The short ways from one poll to the next. A turn without a stack has ended, and another one of the same
 * queue follows: one lock round decides who, nothing is switched, and nobody reads the clock. What is not so
 * plain is dispatch()'s.
 *
 * Where turns need the clock (slices), it is read once in a batch of POLLS_MOST polls: at the first one,
 * by dispatch(), which arms the timer for the end of that one's slice. Those that follow are charged nothing:
 * what they used is less than a tick, and whoever yields or parks begins a full slice anyway. When
 * the timer comes, the time since the batch began was the others' (turn_start is 0), and who is
 * polled then has a full slice from there on: so a poll that does not end is preempted before two have passed.
 */
#include "base/list.h"
#include "core/debug.h"
#include "core/ends.h"
#include "core/place_one.h"
#include "core/stack.h"
#include "core/switch.h"

/* May the policy say in one call who is polled next? The lock is held, there were no need bits. */
static inline bool plain(
        const struct rota_cpu *cpu, const struct rota_queue *queue, const struct rota_task *prev)
{
        return !cpu->exact && unbound(prev) && (!queue->timed || cpu->polls) &&
               (cpu->ready_classes & ((1u << queue->class_index) - 1)) == 0;
}

/* Likewise where prev does not stay: nobody has to look elsewhere because this CPU runs less from now on. */
static inline bool plain_leave(
        const struct rota_cpu *cpu, const struct rota_queue *queue, const struct rota_task *prev)
{
        return plain(cpu, queue, prev) && queue->policy->sleep &&
               !(cpu->rota->ranked && cpu->rota->cpu_count > 1);
}

/* Is it polled where this CPU is? */
static inline bool polled_here(const struct rota_cpu *cpu, const struct rota_task *next)
{
        return rota_likely(next && !next->on && next->space == cpu->space);
}

/* Then it is current. `event`, as the policy said with its answer, 0 where it did not. Releases the lock. */
static inline void poll_next(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *next)
{
        queue->current = next;
        cpu->current = next;
        rota_atomic_store(&next->where, WHERE_RUNNING);
        rota_count(&cpu->stats.switches);
        if (queue->timed) {
                if (!queue->event_ns)
                        queue->event_ns = next_event(queue, next, cpu->polls_ns);
                timer_program(cpu, queue->event_ns);
                cpu->turn_start = 0;
                cpu->polls--;
        }
        if (rota_unlikely(cpu->unspread))
                dispatch_spread(cpu);
        rota_unlock(&cpu->lock);
}

/* Round the line of a queue without slices. Returns false, and nothing has happened, where the first there
 * is not polled, or may run on other CPUs than prev. */
static inline bool go_round(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *prev)
{
        struct rota_list *line = queue->line;
        struct rota_list *first = line->next;

        if (first == line) {
                rota_unlock(&cpu->lock);
                return true;
        }
        struct rota_task *next = rota_container(first, struct rota_task, policy_state);
        if (rota_unlikely(!polled_here(cpu, next) || !credible(cpu, next) ||
                          next->affinity.word != prev->affinity.word))
                return false;
        rota_list_rotate(line, (struct rota_list *)rota_policy_state(prev));
        rota_atomic_store(&prev->where, WHERE_READY);
        poll_next(cpu, queue, next);
        return true;
}

void polls_yield(struct rota_cpu *cpu, struct rota_task *prev)
{
        rota_lock(&cpu->lock);
        struct rota_queue *queue = queue_of(cpu, prev->class_index);

        if (rota_unlikely(!plain(cpu, queue, prev))) {
                dispatch_locked(cpu, WHY_YIELD);
                return;
        }
        if (queue->line && !queue->timed) {
                if (rota_unlikely(!go_round(cpu, queue, prev)))
                        dispatch_locked(cpu, WHY_YIELD);
                return;
        }
        if (rota_unlikely(!queue->policy->next)) {
                dispatch_locked(cpu, WHY_YIELD);
                return;
        }
        uint64_t now = queue->timed ? cpu->polls_ns : 0;
        queue->event_ns = now ? 0 : queue->event_ns;
        rota_atomic_store(&prev->where, WHERE_READY);
        struct rota_task *next = queue->policy->next(queue, prev, ROTA_ENQ_YIELDED, now);
        if (polled_here(cpu, next) && credible(cpu, next) &&
                next->affinity.word == prev->affinity.word) {
                poll_next(cpu, queue, next);
                return;
        }
        if (now) {
                /* Charged to nobody: the turns since the batch began were short. */
                now = rota_port_now();
                cpu->turn_start = now;
                queue->event_ns = 0;
        }
        next = believe(cpu, queue, prev, next, ROTA_ENQ_YIELDED, &now);
        carry_out(cpu, prev, next, WHY_YIELD, queue->event_ns, now);
}

/* What `sleep` answered is not polled here, or nobody: the general way from there. */
static __attribute__((noinline)) void leave_for(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *prev, struct rota_task *next, struct rota_task *handed)
{
        queue->event_ns = 0;
        dispatch_leave_to(cpu, queue, prev, next, handed, queue->timed ? rota_port_now() : 0);
}

/* The policy's answer, for a poll that is followed by no other of its task. The lock is held. */
static inline struct rota_task *ask_sleep(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *prev, struct rota_task *handed)
{
        queue->current = NULL;
        cpu->current = NULL;
        if (!queue->timed)
                return queue->policy->sleep(queue, prev, handed, 0);
        queue->event_ns = 0;
        return queue->policy->sleep(queue, prev, handed, cpu->polls_ns);
}

void polls_park(struct rota_cpu *cpu, struct rota_task *prev)
{
        /* A wake during the poll: it is to be polled again. Other kinds hear that they were put aside, and a
         * trace that it parked and was woken. */
        if ((rota_atomic_load(&prev->slot->word) & WORD_TOKEN) && (prev->marks & MARK_POLLED) &&
                !cpu->exact) {
                /* Acquire: what the waker wrote before; partner: park_wake_word. */
                rota_atomic_and(&prev->slot->word, ~(uintptr_t)WORD_TOKEN);
                polls_yield(cpu, prev);
                return;
        }
        rota_lock(&cpu->lock);
        struct rota_queue *queue = queue_of(cpu, prev->class_index);
        if (rota_unlikely(!plain_leave(cpu, queue, prev))) {
                dispatch_locked(cpu, WHY_PARK);
                return;
        }
        struct rota_task *next = ask_sleep(cpu, queue, prev, NULL);
        if (rota_unlikely(!polled_here(cpu, next) || !queue_sound(cpu, queue, next))) {
                prev->fate = FATE_PARK;
                leave_for(cpu, queue, prev, next, NULL);
                return;
        }
        queue_count(cpu, queue, (uint32_t)-1);
        rota_atomic_store(&prev->where, WHERE_PARKED);
        bool parked = park_commit(prev); /* from here on it is its waker's, */
        poll_next(cpu, queue, next);
        if (rota_unlikely(!parked))
                place(cpu->rota, prev, ROTA_ENQ_WOKEN); /* or still ours */
}

/* Nobody runs here: who waits first is polled next, where that is as simple as that; else the home loop
 * decides. */
static inline void poll_first(struct rota_cpu *cpu, struct rota_queue *queue)
{
        rota_lock(&cpu->lock);
        bool easy = !rota_atomic_load(&cpu->need) && (!queue->timed || cpu->polls) &&
                    cpu->ready_classes &&
                    rota_lowest_bit((uintptr_t)cpu->ready_classes) == queue->class_index;
        uint64_t now = queue->timed ? cpu->polls_ns : 0;
        struct rota_task *next = easy ? queue->policy->pick(queue, now) : NULL;
        if (!polled_here(cpu, next) || !queue_sound(cpu, queue, next)) {
                rota_unlock(&cpu->lock);
                return;
        }
        enum rota_commit answer = queue->policy->commit(queue, next, now);
        queue_count(cpu, queue, (uint32_t)-1);
        if (rota_unlikely(answer != ROTA_COMMIT_RUN)) {
                rota_atomic_store(&next->where, WHERE_PARKED); /* a sleeper's ghost, settled */
                rota_unlock(&cpu->lock);
                return;
        }
        rota_atomic_store(&cpu->running_class, queue->class_index);
        if (now)
                queue->event_ns = 0;
        poll_next(cpu, queue, next);
}

/* The end of a detached task with an exit callback, which is called here and now. */
static void end_calling(struct rota_cpu *cpu, struct rota_task *prev)
{
        rota_exit_callback on_exit = prev->on_exit;
        intptr_t code = prev->exit_code;

        rota_lock(&cpu->lock);
        struct rota_queue *queue = queue_of(cpu, prev->class_index);
        bool plainly = plain_leave(cpu, queue, prev);
        /* As in dispatch_switch_to(): before anybody learns of its end. */
        if (rota_likely(plainly))
                load_space(cpu, NULL);
        if (rota_unlikely(!plainly || !exit_detached(cpu, prev))) {
                dispatch_locked(cpu, WHY_EXIT);
                return;
        }
        rota_atomic_store(&prev->where, WHERE_ENDED);
        queue->policy->dequeue(queue, prev, ROTA_DEQ_EXIT, queue->timed ? cpu->polls_ns : 0);
        queue->current = NULL;
        cpu->current = NULL;
        rota_atomic_store(&cpu->running_class, CLASS_NONE);
        rota_unlock(&cpu->lock);
        cpu->buried = (uint8_t)(queue->class_index + 1);
        debug_callback(cpu, "an exit callback runs", on_exit);
        on_exit(prev, code);
        debug_called(cpu);
        cpu->buried = 0;
        poll_first(cpu, queue);
}

void polls_end(struct rota_cpu *cpu, struct rota_task *prev)
{
        struct rota_task *handed;

        if (rota_unlikely(cpu->ring || prev->kind->ended || (prev->marks & MARK_OVERFLOWN))) {
                dispatch(cpu, WHY_EXIT);
                return;
        }
        if (prev->on_exit) {
                end_calling(cpu, prev);
                return;
        }
        rota_lock(&cpu->lock);
        struct rota_queue *queue = queue_of(cpu, prev->class_index);
        if (rota_unlikely(!plain_leave(cpu, queue, prev) || !exit_at_once(cpu, prev, &handed))) {
                dispatch_locked(cpu, WHY_EXIT);
                return;
        }
        rota_atomic_store(&prev->where, WHERE_ENDED);
        struct rota_task *next = ask_sleep(cpu, queue, prev, handed);
        bool sound = handed ? next == handed : next && queue_sound(cpu, queue, next);
        if (rota_unlikely(!sound || !polled_here(cpu, next))) {
                leave_for(cpu, queue, prev, next, handed);
                return;
        }
        if (!handed)
                queue_count(cpu, queue, (uint32_t)-1);
        if (rota_likely(prev->fate == FATE_FREE))
                slot_keep(cpu, prev->slot, prev->handle.index);
        else
                exit_finish(cpu->rota, prev, false);
        poll_next(cpu, queue, next);
}

bool polls_wake(struct rota_cpu *cpu, struct rota_task *woken)
{
        struct rota_queue *queue = queue_of(cpu, woken->class_index);
        bool ahead = woken->marks & MARK_POLLED;

        if (!queue_polls(cpu, queue) || rota_atomic_load(&woken->cpu) != cpu->index ||
                !queue_plain(cpu, queue) || !queue_takes(cpu, queue, woken))
                return false;
        rota_lock(&cpu->lock);
        uint32_t need = place_one_here(cpu, queue, woken, ahead, ROTA_ENQ_WOKEN);
        rota_unlock(&cpu->lock);
        if (rota_unlikely(need))
                rota_atomic_or(&cpu->need, need);
        return true;
}
