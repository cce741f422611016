/* SPDX-License-Identifier: MIT */
/* Which futures a tree is of, by chance; and what it is worth where only time counts. */
#include "tree.h"

uint32_t tree_random(uint64_t *state, uint32_t below)
{
        /* xorshift64*, Vigna 2016 */
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 32) % (below ? below : 1);
}

static size_t rounded(size_t bytes)
{
        return (bytes + 63) & ~(size_t)63;
}

static uint32_t lines_of(uint32_t nodes)
{
        return 1000 + 40 * nodes;
}

size_t tree_bytes(uint32_t nodes)
{
        return rounded(sizeof(struct tree)) + rounded(nodes * sizeof(struct tree_node)) +
               rounded(nodes * sizeof(struct rota_branch)) +
               rounded(nodes * sizeof(struct tree_model)) + rounded(nodes * sizeof(uint16_t)) +
               rounded(lines_of(nodes) * sizeof(struct tree_record));
}

static void *take(char **memory, size_t bytes)
{
        char *taken = *memory;
        *memory += rounded(bytes);
        return taken;
}

/* Up to half a millisecond, or, where no two ends may be at one time, numbers that hardly meet. */
static uint64_t some_time(struct tree *tree)
{
        uint64_t r = tree_random(&tree->random, UINT32_MAX);

        if (tree->exact)
                return 1 + (r << 8 | tree_random(&tree->random, 256));
        return tree_random(&tree->random, 10) ? r % (500 * ROTA_US) : 0;
}

/* By chance, each as likely as its weight. */
static enum tree_kind weighed(
        struct tree *tree, const uint8_t *weights, enum tree_kind first, uint32_t count)
{
        uint32_t sum = 0, i = 0;

        for (uint32_t k = 0; k < count; k++)
                sum += weights[k];
        uint32_t dice = tree_random(&tree->random, sum);
        while (dice >= weights[i])
                dice -= weights[i++];
        return (enum tree_kind)(first + i);
}

static enum tree_kind some_leaf(struct tree *tree)
{
        static const uint8_t weights[] = {2, 2, 3, 4, 6, 4}, timed[] = {0, 0, 1, 2, 0, 1};

        return weighed(tree, tree->quiet ? timed : weights, TREE_READY, TREE_LEAVES);
}

/* Most wait for all of what is below them, or little of that would happen. */
static enum tree_kind some_branch(struct tree *tree)
{
        static const uint8_t weights[] = {6, 1, 1, 2, 6, 2, 3, 3};

        return weighed(tree, weights, TREE_LEAVES, TREE_KINDS - TREE_LEAVES);
}

static uint32_t some_children(struct tree *tree, enum tree_kind kind)
{
        if (kind >= TREE_UNTIL)
                return 1;
        if (kind == TREE_SEQUENCE)
                return 1 + tree_random(&tree->random, TREE_STEPS);
        /* A few are wide; some have none. */
        switch (tree_random(&tree->random, 20)) {
        case 0:
                return tree->exact ? 1 : 0;
        case 1:
                return 1 + tree_random(&tree->random, 200);
        default:
                return 1 + tree_random(&tree->random, 6);
        }
}

static void make_node(struct tree *tree, struct tree_node *node, bool leaf)
{
        node->tree = tree;
        node->kind = leaf ? some_leaf(tree) : some_branch(tree);
        if (node == tree->nodes && tree_random(&tree->random, 8))
                node->kind = tree_random(&tree->random, 2) ? TREE_JOIN : TREE_SEQUENCE;
        node->ns = some_time(tree);
        if (node->kind == TREE_UNTIL)
                node->ns *= 4;
        node->fails = tree_random(&tree->random, 3) ? 3 : 40;
        node->bits = tree_random(&tree->random, 1u << 17);
        node->gives_up = tree_random(&tree->random, 4) ? 0 : 1 + tree_random(&tree->random, 3);
        node->backoff = (struct rota_backoff){.tries = 1 + tree_random(&tree->random, 4),
                .first_ns = some_time(tree) / 4,
                .cap_ns = tree_random(&tree->random, 2) ? some_time(tree) : 0,
                .seed = tree_random(&tree->random, 2)};
}

struct tree *tree_make(void *memory, uint64_t seed, uint32_t nodes, bool quiet, bool exact)
{
        char *at = memory;
        struct tree *tree = take(&at, sizeof(*tree));
        uint32_t depth_ends = 1, depth = 0;

        tree->nodes = take(&at, nodes * sizeof(*tree->nodes));
        tree->branches = take(&at, nodes * sizeof(*tree->branches));
        tree->model = take(&at, nodes * sizeof(*tree->model));
        tree->line = take(&at, nodes * sizeof(*tree->line));
        tree->book_size = lines_of(nodes);
        tree->book = take(&at, tree->book_size * sizeof(*tree->book));
        tree->seed = seed;
        tree->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
        tree->quiet = quiet || exact;
        tree->exact = exact;
        tree->count = 1;
        rota_wait_queue_init(&tree->queue, ROTA_WAIT_FIFO, "tree");
        rota_spin_init(&tree->lock);
        /* Level by level, so that a node's children follow each other. */
        for (uint32_t i = 0; i < tree->count; i++) {
                struct tree_node *node = &tree->nodes[i];
                if (i == depth_ends) {
                        depth_ends = tree->count;
                        depth++;
                }
                bool full = tree->count == nodes || depth == TREE_DEPTH;
                /* It goes on while there is room. */
                bool leaf = full || (tree->count - i > 4 && tree_random(&tree->random, 100) < 40);
                make_node(tree, node, leaf);
                node->first = tree->count;
                if (node->kind >= TREE_LEAVES)
                        node->children = some_children(tree, node->kind);
                if (node->children > nodes - tree->count)
                        node->children = nodes - tree->count;
                if (node->kind >= TREE_LEAVES && !node->children &&
                        (exact || node->kind >= TREE_UNTIL))
                        node->kind = some_leaf(tree);
                tree->count += node->children;
        }
        return tree;
}

/* ---- What must come of it, where every leaf ends at a time of its own ---- */

static uint64_t ends(struct tree *tree, uint32_t number, uint64_t from, intptr_t *value);

/* The join that ends early does so at its first failure; the race at its first end, or success. */
static uint64_t ends_several(
        struct tree *tree, const struct tree_node *node, uint64_t from, intptr_t *value)
{
        bool joins = node->kind == TREE_JOIN || node->kind == TREE_TRY_JOIN;
        uint64_t last = from, first = ROTA_NEVER, first_failure = ROTA_NEVER;
        intptr_t of_last = 0, of_first = 0, of_failure = 0;

        for (uint32_t i = 0; i < node->children; i++) {
                intptr_t v;
                uint64_t t = ends(tree, node->first + i, from, &v);
                if (t >= last) {
                        last = t;
                        of_last = v;
                }
                if (v < 0 && t < first_failure) {
                        first_failure = t;
                        of_failure = v;
                }
                if ((v >= 0 || node->kind == TREE_RACE) && t < first) {
                        first = t;
                        of_first = v;
                }
        }
        if (joins) {
                *value = of_failure;
                return node->kind == TREE_TRY_JOIN && first_failure < last ? first_failure : last;
        }
        *value = first == ROTA_NEVER ? of_last : of_first;
        return first == ROTA_NEVER ? last : first;
}

static uint64_t ends_sequence(
        struct tree *tree, const struct tree_node *node, uint64_t from, intptr_t *value)
{
        intptr_t total = 0, v;

        for (uint32_t i = 0; i < node->children; i++) {
                from = ends(tree, node->first + i, from, &v);
                if (v < 0 && tree_bit(node, BIT_STRICT, 0)) {
                        *value = v;
                        return from;
                }
                total += v > 0 ? v : 0;
        }
        *value = total & 0xffff;
        return from;
}

static uint64_t ends_retry(
        struct tree *tree, const struct tree_node *node, uint64_t from, intptr_t *value)
{
        uint64_t random = node->backoff.seed;

        *value = ROTA_EINVAL;
        for (uint32_t tries = 0;;) {
                if (node->gives_up && tries == node->gives_up)
                        return from;
                from = ends(tree, node->first, from, value);
                if (*value >= 0 || ++tries == node->backoff.tries)
                        return from;
                from += rota_backoff_delay(&node->backoff, tries, &random);
        }
}

static uint64_t ends(struct tree *tree, uint32_t number, uint64_t from, intptr_t *value)
{
        const struct tree_node *node = &tree->nodes[number];
        uint64_t t;

        switch (node->kind) {
        case TREE_SLEEP:
                *value = 0;
                return from + node->ns;
        case TREE_LATE:
                *value = tree_value(node, (uint32_t)(from - tree->began));
                return from + node->ns;
        case TREE_TIMED:
                *value = ROTA_ETIMEDOUT;
                return from + node->ns;
        case TREE_SEQUENCE:
                return ends_sequence(tree, node, from, value);
        case TREE_UNTIL:
                t = ends(tree, node->first, from, value);
                if (t <= from + node->ns)
                        return t;
                *value = ROTA_ETIMEDOUT;
                return from + node->ns;
        case TREE_RETRY:
                return ends_retry(tree, node, from, value);
        case TREE_ABORTABLE:
                return ends(tree, node->first, from, value);
        default:
                return ends_several(tree, node, from, value);
        }
}

uint64_t tree_predict(struct tree *tree, uint64_t from, intptr_t *value)
{
        tree->began = from;
        return ends(tree, 0, from, value);
}
