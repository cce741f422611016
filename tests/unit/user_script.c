/* SPDX-License-Identifier: MIT */
#include "user_script.h"

const int *script;
uint32_t entered;
bool fetches;
uint64_t turn_ns;
struct rota_handle to_wake;

struct rota_user user, other;
struct rota_handle user_handle, other_handle;
char space, other_space;
struct user_seen seen;
struct user_waiting waiting;

void rota_port_user_enter(struct rota_user_frame *frame)
{
        int what = *script++;

        entered++;
        unit_port.now += turn_ns;
        assert_ptr_equal(unit_port.space, rota_current()->space);
        frame->cause = what == FAULT   ? ROTA_TRAP_FAULT
                       : what >= TIMER ? ROTA_TRAP_INTERRUPT
                                       : ROTA_TRAP_SYSCALL;
        frame->number = (uintptr_t)what;
}

bool rota_port_user_interrupt(struct rota_user_frame *frame)
{
        switch (frame->number) {
        case TIMER:
                rota_timer_irq();
                return true;
        case WAKE:
                rota_irq_enter();
                rota_wake(to_wake);
                rota_irq_exit();
                return true;
        default:
                return false;
        }
}

static enum rota_poll wait_poll(struct rota_future *future, struct rota_poll_context *context)
{
        assert_true(rota_handle_equal(context->waker, user_handle));
        assert_int_equal(context->budget, ROTA_POLL_BUDGET);
        seen.waited = seen.polls++ ? rota_wait_disarm(&waiting.wait)
                                   : rota_wait_arm(&waiting.wait, seen.timeout);
        future->value = seen.waited;
        return seen.waited == ROTA_EAGAIN ? ROTA_POLL_PENDING : ROTA_POLL_READY;
}

static void wait_drop(struct rota_future *future)
{
        (void)future;
        seen.drops++;
        seen.waited = rota_wait_withdraw(&waiting.wait);
}

static enum rota_serve wait_on(struct rota_user *u)
{
        seen.polls = 0;
        rota_future_init(&waiting.future, wait_poll, wait_drop);
        rota_wait_init(&waiting.wait);
        return rota_user_await(u, &waiting.future);
}

/* What is to be fetched yields first, then it is there. */
static enum rota_poll fetch_poll(struct rota_future *future, struct rota_poll_context *context)
{
        (void)context;
        future->value = 4711;
        return seen.polls++ ? ROTA_POLL_READY : ROTA_POLL_YIELDED;
}

static enum rota_serve fetch(struct rota_user *u, const struct rota_trap *trap)
{
        seen.again += trap->again;
        if (!trap->again) {
                seen.polls = 0;
                rota_future_init(&waiting.future, fetch_poll, NULL);
                return rota_user_await(u, &waiting.future);
        }
        seen.fetched = u->value;
        return ROTA_SERVE_RESUME;
}

struct desk *room;

static void make_room(const struct rota_user *u)
{
        const struct rota_task_options urgent = {.params.priority = 2};

        assert_int_equal(rota_start(desk_thread(room, 0, 0, &urgent)), ROTA_OK);
        assert_ptr_equal(rota_current(), &room->thread[0].task);
        assert_non_null(u->task.on);
        assert_int_equal(rota_park(), ROTA_OK);
        assert_ptr_equal(rota_current(), &u->task);
        assert_ptr_equal(room->cpu[0].on, u->task.on);
}

enum rota_serve serve(struct rota_user *u, const struct rota_trap *trap)
{
        assert_ptr_equal(rota_current(), &u->task);
        seen.number = trap->number;
        seen.result = u->context.frame.result;
        if (trap->reason == ROTA_TRAP_EXIT) {
                seen.exits++;
                return ROTA_SERVE_RESUME;
        }
        if (trap->reason == ROTA_TRAP_FAULT && fetches)
                return fetch(u, trap);
        if (trap->reason != ROTA_TRAP_SYSCALL) {
                seen.faults += trap->reason == ROTA_TRAP_FAULT;
                seen.unknown += trap->reason == ROTA_TRAP_INTERRUPT;
                return ROTA_SERVE_RESUME;
        }
        seen.calls++;
        u->value = 100 + seen.calls;
        switch (trap->number) {
        case NOTHING:
                return ROTA_SERVE_RESUME;
        case YIELD:
                return ROTA_SERVE_YIELD;
        case WAIT:
                return wait_on(u);
        case HOLD:
        case FREE:
                rota_cancel_hold(trap->number == HOLD);
                return ROTA_SERVE_RESUME;
        case GUARD:
                rota_guard_begin();
                return ROTA_SERVE_RESUME;
        case MAKE_ROOM:
                make_room(u);
                return ROTA_SERVE_RESUME;
        default:
                u->task.exit_code = 42;
                return ROTA_SERVE_END;
        }
}

void make(struct rota_user *u, struct rota_handle *handle, void *in, uint16_t priority)
{
        const struct rota_user_options options = {
                .task = {.name = "user",
                        .params.priority = priority,
                        .affinity = rota_affinity_cpu(0),
                        .space = in},
                .serve = serve,
                .pc = 0x1000,
                .sp = 0x2000,
        };

        assert_int_equal(rota_user_create(u, &options, handle), ROTA_OK);
        assert_true(rota_user_is(&u->task));
}

struct rota_cpu *go_home(struct desk *d)
{
        struct rota_cpu *cpu = desk_play(d, 0);

        assert_int_equal(rota_park(), ROTA_OK);
        for (int i = 0; i < 4 && !cpu->current; i++)
                assert_true(home_step(cpu));
        return cpu;
}

int begin(void **state)
{
        memset(&seen, 0, sizeof(seen));
        entered = 0;
        fetches = false;
        turn_ns = 10;
        return desk_set_up(state);
}
