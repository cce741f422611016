/* SPDX-License-Identifier: MIT */
/*
 * Random trees whose end is known before, at a desk, where time only passes when all wait. ROTA_SEED=N repeats one
 * tree; ROTA_TEST_ALL=1 grows fifty times as many.
 */
#include "drive.h"
#include "tree.h"

#include <stdio.h>

void tree_failed(struct tree *tree, const char *what, uint32_t number, int line)
{
        fail_msg("seed %llu, node %u of kind %u, line %d: %s", (unsigned long long)tree->seed,
                number, (unsigned)tree->nodes[number % tree->count].kind, line, what);
}

static void grow(uint64_t seed, uint32_t nodes)
{
        void *memory = calloc(1, tree_bytes(nodes));
        assert_non_null(memory);
        struct tree *tree = tree_make(memory, seed, nodes, true, true);
        intptr_t value = 0;
        uint64_t end = tree_predict(tree, unit_port.now, &value);

        intptr_t code = drive(tree_begin(tree));
        if (unit_port.now != end || code != value)
                fail_msg("seed %llu, %u futures: ends at %llu with %lld, not at %llu with %lld",
                        (unsigned long long)seed, tree->count, (unsigned long long)unit_port.now,
                        (long long)code, (unsigned long long)end, (long long)value);
        tree_end(tree, code);
        free(memory);
}

static void trees(void **state)
{
        const char *fixed = getenv("ROTA_SEED");
        const char *all = getenv("ROTA_TEST_ALL");
        uint32_t n = all && *all ? 20000 : 400;

        (void)state;
        for (uint32_t i = 0; i < n; i++) {
                uint64_t seed = fixed ? strtoull(fixed, NULL, 0) : 1 + i;
                grow(seed, i % 20 == 19 ? TREE_NODES_MAX : 3 + i % 60);
        }
        printf("ok futures: %u trees end when and with what was predicted\n", n);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(trees, desk_set_up, desk_tear_down),
        };
        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
