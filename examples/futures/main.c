/* SPDX-License-Identifier: MIT */
/*
 * A pipeline of futures, in any world: a producer reads a sensor each ten milliseconds, a consumer prints what
 * comes through a channel. The sensor is busy at times, then it is asked again; once it does not answer at all,
 * and is given up. Two tasks, no stack of their own.
 */
#include <rota/futures.h>
#include <rota/rota.h>
#include <world.h>

#define READINGS 6

/* What is sent: a reading, or why there is none. */
struct reading {
        int number;
        int tries;
        int value;
};

static struct rota_channel channel;

/* RECIPE begin coroutine */
/* A device that takes two milliseconds, is busy now and then, and does not answer once. */
struct measure {
        struct rota_coroutine coroutine;
        struct rota_sleep sleep;
        int number, tries;
};

static ROTA_ASYNC(measure, struct measure, me)
{
        ROTA_AWAIT(rota_sleep_init(&me->sleep, rota_timeout_after(2 * ROTA_MS)));
        if (me->number == 4)
                ROTA_AWAIT(rota_sleep_init(&me->sleep, rota_timeout_forever()));
        if (me->tries <= me->number % 3)
                ROTA_RETURN(ROTA_EBUSY);
        ROTA_RETURN(20 + me->number);
}
ROTA_END
/* RECIPE end coroutine */

/* README begin futures */
struct producer {
        struct rota_coroutine coroutine; /* first: the future, and where it is */
        struct rota_interval interval;
        struct rota_retry retry;
        struct rota_until until;
        struct rota_await send;
        struct measure measure;
        struct reading reading;
};

static struct rota_future *attempt(struct rota_retry *retry)
{
        struct producer *me = retry->argument;

        me->measure.number = me->reading.number;
        me->measure.tries = me->reading.tries = (int)retry->tries + 1;
        return measure(&me->measure);
}

static ROTA_ASYNC(producer, struct producer, me)
{
        static const struct rota_backoff backoff = {.tries = 5, .first_ns = ROTA_MS};

        rota_interval_init(&me->interval, rota_now(), 10 * ROTA_MS);
        for (me->reading.number = 0; me->reading.number < READINGS; me->reading.number++) {
                ROTA_AWAIT(rota_interval_next(&me->interval));
                rota_retry_init(&me->retry, attempt, me, &backoff);
                ROTA_AWAIT_INTO(me->reading.value,
                        rota_until_init(&me->until, &me->retry.future, rota_timeout_after(ROTA_S)));
                ROTA_AWAIT(rota_await_channel_send(
                        &me->send, &channel, &me->reading, rota_timeout_forever()));
        }
        rota_channel_close(&channel);
}
ROTA_END
/* README end futures */

static void print(const char *text)
{
        while (*text)
                world_putc(*text++);
}

static void print_number(int number)
{
        if (number >= 10)
                print_number(number / 10);
        world_putc((char)('0' + number % 10));
}

static void show(const struct reading *reading)
{
        print("reading ");
        print_number(reading->number);
        print(": ");
        if (reading->value < 0)
                print(rota_error_text(reading->value));
        else
                print_number(reading->value);
        print(reading->tries > 1 ? ", after " : "");
        if (reading->tries > 1)
                print_number(reading->tries);
        print(reading->tries > 1 ? " tries\n" : "\n");
}

struct consumer {
        struct rota_coroutine coroutine;
        struct rota_await receive;
        struct reading reading;
        int count;
};

static ROTA_ASYNC(consumer, struct consumer, me)
{
        for (me->count = 0;; me->count++) {
                ROTA_AWAIT(rota_await_channel_receive(
                        &me->receive, &channel, &me->reading, rota_timeout_forever()));
                if (ROTA_AWAITED != ROTA_OK)
                        ROTA_RETURN(me->count); /* closed */
                show(&me->reading);
        }
}
ROTA_END

/* ---- The world around them ---- */

static struct rota rota;
static char memory[1 << 16], stack[64 << 10] __attribute__((aligned(16)));
static struct rota_slot slots[4];

/* RECIPE begin spawn */
static intptr_t first(void *argument)
{
        static struct rota_future_task tasks[2];
        static struct producer produces;
        static struct consumer consumes;
        static struct reading kept[2];
        struct rota_task_options options = {.name = "producer"};
        struct rota_handle producing, consuming;
        intptr_t *count = argument;

        rota_channel_init(&channel, kept, sizeof(kept[0]), 2, ROTA_WAIT_FIFO, "readings");
        rota_spawn(&tasks[0], producer(&produces), &options, &producing);
        options.name = "consumer";
        rota_spawn(&tasks[1], consumer(&consumes), &options, &consuming);
        rota_join(producing, rota_timeout_forever(), NULL);
        rota_join(consuming, rota_timeout_forever(), count);
        rota_stop(&rota);
        return 0;
}
/* RECIPE end spawn */

int world_main(const struct world *world)
{
        static const struct rota_policy *const policies[] = {&rota_policy_rr};
        static struct rota_thread thread;
        intptr_t count = 0;
        struct rota_config config = {.cpus = world->cpu,
                .cpu_count = world->cpus,
                .home_stacks = world->home_stacks,
                .slots = slots,
                .slot_count = 4,
                .policies = policies,
                .policy_count = 1,
                .memory = memory,
                .memory_size = sizeof(memory)};
        struct rota_thread_options options = {.task.name = "first",
                .entry = first,
                .argument = &count,
                .stack = stack,
                .stack_size = sizeof(stack)};
        struct rota_handle handle;

        if (rota_init(&rota, &config) != ROTA_OK ||
                rota_thread_create(&thread, &options, &handle) != ROTA_OK ||
                rota_start(handle) != ROTA_OK || world_run(world, &rota, 0) != ROTA_OK)
                return 1;
        return count == READINGS ? 0 : 1;
}
