/* SPDX-License-Identifier: MIT */
/*
 * What a tree must do, said once more: lists are arrays, a rotation is a move of all. It reads the book of what
 * happened, and must find there what it would do next itself.
 */
#include "tree.h"

#define check(ok) tree_check(tree, ok, number)

static const struct tree_record nothing = {.node = UINT16_MAX, .what = UINT8_MAX};

static const struct tree_record *peek(struct tree *tree)
{
        return tree->read < tree->written ? &tree->book[tree->read] : &nothing;
}

static bool is(struct tree *tree, uint32_t number, enum tree_what what)
{
        return peek(tree)->node == number && peek(tree)->what == what;
}

/* What comes next is this. */
static const struct tree_record *next(struct tree *tree, uint32_t number, enum tree_what what)
{
        const struct tree_record *record = peek(tree);

        check(record->node == number);
        check(record->what == what);
        if (record != &nothing)
                tree->read++;
        return record;
}

/* ---- Prepared ---- */

static void prepared(struct tree *tree, uint32_t number)
{
        const struct tree_node *node = &tree->nodes[number];
        struct tree_model *m = &tree->model[number];

        next(tree, number, TREE_PREPARED);
        check(!m->live);
        *m = (struct tree_model){.live = true, .lives = m->lives + 1, .left = node->children};
        if (node->kind == TREE_RETRY)
                m->value = ROTA_EINVAL;
        if (node->kind == TREE_RETRY || node->kind == TREE_SEQUENCE)
                return;
        for (uint32_t i = 0; i < node->children; i++) {
                tree->line[node->first + i] = (uint16_t)(node->first + i);
                prepared(tree, node->first + i);
        }
}

/* ---- Dropped ---- */

static void dropped(struct tree *tree, uint32_t number);

/* Those of a line, the last one of the tree first. */
static void drop_line(struct tree *tree, const uint16_t *line, uint32_t n)
{
        for (uint32_t done = UINT32_MAX;;) {
                uint32_t highest = 0;
                for (uint32_t i = 0; i < n; i++)
                        if (line[i] > highest && line[i] < done)
                                highest = line[i];
                if (!highest)
                        return;
                dropped(tree, highest);
                done = highest;
        }
}

static void clean_up(struct tree *tree, uint32_t number)
{
        struct tree_model *m = &tree->model[number];

        while (m->pushed)
                check(next(tree, number, TREE_CLEANUP)->value == m->stack[--m->pushed]);
}

static void dropped(struct tree *tree, uint32_t number)
{
        const struct tree_node *node = &tree->nodes[number];
        struct tree_model *m = &tree->model[number];

        check(m->live);
        m->live = false;
        next(tree, number, TREE_DROP);
        switch (node->kind) {
        case TREE_JOIN:
        case TREE_TRY_JOIN:
        case TREE_RACE:
        case TREE_RACE_SUCCESS:
                drop_line(tree, &tree->line[node->first], m->left);
                break;
        case TREE_SEQUENCE:
                if (m->child)
                        dropped(tree, node->first + m->step);
                clean_up(tree, number);
                break;
        case TREE_RETRY:
                if (m->child)
                        dropped(tree, node->first);
                break;
        case TREE_UNTIL:
        case TREE_ABORTABLE:
                dropped(tree, node->first);
                break;
        default:
                break;
        }
        next(tree, number, TREE_DROPPED);
}

/* ---- Polled ---- */

static enum rota_poll polled(struct tree *tree, uint32_t number, intptr_t *value);

/* A leaf is as it was; that must be allowed. */
static enum rota_poll leaf(struct tree *tree, uint32_t number, intptr_t *value, uint64_t now)
{
        const struct tree_node *node = &tree->nodes[number];
        struct tree_model *m = &tree->model[number];
        const struct tree_record *record = peek(tree);
        enum rota_poll poll = (enum rota_poll)record->poll;
        bool ready = poll == ROTA_POLL_READY;

        *value = record->value;
        if (!m->begun)
                m->due = now + node->ns;
        /* Over, if only because somebody else ran in the middle of the poll. */
        bool time = record->time >= m->due;
        if (node->kind == TREE_READY) {
                check(poll != ROTA_POLL_PENDING);
                check(!ready || *value == tree_value(node, m->lives));
        } else if (node->kind == TREE_YIELD) {
                check(poll == (m->begun ? ROTA_POLL_READY : ROTA_POLL_YIELDED));
                check(*value == 0);
        } else if (node->kind == TREE_SLEEP) {
                check(time || poll == ROTA_POLL_PENDING);
                check(*value == 0);
        } else if (node->kind == TREE_LATE) {
                check(time || poll == ROTA_POLL_PENDING);
                check(!ready || tree->exact || *value == tree_value(node, m->lives));
        } else {
                check(poll != ROTA_POLL_YIELDED);
                check(!ready || *value == tree_value(node, m->lives) ||
                        (*value == ROTA_ETIMEDOUT && node->kind == TREE_TIMED && time) ||
                        (*value == ROTA_ECANCELED && tree->cancelled));
        }
        return poll;
}

/* Whether a child that is ready with this ends the whole. */
static bool ends_it(const struct tree_node *node, struct tree_model *m, intptr_t value)
{
        bool fails = value < 0;

        if (node->kind == TREE_RACE || node->kind == TREE_RACE_SUCCESS) {
                m->value = value;
                return node->kind == TREE_RACE || !fails;
        }
        if (!fails || m->value)
                return false;
        m->value = value;
        return node->kind == TREE_TRY_JOIN;
}

static enum rota_poll several(struct tree *tree, uint32_t number, intptr_t *value)
{
        const struct tree_node *node = &tree->nodes[number];
        struct tree_model *m = &tree->model[number];
        uint16_t *line = &tree->line[node->first];
        uint32_t kept = 0, count = m->left;
        enum rota_poll answer = ROTA_POLL_PENDING;
        intptr_t v;

        if (count == 0) {
                bool race = node->kind == TREE_RACE || node->kind == TREE_RACE_SUCCESS;
                *value = race ? ROTA_EINVAL : ROTA_OK;
                /* Without anything to wait for it takes from the budget. */
                bool yields = !race && peek(tree)->poll == ROTA_POLL_YIELDED;
                return yields ? ROTA_POLL_YIELDED : ROTA_POLL_READY;
        }
        for (uint32_t i = 0; i < count; i++) {
                uint16_t child = line[i];
                enum rota_poll poll = polled(tree, child, &v);
                if (poll == ROTA_POLL_READY && ends_it(node, m, v)) {
                        while (++i < count)
                                line[kept++] = line[i];
                        drop_line(tree, line, kept);
                        kept = 0;
                } else if (poll != ROTA_POLL_READY) {
                        line[kept++] = child;
                        answer = poll == ROTA_POLL_YIELDED ? poll : answer;
                }
        }
        m->left = kept;
        *value = m->value;
        if (kept == 0)
                return ROTA_POLL_READY;
        uint16_t first = line[0]; /* goes behind the others */
        for (uint32_t i = 1; i < kept; i++)
                line[i - 1] = line[i];
        line[kept - 1] = first;
        return answer;
}

static enum rota_poll sequence_ends(
        struct tree *tree, uint32_t number, intptr_t *value, intptr_t with)
{
        clean_up(tree, number);
        *value = with;
        return ROTA_POLL_READY;
}

static enum rota_poll sequence(struct tree *tree, uint32_t number, intptr_t *value)
{
        const struct tree_node *node = &tree->nodes[number];
        struct tree_model *m = &tree->model[number];
        intptr_t v;

        for (; m->step < node->children; m->step++, m->place = 0) {
                if (m->place == 0) {
                        m->place = 1;
                        if (tree_bit(node, BIT_PUSHES, m->step))
                                m->stack[m->pushed++] = (uint8_t)m->step;
                        if (tree_bit(node, BIT_YIELDS, m->step))
                                return ROTA_POLL_YIELDED;
                }
                if (!m->child)
                        prepared(tree, node->first + m->step);
                m->child = true;
                enum rota_poll poll = polled(tree, node->first + m->step, &v);
                if (poll != ROTA_POLL_READY)
                        return poll;
                m->child = false;
                if (v < 0 && tree_bit(node, BIT_STRICT, 0))
                        return sequence_ends(tree, number, value, v);
                m->total += v > 0 ? v : 0;
                if (tree_bit(node, BIT_POPS, m->step) && m->pushed) {
                        uint8_t step = m->stack[--m->pushed];
                        if (tree_bit(node, BIT_RUNS, m->step))
                                check(next(tree, number, TREE_CLEANUP)->value == step);
                }
        }
        return sequence_ends(tree, number, value, m->total & 0xffff);
}

static enum rota_poll until(struct tree *tree, uint32_t number, intptr_t *value, uint64_t now)
{
        const struct tree_node *node = &tree->nodes[number];
        struct tree_model *m = &tree->model[number];

        if (!m->begun)
                m->due = now + node->ns;
        enum rota_poll poll = polled(tree, node->first, value);
        if (poll == ROTA_POLL_READY)
                return poll;
        if (is(tree, number, TREE_POLLED)) {
                check(node->ns != 0);
                return poll;
        }
        dropped(tree, node->first);
        check(peek(tree)->time >= m->due);
        *value = ROTA_ETIMEDOUT;
        return ROTA_POLL_READY;
}

/* Without chance it is at least this long. */
static uint64_t delay_of(const struct tree_node *node, uint32_t failures)
{
        uint64_t delay = node->backoff.first_ns;

        for (uint32_t i = 1; i < failures; i++)
                delay *= 2;
        if (node->backoff.cap_ns && delay > node->backoff.cap_ns)
                delay = node->backoff.cap_ns;
        return node->backoff.seed ? 0 : delay;
}

static enum rota_poll retry(struct tree *tree, uint32_t number, intptr_t *value)
{
        const struct tree_node *node = &tree->nodes[number];
        struct tree_model *m = &tree->model[number];

        for (;;) {
                if (m->sleeping) {
                        if (is(tree, number, TREE_POLLED)) {
                                check(peek(tree)->poll != ROTA_POLL_READY);
                                return (enum rota_poll)peek(tree)->poll;
                        }
                        check(peek(tree)->time >= m->due);
                        m->sleeping = false;
                }
                if (!m->child) {
                        check(next(tree, number, TREE_ATTEMPT)->value == (intptr_t)m->tries);
                        *value = m->value;
                        if (node->gives_up && m->tries == node->gives_up)
                                return ROTA_POLL_READY;
                        prepared(tree, node->first);
                        m->child = true;
                        m->tries++;
                }
                enum rota_poll poll = polled(tree, node->first, &m->value);
                if (poll != ROTA_POLL_READY)
                        return poll;
                m->child = false;
                *value = m->value;
                if (m->value >= 0 || m->tries == node->backoff.tries)
                        return ROTA_POLL_READY;
                m->sleeping = true;
                m->due = tree->book[tree->read - 1].time + delay_of(node, m->tries);
        }
}

static enum rota_poll abortable(
        struct tree *tree, uint32_t number, intptr_t *value, bool aborted_before)
{
        const struct tree_node *node = &tree->nodes[number];

        if (is(tree, node->first, TREE_DROP)) {
                dropped(tree, node->first);
                *value = ROTA_ECANCELED;
                return ROTA_POLL_READY;
        }
        check(!aborted_before);
        return polled(tree, node->first, value);
}

static enum rota_poll predicted(
        struct tree *tree, uint32_t number, intptr_t *value, const struct tree_record *begun)
{
        switch (tree->nodes[number].kind) {
        case TREE_JOIN:
        case TREE_TRY_JOIN:
        case TREE_RACE:
        case TREE_RACE_SUCCESS:
                return several(tree, number, value);
        case TREE_SEQUENCE:
                return sequence(tree, number, value);
        case TREE_UNTIL:
                return until(tree, number, value, begun->time);
        case TREE_RETRY:
                return retry(tree, number, value);
        case TREE_ABORTABLE:
                return abortable(tree, number, value, begun->value != 0);
        default:
                return leaf(tree, number, value, begun->time);
        }
}

static enum rota_poll polled(struct tree *tree, uint32_t number, intptr_t *value)
{
        struct tree_model *m = &tree->model[number];
        const struct tree_record *begun = next(tree, number, TREE_POLL);

        check(m->live);
        enum rota_poll poll = predicted(tree, number, value, begun);
        const struct tree_record *record = next(tree, number, TREE_POLLED);
        check(record->poll == poll);
        check(poll != ROTA_POLL_READY || record->value == *value);
        m->begun = true;
        if (poll == ROTA_POLL_READY)
                m->live = false;
        return poll;
}

void model_read(struct tree *tree)
{
        const uint32_t number = 0;
        intptr_t value;

        tree->read = 0;
        if (is(tree, 0, TREE_PREPARED))
                prepared(tree, 0);
        if (is(tree, 0, TREE_DROP))
                dropped(tree, 0);
        else
                polled(tree, 0, &value);
        check(tree->read == tree->written);
        tree->written = 0;
}
