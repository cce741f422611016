/* SPDX-License-Identifier: MIT */
/* CPUs leave and join under load, by several at once, with the world stopped now and then. */
#include "harness.h"

struct crowd {
        struct worker *player[12];
        uint32_t leaves;
        uint32_t stop;
};

static intptr_t player(struct worker *self)
{
        struct crowd *crowd = self->argument;
        uint32_t dice = self->number * 7919 + 1;

        while (!get(crowd->stop)) {
                dice = dice * 1103515245 + 12345;
                add(self->count, 1);
                switch (dice >> 16 & 7) {
                case 0:
                        rota_sleep_for((dice >> 20 & 63) * ROTA_US);
                        break;
                case 1:
                        rota_park_until(rota_timeout_after((dice >> 20 & 127) * ROTA_US));
                        break;
                case 2:
                case 3:
                        rota_wake(crowd->player[(dice >> 20) % 12]->handle);
                        break;
                default:
                        rota_yield();
                }
        }
        return 0;
}

/* Sends CPUs away and back at random. */
static intptr_t mover(struct worker *self)
{
        struct crowd *crowd = self->argument;
        uint32_t dice = self->number;

        for (uint32_t i = 0; i < (run.all ? 3000u : run.few ? 20u : 50u); i++) {
                dice = dice * 1103515245 + 12345;
                uint32_t cpu = (dice >> 16) % run.cpus;
                int result = rota_cpu_leave(run.rota, cpu);
                check(result == ROTA_OK || result == ROTA_EBUSY || result == ROTA_ESTATE);
                if (result != ROTA_OK) {
                        moment();
                        continue;
                }
                add(crowd->leaves, 1);
                until(!rota_cpu_online(run.rota, cpu));
                if (i % 16 == 0)
                        verify();
                check(world_cpu_join(run.world, cpu) == ROTA_OK);
                if (i % 2)
                        until(rota_cpu_online(run.rota, cpu));
        }
        return 0;
}

static void under_load(void)
{
        struct crowd *crowd = memory(sizeof(*crowd));
        struct worker *movers[2];

        cpus_all_in();
        for (uint32_t i = 0; i < 12; i++) {
                crowd->player[i] = worker_make(player, crowd);
                crowd->player[i]->number = i;
        }
        for (uint32_t i = 0; i < 12; i++)
                check(rota_start(crowd->player[i]->handle) == ROTA_OK);
        for (uint32_t i = 0; i < 2; i++) {
                movers[i] = worker_make(mover, crowd);
                movers[i]->number = i + 1;
                check(rota_start(movers[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 2; i++)
                worker_end(movers[i]);
        cpus_all_in();
        check(crowd->leaves > 0);
        for (uint32_t i = 0; i < 12; i++)
                if (!parked(crowd->player[i]->handle)) {
                        uint32_t was = get(crowd->player[i]->count);
                        until(get(crowd->player[i]->count) != was);
                }
        put(crowd->stop, 1);
        for (uint32_t i = 0; i < 12; i++) {
                rota_wake(crowd->player[i]->handle);
                worker_end(crowd->player[i]);
        }
}

/* The instance stops while CPUs are out, or on their way: all come back from rota_cpu_run(). */
static void stops_while_out(void)
{
        cpus_all_in();
        for (uint32_t cpu = 0; cpu < run.cpus; cpu++) {
                if (cpu % 2 == 0)
                        check(rota_cpu_leave(run.rota, cpu) == ROTA_OK);
                if (cpu % 4 == 0)
                        until(!rota_cpu_online(run.rota, cpu));
        }
}

const struct scenario scenarios_leave_load[] = {
        {.name = "leave-under-load", .run = under_load, .flags = SEVERAL},
        {.name = "leave-under-load-tick", .run = under_load, .flags = SEVERAL, .tick_ns = ROTA_MS},
        {.name = "leave-and-stop", .run = stops_while_out, .flags = SEVERAL},
        {.name = NULL},
};
