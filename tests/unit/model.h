/* SPDX-License-Identifier: MIT */
/*
 * The three policies said once more, slowly: lines per level as arrays, slices as numbers. rr is one
 * level with slices, fifo one level without.
 */
#ifndef MODEL_H
#define MODEL_H

#include "unit.h"

#include <rota/rota.h>

#define TASKS  20u
#define QUEUES 2u
#define SLICE  1000u
#define AHEAD  128u /* that go before one which is in turn */

enum place { OUT, WAITS, RUNS };

struct model_task {
        struct rota_task task;
        enum place place;
        uint32_t queue;
        uint32_t level;
        bool fifo;
        uint64_t left;
        uint64_t own;
};

struct model_queue {
        struct rota_queue *queue; /* the policy's */
        struct model_task *current;
        struct model_task *line[ROTA_PRIO_LEVELS][TASKS];
        uint32_t length[ROTA_PRIO_LEVELS];
        uint32_t ready;
        struct model_task *turn; /* first in turn, where others went ahead of it */
        uint32_t ahead;          /* how many did */
};

struct model {
        const struct rota_policy *policy;
        bool levels;    /* priorities count */
        bool slices;    /* turns are limited */
        uint64_t slack; /* what is due within it is due now */
        struct model_task tasks[TASKS];
        struct model_queue queues[QUEUES];
        uint64_t now;
        uint64_t seed;
};

void model_init(struct model *m, const struct rota_policy *policy, uint64_t slack);
void model_fini(struct model *m);

/* Each does the same to the policy and to the model, and compares. */
void model_come(struct model *m, struct model_task *t, uint32_t queue, uint32_t flags);
void model_run(struct model *m, uint32_t queue);
void model_put_back(struct model *m, uint32_t queue, uint32_t flags, bool fused);
/* The running task yields round queue->line, where the policy allows that. */
void model_round(struct model *m, uint32_t queue);
/* It parks, in one call; `handed` (OUT, or NULL) is handed the CPU. */
void model_sleep(struct model *m, uint32_t queue, struct model_task *handed);
void model_leave(struct model *m, uint32_t queue, uint32_t flags);
/* A timer interrupt's work in one call, where the policy has that. */
void model_tick(struct model *m, uint32_t queue, uint64_t ns);
void model_charge(struct model *m, uint32_t queue, uint64_t ns);
void model_move(struct model *m, struct model_task *t, uint32_t to);
void model_pull(struct model *m, uint32_t from, uint32_t to);
void model_change(struct model *m, struct model_task *t, const struct rota_params *params);
void model_compare(struct model *m);
struct rota_params model_params(struct model *m);

#endif
