/* SPDX-License-Identifier: MIT */
#include "desk.h"

static intptr_t nothing(void *argument)
{
        return (intptr_t)argument;
}

struct rota_cpu *desk_play(struct desk *d, uint32_t cpu)
{
        unit_port.cpu = cpu < DESK_CPUS ? &d->cpu[cpu] : NULL;
        return unit_port.cpu;
}

struct rota_handle desk_thread(
        struct desk *d, uint32_t i, uint32_t cpu, const struct rota_task_options *options)
{
        struct rota_thread_options o = {
                .entry = nothing, .stack = d->stack[i], .stack_size = sizeof(d->stack[i])};
        if (options)
                o.task = *options;
        o.task.affinity = rota_affinity_cpu(cpu);
        o.task.stats = &d->stats[i];
        if (!o.task.name)
                o.task.name = "task";
        assert_int_equal(rota_thread_create(&d->thread[i], &o, &d->handle[i]), ROTA_OK);
        return d->handle[i];
}

int desk_set_up(void **state)
{
        struct desk *d = calloc(1, sizeof(*d));
        if (!d)
                return -1;
        *state = d;
        unit_port = (struct unit_port){.now = 1000};
        d->policies[0] = &rota_policy_prio;
        d->policies[1] = &rota_policy_rr;
        for (uint32_t i = 0; i < DESK_CPUS; i++) {
                d->cpus[i] = &d->cpu[i];
                d->home[i] = (struct rota_stack){d->home_memory[i], sizeof(d->home_memory[i])};
                d->rings[i] = calloc(1, rota_ring_bytes(DESK_RECORDS));
                if (!d->rings[i])
                        return -1;
                d->rings[i]->capacity = DESK_RECORDS;
        }
        d->config = (struct rota_config){
                .cpus = d->cpus,
                .cpu_count = DESK_CPUS,
                .home_stacks = d->home,
                .slots = d->slots,
                .slot_count = DESK_CPUS + DESK_TASKS,
                .policies = d->policies,
                .policy_count = 2,
                .memory = d->memory,
                .memory_size = sizeof(d->memory),
                .rings = d->rings,
                .exact = true,
        };
        assert_int_equal(rota_init(&d->rota, &d->config), ROTA_OK);
        unit_port.booting = true;
        for (uint32_t i = 0; i < DESK_CPUS; i++) {
                struct rota_thread_options options = {.task = {.name = i ? "right" : "left",
                                                              .params.priority = 5,
                                                              .stats = &d->running_stats[i]}};
                desk_play(d, i);
                assert_int_equal(
                        rota_adopt(&d->rota, i, &d->running[i], &options, &d->running_handle[i]),
                        ROTA_OK);
        }
        desk_play(d, 0);
        unit_port.booting = false;
        return 0;
}

int desk_tear_down(void **state)
{
        struct desk *d = *state;
        unit_port = (struct unit_port){.now = 1};
        for (uint32_t i = 0; i < DESK_CPUS; i++)
                free(d->rings[i]);
        free(d);
        return 0;
}

void desk_whole(struct desk *d)
{
        struct rota_check_report report;
        if (!rota_check(&d->rota, &report))
                fail_msg("%s", report.what);
}

void desk_found(struct desk *d, const char *what)
{
        struct rota_check_report report;
        assert_false(rota_check(&d->rota, &report));
        assert_string_equal(report.what, what);
        assert_false(rota_check(&d->rota, NULL));
}
