/* SPDX-License-Identifier: MIT */
/* The setups of policies, instances of them, and workers. */
#include "harness.h"

#define SHORT_SLICE (500 * ROTA_US)
#define SLOTS       1024u
#define STARVED_NS  (30 * ROTA_S)
#define STACK_LARGE ((size_t)64 << 10) /* a sanitizer's frames, and vector registers */
#define STACK_SMALL ((size_t)16 << 10)

const struct setup setups[] = {
        {
                .name = "fifo",
                .policies = {&rota_policy_fifo},
                .policy_count = 1,
        },
        {
                .name = "rr",
                .policies = {&rota_policy_rr},
                .policy_count = 1,
                .slices = true,
        },
        {
                .name = "prio",
                .policies = {&rota_policy_prio},
                .policy_count = 1,
                .first = {.priority = 2},
                .slices = true,
                .priorities = true,
        },
        {
                .name = "prio-fifo",
                .policies = {&rota_policy_prio},
                .policy_count = 1,
                .worker = {.flags = ROTA_PARAMS_FIFO},
                .first = {.priority = 2, .flags = ROTA_PARAMS_FIFO},
                .priorities = true,
        },
        {
                .name = "prio+rr",
                .policies = {&rota_policy_prio, &rota_policy_rr},
                .policy_count = 2,
                .worker = {.class_index = 1},
                .first = {.priority = 2},
                .slices = true,
                .priorities = true,
        },
        {
                .name = "lottery",
                .policies = {&lottery},
                .policy_count = 1,
                .slices = true,
        },
};
const uint32_t setup_count = sizeof(setups) / sizeof(setups[0]);

/* A trace of a few records a CPU. */
static struct rota_ring *const *rings_make(void)
{
        struct rota_ring **rings = memory(run.cpus * sizeof(struct rota_ring *));

        for (uint32_t i = 0; i < run.cpus; i++) {
                rings[i] = memory(rota_ring_bytes(64));
                rings[i]->capacity = 64;
        }
        return rings;
}

/* A mask for each CPU from this one on. */
static struct rota_cpumask *masks_make(uint32_t first)
{
        enum { WORD = sizeof(uintptr_t) * 8 };
        uint32_t count = run.cpus > first ? run.cpus - first : 0;
        struct rota_cpumask *masks = memory(count * sizeof(*masks));

        for (uint32_t i = 0; i < count; i++) {
                uint32_t cpu = first + i;
                uintptr_t *bits = memory((cpu / WORD + 1) * sizeof(*bits));
                bits[cpu / WORD] = (uintptr_t)1 << cpu % WORD;
                masks[i] = (struct rota_cpumask){cpu + 1, bits};
        }
        return masks;
}

struct rota_affinity only_cpu(uint32_t cpu)
{
        if (cpu < ROTA_AFFINITY_INLINE_CPUS)
                return rota_affinity_cpu(cpu);
        return rota_affinity_pointer(&run.far[cpu - ROTA_AFFINITY_INLINE_CPUS]);
}

static void note_misuse(const struct rota_misuse *misuse)
{
        run.misuse = *misuse;
        add(run.misuses, 1);
        if (!(run.scenario->flags & MISUSES))
                check_at(false, __FILE__, __LINE__, misuse->function);
}

int instance_make(uint64_t slice_ns, uint64_t tick_ns)
{
        struct rota_config config = {
                .cpus = run.world->cpu,
                .cpu_count = run.cpus,
                .home_stacks = run.world->home_stacks,
                .slots = memory(SLOTS * sizeof(struct rota_slot)),
                .slot_count = SLOTS,
                .policies = run.setup->policies,
                .policy_count = run.setup->policy_count,
                .slice_ns = slice_ns ? slice_ns : SHORT_SLICE,
                .tick_ns = tick_ns,
                .resolution_ns = run.world->resolution_ns,
                .look_ns = run.world->look_ns,
                .exact = !run.lean,
                .misuse = note_misuse,
        };

        /* A correct run keeps it silent, see verify(). */
        if (!run.lean && !(run.scenario->flags & UNWATCHED))
                config.watchdog_ns =
                        run.scenario->watchdog_ns ? run.scenario->watchdog_ns : STARVED_NS;
        if (run.scenario->flags & TRACED)
                config.rings = rings_make();
        run.slots = SLOTS;
        run.far = masks_make(ROTA_AFFINITY_INLINE_CPUS);
        config.memory_size = rota_bytes(&config);
        config.memory = memory(config.memory_size);
        return rota_init(run.rota, &config);
}

static intptr_t worker_main(void *argument)
{
        struct worker *worker = argument;
        return worker->entry(worker);
}

int worker_remake(struct worker *worker, const struct rota_task_options *given)
{
        struct rota_thread_options options = {
                .entry = worker_main,
                .argument = worker,
                .stack = worker->stack,
                .stack_size =
                        run.world->memory_size > ((size_t)128 << 20) ? STACK_LARGE : STACK_SMALL,
        };
        const struct rota_params none = {0};

        if (given)
                options.task = *given;
        if (!options.task.name)
                options.task.name = "worker";
        if (__builtin_memcmp(&options.task.params, &none, sizeof(none)) == 0)
                options.task.params = run.setup->worker;
        if (!run.lean)
                options.task.stats = &worker->stats;
        return rota_thread_create(&worker->thread, &options, &worker->handle);
}

struct worker *worker_make_with(
        intptr_t (*entry)(struct worker *), void *argument, const struct rota_task_options *options)
{
        struct worker *worker = memory(sizeof(*worker));

        worker->stack =
                memory(STACK_LARGE > STACK_SMALL && run.world->memory_size > ((size_t)128 << 20)
                                ? STACK_LARGE
                                : STACK_SMALL);
        worker->entry = entry;
        worker->argument = argument;
        check(worker_remake(worker, options) == ROTA_OK);
        worker->next = __atomic_load_n(&run.workers, __ATOMIC_SEQ_CST);
        while (!__atomic_compare_exchange_n(
                &run.workers, &worker->next, worker, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
                ;
        return worker;
}

struct worker *worker_make(intptr_t (*entry)(struct worker *), void *argument)
{
        return worker_make_with(entry, argument, NULL);
}

struct worker *worker_start(intptr_t (*entry)(struct worker *), void *argument)
{
        struct worker *worker = worker_make(entry, argument);
        check(rota_start(worker->handle) == ROTA_OK);
        return worker;
}

struct worker *worker_start_on(intptr_t (*entry)(struct worker *), void *argument, uint32_t cpu)
{
        struct rota_task_options options = {.affinity = only_cpu(cpu)};
        struct worker *worker = worker_make_with(entry, argument, &options);
        check(rota_start(worker->handle) == ROTA_OK);
        return worker;
}

static intptr_t rival(struct worker *self)
{
        uint32_t *over = self->argument;

        while (!get(*over)) {
                add(self->count, 1);
                rota_yield();
        }
        return 0;
}

struct worker *rival_start(uint32_t *over, uint32_t cpu)
{
        struct worker *worker = worker_make_at(rival, over, params_level(20), cpu, "rival");

        check(rota_start(worker->handle) == ROTA_OK);
        until(get(worker->count));
        return worker;
}

intptr_t worker_end(struct worker *worker)
{
        intptr_t code = INTPTR_MIN;
        check(rota_join(worker->handle, rota_timeout_forever(), &code) == ROTA_OK);
        return code;
}

struct worker *worker_self(void)
{
        return (struct worker *)rota_current(); /* thread and task come first */
}

struct rota_params params_priority(uint16_t priority)
{
        struct rota_params params = run.setup->worker;
        params.priority = priority;
        return params;
}

struct rota_params params_level(uint16_t priority)
{
        return (struct rota_params){.priority = priority, .flags = run.setup->worker.flags};
}

struct worker *worker_make_at(intptr_t (*entry)(struct worker *), void *argument,
        struct rota_params params, uint32_t cpu, const char *name)
{
        struct rota_task_options options = {
                .name = name, .params = params, .affinity = only_cpu(cpu)};
        return worker_make_with(entry, argument, &options);
}

void moment(void)
{
        rota_sleep_for(100 * ROTA_US);
}

uint64_t pause_for(uint64_t ns)
{
        rota_sleep_for(ns);
        return ns < 4 * ROTA_MS ? ns * 2 : ns;
}

void cpus_all_in(void)
{
        for (uint32_t cpu = 0; cpu < run.cpus; cpu++)
                until(rota_cpu_online(run.rota, cpu));
}

/* CPU time of tasks can be no more than what the CPUs were busy. */
static void verify_sums(void)
{
        uint64_t ran = 0;
        uint64_t busy = 0;

        for (const struct worker *w = run.workers; w; w = w->next) {
                const struct rota_task_stats *s = &w->stats;
                if (s->start_ns)
                        check(s->run_ns + s->wait_ns + s->sleep_ns == s->since_ns - s->start_ns);
                ran += s->run_ns;
        }
        for (uint32_t i = 0; i < run.cpus; i++) {
                struct rota_cpu_stats s;
                check(rota_get_cpu_stats(run.rota, i, &s) == ROTA_OK);
                if (!s.start_ns)
                        continue; /* it has not begun yet */
                uint64_t wall = rota_now() - s.start_ns;
                check(s.idle_ns <= wall);
                busy += wall - s.idle_ns;
        }
        check(ran <= busy);
}

void verify(void)
{
        struct rota_check_report report;

        rota_world_stop();
        if (!rota_check(run.rota, &report))
                check_at(false, __FILE__, __LINE__, report.what);
        verify_sums();
        rota_world_resume();
        check(run.watched || get(run.rota->starvations) == 0);
}
