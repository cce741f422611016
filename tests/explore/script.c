/* SPDX-License-Identifier: MIT */
/* The tasks of a program, from its boot on, and what must be true when nobody can go on. */
#include <string.h>

#include "awaits.h"
#include "base/list.h"

const struct program *program;

static struct rota_cpu *cpus[CPUS_MAX];
static struct rota_stack homes[CPUS_MAX];

static struct rota_params params_of(const struct script *s)
{
        /* Levels run to block: slices would only add the clock to every program. */
        return (struct rota_params){
                .priority = (uint16_t)s->priority, .flags = s->priority ? ROTA_PARAMS_FIFO : 0};
}

struct rota_affinity script_affinity(uint32_t mask)
{
        return mask ? rota_affinity_mask(mask) : rota_affinity_all();
}

void script_give_back(struct explore_task *task)
{
        race_plain(&task->thread, sizeof(task->thread), true);
        memset(&task->thread, 0xa5, sizeof(task->thread));
}

static void ended(struct rota_task *task, intptr_t code)
{
        struct explore_task *t = rota_container(task, struct explore_task, thread.task);

        if (t->life != LIFE_STARTED)
                explore_fail("the exit callback of a task that does not live");
        if (code != 100 + (t - w.tasks))
                explore_fail("the exit callback gets another code");
        t->life = LIFE_ENDED;
        script_give_back(t);
}

/* Who has no callback has ended from here on. */
void script_left(struct explore_task *task)
{
        if (!program->tasks[task - w.tasks].quiet)
                return;
        if (task->life != LIFE_STARTED)
                explore_fail("the end of a task that does not live");
        task->life = LIFE_ENDED;
}

static intptr_t task_main(void *argument)
{
        struct explore_task *me = argument;
        uint32_t number = (uint32_t)(me - w.tasks);
        const struct script *script = &program->tasks[number];

        if (!w.exploring)
                schedule_block(BLOCKED_BARRIER);
        for (uint32_t i = 0; i < STEPS && script->steps[i].action; i++) {
                explore_trace("task %u: step %u begins", number, i);
                me->results[i] = script_perform(me, &script->steps[i]);
                explore_trace("task %u: step %u: %s", number, i, rota_error_text(me->results[i]));
        }
        return 100 + (intptr_t)number;
}

static bool rings(const struct script *script, uint32_t who)
{
        for (uint32_t i = 0; i < STEPS && script->steps[i].action; i++) {
                if (script->steps[i].action == DO_RING && script->steps[i].who == who)
                        return true;
        }
        return false;
}

/* The marks are relaxed: that a poll sees those of whoever has woken it is the wake's to provide. */
static enum rota_poll poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct explore_task *me = rota_container(future, struct explore_task, future);
        uint32_t number = (uint32_t)(me - w.tasks);
        bool ready = true;

        (void)context;
        if (!w.exploring)
                schedule_block(BLOCKED_BARRIER);
        explore_trace("task %u: poll %u begins", number, me->polls);
        if (++me->polls > 1 + me->rings)
                explore_fail("task %u is polled, and nobody has woken it", number);
        if (me->runs++)
                explore_fail("task %u is polled twice at a time", number);
        for (uint32_t i = 0; i < TASKS_MAX; i++)
                ready &= !rings(&program->tasks[i], number) || rota_atomic_load(&me->rung[i]);
        if (program->spare)
                rota_port_irq_enable(); /* here it is preempted */
        me->runs--;
        explore_trace("task %u: the poll ends, %s", number, ready ? "ready" : "pending");
        future->value = 100 + (intptr_t)number;
        return ready ? ROTA_POLL_READY : ROTA_POLL_PENDING;
}

static void must(int result, const char *what)
{
        if (result < 0)
                explore_fail("harness: %s: %s", what, rota_error_text(result));
}

void script_boot(void)
{
        memset(&w, 0, sizeof(w));
        w.current = OUTSIDE;
        w.now = 1000;
        for (uint32_t i = 0; i < CPUS_MAX; i++) {
                memset(w.cpus[i].home, STACK_FILL, STACK);
                memset(w.cpus[i].boot, STACK_FILL, STACK);
        }
        for (uint32_t i = 0; i < TASKS_MAX; i++)
                memset(w.tasks[i].stack, STACK_FILL, STACK);
        for (uint32_t i = 0; i < program->cpus; i++) {
                cpus[i] = &w.cpus[i].cpu;
                homes[i] = (struct rota_stack){w.cpus[i].home, sizeof(w.cpus[i].home)};
        }
        struct rota_config config = {.cpus = cpus,
                .cpu_count = program->cpus,
                .home_stacks = homes,
                .slots = w.slots,
                .slot_count = sizeof(w.slots) / sizeof(w.slots[0]),
                .policies = program->classes,
                .policy_count = program->classes[1] ? 2 : 1,
                .memory = w.memory,
                .memory_size = sizeof(w.memory),
                .slice_ns = 100000};
        must(rota_init(&w.rota, &config), "rota_init");
        memset(w.spare, STACK_FILL, STACK);
        if (program->spare)
                must(rota_spares_add(&w.rota, w.spare, STACK), "spares_add");
        machine_boot();
        awaits_boot();
        for (uint32_t i = 0; i < TASKS_MAX; i++) {
                const struct script *s = &program->tasks[i];
                struct explore_task *t = &w.tasks[i];
                if (!s->steps[0].action && !s->cpus && !s->waits && !s->future)
                        continue;
                struct rota_thread_options options = {.task = {.name = "explored",
                                                              .params = params_of(s),
                                                              .affinity = script_affinity(s->cpus),
                                                              .on_exit = s->quiet ? NULL : ended,
                                                              .detached = s->detached},
                        .entry = task_main,
                        .argument = t,
                        .stack = t->stack,
                        .stack_size = sizeof(t->stack)};
                rota_future_init(&t->future, s->steps[0].action ? awaits_poll : poll, NULL);
                must(s->future ? rota_future_create(
                                         &t->polled, &t->future, &options.task, &t->handle)
                               : rota_thread_create(&t->thread, &options, &t->handle),
                        "create");
                t->life = s->waits ? LIFE_CREATED : LIFE_STARTED;
                if (!s->waits)
                        must(rota_start(t->handle), "start");
        }
        machine_settle();
}

void script_verify(void)
{
        struct rota_check_report report;
        w.exploring = false;
        w.current = OUTSIDE;
        for (uint32_t i = 0; i < TASKS_MAX; i++) {
                static const char *const states[] = {"free", "new", "runnable", "parked", "dead"};
                if (w.tasks[i].life == LIFE_STARTED)
                        explore_fail("task %u never ends, it is %s, and nobody can go on", i,
                                states[rota_state(w.tasks[i].handle)]);
        }
        if (!rota_check(&w.rota, &report))
                explore_fail(
                        "%s (slot %d, cpu %d)", report.what, (int)report.slot, (int)report.cpu);
        for (uint32_t i = 0; i < program->cpus; i++) {
                if (w.cpus[i].blocked == BLOCKED_OUT)
                        continue;
                if (w.cpus[i].cpu.need)
                        explore_fail("cpu %u sleeps and has a need %u", i, w.cpus[i].cpu.need);
                if (!(w.rota.idle_cpus[0] >> i & 1))
                        explore_fail(
                                "cpu %u sleeps and nobody can find it: it is not marked idle", i);
        }
        if (w.rota.fallbacks)
                explore_fail("a policy was replaced: %s", w.rota.fallback_reason);
        if (w.rota.spare_left != program->spare)
                explore_fail("a home stack is lost");
        const char *what = program->check ? program->check() : NULL;
        if (what)
                explore_fail("%s", what);
}
