/* SPDX-License-Identifier: MIT */
/* Runs scenarios over setups, prints a line for each. Command: words that a scenario's name must
 * contain one of, -words that it must not contain; "all" for larger counts and "few" for smaller, "lean" for instances
 * without exact accounts, policy=NAME for one setup. */
#include "harness.h"

#define WATCHDOG_NS (240 * ROTA_S)
#define FIRST_STACK ((size_t)64 << 10)

struct run run;
volatile uint32_t loops_end;

static struct rota instance;
static struct rota_timer watchdog;
static uint32_t failures;

static void print(const char *text)
{
        while (*text)
                world_putc(*text++);
}

static void print_number(uint32_t number)
{
        if (number >= 10)
                print_number(number / 10);
        world_putc((char)('0' + number % 10));
}

static void print_case(const char *result)
{
        print(result);
        print(run.scenario->name);
        print(" policy=");
        print(run.setup->name);
        print(" cpus=");
        print_number(run.cpus);
        if (run.lean)
                print(" lean");
}

static void print_result(void)
{
        if (get(run.failed)) {
                failures++;
                print_case("not ok ");
                print(": ");
                const char *name = run.file;
                for (const char *at = run.file; *at; at++)
                        if (*at == '/')
                                name = at + 1;
                print(name);
                print(":");
                print_number((uint32_t)run.line);
                print(" ");
                print(run.what);
        } else if (run.skip) {
                print_case("skip ");
                print(": ");
                print(run.skip);
        } else {
                print_case("ok ");
        }
        print("\n");
}

bool check_at(bool ok, const char *file, int line, const char *what)
{
        uint32_t none = 0;

        if (!ok && __atomic_compare_exchange_n(
                           &run.failed, &none, 1u, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
                run.file = file;
                run.line = line;
                run.what = what;
        }
        return ok;
}

/* Nothing can be saved: says where it hangs, and dies loudly. */
static void bark(void *unused)
{
        (void)unused;
        check_at(false, __FILE__, __LINE__, "hangs");
        print_result();
        rota_dump(world_putc);
        __builtin_trap();
}

void *memory(size_t bytes)
{
        size_t at = __atomic_fetch_add(&run.used, (bytes + 63) & ~(size_t)63, __ATOMIC_SEQ_CST);
        if (at + bytes > run.world->memory_size) {
                check_at(false, __FILE__, __LINE__, "the world's memory is too small");
                print_result();
                __builtin_trap();
        }
        return (char *)run.world->memory + at;
}

#if defined(__SANITIZE_ADDRESS__)
void __asan_unpoison_memory_region(void const volatile *memory, size_t bytes);
#endif

static void clear(void *memory, size_t bytes)
{
#if defined(__SANITIZE_ADDRESS__)
        /* Stacks whose threads never came back. */
        __asan_unpoison_memory_region(memory, bytes);
#endif
        uint64_t *word = memory;
        for (size_t i = 0; i < (bytes + 7) / 8; i++)
                word[i] = 0;
}

/* The scenario's own thread. */
static intptr_t first_main(void *argument)
{
        (void)argument;
        if (!(run.scenario->flags & UNWATCHED))
                rota_timer_arm(&watchdog, rota_now() + WATCHDOG_NS, bark, NULL);
        run.scenario->run();
        if (!(run.scenario->flags & UNWATCHED))
                rota_timer_cancel(&watchdog);
        verify();
        rota_stop(run.rota);
        return 0;
}

static void run_instance(void)
{
        int made = instance_make(run.scenario->slice_ns, run.scenario->tick_ns);
        if (!check(made == ROTA_OK))
                return;
        struct rota_thread *first = memory(sizeof(*first));
        struct rota_thread_options options = {
                .task = {.name = "first", .params = run.setup->first},
                .entry = first_main,
                .stack = memory(FIRST_STACK),
                .stack_size = FIRST_STACK,
        };
        if (check(rota_thread_create(first, &options, &run.first) == ROTA_OK) &&
                check(rota_start(run.first) == ROTA_OK))
                check(world_run(run.world, run.rota, run.scenario->tick_ns) == ROTA_OK);
}

static void run_case(const struct scenario *scenario, const struct setup *setup)
{
        clear(run.world->memory, run.used);
        run.scenario = scenario;
        run.setup = setup;
        run.rota = &instance;
        run.used = 0;
        run.workers = NULL;
        run.skip = NULL;
        run.watched = false;
        run.failed = 0;
        run.misuses = 0;
        loops_end = 0;
        if (scenario->flags & ALONE)
                scenario->run();
        else
                run_instance();
        print_result();
}

static bool contains_at(const char *text, const char *word, size_t length)
{
        size_t n = 0;
        while (n < length && text[n] == word[n])
                n++;
        return n == length;
}

static bool contains(const char *text, const char *word, size_t length)
{
        for (; *text; text++)
                if (contains_at(text, word, length))
                        return true;
        return length == 0;
}

static bool same(const char *text, const char *word, size_t length)
{
        size_t n = 0;
        while (n < length && text[n] && text[n] == word[n])
                n++;
        return n == length && !text[n];
}

/* Calls visit with each word of the command until it answers true. */
static bool each_word(bool (*visit)(const char *, size_t, const void *), const void *argument)
{
        const char *at = run.world->command;
        while (*at) {
                const char *end = at;
                while (*end && *end != ' ')
                        end++;
                if (end != at && visit(at, (size_t)(end - at), argument))
                        return true;
                at = *end ? end + 1 : end;
        }
        return false;
}

static bool has_equals(const char *word, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (word[i] == '=')
                        return true;
        return false;
}

static bool is_setting(const char *word, size_t length)
{
        return same("all", word, length) || same("few", word, length) ||
               same("lean", word, length) || *word == '-' || has_equals(word, length);
}

static bool is_word(const char *word, size_t length, const void *text)
{
        return same(text, word, length);
}

static bool selects(const char *word, size_t length, const void *name)
{
        return !is_setting(word, length) && (!name || contains(name, word, length));
}

static bool excludes(const char *word, size_t length, const void *name)
{
        return word[0] == '-' && contains(name, word + 1, length - 1);
}

static bool names_policy(const char *word, size_t length, const void *name)
{
        static const char key[] = "policy=";
        const size_t skip = sizeof(key) - 1;
        if (length < skip || !contains_at(word, key, skip))
                return false;
        return !name || same(name, word + skip, length - skip);
}

static bool wanted(const struct scenario *scenario)
{
        if (each_word(excludes, scenario->name))
                return false;
        if (each_word(selects, NULL))
                return each_word(selects, scenario->name);
        return !(scenario->flags & ASKED);
}

static bool applies(const struct scenario *scenario, const struct setup *setup)
{
        if (each_word(names_policy, NULL) && !each_word(names_policy, setup->name))
                return false;
        if (scenario->only && scenario->only != setup)
                return false;
        if ((scenario->flags & SLICES) && !setup->slices)
                return false;
        if ((scenario->flags & PRIORITIES) && !setup->priorities)
                return false;
        if ((scenario->flags & EXACT) && run.lean)
                return false;
        return !(scenario->flags & SEVERAL) || run.cpus > 1;
}

int world_main(const struct world *world)
{
        static const struct scenario *const rooms[] = {scenarios_preempt, scenarios_guard,
                scenarios_park, scenarios_sleep, scenarios_join, scenarios_cancel, scenarios_life,
                scenarios_change, scenarios_affinity, scenarios_balance, scenarios_arrive,
                scenarios_kind, scenarios_broken, scenarios_world, scenarios_timer,
                scenarios_policies, scenarios_exact, scenarios_overflow, scenarios_stack,
                scenarios_watchdog, scenarios_misuse, scenarios_misuse_with, scenarios_misuse_debug,
                scenarios_leave, scenarios_leave_load, scenarios_storm, scenarios_sync_work,
                scenarios_sync_permits, scenarios_sync_events, scenarios_sync_spinlock,
                scenarios_sync_mutex, scenarios_sync_i1, scenarios_sync_inherit,
                scenarios_sync_condition, scenarios_sync_answers, scenarios_sync_rwlock,
                scenarios_cleanup, scenarios_sync_channel, scenarios_sync_limits,
                scenarios_sync_words, scenarios_future, scenarios_future_lent,
                scenarios_future_trees, scenarios_await_drops, scenarios_await_chain,
                scenarios_await_held, scenarios_await_storm, scenarios_await_scope,
                scenarios_await_overload, scenarios_await_messages, scenarios_await_block_on,
                scenarios_future_misuse, scenarios_await_recipe, scenarios_future_many,
                scenarios_future_edges};

        run.world = world;
        run.cpus = world->cpus;
        run.all = each_word(is_word, "all");
        run.few = each_word(is_word, "few");
        run.lean = each_word(is_word, "lean");
        for (uint32_t r = 0; r < sizeof(rooms) / sizeof(rooms[0]); r++) {
                for (const struct scenario *s = rooms[r]; s->name; s++) {
                        if (!wanted(s))
                                continue;
                        for (uint32_t i = 0; i < setup_count; i++)
                                if (applies(s, &setups[i]))
                                        run_case(s, &setups[i]);
                }
        }
        return failures ? 1 : 0;
}
