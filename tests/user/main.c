/* SPDX-License-Identifier: MIT */
/*
 * User tasks on a bare machine. Words of the command line choose cases by a part of their name; without
 * any all run, with each policy. "few": time is not counted in instructions.
 */
#include "user.h"

#include "console.h"
#include "kernel.h"

#define MAIN_STACK 32768
#define SLOTS      11000

struct run run;

static struct rota_thread main_thread;
static char main_stack[MAIN_STACK] __attribute__((aligned(16)));
static char policy_memory[1 << 20] __attribute__((aligned(64)));
static struct rota_slot slots[SLOTS];
static char *memory_next, *memory_end;
static const struct user_case *current;

void say(const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        kernel_print_list(format, arguments);
        va_end(arguments);
}

bool check_at(bool good, const char *file, int line, const char *text)
{
        if (!good && !__atomic_exchange_n(&run.failed, true, __ATOMIC_RELAXED))
                say("not ok user-%s policy=%s cpus=%u: %s:%d %s\n", run.name, run.policy, run.cpus,
                        file, line, text);
        return good;
}

void *memory(size_t size, size_t alignment)
{
        char *at = (char *)(((uintptr_t)memory_next + alignment - 1) & ~(alignment - 1));

        if (size > (size_t)(memory_end - at))
                kernel_fatal("the test's memory is too small");
        memory_next = at + size;
        for (size_t i = 0; i < size; i++)
                at[i] = 0;
        return at;
}

static void check_world(void)
{
        struct rota_check_report report;

        if (rota_world_stop() != ROTA_OK)
                return;
        bool good = rota_check(&run.rota, &report);
        rota_world_resume();
        if (!good)
                say("# %s, slot %u, cpu %u\n", report.what, report.slot, report.cpu);
        check(good);
}

static intptr_t main_entry(void *argument)
{
        (void)argument;
        check_world();
        current->run();
        check_world();
        rota_stop(&run.rota);
        return 0;
}

static void rings_make(uint32_t records)
{
        run.rings = NULL;
        if (!records)
                return;
        run.rings = memory(run.cpus * sizeof(struct rota_ring *), sizeof(void *));
        for (uint32_t i = 0; i < run.cpus; i++) {
                run.rings[i] = memory(rota_ring_bytes(records), 64);
                run.rings[i]->capacity = records;
        }
}

static void run_case(const struct user_case *c, const struct rota_policy *policy, const char *name)
{
        const struct rota_policy *policies[] = {policy};
        struct rota_config config = {.cpus = run.world->cpu,
                .cpu_count = run.cpus,
                .home_stacks = run.world->home_stacks,
                .slots = slots,
                .slot_count = SLOTS,
                .policies = policies,
                .policy_count = 1,
                .memory = policy_memory,
                .memory_size = sizeof(policy_memory),
                .resolution_ns = run.world->resolution_ns,
                .slice_ns = (c->slice_us ? c->slice_us : 1000) * ROTA_US,
                .exact = !c->plain};
        const struct rota_thread_options options = {.task.name = "main",
                .task.params.priority = 10,
                .entry = main_entry,
                .stack = main_stack,
                .stack_size = sizeof(main_stack)};
        struct rota_handle handle;

        current = c;
        run.name = c->name;
        run.policy = name;
        run.failed = false;
        run.logged = 0;
        memory_next = run.world->memory;
        memory_end = memory_next + run.world->memory_size;
        for (uint32_t i = 0; i < SLOTS; i++)
                slots[i] = (struct rota_slot){0};
        for (uint32_t i = 0; i < PROGRAMS_MAX; i++)
                run.programs[i] = NULL;
        rings_make(c->records);
        config.rings = run.rings;
        size_t frames = kernel_frames_free();
        check(rota_init(&run.rota, &config) == ROTA_OK);
        check(rota_thread_create(&main_thread, &options, &handle) == ROTA_OK);
        check(rota_start(handle) == ROTA_OK);
        check(world_run(run.world, &run.rota, 0) == ROTA_OK);
        check(kernel_frames_free() == frames);
        check(run.rota.fallbacks == 0);
        if (!run.failed)
                say("ok user-%s policy=%s cpus=%u\n", run.name, name, run.cpus);
}

static bool has_part(const char *text, const char *part, size_t length)
{
        for (; *text; text++) {
                size_t n = 0;
                while (n < length && text[n] == part[n])
                        n++;
                if (n == length)
                        return true;
        }
        return false;
}

static bool is_few(const char *word, const char *end)
{
        return end - word == 3 && word[0] == 'f' && word[1] == 'e' && word[2] == 'w';
}

/* Is a case among the command line's words? */
static bool chosen(const char *name)
{
        bool any = false;

        for (const char *at = run.world->command; *at;) {
                while (*at == ' ')
                        at++;
                const char *word = at;
                while (*at && *at != ' ')
                        at++;
                if (at == word)
                        break;
                if (is_few(word, at))
                        continue;
                any = true;
                if (has_part(name, word, (size_t)(at - word)))
                        return true;
        }
        return !any;
}

int world_main(const struct world *world)
{
        static const struct user_case *const sets[] = {cases_basic, cases_machine, cases_wait,
                cases_thread, cases_futures, cases_traced, cases_many};
        static const struct {
                const struct rota_policy *policy;
                const char *name;
        } policies[] = {
                {&rota_policy_rr, "rr"}, {&rota_policy_prio, "prio"}, {&rota_policy_fifo, "fifo"}};
        bool failed = false;

        run.world = world;
        run.cpus = world->cpus;
        run.few = has_part(world->command, "few", 3);
        for (unsigned s = 0; s < sizeof(sets) / sizeof(sets[0]); s++) {
                for (const struct user_case *c = sets[s]; c->name; c++) {
                        for (unsigned p = 0; p < 3 && chosen(c->name); p++) {
                                if ((c->slices && p == 2) || (c->prio && p != 1) ||
                                        (c->cpus && c->cpus != run.cpus))
                                        continue;
                                run_case(c, policies[p].policy, policies[p].name);
                                failed |= run.failed;
                        }
                }
        }
        return failed;
}
