/* SPDX-License-Identifier: MIT */
/*
 * Random operations on real workers: controllers start, wake, cancel, change and move a population
 * of members, which themselves park, sleep, yield, hand over, join and end. Handles go stale all
 * the time; that is half of the point.
 */
#ifndef STRESS_H
#define STRESS_H

#include <rota/rota.h>
#include <world.h>

#define MEMBERS     24u
#define CONTROLLERS 5u
#define STACK       ((size_t)64 << 10)

struct member {
        struct rota_thread thread; /* first: a task is its member */
        struct rota_task_stats stats;
        uint64_t handle;  /* packed, of its latest life (atomic) */
        uint32_t busy;    /* a controller renews it (atomic) */
        uint32_t lives;   /* that were started (atomic) */
        uint32_t exits;   /* callbacks (atomic) */
        uint32_t running; /* its code runs: on one CPU at most (atomic) */
        uint64_t seed;
        char *stack;
};

struct stress {
        struct rota *rota;
        const struct world *world;
        uint32_t cpus;
        bool exact;
        struct member members[MEMBERS];
        uint32_t operations; /* done (atomic) */
        uint32_t wanted;
        uint32_t stop;        /* (atomic) */
        uint32_t checks;      /* of the whole (atomic) */
        uint32_t left;        /* CPUs sent away (atomic) */
        uint32_t by_kind[16]; /* (atomic) */
        uint32_t failed;      /* (atomic) */
        const char *what;     /* of the first failure */
        int line;
};

extern struct stress stress;

#define get(x)    __atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define put(x, v) __atomic_store_n(&(x), (v), __ATOMIC_SEQ_CST)
#define add(x, v) __atomic_fetch_add(&(x), (v), __ATOMIC_SEQ_CST)

bool check_at(bool ok, const char *what, int line);
#define check(condition) check_at(!!(condition), #condition, __LINE__)

/* Next of a sequence, below `limit`. */
uint32_t chance(uint64_t *seed, uint32_t limit);

struct rota_handle member_handle(const struct member *member);
struct rota_params random_params(uint64_t *seed);
struct rota_affinity random_affinity(uint64_t *seed);

/* What a member does all its life. */
intptr_t member_main(void *member);
void member_ended(struct rota_task *task, intptr_t code);
/* Makes its next life and starts it (or drops it and makes another). */
void member_renew(struct member *member, uint64_t *seed);

/* One operation on some member, and a look at some CPU. */
void operate(uint64_t *seed);

#endif
