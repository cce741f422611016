/* SPDX-License-Identifier: MIT */
/* The watchdog: whoever is starved is reported, and who is to blame is told apart. */
#include "harness.h"

#define BOUND (20 * ROTA_MS)

#if defined(__SANITIZE_THREAD__)
#define DUMPS false /* a dump takes no locks, so it races by design */
#else
#define DUMPS true
#endif

static bool hangs;                    /* the last CPU is made to, from now on (atomic) */
static struct rota_handle victim;     /* of this scenario */
static uint32_t found;                /* enum rota_starved of the latest of the victim (atomic) */
static struct rota_starvation what;   /* that */
static char said[256], dumped[16384]; /* that */
static uint32_t dumped_length;

static void dump_putc(char c)
{
        if (dumped_length < sizeof(dumped) - 1)
                dumped[dumped_length++] = c;
        dumped[dumped_length] = '\0';
}

/* Under the instance's watch_lock: one at a time, and starvation is the one that it tells of. */
static void report(const char *text)
{
        const struct rota_starvation *latest = &run.rota->starvation;
        bool nobody = latest->by == ROTA_STARVED_BY_CPU;

        /* An emulated CPU may truly take no interrupt for a while: no matter where none was hung. */
        bool meant = nobody ? get(hangs) && latest->cpu == run.cpus - 1
                            : rota_handle_equal(latest->task, victim);
        if (get(found) || !meant)
                return;
        what = *latest;
        for (size_t i = 0; i < sizeof(said) - 1 && (said[i] = text[i]); i++)
                ;
        dumped_length = 0;
        if (DUMPS)
                rota_dump(dump_putc);
        put(found, (uint32_t)latest->by);
}

static bool contains(const char *text, const char *word)
{
        for (; *text; text++) {
                size_t n = 0;
                while (word[n] && text[n] == word[n])
                        n++;
                if (!word[n])
                        return true;
        }
        return false;
}

static void begin(void)
{
        put(found, 0);
        put(hangs, false);
        run.watched = true;
        run.rota->report = report;
}

/* What was found says so everywhere. */
static void expect(enum rota_starved by)
{
        check(get(found) == (uint32_t)by);
        check(what.waited_ns >= BOUND && what.cpu == run.cpus - 1);
        check(contains(said, "watchdog") && contains(said, rota_starved_text(by)));
        check(!DUMPS ||
                (contains(dumped, "watchdog, latest") && contains(dumped, rota_starved_text(by))));
        check(get(run.rota->fallbacks) == 0); /* nobody's policy was replaced for it */
}

static struct worker *make(intptr_t (*entry)(struct worker *), struct rota_params params)
{
        struct rota_task_options options = {
                .name = "starved", .affinity = only_cpu(run.cpus - 1), .params = params};
        return worker_make_with(entry, NULL, &options);
}

static intptr_t yield_on(struct worker *self)
{
        while (!get(loops_end)) {
                add(self->count, 1);
                rota_yield();
        }
        return 1;
}

static intptr_t once(struct worker *self)
{
        add(self->count, 1);
        return 2;
}

/* One victim on the last CPU, `hogs` others there, until the watchdog has spoken. */
static void starve(struct rota_params hog, struct rota_params starved, uint32_t hogs,
        intptr_t (*entry)(struct worker *))
{
        struct worker *w[4];
        struct worker *poor = make(once, starved);

        victim = poor->handle;
        begin();
        for (uint32_t i = 0; i < hogs; i++) {
                w[i] = make(entry, hog);
                check(rota_start(w[i]->handle) == ROTA_OK);
                until(get(w[i]->count));
        }
        check(rota_start(poor->handle) == ROTA_OK);
        until(get(found));
        put(loops_end, 1);
        for (uint32_t i = 0; i < hogs; i++)
                check(worker_end(w[i]) == 1);
        check(worker_end(poor) == 2);
}

static void class_hog(void)
{
        starve((struct rota_params){.priority = 10}, (struct rota_params){.class_index = 1}, 1,
                yield_on);
        expect(ROTA_STARVED_BY_CLASS);
        check(what.class_index == 1 && what.culprit_class == 0);
}

static void rank_hog(void)
{
        starve((struct rota_params){.priority = 10}, (struct rota_params){.priority = 100}, 2,
                yield_on);
        expect(ROTA_STARVED_BY_RANK);
}

/* Starts the victim under a guard, and sees by itself when it was found out. */
static intptr_t hold_on(struct worker *self)
{
        struct worker *poor = self->argument;

        rota_guard_begin();
        check(rota_start(poor->handle) == ROTA_OK);
        while (!get(found))
                add(self->count, 1);
        check(get(poor->count) == 0);
        rota_guard_end();
        return 1;
}

static void guard_hog(void)
{
        struct worker *poor = make(once, run.setup->worker);
        struct worker *hog = make(hold_on, run.setup->worker);

        hog->argument = poor;
        victim = poor->handle;
        begin();
        check(rota_start(hog->handle) == ROTA_OK);
        check(worker_end(hog) == 1);
        check(worker_end(poor) == 2);
        expect(ROTA_STARVED_BY_TASK);
}

/* Masked, on the home stack: the CPU takes no interrupt. */
static void hang(struct rota_task *task, intptr_t code)
{
        struct worker *poor = ((struct worker *)task)->argument;

        (void)code;
        check(rota_start(poor->handle) == ROTA_OK);
        put(hangs, true);
        while (!get(found))
                __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void stuck_cpu(void)
{
        struct rota_task_options options = {.name = "hangs",
                .affinity = only_cpu(run.cpus - 1),
                .params = run.setup->worker,
                .on_exit = hang};
        struct worker *poor = make(once, run.setup->worker);
        struct worker *hog = worker_make_with(once, NULL, &options);

        hog->argument = poor;
        victim = poor->handle;
        begin();
        check(rota_start(hog->handle) == ROTA_OK);
        check(worker_end(hog) == 2);
        check(worker_end(poor) == 2);
        expect(ROTA_STARVED_BY_CPU);
}

/* ---- A policy that never runs one of its tasks while it has another. ---- */

struct search {
        const struct rota_task *not_this;
        struct rota_task *found;
};

static void visit(struct rota_task *task, void *argument)
{
        struct search *search = argument;
        if (task != search->not_this && !search->found)
                search->found = task;
}

static struct rota_task *pick_unfair(struct rota_queue *queue, uint64_t now)
{
        struct rota_task *task = rota_policy_rr.pick(queue, now);

        if (!task || !rota_handle_equal(task->handle, victim))
                return task;
        struct search search = {task, NULL};
        rota_policy_rr.each(queue, visit, &search);
        return search.found ? search.found : task;
}

static struct rota_policy unfair;
static const struct setup setup_unfair = {
        .name = "unfair", .policies = {&unfair}, .policy_count = 1, .slices = true};

static intptr_t unfair_main(void *argument)
{
        (void)argument;
        starve(run.setup->worker, run.setup->worker, 3, yield_on);
        expect(ROTA_STARVED_BY_POLICY);
        check(what.class_index == 0 && what.culprit_class == 0);
        verify();
        rota_stop(run.rota);
        return 0;
}

static void unfair_policy(void)
{
        unfair = rota_policy_rr;
        unfair.name = "unfair";
        unfair.pick = pick_unfair;
        unfair.next = NULL; /* all by pick: the fused operations know no victim */
        unfair.sleep = NULL;
        unfair.tick = NULL;
        victim = ROTA_HANDLE_NONE;
        run.setup = &setup_unfair;
        if (!check(instance_make(0, 0) == ROTA_OK))
                return;
        struct rota_thread *first = memory(sizeof(*first));
        struct rota_thread_options options = {
                .entry = unfair_main, .stack = memory(65536), .stack_size = 65536};
        check(rota_thread_create(first, &options, &run.first) == ROTA_OK);
        check(rota_start(run.first) == ROTA_OK);
        check(world_run(run.world, run.rota, 0) == ROTA_OK);
}

/* ---- No false report, where time is counted in instructions. ---- */

/* Eight share a CPU in slices of 500 us: each waits for 3.5 ms, and the bound is 5. */
static void quiet(void)
{
        struct worker *w[8];

        for (uint32_t i = 0; i < 8; i++)
                w[i] = worker_start_on(yield_on, NULL, run.cpus - 1);
        for (uint32_t i = 0; i < 8; i++)
                put(w[i]->flag, 1);
        rota_sleep_for(200 * ROTA_MS);
        put(loops_end, 1);
        for (uint32_t i = 0; i < 8; i++)
                check(worker_end(w[i]) == 1);
        check(get(run.rota->starvations) == 0);
        /* It did look: sixteen times a bound, but for what each look costs. */
        check(run.rota->cpus[run.cpus - 1]->watch_count > 200 / 5 * 15);
}

const struct scenario scenarios_watchdog[] = {
        {.name = "watchdog-class",
                .run = class_hog,
                .flags = EXACT,
                .watchdog_ns = BOUND,
                .only = &setups[4]},
        {.name = "watchdog-rank",
                .run = rank_hog,
                .flags = EXACT,
                .watchdog_ns = BOUND,
                .only = &setups[2]},
        {.name = "watchdog-guard", .run = guard_hog, .flags = EXACT, .watchdog_ns = BOUND},
        {.name = "watchdog-stuck",
                .run = stuck_cpu,
                .flags = EXACT | SEVERAL,
                .watchdog_ns = BOUND},
        {.name = "watchdog-policy",
                .run = unfair_policy,
                .flags = EXACT | ALONE,
                .watchdog_ns = BOUND,
                .only = &setups[0]},
        {.name = "watchdog-quiet",
                .run = quiet,
                .flags = EXACT | ASKED,
                .watchdog_ns = 5 * ROTA_MS,
                .only = &setups[1]},
        {.name = NULL},
};
