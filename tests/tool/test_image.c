/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The image's check against a million damaged images: whatever passes must be safe to walk.
 */
#include "tool_test.h"

static const char text[] =
        "{\"tasks\":{\"a\":{\"instance\":2,\"cpus\":[1,65],\"phases\":{\"p\":{\"loop\":2,\"run\":5,"
        "\"timer\":{\"ref\":\"unique\",\"period\":9}},\"q\":{\"cpus\":[3],\"policy\":\"SCHED_RR\","
        "\"sleep\":1}}},\"b\":{\"timer\":{\"ref\":\"tick\",\"period\":7},\"yield\":\"\",\"lock\":"
        "\"m\","
        "\"wait\":{\"ref\":\"q\",\"mutex\":\"m\"},\"unlock\":\"m\",\"suspend\",\"sem_post\":\"s\","
        "\"barrier\":\"r\",\"fork\":\"c\",\"mem\":9,\"memrun\":{\"type\":\"chase\",\"size\":640,"
        "\"count\":3}},\"c\":{\"instance\":0,\"iorun\":5}}}";

/** What an event is about is there: its resources, its task, its piece of memory. */
static uint64_t walk_event(const struct workload_image *image, const struct workload_task *task,
        const struct workload_event *event)
{
        switch (event->kind) {
        case WORKLOAD_FORK:
                return image->tasks[event->object].name;
        case WORKLOAD_MEM:
        case WORKLOAD_MEMRUN:
                assert_true(event->size > 0);
                assert_true((event->object + UINT64_C(1)) * 64 + event->size <= task->buffer_bytes);
                return 0;
        case WORKLOAD_WAIT:
        case WORKLOAD_SYNC:
        case WORKLOAD_SUSPEND:
        case WORKLOAD_RESUME:
                assert_int_equal(image->resources[event->second].kind, WORKLOAD_MUTEX);
                assert_int_equal(image->resources[event->object].kind, WORKLOAD_CONDITION);
                return 0;
        case WORKLOAD_LOCK:
        case WORKLOAD_UNLOCK:
        case WORKLOAD_SIGNAL:
        case WORKLOAD_BROAD:
        case WORKLOAD_BARRIER:
        case WORKLOAD_SEM_POST:
        case WORKLOAD_SEM_WAIT:
                return strlen(image->names + image->resources[event->object].name);
        default:
                return 0;
        }
}

/** Uses everything in an image that its check has passed; sanitizers watch. */
static uint64_t walk(const struct workload_image *image)
{
        const struct workload_header *h = image->header;
        const struct workload_phase *phase = image->phases;
        const struct workload_event *event = image->events;
        uint64_t sum = 0;

        for (uint32_t i = 0; i < h->policy_count; i++)
                sum += strlen(image->names + h->policies[i]);
        for (uint32_t t = 0; t < h->task_count; t++) {
                sum += strlen(image->names + image->tasks[t].name) + image->tasks[t].instances;
                for (uint32_t p = 0; p < image->tasks[t].phase_count; p++, phase++) {
                        sum += strlen(image->names + phase->name);
                        if (phase->mask)
                                sum += image->masks[(phase->mask - 1) *
                                                    workload_mask_words(h->cpus)];
                        for (uint32_t e = 0; e < phase->event_count; e++, event++)
                                sum += event->kind + event->value +
                                       walk_event(image, &image->tasks[t], event);
                }
        }
        return sum;
}

static void seal(void *bytes, size_t size)
{
        struct workload_header *header = bytes;
        header->checksum = workload_image_checksum(bytes, size);
}

static uint64_t next_random(uint64_t *random)
{
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        return *random;
}

static struct program make(void)
{
        struct program program;
        struct error error;

        if (!test_compile(text, 66, &program, &error))
                fail_msg("%s", error.text);
        return program;
}

static void test_good(void **state)
{
        struct program p = make();
        struct workload_image image;
        const char *error = NULL;

        (void)state;
        assert_true(workload_image_check(p.bytes, p.size, &image, &error));
        assert_null(error);
        assert_true(walk(&image) > 0);
        program_free(&p);
}

static void test_cut(void **state)
{
        struct program p = make();
        struct workload_image image;
        const char *error = NULL;

        (void)state;
        for (size_t size = 0; size < p.size; size++) {
                /* Memory of just that size, so that a look past its end is seen. */
                void *cut = malloc(size ? size : 1);
                memcpy(cut, p.bytes, size);
                if (size >= sizeof(struct workload_header)) {
                        ((struct workload_header *)cut)->total_bytes = (uint32_t)size;
                        seal(cut, size);
                }
                assert_false(workload_image_check(cut, size, &image, &error));
                assert_non_null(error);
                free(cut);
        }
        assert_false(workload_image_check(NULL, 0, &image, &error));
        assert_false(workload_image_check((char *)p.bytes + 1, p.size - 1, &image, &error));
        program_free(&p);
}

/** Any flipped bit is found by the checksum. */
static void test_checksum(void **state)
{
        struct program p = make();
        struct workload_image image;
        const char *error = NULL;
        unsigned char *bytes = p.bytes;

        (void)state;
        for (size_t bit = 0; bit < p.size * 8; bit++) {
                bytes[bit / 8] ^= (unsigned char)(1u << (bit % 8));
                assert_false(workload_image_check(bytes, p.size, &image, &error));
                bytes[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        }
        program_free(&p);
}

/** Damage with a good checksum: the structure alone must be enough. */
static void test_damage(void **state)
{
        const char *all = getenv("ROTA_TEST_ALL");
        const int rounds = all && *all ? 10000000 : 1000000;
        struct program p = make();
        uint64_t random = 0x2545f4914f6cdd1du;
        uint64_t passed = 0;
        static const uint64_t dear[] = {0, 1, 0xff, 0xffff, 0x7fffffff, 0xffffffff, UINT64_MAX};

        (void)state;
        unsigned char *bytes = malloc(p.size);
        for (int i = 0; i < rounds; i++) {
                struct workload_image image;
                const char *error = NULL;
                memcpy(bytes, p.bytes, p.size);
                for (uint64_t n = next_random(&random) % 3 + 1; n; n--) {
                        const uint64_t how = next_random(&random);
                        const size_t at = (size_t)(how >> 8) % p.size;
                        const uint64_t value = dear[(how >> 40) % (sizeof(dear) / sizeof(dear[0]))];
                        const size_t width = (size_t)1 << (how & 3);
                        if (how & 4)
                                bytes[at] ^= (unsigned char)(1u << (how >> 60 & 7));
                        else if (at / width * width + width <= p.size)
                                memcpy(bytes + at / width * width, &value, width);
                }
                seal(bytes, p.size);
                if (workload_image_check(bytes, p.size, &image, &error)) {
                        passed += walk(&image) != 0;
                        assert_null(error);
                } else {
                        assert_non_null(error);
                }
        }
        print_message("# %llu of %d damaged images are still images\n", (unsigned long long)passed,
                rounds);
        free(bytes);
        program_free(&p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_cut),
                cmocka_unit_test(test_checksum),
                cmocka_unit_test(test_damage),
        };
        return RUN(tests);
}
