/* SPDX-License-Identifier: MIT */
/*
 * Random trees of futures, and what they must do. Each future of a tree is wrapped in one of the test's, which
 * writes down when it is prepared, polled, ready and dropped. After each poll of the root a model (model.c)
 * reads that: it knows the tree too, does the same by means of its own, and whatever it would have done
 * otherwise, or in another order, is a failure. What it cannot know it takes from the book, and checks
 * that it was allowed: whether a time was over, whether an event had come.
 */
#ifndef FUTURES_TREE_H
#define FUTURES_TREE_H

#include <rota/futures.h>
#include <rota/spinlock.h>
#include <rota/wait_queue.h>

#define TREE_NODES_MAX 1000u
#define TREE_STEPS     4u
#define TREE_DEPTH     10u

enum tree_kind {
        TREE_READY,  /* ready at once, with a value */
        TREE_YIELD,  /* after one yield */
        TREE_SLEEP,  /* after a time */
        TREE_LATE,   /* likewise, with a value: a coroutine */
        TREE_EVENT,  /* once somebody else says so */
        TREE_TIMED,  /* likewise, or after a time */
        TREE_LEAVES, /* ---- from here on they have children ---- */
        TREE_JOIN = TREE_LEAVES,
        TREE_TRY_JOIN,
        TREE_RACE,
        TREE_RACE_SUCCESS,
        TREE_SEQUENCE, /* a coroutine with cleanups, that awaits its children one by one */
        TREE_UNTIL,
        TREE_RETRY,
        TREE_ABORTABLE,
        TREE_KINDS,
};

struct tree;
struct tree_node;

struct tree_late {
        struct rota_coroutine coroutine;
        struct rota_sleep sleep;
        struct tree_node *node;
        uint32_t life;
};

struct tree_event {
        struct rota_future future;
        struct rota_wait wait;
        struct tree_node *node;
        bool begun;
};

struct tree_cleanup {
        struct rota_cleanup cleanup;
        struct tree_node *node;
        uint32_t step;
};

struct tree_sequence {
        struct rota_coroutine coroutine;
        struct tree_node *node;
        struct tree_cleanup cleanups[TREE_STEPS];
        uint32_t step;
        intptr_t got, total;
};

/* A future of the tree. */
struct tree_node {
        struct rota_future shim;   /* what others see of it */
        struct rota_future *inner; /* what it is */
        struct tree *tree;
        enum tree_kind kind;
        uint32_t first; /* of its children, which follow each other */
        uint32_t children;
        uint64_t ns;       /* its time */
        uint32_t fails;    /* in per cent */
        uint32_t bits;     /* a sequence's: where it yields, pushes, pops, runs; strict */
        uint32_t gives_up; /* a retry's: at this try, 0: never */
        bool live;         /* prepared, and neither ready nor dropped */
        uint32_t lives;    /* so often prepared */
        uint32_t ready;    /* so often ready */
        uint32_t dropped;  /* so often dropped */
        uint32_t aborted;  /* in this life (atomic) */
        struct rota_backoff backoff;
        union {
                struct rota_ready ready;
                struct rota_yield_now yield;
                struct rota_sleep sleep;
                struct tree_late late;
                struct tree_event event;
                struct rota_join join;
                struct rota_race race;
                struct tree_sequence sequence;
                struct rota_until until;
                struct rota_retry retry;
                struct rota_abortable abortable;
        } u;
};

enum tree_what {
        TREE_PREPARED,
        TREE_POLL,    /* begins; value: an abortable's: it had been aborted */
        TREE_POLLED,  /* ends, with poll and value */
        TREE_DROP,    /* begins */
        TREE_DROPPED, /* ends */
        TREE_CLEANUP, /* value: of which step */
        TREE_ATTEMPT, /* value: number */
};

/* A line of the book. */
struct tree_record {
        uint64_t time;
        intptr_t value;
        uint16_t node;
        uint8_t what;
        uint8_t poll;
};

/* What the model knows of a node. */
struct tree_model {
        bool live;
        bool begun; /* polled in this life */
        bool sleeping, child;
        uint32_t lives;
        uint32_t left; /* children not ready: in line[first...] */
        uint32_t step, tries, pushed;
        uint8_t stack[TREE_STEPS];
        uint8_t place; /* in a sequence's step */
        intptr_t value, total;
        uint64_t due;
};

struct tree {
        struct rota_future_task task;
        struct rota_handle handle;
        uint64_t seed;
        uint64_t random;
        uint64_t began; /* exact: at this time */
        uint32_t count;
        bool quiet; /* nothing but time */
        bool exact; /* likewise, and no two ends at one */
        bool cancelled;
        bool over;       /* (atomic) */
        uint32_t depth;  /* of polls */
        uint32_t polls;  /* of the root */
        uint32_t events; /* that were served */
        struct tree_node *nodes;
        struct rota_branch *branches; /* of each node, by number */
        struct rota_wait_queue queue; /* of those that wait for an event */
        struct rota_spinlock lock;    /* between who aborts and who prepares */
        struct tree_record *book;
        uint32_t book_size, written, read;
        struct tree_model *model;
        uint16_t *line;
};

/* The program's: something is wrong, in words. */
void tree_failed(struct tree *tree, const char *what, uint32_t number, int line);
#define tree_check(tree, ok, number)                                                               \
        ((ok) ? (void)0 : tree_failed(tree, #ok, (uint32_t)(number), __LINE__))

/* Called in each poll, or NULL. */
extern void (*tree_pause)(void);

uint32_t tree_random(uint64_t *state, uint32_t below);
/* Bytes for a tree of so many. */
size_t tree_bytes(uint32_t nodes);
/* Makes a tree of at most `nodes`, in zeroed memory. */
struct tree *tree_make(void *memory, uint64_t seed, uint32_t nodes, bool quiet, bool exact);
/* Prepares it. @return the root. */
struct rota_future *tree_begin(struct tree *tree);
/* What others do with a tree while it goes on; each from any CPU, the second from interrupts too. */
void tree_disturb(struct tree *tree, uint64_t *random);
void tree_serve(struct tree *tree, uint32_t most);
/* It has ended: with this exit code. */
void tree_end(struct tree *tree, intptr_t code);

/* What a leaf is worth in its so-manieth life; exact: that begins at that time. */
intptr_t tree_value(const struct tree_node *node, uint32_t life);
/* The book is full of what happened in one poll or drop of the root. */
void model_read(struct tree *tree);

/* When, and with what, a tree that is all exact ends that begins at `from`. */
uint64_t tree_predict(struct tree *tree, uint64_t from, intptr_t *value);

enum { BIT_YIELDS = 0, BIT_PUSHES = 4, BIT_POPS = 8, BIT_RUNS = 12, BIT_STRICT = 16 };
static inline bool tree_bit(const struct tree_node *node, uint32_t bit, uint32_t step)
{
        return node->bits >> (bit + step) & 1;
}

static inline uint32_t tree_number(const struct tree_node *node)
{
        return (uint32_t)(node - node->tree->nodes);
}

#endif
