/* SPDX-License-Identifier: MIT */
/* The members' side. */
#include "stress.h"

uint32_t chance(uint64_t *seed, uint32_t limit)
{
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        return (uint32_t)((*seed >> 33) % limit);
}

struct rota_handle member_handle(const struct member *member)
{
        uint64_t packed = get(member->handle);
        struct rota_handle handle = {(uint32_t)packed, (uint32_t)(packed >> 32)};
        return handle;
}

struct rota_params random_params(uint64_t *seed)
{
        struct rota_params params = {.class_index = (uint8_t)chance(seed, 2)};
        if (params.class_index == 0) {
                params.priority = (uint16_t)(100 + chance(seed, 60));
                params.flags = chance(seed, 4) == 0 ? ROTA_PARAMS_FIFO : 0;
        }
        params.slice_ns = chance(seed, 3) ? 0 : (1 + chance(seed, 20)) * 20 * ROTA_US;
        return params;
}

struct rota_affinity random_affinity(uint64_t *seed)
{
        static const uintptr_t bits[] = {6};
        static const struct rota_cpumask middle = {4, bits};
        uint32_t kind = chance(seed, 4);

        if (kind == 0)
                return rota_affinity_all();
        if (kind == 1)
                return rota_affinity_cpu(chance(seed, stress.cpus));
        if (kind == 2 && stress.cpus > 2)
                return rota_affinity_pointer(&middle);
        return rota_affinity_mask(1 + chance(seed, (1u << stress.cpus) - 1));
}

static struct rota_handle random_handle(uint64_t *seed)
{
        return member_handle(&stress.members[chance(seed, MEMBERS)]);
}

/* Its code is left and entered again: nobody else is ever inside. */
#define BLOCKING(call)                                                                             \
        do {                                                                                       \
                check(add(self->running, (uint32_t)-1) == 1);                                      \
                int result_ = (int)(call);                                                         \
                check(add(self->running, 1) == 0);                                                 \
                check(result_ >= 0 || result_ == ROTA_ECANCELED || result_ == ROTA_ETIMEDOUT ||    \
                        result_ == ROTA_EAGAIN || result_ == ROTA_ESTALE ||                        \
                        result_ == ROTA_EINVAL);                                                   \
        } while (0)

static void act(struct member *self)
{
        uint64_t *seed = &self->seed;
        struct rota_timeout soon = rota_timeout_after(chance(seed, 200) * ROTA_US);
        struct rota_handle others[3];
        struct rota_wait waits[3];
        struct rota_params params;
        uint64_t next;

        switch (chance(seed, 14)) {
        case 0:
        case 1:
        case 2:
                BLOCKING(rota_yield());
                break;
        case 3:
                BLOCKING(rota_park());
                break;
        case 4:
        case 5:
                BLOCKING(rota_park_until(soon));
                break;
        case 6:
                BLOCKING(rota_sleep_for(chance(seed, 100) * ROTA_US));
                break;
        case 7:
                next = rota_now();
                BLOCKING(rota_sleep_until(&next, 50 * ROTA_US));
                break;
        case 8:
                BLOCKING(rota_hand_over(random_handle(seed)));
                break;
        case 9:
                for (uint32_t i = 0; i < 3; i++)
                        others[i] = random_handle(seed);
                BLOCKING(rota_join_any(others, waits, 3, soon));
                break;
        case 10:
                params = random_params(seed);
                check(rota_set_params(rota_self(), &params) == ROTA_OK);
                break;
        case 11:
                check(rota_set_affinity(rota_self(), random_affinity(seed)) == ROTA_OK);
                break;
        case 12:
                rota_guard_begin();
                rota_wake(random_handle(seed));
                check(rota_yield() == ROTA_ECONTEXT);
                rota_guard_end();
                break;
        default:
                rota_cancel_hold(chance(seed, 3) == 0);
                break;
        }
}

intptr_t member_main(void *argument)
{
        struct member *self = argument;

        check(add(self->running, 1) == 0);
        uint32_t left = 1 + chance(&self->seed, 60);
        while (left-- && !get(stress.stop)) {
                act(self);
                if (rota_cancelled() && chance(&self->seed, 4) == 0)
                        break;
        }
        check(add(self->running, (uint32_t)-1) == 1);
        if (chance(&self->seed, 2))
                rota_exit(5);
        return 5;
}

void member_ended(struct rota_task *task, intptr_t code)
{
        struct member *member = (struct member *)task;
        check(code == 5);
        check(get(member->running) == 0);
        add(member->exits, 1);
}

void member_renew(struct member *member, uint64_t *seed)
{
        for (;;) {
                struct rota_thread_options options = {
                        .task = {.name = "member",
                                .params = random_params(seed),
                                .affinity = random_affinity(seed),
                                .stats = stress.exact ? &member->stats : NULL,
                                .on_exit = member_ended},
                        .entry = member_main,
                        .argument = member,
                        .stack = member->stack,
                        .stack_size = STACK,
                };
                struct rota_handle handle;
                member->seed = *seed;
                if (!check(rota_thread_create(&member->thread, &options, &handle) == ROTA_OK))
                        return;
                put(member->handle, (uint64_t)handle.generation << 32 | handle.index);
                if (chance(seed, 8) == 0) {
                        check(rota_drop(handle) == ROTA_OK);
                        continue;
                }
                add(member->lives, 1);
                check(rota_start(handle) == ROTA_OK);
                return;
        }
}
