/* SPDX-License-Identifier: MIT */
/* The kind of future tasks. */
#ifndef ROTA_FUTURE_KIND_H
#define ROTA_FUTURE_KIND_H

#include <rota/kind.h>

/* task.c */
extern const struct rota_kind future_kind;
extern const struct rota_kind future_traced_kind; /* where there are accounts, and maybe a trace */

#endif
