/* SPDX-License-Identifier: MIT */
/* Future tasks of a run. */
#ifndef SCENARIOS_AWAIT_H
#define SCENARIOS_AWAIT_H

#include <rota/futures.h>

#include "harness.h"

/* A future task with its account. */
struct runner {
        struct rota_future_task task; /* first */
        struct rota_handle handle;
        struct rota_task_stats stats;
};

/* A future task of the setup's default parameters, or these, started; on that CPU, UINT32_MAX: on any. */
static inline void runner_start_at(struct runner *runner, struct rota_future *future,
        struct rota_params params, uint32_t cpu, const char *name)
{
        struct rota_task_options options = {
                .name = name,
                .params = params,
                .stats = run.lean ? NULL : &runner->stats,
                .affinity = cpu == UINT32_MAX ? rota_affinity_all() : only_cpu(cpu),
        };

        check(rota_spawn(&runner->task, future, &options, &runner->handle) == ROTA_OK);
}

static inline void runner_start(struct runner *runner, struct rota_future *future)
{
        runner_start_at(runner, future, run.setup->worker, UINT32_MAX, "future");
}

static inline intptr_t runner_end(struct runner *runner)
{
        intptr_t code = -1;
        check(rota_join(runner->handle, rota_timeout_forever(), &code) == ROTA_OK);
        return code;
}

#endif
