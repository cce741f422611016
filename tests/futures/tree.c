/* SPDX-License-Identifier: MIT */
/* How a tree is made, and its futures. */
#include "tree.h"

void (*tree_pause)(void);

static void note(struct tree_node *node, enum tree_what what, enum rota_poll poll, intptr_t value)
{
        struct tree *tree = node->tree;

        if (tree->written == tree->book_size) {
                tree_failed(tree, "the book is full", tree_number(node), __LINE__);
                return;
        }
        tree->book[tree->written++] = (struct tree_record){.time = rota_now(),
                .value = value,
                .node = (uint16_t)tree_number(node),
                .what = (uint8_t)what,
                .poll = (uint8_t)poll};
}

intptr_t tree_value(const struct tree_node *node, uint32_t life)
{
        uint64_t state = node->tree->seed * 31 + tree_number(node) * 1009u + life * 77u + 1;
        bool fails = tree_random(&state, 100) < node->fails;

        return fails ? -100 - (intptr_t)(tree_number(node) % 100)
                     : (intptr_t)(tree_number(node) * 16 + life % 16);
}

/* ---- Leaves of the test's own ---- */

static ROTA_ASYNC(late, struct tree_late, me)
{
        me->life = me->node->lives;
        if (me->node->tree->exact)
                me->life = (uint32_t)(rota_now() - me->node->tree->began);
        ROTA_AWAIT(rota_sleep_init(&me->sleep, rota_timeout_after(me->node->ns)));
        ROTA_RETURN(tree_value(me->node, me->life));
}
ROTA_END

static enum rota_poll event_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct tree_event *event = (struct tree_event *)future;
        struct tree_node *node = event->node;
        int result;

        (void)context;
        if (!event->begun) {
                event->begun = true;
                rota_wait_queue_begin(&node->tree->queue, &event->wait);
                result = rota_wait_arm(&event->wait, node->kind == TREE_TIMED
                                                             ? rota_timeout_after(node->ns)
                                                             : rota_timeout_forever());
        } else {
                result = rota_wait_disarm(&event->wait);
        }
        if (result == ROTA_EAGAIN)
                return ROTA_POLL_PENDING;
        rota_wait_queue_finish(&event->wait);
        event->begun = false;
        future->value = result == ROTA_OK ? tree_value(node, node->lives) : result;
        return ROTA_POLL_READY;
}

static void event_drop(struct rota_future *future)
{
        struct tree_event *event = (struct tree_event *)future;

        if (!event->begun)
                return;
        event->begun = false;
        rota_timer_cancel(&event->wait.timer);
        rota_wait_queue_finish(&event->wait);
}

/* ---- What has children ---- */

static struct rota_future *prepare(struct tree_node *node);

static struct tree_node *child(const struct tree_node *node, uint32_t i)
{
        return &node->tree->nodes[node->first + i];
}

static void clean_up(void *argument)
{
        struct tree_cleanup *cleanup = argument;
        note(cleanup->node, TREE_CLEANUP, ROTA_POLL_PENDING, cleanup->step);
}

static ROTA_ASYNC(sequence, struct tree_sequence, me)
{
        for (me->step = 0; me->step < me->node->children; me->step++) {
                if (tree_bit(me->node, BIT_PUSHES, me->step))
                        ROTA_DEFER(
                                &me->cleanups[me->step].cleanup, clean_up, &me->cleanups[me->step]);
                if (tree_bit(me->node, BIT_YIELDS, me->step))
                        ROTA_YIELD;
                ROTA_AWAIT_INTO(me->got, prepare(child(me->node, me->step)));
                if (me->got < 0 && tree_bit(me->node, BIT_STRICT, 0))
                        ROTA_RETURN(me->got);
                if (me->got > 0)
                        me->total += me->got;
                if (tree_bit(me->node, BIT_POPS, me->step))
                        ROTA_UNDEFER(tree_bit(me->node, BIT_RUNS, me->step));
        }
        ROTA_RETURN(me->total & 0xffff);
}
ROTA_END

static struct rota_future *attempt(struct rota_retry *retry)
{
        struct tree_node *node = retry->argument;

        note(node, TREE_ATTEMPT, ROTA_POLL_PENDING, (intptr_t)retry->tries);
        if (node->gives_up && retry->tries == node->gives_up)
                return NULL;
        return prepare(child(node, 0));
}

static struct rota_future *prepare_sequence(struct tree_node *node)
{
        struct tree_sequence *s = &node->u.sequence;

        s->node = node;
        s->total = 0;
        for (uint32_t i = 0; i < TREE_STEPS; i++) {
                s->cleanups[i].node = node;
                s->cleanups[i].step = i;
        }
        return sequence(s);
}

static struct rota_future *prepare_abortable(struct tree_node *node)
{
        struct rota_future *under = prepare(child(node, 0));

        rota_spin_lock(&node->tree->lock);
        __atomic_store_n(&node->aborted, 0, __ATOMIC_SEQ_CST);
        struct rota_future *future = rota_abortable_init(&node->u.abortable, under);
        rota_spin_unlock(&node->tree->lock);
        return future;
}

static struct rota_future *prepare_several(struct tree_node *node)
{
        struct rota_branch *branches = &node->tree->branches[node->first];

        for (uint32_t i = 0; i < node->children; i++)
                branches[i].future = prepare(child(node, i));
        switch (node->kind) {
        case TREE_JOIN:
                return rota_join_init(&node->u.join, branches, node->children);
        case TREE_TRY_JOIN:
                return rota_try_join_init(&node->u.join, branches, node->children);
        case TREE_RACE:
                return rota_race_init(&node->u.race, branches, node->children);
        default:
                return rota_race_success_init(&node->u.race, branches, node->children);
        }
}

static struct rota_future *prepare_inner(struct tree_node *node)
{
        switch (node->kind) {
        case TREE_READY:
                return rota_ready_init(&node->u.ready, tree_value(node, node->lives));
        case TREE_YIELD:
                return rota_yield_now_init(&node->u.yield);
        case TREE_SLEEP:
                return rota_sleep_init(&node->u.sleep, rota_timeout_after(node->ns));
        case TREE_LATE:
                node->u.late.node = node;
                return late(&node->u.late);
        case TREE_EVENT:
        case TREE_TIMED:
                rota_future_init(&node->u.event.future, event_poll, event_drop);
                node->u.event.begun = false;
                node->u.event.node = node;
                return &node->u.event.future;
        case TREE_SEQUENCE:
                return prepare_sequence(node);
        case TREE_UNTIL:
                return rota_until_init(&node->u.until, prepare(child(node, 0)),
                        node->ns ? rota_timeout_after(node->ns) : rota_timeout_none());
        case TREE_RETRY:
                return rota_retry_init(&node->u.retry, attempt, node, &node->backoff);
        case TREE_ABORTABLE:
                return prepare_abortable(node);
        default:
                return prepare_several(node);
        }
}

/* ---- What each is wrapped in ---- */

/* Of a node that is ready or dropped no timer is left. */
static void nothing_armed(struct tree_node *node)
{
        const struct rota_timer *timer = NULL;

        switch (node->kind) {
        case TREE_SLEEP:
                timer = &node->u.sleep.alarm.timer;
                break;
        case TREE_LATE:
                timer = &node->u.late.sleep.alarm.timer;
                break;
        case TREE_TIMED:
                timer = &node->u.event.wait.timer;
                break;
        case TREE_UNTIL:
                timer = &node->u.until.alarm.timer;
                break;
        case TREE_RETRY:
                timer = &node->u.retry.sleep.alarm.timer;
                break;
        default:
                break;
        }
        if (timer && node->lives)
                tree_check(node->tree, timer->node.rank == 0, tree_number(node));
}

static void left_root(struct tree_node *node)
{
        if (node == node->tree->nodes)
                model_read(node->tree);
}

static enum rota_poll shim_poll(struct rota_future *shim, struct rota_poll_context *context)
{
        struct tree_node *node = (struct tree_node *)shim;
        struct tree *tree = node->tree;

        tree_check(tree, node->live, tree_number(node)); /* never after ready or drop */
        tree_check(tree, rota_handle_equal(context->waker, rota_self()), tree_number(node));
        tree->polls += node == tree->nodes;
        note(node, TREE_POLL, ROTA_POLL_PENDING,
                (intptr_t)__atomic_load_n(&node->aborted, __ATOMIC_SEQ_CST));
        if (tree_pause)
                tree_pause();
        enum rota_poll poll = rota_future_poll(node->inner, context);
        if (tree_pause)
                tree_pause();
        if (poll == ROTA_POLL_READY) {
                node->live = false;
                node->ready++;
                shim->value = node->inner->value;
                nothing_armed(node);
        }
        note(node, TREE_POLLED, poll, shim->value);
        left_root(node);
        return poll;
}

static void shim_drop(struct rota_future *shim)
{
        struct tree_node *node = (struct tree_node *)shim;

        tree_check(node->tree, node->live, tree_number(node)); /* once, and not after ready */
        node->live = false;
        node->dropped++;
        note(node, TREE_DROP, ROTA_POLL_PENDING, 0);
        rota_future_drop(node->inner);
        nothing_armed(node);
        note(node, TREE_DROPPED, ROTA_POLL_PENDING, 0);
        left_root(node);
}

static struct rota_future *prepare(struct tree_node *node)
{
        tree_check(node->tree, !node->live, tree_number(node));
        node->live = true;
        node->lives++;
        note(node, TREE_PREPARED, ROTA_POLL_PENDING, 0);
        rota_future_init(&node->shim, shim_poll, shim_drop);
        node->inner = prepare_inner(node);
        return &node->shim;
}

struct rota_future *tree_begin(struct tree *tree)
{
        return prepare(tree->nodes);
}

/* ---- What others do ---- */

void tree_serve(struct tree *tree, uint32_t most)
{
        uint32_t served = rota_wait_queue_wake(&tree->queue, most, ROTA_OK);
        __atomic_fetch_add(&tree->events, served, __ATOMIC_RELAXED);
}

static void abort_one(struct tree *tree, uint64_t *random)
{
        uint32_t begin = tree_random(random, tree->count);

        for (uint32_t i = 0; i < tree->count; i++) {
                struct tree_node *node = &tree->nodes[(begin + i) % tree->count];
                if (node->kind != TREE_ABORTABLE)
                        continue;
                rota_spin_lock(&tree->lock);
                if (node->u.abortable.future.poll && rota_abort(&node->u.abortable))
                        __atomic_store_n(&node->aborted, 1, __ATOMIC_SEQ_CST);
                rota_spin_unlock(&tree->lock);
                return;
        }
}

void tree_disturb(struct tree *tree, uint64_t *random)
{
        uint32_t dice = tree_random(random, 100);

        if (tree->quiet)
                return; /* nobody else's wake makes up for one of its own that is lost */
        if (dice < 70)
                tree_serve(tree, 1 + tree_random(random, 3));
        else if (dice < 80)
                rota_wake(tree->handle);
        else
                abort_one(tree, random);
}

/* ---- Its end ---- */

void tree_end(struct tree *tree, intptr_t code)
{
        struct tree_node *root = tree->nodes;

        tree_check(tree, tree->written == 0, 0); /* the model has read all of it */
        tree_check(tree, root->ready + root->dropped == 1, 0);
        tree_check(tree, code == (root->ready ? root->shim.value : ROTA_ECANCELED), 0);
        tree_check(tree, root->ready || tree->cancelled, 0);
        tree_check(tree, rota_wait_queue_length(&tree->queue) == 0, 0);
        for (uint32_t i = 0; i < tree->count; i++) {
                struct tree_node *node = &tree->nodes[i];
                tree_check(tree, !node->live, i);
                tree_check(tree, node->lives == node->ready + node->dropped, i);
                tree_check(tree, node->lives == tree->model[i].lives, i);
        }
}
