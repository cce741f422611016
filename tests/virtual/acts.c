/* SPDX-License-Identifier: MIT */
#include "acts.h"

struct rota_params acts_params(void)
{
        struct rota_params p = {0};
        p.class_index = (uint8_t)virtual_random(v.classes);
        p.priority = (uint16_t)(virtual_random(4) ? 1 + virtual_random(6) : virtual_random(257));
        p.flags = virtual_random(3) ? 0 : ROTA_PARAMS_FIFO;
        p.slice_ns = virtual_random(3) ? 0 : 1 + virtual_random(2000);
        return p;
}

struct rota_affinity acts_affinity(void)
{
        uintptr_t all = ((uintptr_t)1 << v.cpu_count) - 1;
        uintptr_t mask = virtual_random(1u << v.cpu_count);
        if (virtual_random(v.loose ? 200 : 2))
                return rota_affinity_all();
        return rota_affinity_mask(mask & all ? mask : all);
}

struct rota_task_options acts_options(struct virtual_task *t, rota_exit_callback on_exit)
{
        *t = (struct virtual_task){.used = true, .detached = true, .tells = virtual_random(2)};
        return (struct rota_task_options){.name = "v",
                .params = acts_params(),
                .affinity = acts_affinity(),
                .on_exit = t->tells ? on_exit : NULL,
                .stats = v.exact && virtual_random(2) ? &t->stats : NULL,
                .detached = true};
}

struct virtual_task *acts_task(void)
{
        return &v.tasks[virtual_random(VIRTUAL_TASKS_MAX)];
}

void acts_expect(int result, int a, int b)
{
        if (result != a && result != b)
                virtual_fail("%s answered %s", v.doing, rota_error_text(result));
}

void acts_start(struct virtual_task *t)
{
        t->started = true;
        v.started++;
        v.doing = "start";
        acts_expect(rota_start(t->handle), ROTA_OK, ROTA_OK);
}

void acts_gone(struct virtual_task *t)
{
        t->used = false;
        v.ended++;
        v.alive--;
        memset(&t->task, 0xa5, sizeof(t->task));
}

struct virtual_task *acts_came_back(struct rota_task *task, intptr_t code)
{
        struct virtual_task *t = virtual_task_of(task);
        if (!t->used || !t->started || code != t->code)
                virtual_fail("an exit callback for a task that did not end so");
        return t;
}

bool acts_untold_end(const struct virtual_task *t)
{
        return t->used && t->dies && !t->tells && rota_state(t->handle) == ROTA_TASK_FREE;
}

void acts_move_cpu(void)
{
        uint32_t cpu = virtual_random(v.cpu_count);

        if (v.draining || virtual_random(2)) {
                v.cpus[cpu].joins = v.cpus[cpu].out;
                return;
        }
        bool online = rota_cpu_online(&v.rota, cpu);
        v.doing = "leave";
        int result = rota_cpu_leave(&v.rota, cpu);
        if (result == ROTA_ESTATE)
                result = !online || v.cpus[cpu].cpu.online == CPU_LEAVING ? ROTA_OK : result;
        acts_expect(result, ROTA_OK, ROTA_EBUSY);
}
