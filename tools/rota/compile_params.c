/* SPDX-License-Identifier: MIT */
/**
 * @file
 * From the kernel's scheduling policies and priorities to classes and parameters of Rota:
 *
 *     SCHED_FIFO p (1 to 99)        first class, level 100 - p, to block
 *     SCHED_RR p (1 to 99)          first class, level 100 - p, in turns
 *     SCHED_OTHER, _BATCH nice n    last class, level 129 + n (109 to 148), weight 1024 / 1.25^n
 *     SCHED_IDLE                    last class, level 256, weight 3
 *     SCHED_DEADLINE                refused: no class of this library is one
 *
 * With one class everything is in that. A policy without levels does not look at them. "dl-runtime"
 * on SCHED_OTHER is a slice of the task's own.
 */
#include "compiler.h"

#include <string.h>

#include <rota/params.h>

#define LEVEL_NICE_0 129
#define LEVEL_IDLE   256
#define WEIGHT_IDLE  3

static const char *const policy_names[] = {
        [LINUX_OTHER] = "SCHED_OTHER",
        [LINUX_BATCH] = "SCHED_BATCH",
        [LINUX_IDLE] = "SCHED_IDLE",
        [LINUX_RR] = "SCHED_RR",
        [LINUX_FIFO] = "SCHED_FIFO",
        [LINUX_DEADLINE] = "SCHED_DEADLINE",
};

static const char *const wish_names[] = {"policy", "priority", "dl-runtime", "dl-period",
        "dl-deadline", "runtime", "period", "deadline"};

bool policy_is_known(const char *name)
{
        return strcmp(name, "fifo") == 0 || strcmp(name, "rr") == 0 || strcmp(name, "prio") == 0;
}

bool compile_policy(struct compiler *c, const struct relaxed *value, enum linux_policy *policy)
{
        const char *name = NULL;

        if (!compile_string(c, value, &name))
                return false;
        for (size_t i = 0; i < sizeof(policy_names) / sizeof(policy_names[0]); i++) {
                if (strcmp(policy_names[i], name) == 0) {
                        *policy = (enum linux_policy)i;
                        return true;
                }
        }
        return compile_wrong(c, value->line, "unknown policy \"%s\"", name);
}

bool compile_is_wish(const char *key)
{
        for (size_t i = 0; i < sizeof(wish_names) / sizeof(wish_names[0]); i++)
                if (strcmp(wish_names[i], key) == 0)
                        return true;
        return false;
}

bool compile_wish(struct compiler *c, const struct relaxed *member, struct wishes *wishes)
{
        const char *key = member->key;

        wishes->line = member->line;
        if (strcmp(key, "policy") == 0)
                return compile_policy(c, member, &wishes->policy);
        if (strcmp(key, "priority") == 0) {
                wishes->has_priority = true;
                return compile_integer(c, member, -1000, 1000, &wishes->priority);
        }
        if (strncmp(key, "dl-", 3) == 0)
                key += 3;
        uint64_t *ns = strcmp(key, "runtime") == 0  ? &wishes->runtime_ns
                       : strcmp(key, "period") == 0 ? &wishes->period_ns
                                                    : &wishes->deadline_ns;
        return compile_usec(c, member, ns);
}

/** 1024 / 1.25^nice, rounded: a step of nice is a tenth of a CPU between two tasks. */
static uint32_t nice_weight(int64_t nice)
{
        double weight = 1024;

        for (; nice > 0; nice--)
                weight /= 1.25;
        for (; nice < 0; nice++)
                weight *= 1.25;
        return (uint32_t)(weight + 0.5);
}

static bool real_time(struct compiler *c, const struct wishes *wishes, struct workload_params *out)
{
        const int64_t priority = wishes->has_priority ? wishes->priority : 10;

        if (priority < 1 || priority > 99)
                return compile_wrong(c, wishes->line, "%s has the priorities 1 to 99, not %lld",
                        policy_names[wishes->policy], (long long)priority);
        out->class_index = 0;
        out->priority = (uint16_t)(100 - priority);
        out->flags = wishes->policy == LINUX_FIFO ? ROTA_PARAMS_FIFO : 0;
        return true;
}

static bool deadline(struct compiler *c, const struct wishes *wishes)
{
        char classes[256] = "";

        for (uint32_t i = 0; i < c->options->policy_count; i++) {
                strncat(classes, i ? "," : "", sizeof(classes) - strlen(classes) - 1);
                strncat(classes, c->options->policies[i], sizeof(classes) - strlen(classes) - 1);
        }
        return compile_wrong(c, wishes->line,
                "SCHED_DEADLINE needs a class that schedules by deadline; this run has %s",
                classes);
}

bool compile_params(struct compiler *c, const struct wishes *wishes, struct workload_params *out)
{
        const int64_t nice = wishes->has_priority ? wishes->priority : 0;

        memset(out, 0, sizeof(*out));
        if (wishes->policy == LINUX_DEADLINE)
                return deadline(c, wishes);
        if (wishes->policy == LINUX_FIFO || wishes->policy == LINUX_RR)
                return real_time(c, wishes, out);
        if (nice < -20 || nice > 19)
                return compile_wrong(c, wishes->line,
                        "the priority of %s is its nice value, -20 to 19, not %lld",
                        policy_names[wishes->policy], (long long)nice);
        out->class_index = (uint8_t)(c->options->policy_count - 1);
        if (wishes->policy == LINUX_IDLE) {
                out->priority = LEVEL_IDLE;
                out->weight = WEIGHT_IDLE;
        } else {
                out->priority = (uint16_t)(LEVEL_NICE_0 + nice);
                out->weight = nice_weight(nice);
        }
        out->slice_ns = wishes->runtime_ns;
        return true;
}
