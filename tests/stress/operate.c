/* SPDX-License-Identifier: MIT */
/* The controllers' side: one operation, then a look whether the house still stands. */
#include "stress.h"

/* Answers that may be, where a member ends and begins again meanwhile. */
static bool fair(int result)
{
        return result == ROTA_OK || result == ROTA_ESTALE;
}

/* Takes the code of a member that has ended, and gives it another life. */
static void reap(uint64_t *seed, struct member *member, struct rota_timeout timeout)
{
        uint32_t idle = 0;
        intptr_t code = 0;

        if (!__atomic_compare_exchange_n(
                    &member->busy, &idle, 1u, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
                return;
        /* Nobody else takes codes: it is not stale. */
        int result = rota_join(member_handle(member), timeout, &code);
        check(result == ROTA_OK || result == ROTA_EAGAIN || result == ROTA_ETIMEDOUT);
        if (result == ROTA_OK) {
                check(code == 5);
                check(get(member->exits) == get(member->lives)); /* once, and before the join */
                const struct rota_task_stats *s = &member->stats;
                check(s->run_ns + s->wait_ns + s->sleep_ns == s->since_ns - s->start_ns);
                member_renew(member, seed);
        }
        put(member->busy, 0);
}

/* Sends a CPU away, or calls one back; so do the others. */
static void move_cpu(uint64_t *seed)
{
        uint32_t cpu = chance(seed, stress.cpus);
        int result = rota_cpu_leave(stress.rota, cpu);

        check(result == ROTA_OK || result == ROTA_EBUSY || result == ROTA_ESTATE);
        if (result == ROTA_OK)
                add(stress.left, 1);
        if (result != ROTA_OK || chance(seed, 2))
                check(world_cpu_join(stress.world, chance(seed, stress.cpus)) == ROTA_OK);
}

static void look(uint64_t *seed, uint32_t done)
{
        struct rota_check_report report;

        if (!rota_check_cpu(stress.rota, chance(seed, stress.cpus), &report))
                check_at(false, report.what, __LINE__);
        if (done % 1000 == 999) {
                rota_world_stop();
                bool ok = rota_check(stress.rota, &report);
                rota_world_resume();
                if (!ok)
                        check_at(false, report.what, __LINE__);
                add(stress.checks, 1);
        }
}

void operate(uint64_t *seed)
{
        struct member *member = &stress.members[chance(seed, MEMBERS)];
        struct rota_handle handle = member_handle(member);
        struct rota_params params;
        struct rota_task_stats stats;
        uint32_t kind = chance(seed, 13);

        switch (kind) {
        case 0:
        case 1:
        case 2:
                check(fair(rota_wake(handle)));
                break;
        case 3:
                check(fair(rota_cancel(handle)));
                break;
        case 4:
        case 5:
                params = random_params(seed);
                check(fair(rota_set_params(handle, &params)));
                if (chance(seed, 2)) {
                        params = random_params(seed);
                        check(fair(rota_set_params(handle, &params)));
                }
                break;
        case 6:
                check(fair(rota_set_affinity(handle, random_affinity(seed))));
                break;
        case 7:
                check(fair(rota_get_params(handle, &params)));
                if (stress.exact)
                        check(fair(rota_get_stats(handle, &stats)));
                rota_state(handle);
                break;
        case 8:
        case 9:
                reap(seed, member, rota_timeout_none());
                break;
        case 11:
                move_cpu(seed);
                break;
        case 10:
                reap(seed, member, rota_timeout_after(chance(seed, 50) * ROTA_US));
                break;
        default:
                if (chance(seed, 4))
                        rota_yield();
                else
                        rota_sleep_for(chance(seed, 50) * ROTA_US);
                break;
        }
        add(stress.by_kind[kind], 1);
        look(seed, add(stress.operations, 1));
}
