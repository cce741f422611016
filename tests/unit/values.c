/* SPDX-License-Identifier: MIT */
/* Small things of the public headers: ring, histogram, affinity, handles, times, texts. */
#include "unit.h"

#include <rota/rota.h>

#include "core/account.h"

static struct rota_ring *ring_of(uint32_t capacity, uint32_t begin)
{
        struct rota_ring *ring = calloc(1, rota_ring_bytes(capacity));
        assert_non_null(ring);
        ring->capacity = capacity;
        ring->head = ring->tail = begin;
        return ring;
}

static void ring_wraps_and_drops(void **state)
{
        /* From just before the counters wrap, too. */
        static const uint32_t begins[] = {0, UINT32_MAX - 5};
        (void)state;

        for (uint32_t b = 0; b < 2; b++) {
                struct rota_ring *ring = ring_of(8, begins[b]);
                struct rota_cpu cpu = {.ring = ring, .index = 3};
                struct rota_record out[16];
                uint64_t written = 0, read = 0, dropped = 0, seed = b + 1;

                for (uint32_t round = 0; round < 5000; round++) {
                        for (uint32_t i = chance(&seed, 6); i > 0; i--) {
                                if (ring->head - ring->tail == 8)
                                        dropped++;
                                trace_event(&cpu, written + dropped, ROTA_EVENT_WAKEUP,
                                        (uint32_t)written, 0, 0);
                                written = ring->head - begins[b];
                        }
                        assert_int_equal(ring->dropped, dropped);
                        uint32_t most = chance(&seed, 6);
                        uint32_t waiting = ring->head - ring->tail;
                        uint32_t got = rota_ring_read(ring, out, most);
                        assert_int_equal(got, most < waiting ? most : waiting);
                        for (uint32_t i = 0; i < got; i++) {
                                assert_int_equal(out[i].a, (uint32_t)read++);
                                assert_int_equal(out[i].cpu, 3);
                                assert_int_equal(out[i].event, ROTA_EVENT_WAKEUP);
                        }
                }
                assert_true(dropped > 0);
                assert_true(written > 8);
                free(ring);
        }
}

static void histogram_buckets_are_inverse(void **state)
{
        (void)state;
        uint64_t lower = 0;
        for (uint32_t b = 0; b < ROTA_HISTOGRAM_BUCKETS - 1; b++) {
                uint64_t limit = rota_histogram_limit(b);
                assert_int_equal(rota_histogram_bucket(lower), b);
                assert_int_equal(rota_histogram_bucket(limit), b);
                assert_int_equal(rota_histogram_bucket(limit + 1), b + 1);
                /* Four to each power of two: an upper limit is at most a quarter too much. */
                assert_true(limit - lower <= lower / 4 || b < 8);
                lower = limit + 1;
        }
        assert_int_equal(rota_histogram_bucket(UINT64_MAX), ROTA_HISTOGRAM_BUCKETS - 1);
}

static void latency_of_permille(void **state)
{
        struct rota_task_stats stats = {0};

        (void)state;
        assert_int_equal(rota_stats_latency(&stats, 500), 0);
        for (uint64_t ns = 1; ns <= 1000; ns++) {
                stats.wake_histogram[rota_histogram_bucket(ns * 1000)]++;
                stats.wake_max_ns = ns * 1000;
        }
        uint64_t half = rota_stats_latency(&stats, 500);
        uint64_t most = rota_stats_latency(&stats, 990);
        assert_true(half >= 500000 && half <= 500000 + 500000 / 4);
        assert_true(most >= 990000 && most <= 1000000);
        assert_int_equal(rota_stats_latency(&stats, 1000), 1000000);
        assert_true(
                rota_stats_latency(&stats, 0) <= rota_histogram_limit(rota_histogram_bucket(1000)));
}

static void affinity_words(void **state)
{
        const uint32_t bits = (uint32_t)(sizeof(uintptr_t) * 8);
        (void)state;

        for (uint32_t cpu = 0; cpu < 2 * bits; cpu++) {
                assert_true(rota_affinity_allows(rota_affinity_all(), cpu));
                assert_false(rota_affinity_allows(rota_affinity_mask(0), cpu));
                for (uint32_t one = 0; one < ROTA_AFFINITY_INLINE_CPUS; one++)
                        assert_int_equal(
                                rota_affinity_allows(rota_affinity_cpu(one), cpu), cpu == one);
        }
        assert_int_equal(ROTA_AFFINITY_INLINE_CPUS, bits - 1);
        /* Up to 1024 CPUs by a mask of the caller's. */
        uintptr_t words[1024 / (sizeof(uintptr_t) * 8)] = {0};
        for (uint32_t cpu = 0; cpu < 1024; cpu += 7)
                words[cpu / bits] |= (uintptr_t)1 << (cpu % bits);
        struct rota_cpumask mask = {1000, words};
        for (uint32_t cpu = 0; cpu < 1100; cpu++)
                assert_int_equal(rota_affinity_allows(rota_affinity_pointer(&mask), cpu),
                        cpu < 1000 && cpu % 7 == 0);
}

static void words_and_texts(void **state)
{
        struct rota_handle none = ROTA_HANDLE_NONE, a = {3, 1}, b = {3, 2};

        (void)state;
        assert_false(rota_handle_valid(none));
        assert_true(rota_handle_valid(a));
        assert_true(rota_handle_equal(a, a));
        assert_false(rota_handle_equal(a, b));
        for (int error = 5; error >= -20; error--) {
                const char *text = rota_error_text(error);
                assert_non_null(text);
                assert_true(strlen(text) > 0);
                if (error <= 0 && error >= ROTA_ECLOSED)
                        for (int other = 0; other > error; other--)
                                assert_string_not_equal(text, rota_error_text(other));
        }
        assert_string_equal(rota_error_text(INT32_MIN), "unknown error");
        assert_string_equal(rota_event_name(ROTA_EVENT_SWITCH), "sched_switch");
        assert_string_equal(rota_event_name(ROTA_EVENT_MIGRATE), "sched_migrate_task");
        assert_string_equal(rota_event_name(ROTA_EVENT_CPUHP_ENTER), "cpuhp_enter");
        assert_string_equal(rota_event_name(ROTA_EVENT_CPUHP_EXIT), "cpuhp_exit");
        assert_string_equal(rota_event_name(ROTA_EVENT_BLOCK), "sched_block");
        assert_string_equal(rota_event_name(ROTA_EVENT_PI_SETPRIO), "sched_pi_setprio");
        assert_string_equal(rota_event_name(ROTA_EVENT_POLL_BEGIN), "sched_poll_begin");
        assert_string_equal(rota_event_name(ROTA_EVENT_POLL_END), "sched_poll_end");
        assert_string_equal(rota_event_name(ROTA_EVENT_POLL_END + 1), "unknown");
        assert_string_equal(rota_event_name(0), "unknown");
        assert_string_equal(rota_event_name(9999), "unknown");
        assert_int_equal(sizeof(struct rota_record), 24);
        assert_int_equal(sizeof(struct rota_handle), 8);
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring_wraps_and_drops),
        cmocka_unit_test(histogram_buckets_are_inverse),
        cmocka_unit_test(latency_of_permille),
        cmocka_unit_test(affinity_words),
        cmocka_unit_test(words_and_texts),
};

RUN(tests)
