/* SPDX-License-Identifier: MIT */
/*
 * Runs every measurement in interleaved rounds and prints lines of fields separated by tabs, for
 * bench/table to put into tables. The words of the command:
 *
 *   time          rounds by the clock, then one that is stepped through
 *   count         one round of few operations: the world's clock counts instructions
 *   where ROW     how often each instruction of a row's stepped round was executed
 *   only PART     of the rows' names, for the two first
 *   peers         one round of what others are compared by, see bench/peers/run
 */
#include "bench.h"

#include <rota/future.h>

static void put_text(const char *text)
{
        while (*text)
                world_putc(*text++);
}

static void put_number(uint64_t n)
{
        char digits[20];
        int i = 0;
        do
                digits[i++] = (char)('0' + n % 10);
        while (n /= 10);
        while (i)
                world_putc(digits[--i]);
}

static void put_field(uint64_t n)
{
        world_putc('\t');
        put_number(n);
}

/* One round of a row; whether it gave a result. */
static bool round_of(struct bench *bench, const struct world *world, const struct bench_row *row,
        bool stepped, bool few)
{
        *bench = (struct bench){.world = world,
                .row = row,
                .stepped = stepped,
                .few = few,
                .operations = few ? row->stepped : row->operations};
        bench_settle(row);
        if (row->policy)
                bench_in_instance(bench);
        else
                row->body(bench);
        if (bench->failed) {
                put_text("bench: failed: ");
                put_text(row->name);
                put_text(": ");
                put_text(bench->failed);
                world_putc('\n');
        }
        return !bench->failed;
}

static uint64_t per_operation(const struct bench *bench, uint64_t n)
{
        return bench->operations ? (n * 100 + bench->operations / 2) / bench->operations : 0;
}

static bool starts_with(const char *text, const char *word)
{
        while (*word && *text == *word)
                text++, word++;
        return !*word;
}

/* What follows a word of the command, or NULL. */
static const char *after(const char *command, const char *word)
{
        if (!starts_with(command, word))
                return NULL;
        while (*word)
                word++, command++;
        return command + (*command == ' ');
}

static bool contains(const char *text, const char *part)
{
        for (; *text; text++)
                if (starts_with(text, part))
                        return true;
        return !*part;
}

static bool wanted(const struct bench_row *row, const char *part, bool few)
{
        const char *why;
        return contains(row->name, part) && (!few || row->stepped) && bench_possible(row, &why);
}

static bool time_rows(const struct world *world, const char *part, uint32_t rounds, bool few)
{
        struct bench bench;
        for (uint32_t round = 0; round < rounds; round++) {
                for (struct bench_row *row = bench_rows; row->name; row++) {
                        if (!wanted(row, part, few))
                                continue;
                        if (!round_of(&bench, world, row, false, few))
                                return false;
                        row->results[round] = per_operation(&bench, bench.elapsed);
                }
        }
        return true;
}

/* name, floor, minimum, median, atomics, instructions, target, stretch, target in
 * instructions; times in hundredths, what was not counted is empty. */
static bool print_row(
        const struct world *world, struct bench_row *row, uint32_t rounds, bool counting)
{
        bench_sort(row->results, rounds);
        put_text("row\t");
        put_text(row->name);
        world_putc('\t');
        put_text(row->floor ? row->floor : row->name);
        put_field(row->results[0]);
        put_field(row->results[rounds / 2]);
        if (!counting && row->stepped) {
                struct bench bench;
                struct bench_steps nothing;
                bench_step_take();
                bench_step_begin();
                bench_step_end();
                nothing = bench_step_take();
                if (!round_of(&bench, world, row, true, true))
                        return false;
                struct bench_steps steps = bench_step_take();
                put_field(per_operation(&bench, steps.atomics - nothing.atomics));
                if (row->cpus)
                        world_putc('\t'); /* how often the other one looks says nothing */
                else
                        put_field(per_operation(&bench, steps.instructions - nothing.instructions));
        } else {
                put_text("\t\t");
        }
        put_field(row->target);
        put_field(row->stretch);
        put_field(row->instructions);
        world_putc('\n');
        return true;
}

static bool print_rows(const struct world *world, const char *part, uint32_t rounds, bool few)
{
        for (struct bench_row *row = bench_rows; row->name; row++) {
                const char *why = NULL;
                if (contains(row->name, part) && !bench_possible(row, &why)) {
                        put_text("left\t");
                        put_text(row->name);
                        world_putc('\t');
                        put_text(why);
                        world_putc('\n');
                } else if (wanted(row, part, few) && !print_row(world, row, rounds, few)) {
                        return false;
                }
        }
        return true;
}

static bool print_facts(const struct world *world)
{
        for (int i = 0; bench_facts[i]; i++) {
                struct bench bench = {.world = world};
                struct bench_fact fact = {0};
                if (!bench_facts[i](&bench, &fact)) {
                        put_text("bench: failed: ");
                        put_text(fact.name ? fact.name : "a fact");
                        world_putc('\n');
                        return false;
                }
                put_text("fact\t");
                put_text(fact.name);
                put_field(fact.value);
                world_putc('\t');
                put_text(fact.unit ? fact.unit : "");
                world_putc('\t');
                put_text(fact.target ? fact.target : "");
                world_putc('\n');
        }
        return true;
}

static void print_size(const char *name, size_t bytes)
{
        put_text("size\t");
        put_text(name);
        put_field(bytes);
        world_putc('\n');
}

static void print_sizes(void)
{
        print_size("struct rota_task (common to all kinds)", sizeof(struct rota_task));
        print_size("struct rota_thread (control block)", sizeof(struct rota_thread));
        print_size("struct rota_future_task (at most 192)", sizeof(struct rota_future_task));
        print_size("struct rota_task_stats (optional)", sizeof(struct rota_task_stats));
        print_size("struct rota_future_task", sizeof(struct rota_future_task));
        print_size("struct rota_slot", sizeof(struct rota_slot));
        print_size("struct rota_wait", sizeof(struct rota_wait));
        print_size("struct rota_timer", sizeof(struct rota_timer));
        print_size("struct rota_cpu", sizeof(struct rota_cpu));
        print_size("struct rota (instance)", sizeof(struct rota));
}

static uint64_t where_operations;

static void print_where(uint64_t address, uint64_t count)
{
        put_text("pc");
        put_field(address);
        put_field(count * 100 / where_operations);
        world_putc('\n');
}

static bool where(const struct world *world, const char *part)
{
        struct bench bench;
        for (struct bench_row *row = bench_rows; row->name; row++) {
                if (!wanted(row, part, true))
                        continue;
                put_text("row\t");
                put_text(row->name);
                world_putc('\n');
                if (!round_of(&bench, world, row, true, true))
                        return false;
                where_operations = bench.operations;
                bench_step_print(print_where);
                return true;
        }
        put_text("bench: no row is called so\n");
        return false;
}

/* As the peers' programs print them: a work's name and hundredths. */
static bool peers(const struct world *world)
{
        static const struct {
                const char *work;
                const char *row;
        } works[] = {{"yield2", "yield, fifo, 2"}, {"yield1000", "yield, fifo, 1000"},
                {"create", "create + start + join, fifo"},
                {"wake", "wake + park round trip, fifo"}};
        struct bench bench = {.world = world};
        struct bench_fact fact = {0};

        for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
                const struct bench_row *row = bench_rows;
                while (row->name &&
                        !(after(row->name, works[i].row) && after(works[i].row, row->name)))
                        row++;
                if (!row->name || !round_of(&bench, world, row, false, false))
                        return false;
                put_text(works[i].work);
                put_field(per_operation(&bench, bench.elapsed));
                world_putc('\n');
        }
        bench = (struct bench){.world = world};
        if (!bench_idle(&bench, &fact))
                return false;
        put_text("idle");
        put_field(fact.value * 1024);
        world_putc('\n');
        put_text("bytes"); /* a future task and its slot, without what it is a future of */
        put_field((sizeof(struct rota_future_task) + sizeof(struct rota_slot)) * 100);
        world_putc('\n');
        return true;
}

int world_main(const struct world *world)
{
        if (after(world->command, "peers"))
                return !peers(world);
        const char *part = after(world->command, "where ");
        if (part)
                return !where(world, part);
        bool counting = after(world->command, "count") != NULL;
        uint32_t rounds = counting ? 1 : BENCH_ROUNDS_MAX;
        part = after(world->command, counting ? "count" : "time");
        part = part ? after(part, "only ") : NULL;
        bool ok = time_rows(world, part ? part : "", rounds, counting) &&
                  print_rows(world, part ? part : "", rounds, counting) &&
                  (part || print_facts(world));
        if (ok && !part)
                print_sizes();
        return !ok;
}
