/* SPDX-License-Identifier: MIT */
#include "owners.h"

struct rota_mutex mutexes[OWNERS_MUTEXES];
uint32_t owners[OWNERS_MUTEXES];
bool orphan[OWNERS_MUTEXES];
static struct rota_params own[TASKS];

void owners_clear(void)
{
        for (uint32_t m = 0; m < OWNERS_MUTEXES; m++) {
                owners[m] = NOBODY;
                orphan[m] = false;
        }
        memset(own, 0, sizeof(own));
}

static struct urgency own_urgency(uint32_t i)
{
        const struct rota_policy *policy = v.rota.classes[own[i].class_index];
        uint32_t level = own[i].priority ? own[i].priority : ROTA_PRIO_DEFAULT;
        return (struct urgency){policy == &rota_policy_prio ? level - 1 : 0, own[i].class_index};
}

void owners_begin(struct urgency *e)
{
        for (uint32_t i = 0; i < TASKS; i++)
                e[i] = own_urgency(i);
}

void owners_given(uint32_t m, uint32_t task, int result)
{
        if (owners[m] != NOBODY)
                virtual_fail("task %u is given mutex %u, which task %u has", task, m, owners[m]);
        if (result != (orphan[m] ? ROTA_EOWNERDEAD : ROTA_OK))
                virtual_fail("task %u is given mutex %u with %s", task, m, rota_error_text(result));
}

void owners_take(uint32_t m, uint32_t task)
{
        owners[m] = task;
        orphan[m] = false;
}

void owners_leave(uint32_t task)
{
        for (uint32_t m = 0; m < OWNERS_MUTEXES; m++) {
                if (owners[m] == task) {
                        owners[m] = NOBODY;
                        orphan[m] = true;
                }
        }
        own[task] = (struct rota_params){0}; /* who is made anew in its place is so */
}

void owners_verify(const struct urgency *e)
{
        for (uint32_t i = 0; i < TASKS; i++) {
                if (!v.tasks[i].used)
                        continue;
                struct urgency is = urgency_of(&v.tasks[i].task);
                if (urgency_before(is, e[i]) || urgency_before(e[i], is))
                        virtual_fail("task %u counts as %u.%u, and should as %u.%u", i,
                                is.class_index, (unsigned)is.value, e[i].class_index,
                                (unsigned)e[i].value);
        }
        for (uint32_t m = 0; m < OWNERS_MUTEXES; m++) {
                struct rota_handle is = rota_mutex_owner(&mutexes[m]);
                struct rota_handle should = ROTA_HANDLE_NONE;
                if (owners[m] != NOBODY)
                        should = v.tasks[owners[m]].handle;
                else if (orphan[m] && rota_state(is) == ROTA_TASK_FREE)
                        continue;
                if (!rota_handle_equal(is, should))
                        virtual_fail(
                                "mutex %u is task %u's, generation %u, and should be task %u's%s",
                                m, is.index, is.generation, should.index,
                                orphan[m] ? ", an orphan" : "");
        }
}

static void succeeds(int result)
{
        if (result != ROTA_OK)
                virtual_fail("%s answered %s", v.doing, rota_error_text(result));
}

void owners_change(struct virtual_task *other)
{
        struct rota_params p = {.class_index = (uint8_t)virtual_random(v.classes),
                .priority =
                        (uint16_t)(virtual_random(4) ? 1 + virtual_random(6) : virtual_random(257)),
                .flags = virtual_random(3) ? 0 : ROTA_PARAMS_FIFO};
        struct rota_params is;

        if (!other->used)
                return;
        v.doing = "set_params";
        succeeds(rota_set_params(other->handle, &p));
        own[number_of(other)] = p;
        succeeds(rota_get_params(other->handle, &is));
        bool ranks = v.rota.classes[p.class_index] == &rota_policy_prio;
        uint32_t wanted = p.priority ? p.priority : ROTA_PRIO_DEFAULT;
        /* While it is displaced they are as they were given. */
        uint32_t said = is.priority ? is.priority : ROTA_PRIO_DEFAULT;
        if (is.class_index != p.class_index || (ranks && said != wanted))
                virtual_fail("its own parameters are class %u, priority %u", is.class_index,
                        is.priority);
}
