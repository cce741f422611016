/* SPDX-License-Identifier: MIT */
/* Many user tasks, CPUs that leave, spaces that come and go. */
#include "user.h"

#include "kernel.h"

extern const char user_exits[], user_counts[], user_yields[], user_calls[];

#define MANY 10000

static uint32_t left; /* of them (atomic) */

static void on_exit(struct rota_task *task, intptr_t code)
{
        (void)task;
        check(code == 9);
        add(left, (uint32_t)-1);
}

/* One of them, and what it waits for. */
struct one {
        struct rota_user user; /* first */
        struct waiting waiting;
};

static enum rota_serve serve_many(struct rota_user *user, const struct rota_trap *trap)
{
        struct one *one = (struct one *)user;

        check(trap->reason == ROTA_TRAP_SYSCALL);
        if (trap->number == CALL_YIELD) {
                /* Every other one parks for a while. */
                if (user->task.handle.index % 2)
                        return rota_user_await(
                                user, wait_for(&one->waiting, rota_timeout_after(ROTA_MS)));
                return ROTA_SERVE_YIELD;
        }
        user->task.exit_code = 9;
        return ROTA_SERVE_END;
}

/* Ten thousand at a time, below a KiB each with what they wait for, in four spaces; no stack in the kernel. */
static void many(void)
{
        struct space spaces[4];
        uintptr_t data[4], stacks[4];
        struct one *users = memory(sizeof(*users) * MANY, _Alignof(struct one));

        for (uint32_t i = 0; i < 4; i++) {
                struct user_data *seen;
                space_make(&spaces[i]);
                data[i] = space_room(&spaces[i], &seen);
                seen->stop = 1;
                stacks[i] = seen->stack_top; /* of all: they do not use it */
        }
        check(sizeof(struct one) < 1024);
        put(left, MANY);
        for (uint32_t i = 0; i < MANY; i++) {
                struct rota_handle handle;
                const struct rota_user_options options = {
                        .task = {.name = "one of many",
                                .space = &spaces[i % 4].kernel,
                                .on_exit = on_exit,
                                .detached = true},
                        .serve = serve_many,
                        .pc = AT(user_yields),
                        .sp = stacks[i % 4],
                        .argument = data[i % 4],
                };
                if (!check(rota_user_create(&users[i].user, &options, &handle) == ROTA_OK) ||
                        !check(rota_start(handle) == ROTA_OK))
                        break;
        }
        until(get(left) == 0);
        for (uint32_t i = 0; i < 4; i++)
                space_end(&spaces[i]);
}

/* A space each, made, used and destroyed, again and again: more than there are identifiers is for
 * --all to do; that no CPU keeps one is seen each time. */
static void spaces(void)
{
        for (uint32_t round = 0; round < 20; round++) {
                struct space some[5];
                struct program *p[5];
                for (uint32_t i = 0; i < 5; i++) {
                        space_make(&some[i]);
                        p[i] = program_make(&some[i], i % 2 ? user_exits : user_yields, "brief");
                        p[i]->data->code = i;
                        p[i]->data->stop = 1;
                        program_start(p[i]);
                }
                for (uint32_t i = 0; i < 5; i++) {
                        check(program_end(p[i]) == (i % 2 ? i : 0));
                        space_end(&some[i]);
                }
                for (uint32_t i = 0; i < PROGRAMS_MAX; i++)
                        run.programs[i] = NULL;
        }
}

/* One with a space of its own, which its exit callback gives back. */
struct loner {
        struct rota_user user; /* first */
        struct space space;
};

static enum rota_serve serve_loner(struct rota_user *user, const struct rota_trap *trap)
{
        check(trap->reason == ROTA_TRAP_SYSCALL && trap->number == CALL_EXIT);
        user->task.exit_code = (intptr_t)trap->args[0];
        return ROTA_SERVE_END;
}

static void on_loner_exit(struct rota_task *task, intptr_t code)
{
        struct loner *loner = (struct loner *)task;

        check(code == 9);
        space_end(&loner->space);
        add(left, (uint32_t)-1);
}

/* No CPU has a task's space loaded any more when its exit callback runs, though nobody joins it. */
static void detached(void)
{
        for (uint32_t i = 0; i < 40; i++) {
                struct loner *loner = memory(sizeof(*loner), _Alignof(struct loner));
                struct rota_user_options options = {.serve = serve_loner, .pc = AT(user_exits)};
                struct rota_handle handle;
                struct user_data *data;

                if (i % 8 == 0)
                        put(left, 8);
                space_make(&loner->space);
                options.argument = space_room(&loner->space, &data);
                options.sp = data->stack_top;
                data->code = 9;
                options.task = (struct rota_task_options){.name = "loner",
                        .space = &loner->space.kernel,
                        .on_exit = on_loner_exit,
                        .detached = true};
                check(rota_user_create(&loner->user, &options, &handle) == ROTA_OK);
                check(rota_start(handle) == ROTA_OK);
                if (i % 8 == 7)
                        until(get(left) == 0);
        }
}

/* CPUs leave and join while programs run on them. */
static void leaves(void)
{
        struct space space;
        struct program *p[6];

        if (run.cpus == 1)
                return;
        space_make(&space);
        for (uint32_t i = 0; i < 6; i++) {
                p[i] = program_make(&space, i % 2 ? user_counts : user_yields, "mover");
                program_start(p[i]);
        }
        for (uint32_t round = 0; round < 6; round++) {
                uint32_t cpu = 1 + round % (run.cpus - 1);
                /* We are not to be on it. */
                check(rota_set_affinity(rota_self(), rota_affinity_cpu(0)) == ROTA_OK);
                until(rota_cpu_online(&run.rota, cpu)); /* it may not even have begun */
                check(rota_cpu_leave(&run.rota, cpu) == ROTA_OK);
                until(!rota_cpu_online(&run.rota, cpu));
                rota_sleep_for(ROTA_MS);
                check(world_cpu_join(run.world, cpu) == ROTA_OK);
                until(rota_cpu_online(&run.rota, cpu));
        }
        for (uint32_t i = 0; i < 6; i++)
                check(rota_cancel(p[i]->handle) == ROTA_OK);
        for (uint32_t i = 0; i < 6; i++)
                check(program_end(p[i]) == ROTA_ECANCELED);
        space_end(&space);
}

const struct user_case cases_many[] = {
        {.name = "many", .run = many},
        {.name = "spaces", .run = spaces},
        {.name = "detached", .run = detached},
        {.name = "detached-plain", .run = detached, .plain = true},
        {.name = "leaves", .run = leaves, .slices = true},
        {.name = NULL},
};
