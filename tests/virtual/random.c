/* SPDX-License-Identifier: MIT */
/* What tasks do, at random. */
#include "virtual.h"

const char virtual_name[] = "virtual-random";

void virtual_begin(void)
{
}

/* Of tasks without a callback nothing tells the end but their slots. */
void virtual_verify_more(void)
{
        for (uint32_t i = 0; i < VIRTUAL_TASKS_MAX; i++) {
                struct virtual_task *t = &v.tasks[i];
                if (!t->used || !t->dies || t->tells || rota_state(t->handle) != ROTA_TASK_FREE)
                        continue;
                t->used = false;
                v.ended++;
                v.alive--;
                memset(&t->task, 0xa5, sizeof(t->task));
        }
}

static struct virtual_task *of(struct rota_task *task)
{
        return rota_container(task, struct virtual_task, task);
}

static void came_back(struct rota_task *task, intptr_t code)
{
        struct virtual_task *t = of(task);
        if (!t->used || !t->started || code != t->code)
                virtual_fail("an exit callback for a task that did not end so");
        t->used = false;
        v.ended++;
        v.alive--;
        /* The memory is the caller's again: nobody may look at it. */
        memset(&t->task, 0xa5, sizeof(t->task));
}

static const struct rota_kind kind = {.name = "virtual", .begin_turn = NULL};

static struct rota_params random_params(void)
{
        struct rota_params p = {0};
        p.class_index = (uint8_t)virtual_random(v.classes);
        p.priority = (uint16_t)(virtual_random(4) ? 1 + virtual_random(6) : virtual_random(257));
        p.flags = virtual_random(3) ? 0 : ROTA_PARAMS_FIFO;
        p.slice_ns = virtual_random(3) ? 0 : 1 + virtual_random(2000);
        return p;
}

static struct rota_affinity random_affinity(void)
{
        uintptr_t all = ((uintptr_t)1 << v.cpu_count) - 1;
        uintptr_t mask = virtual_random(1u << v.cpu_count);
        if (virtual_random(v.loose ? 200 : 2))
                return rota_affinity_all();
        return rota_affinity_mask(mask & all ? mask : all);
}

static struct virtual_task *any_task(void)
{
        return &v.tasks[virtual_random(VIRTUAL_TASKS_MAX)];
}

static void expect(int result, int a, int b)
{
        if (result != a && result != b)
                virtual_fail("%s answered %s", v.doing, rota_error_text(result));
}

static void spawn(void)
{
        struct virtual_task *t = any_task();
        if (t->used || v.draining)
                return;
        *t = (struct virtual_task){.used = true, .detached = true, .tells = virtual_random(2)};
        struct rota_task_options o = {.name = "v",
                .params = random_params(),
                .affinity = random_affinity(),
                .on_exit = t->tells ? came_back : NULL,
                .stats = v.exact && virtual_random(2) ? &t->stats : NULL,
                .detached = true};
        v.doing = "create";
        int result = rota_task_create(&t->task, &kind, &t->context, &o, &t->handle);
        if (result == ROTA_ENOSPC) {
                t->used = false;
                return;
        }
        expect(result, ROTA_OK, ROTA_OK);
        v.alive++;
        t->code = (intptr_t)virtual_random(1000);
        if (virtual_random(8) == 0) {
                v.doing = "drop";
                if (virtual_random(2))
                        rota_cancel(t->handle);
                expect(rota_drop(t->handle), ROTA_OK, ROTA_OK);
                expect(rota_drop(t->handle), ROTA_ESTALE, ROTA_ESTALE);
                t->used = false;
                v.alive--;
                return;
        }
        t->started = true;
        v.started++;
        v.doing = "start";
        expect(rota_start(t->handle), ROTA_OK, ROTA_OK);
}

/* Begins a sleep: begin, park; the finish is the task's next operation. */
static void sleep_begin(struct virtual_task *t)
{
        rota_wait_init(&t->wait);
        t->doing = DOING_SLEEP;
        virtual_time_out(&t->wait, v.now + 1 + virtual_random(3000));
        rota_park();
}

static void join_begin(struct virtual_task *t)
{
        struct virtual_task *other = any_task();
        if (!other->used || !other->started || other == t)
                return;
        rota_wait_init(&t->wait);
        t->joined = other->handle;
        v.doing = "join";
        int result = rota_join_begin(other->handle, &t->wait, true);
        if (result == ROTA_EAGAIN) {
                t->doing = DOING_JOIN;
                if (virtual_random(2))
                        virtual_time_out(&t->wait, v.now + 1 + virtual_random(9000));
                rota_park();
        } else {
                expect(result, ROTA_OK, ROTA_ESTALE);
        }
}

/* The task runs again in the middle of a wait. */
static void go_on(struct virtual_task *t)
{
        if (rota_wait_result(&t->wait) == ROTA_EAGAIN && !v.draining && !rota_cancelled()) {
                v.doing = "park on";
                rota_park();
                return;
        }
        v.doing = "finish";
        rota_timer_cancel(&t->wait.timer);
        if (t->doing == DOING_JOIN)
                rota_join_finish(t->joined, &t->wait);
        t->doing = DOING_NOTHING;
}

static void leave(struct virtual_task *t)
{
        t->dies = true;
        t->task.exit_code = t->code;
        v.doing = "exit";
        dispatch_end(rota_port_cpu());
}

/* CPUs leave and join. Before everybody ends all are called in: some tasks may run nowhere else. */
static void move_cpu(void)
{
        uint32_t cpu = virtual_random(v.cpu_count);

        if (v.draining || virtual_random(2)) {
                v.cpus[cpu].joins = v.cpus[cpu].out;
                return;
        }
        bool online = rota_cpu_online(&v.rota, cpu);
        v.doing = "leave";
        int result = rota_cpu_leave(&v.rota, cpu);
        if (result == ROTA_ESTATE)
                result = !online || v.cpus[cpu].cpu.online == CPU_LEAVING ? ROTA_OK : result;
        expect(result, ROTA_OK, ROTA_EBUSY);
}

static void disturb(struct virtual_task *other)
{
        struct rota_params params = random_params();

        switch (virtual_random(6)) {
        case 0:
        case 1:
                v.doing = "wake";
                expect(rota_wake(other->handle), ROTA_OK, ROTA_ESTALE);
                break;
        case 2:
                v.doing = "set_params";
                expect(rota_set_params(other->handle, &params), ROTA_OK, ROTA_ESTALE);
                break;
        case 3:
                v.doing = "set_affinity";
                expect(rota_set_affinity(other->handle, random_affinity()), ROTA_OK, ROTA_ESTALE);
                break;
        case 4:
                v.doing = "cancel";
                if (virtual_random(10) == 0)
                        expect(rota_cancel(other->handle), ROTA_OK, ROTA_ESTALE);
                break;
        default:
                v.doing = "get_params";
                expect(rota_get_params(other->handle, &params), ROTA_OK, ROTA_ESTALE);
                break;
        }
}

void virtual_operation(void)
{
        struct virtual_task *t = of(rota_port_cpu()->current);

        if (t->doing == DOING_SLEEP || t->doing == DOING_JOIN) {
                go_on(t);
                return;
        }
        uint32_t dice = virtual_random(100);
        if (v.draining ? dice < 50 : dice < 3) {
                leave(t);
        } else if (dice < 15) {
                spawn();
        } else if (dice < 30) {
                v.doing = "yield";
                expect(rota_yield(), ROTA_OK, ROTA_OK);
        } else if (dice < 45) {
                v.doing = "park";
                rota_park();
        } else if (dice < 53) {
                v.doing = "sleep";
                sleep_begin(t);
        } else if (dice < 57) {
                join_begin(t);
        } else if (dice < 62) {
                v.doing = "hand over";
                rota_hand_over(any_task()->handle);
        } else if (dice < 65) {
                v.doing = "guard";
                rota_guard_begin();
                disturb(any_task());
                if (rota_yield() != ROTA_ECONTEXT || rota_current() != &t->task)
                        virtual_fail("a guard did not hold");
                rota_guard_end();
        } else if (dice < 67) {
                v.doing = "hold";
                rota_cancel_hold(virtual_random(2));
        } else if (dice < 69) {
                move_cpu();
        } else if (dice < 71) {
                v.doing = "resched";
                rota_resched();
        } else {
                disturb(any_task());
        }
}
