/* SPDX-License-Identifier: MIT */
/* Neither accounts nor a trace, nor a watchdog: stands in for account.c below level 3. rota_init refuses what would
 * ask for them (account_kept). */
#include "core/account.h"
#include "core/core.h"

const bool account_kept = false;

void account_placed(
        struct rota_task *task, uint32_t reason, uint32_t from, uint32_t to, uint64_t now)
{
        (void)task;
        (void)reason;
        (void)from;
        (void)to;
        (void)now;
}

void account_out(struct rota_cpu *cpu)
{
        (void)cpu;
}

bool account_back(struct rota_cpu *cpu, uint64_t now)
{
        (void)cpu;
        (void)now;
        return false;
}

void account_run(struct rota_cpu *cpu, struct rota_task *task, uint64_t now)
{
        (void)cpu;
        (void)task;
        (void)now;
}

void account_home(struct rota_cpu *cpu, uint64_t now)
{
        (void)cpu;
        (void)now;
}

void account_leave(struct rota_cpu *cpu, struct rota_task *task, enum rota_why why, uint64_t now)
{
        (void)cpu;
        (void)task;
        (void)why;
        (void)now;
}

void trace_event(
        struct rota_cpu *cpu, uint64_t time, uint16_t event, uint32_t a, uint32_t b, uint32_t c)
{
        (void)cpu;
        (void)time;
        (void)event;
        (void)a;
        (void)b;
        (void)c;
}

void trace_change(const struct rota_task *task, uint64_t now)
{
        (void)task;
        (void)now;
}

void trace_token(struct rota_handle handle)
{
        (void)handle;
}

void trace_cpu(const struct rota_cpu *cpu, uint16_t event, bool joins)
{
        (void)cpu;
        (void)event;
        (void)joins;
}

void trace_show(struct text *w, const struct rota_cpu *cpu)
{
        (void)w;
        (void)cpu;
}

void watchdog_begin(struct rota_cpu *cpu)
{
        (void)cpu;
}

void watchdog_end(struct rota_cpu *cpu)
{
        (void)cpu;
}

void watchdog_show(struct text *w, const struct rota *rota)
{
        (void)w;
        (void)rota;
}
