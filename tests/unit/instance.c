/* SPDX-License-Identifier: MIT */
/* What rota_bytes() and rota_init() refuse, and what they make of the caller's memory. */
#include "unit.h"

#include <rota/rota.h>

#define CPUS  4u
#define SLOTS 16u

struct place {
        struct rota rota;
        struct rota_cpu cpu[CPUS];
        struct rota_cpu *cpus[CPUS];
        char stacks[CPUS][ROTA_STACK_MIN];
        struct rota_stack home[CPUS];
        struct rota_slot slots[SLOTS];
        const struct rota_policy *policies[ROTA_MAX_CLASSES + 1];
        _Alignas(64) char memory[1 << 18];
        struct rota_config config;
};

static int set_up(void **state)
{
        struct place *p = calloc(1, sizeof(*p));
        *state = p;
        if (!p)
                return -1;
        for (uint32_t i = 0; i < CPUS; i++) {
                p->cpus[i] = &p->cpu[i];
                p->home[i] = (struct rota_stack){p->stacks[i], ROTA_STACK_MIN};
        }
        p->policies[0] = &rota_policy_prio;
        p->policies[1] = &rota_policy_rr;
        p->config = (struct rota_config){
                .cpus = p->cpus,
                .cpu_count = CPUS,
                .home_stacks = p->home,
                .slots = p->slots,
                .slot_count = SLOTS,
                .policies = p->policies,
                .policy_count = 2,
                .memory = p->memory,
                .memory_size = sizeof(p->memory),
        };
        return 0;
}

static int tear_down(void **state)
{
        free(*state);
        return 0;
}

static void refused(struct place *p, const struct rota_config *config)
{
        assert_int_equal(rota_bytes(config), 0);
        assert_int_equal(rota_init(&p->rota, config), ROTA_EINVAL);
}

static void bad_configs(void **state)
{
        struct place *p = *state;
        struct rota_config bad;

#define BAD(change)                                                                                \
        do {                                                                                       \
                bad = p->config;                                                                   \
                bad.change;                                                                        \
                refused(p, &bad);                                                                  \
        } while (0)
        BAD(cpus = NULL);
        BAD(cpu_count = 0);
        BAD(cpu_count = ROTA_CPUS_MAX + 1);
        BAD(home_stacks = NULL);
        BAD(slots = NULL);
        BAD(slot_count = 0);
        BAD(slot_count = UINT32_MAX);
        BAD(policies = NULL);
        BAD(policy_count = 0);
        BAD(policy_count = ROTA_MAX_CLASSES + 1);
#undef BAD
        refused(p, NULL);
        assert_int_equal(rota_init(NULL, &p->config), ROTA_EINVAL);

        p->home[2].size = ROTA_STACK_MIN - 1;
        refused(p, &p->config);
        p->home[2].size = ROTA_STACK_MIN;
        p->home[3].memory = NULL;
        refused(p, &p->config);
        p->home[3].memory = p->stacks[3];
        p->cpus[1] = NULL;
        refused(p, &p->config);
        p->cpus[1] = &p->cpu[1];
        p->policies[1] = NULL;
        refused(p, &p->config);

        struct rota_ring odd = {.capacity = 3};
        struct rota_ring none = {.capacity = 0};
        struct rota_ring *rings[CPUS] = {&odd};
        p->policies[1] = &rota_policy_rr;
        p->config.rings = rings;
        refused(p, &p->config);
        rings[0] = &none;
        refused(p, &p->config);
        rings[0] = NULL; /* one CPU without a trace is fine */
        assert_true(rota_bytes(&p->config) > 0);
        assert_int_equal(rota_init(&p->rota, &p->config), ROTA_OK);
        assert_true(p->rota.exact);
}

static void bad_policies(void **state)
{
        struct place *p = *state;
        struct rota_policy policy = rota_policy_rr;

        p->policies[1] = &policy;
        policy.version = ROTA_POLICY_VERSION + 1;
        assert_int_equal(rota_init(&p->rota, &p->config), ROTA_EPOLICY);
        policy = rota_policy_rr;
        policy.task_bytes = ROTA_POLICY_WORDS * sizeof(uintptr_t) + 1;
        assert_int_equal(rota_init(&p->rota, &p->config), ROTA_ENOSPC);
        policy.task_bytes = ROTA_POLICY_WORDS * sizeof(uintptr_t);
        assert_int_equal(rota_init(&p->rota, &p->config), ROTA_OK);
        policy = rota_policy_rr;
        policy.pick = NULL;
        refused(p, &p->config);
        policy = rota_policy_rr;
        policy.queue_bytes = sizeof(struct rota_queue) - 1;
        refused(p, &p->config);
        policy = rota_policy_rr; /* optional ones may be missing */
        policy.next = NULL;
        policy.charge = NULL;
        policy.next_event = NULL;
        policy.timer = NULL;
        assert_int_equal(rota_init(&p->rota, &p->config), ROTA_OK);
}

static int no_init(void *shared, uint32_t cpus)
{
        assert_non_null(shared);
        assert_int_equal(cpus, CPUS);
        assert_int_equal(*(uint64_t *)shared, 0);
        return ROTA_EAGAIN;
}

static void memory_is_measured(void **state)
{
        struct place *p = *state;
        struct rota_check_report report;
        size_t bytes = rota_bytes(&p->config);

        assert_true(bytes > 0);
        p->config.memory_size = bytes - 1;
        assert_int_equal(rota_init(&p->rota, &p->config), ROTA_ENOSPC);
        p->config.memory_size = bytes;
        p->config.memory = NULL;
        assert_int_equal(rota_init(&p->rota, &p->config), ROTA_ENOSPC);
        /* Exactly that much, at any alignment of 16: nothing beside it is touched. */
        for (uint32_t shift = 0; shift < 64; shift += 16) {
                memset(p->memory, 0xa5, sizeof(p->memory));
                p->config.memory = p->memory + 64 + shift;
                assert_int_equal(rota_init(&p->rota, &p->config), ROTA_OK);
                for (uint32_t i = 0; i < 64 + shift; i++)
                        assert_int_equal((unsigned char)p->memory[i], 0xa5);
                for (size_t i = 64 + shift + bytes; i < sizeof(p->memory); i++)
                        assert_int_equal((unsigned char)p->memory[i], 0xa5);
                assert_true(rota_check(&p->rota, &report));
                assert_null(report.what);
        }
        struct rota_policy failing = rota_policy_fifo;
        failing.instance_bytes = 100;
        failing.init = no_init;
        p->policies[1] = &failing;
        p->config.memory = p->memory;
        p->config.memory_size = sizeof(p->memory);
        assert_int_equal(rota_init(&p->rota, &p->config), ROTA_EAGAIN);
}

static void defaults(void **state)
{
        struct place *p = *state;

        assert_int_equal(rota_init(&p->rota, &p->config), ROTA_OK);
        assert_int_equal(p->rota.slice_ns, 5 * ROTA_MS);
        assert_false(p->rota.exact);
        p->config.slice_ns = 10;
        p->config.resolution_ns = 1000;
        assert_int_equal(rota_init(&p->rota, &p->config), ROTA_OK);
        assert_int_equal(p->rota.slice_ns, 1000);
        for (uint32_t i = 0; i < CPUS; i++) {
                for (uint32_t c = 0; c < 2; c++) {
                        const struct rota_queue *q = rota_view_queue(&p->rota, i, c);
                        assert_int_equal(q->cpu, i);
                        assert_int_equal(q->class_index, c);
                        assert_ptr_equal(q->policy, p->policies[c]);
                        assert_int_equal((uintptr_t)q % 64, 0);
                }
                assert_int_equal(rota_view_load(&p->rota, i), 0);
                assert_int_equal(rota_view_running_class(&p->rota, i), ROTA_MAX_CLASSES);
        }
        assert_int_equal(rota_view_cpus(&p->rota), CPUS);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
        WITH_PLACE(bad_configs),
        WITH_PLACE(bad_policies),
        WITH_PLACE(memory_is_measured),
        WITH_PLACE(defaults),
};

RUN(tests)
