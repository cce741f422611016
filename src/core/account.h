/* SPDX-License-Identifier: MIT */
/*
 * What the core notes for who looks: accounts and trace (account.c), and the watchdog's findings
 * (watchdog.c). Below level 3 no_accounts.c stands in for both.
 */
#ifndef ROTA_CORE_ACCOUNT_H
#define ROTA_CORE_ACCOUNT_H

#include "core/core.h"

/* ---- The watchdog (watchdog.c; no_accounts.c below level 3). ---- */

struct text;

/* Arms it on this CPU, where the instance has one. Masked, no lock held. */
void watchdog_begin(struct rota_cpu *cpu);
/* This CPU leaves: it is watched no more. Masked, no lock held. */
void watchdog_end(struct rota_cpu *cpu);
/* Its latest finding, for a dump. */
void watchdog_show(struct text *w, const struct rota *rota);

/* ---- Accounts and trace (account.c; no_accounts.c below level 3). ---- */

/* Whether this library keeps any. */
extern const bool account_kept;

/* A task was queued: started or woken (reason), maybe on another CPU. */
void account_placed(
        struct rota_task *task, uint32_t reason, uint32_t from, uint32_t to, uint64_t now);
void account_leave(struct rota_cpu *cpu, struct rota_task *task, enum rota_why why, uint64_t now);
/* The CPU leaves the instance, or is back: the time between counts as idle. Returns whether it is back,
 * or begins for the first time. */
void account_out(struct rota_cpu *cpu);
bool account_back(struct rota_cpu *cpu, uint64_t now);
/* Nobody runs on this CPU from now on. */
void account_home(struct rota_cpu *cpu, uint64_t now);
void account_run(struct rota_cpu *cpu, struct rota_task *task, uint64_t now);
/* The latest of a CPU's trace, for a dump, the newest last; what its reader took is still there. */
void trace_show(struct text *w, const struct rota_cpu *cpu);
void trace_event(
        struct rota_cpu *cpu, uint64_t time, uint16_t event, uint32_t a, uint32_t b, uint32_t c);
void trace_change(const struct rota_task *task, uint64_t now);
/* A wake found its task not parked: the token is set. Masked. */
void trace_token(struct rota_handle handle);
/* A poll of the caller's begins or ends (ROTA_EVENT_POLL_). Interrupts enabled. Whatever polls has accounts. */
void trace_poll(const struct rota_task *task, uint16_t event, uint32_t b, uint32_t c);
/* A CPU leaves or joins (ROTA_EVENT_CPUHP_), in the trace of this one. Masked. */
void trace_cpu(const struct rota_cpu *cpu, uint16_t event, bool joins);

static inline uint32_t task_id(const struct rota_task *task)
{
        return task ? task->handle.index + 1 : 0;
}

#endif
