/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What is told of a run on standard error: no failures, but seldom what a workload's author meant.
 */
#ifndef ROTA_TOOL_TELL_H
#define ROTA_TOOL_TELL_H

#include "result.h"

/** What the workload did in vain. */
void tell_losses(const struct result *result);
/** Who waited for what where nobody could go on. */
void tell_stall(const struct result *result);
/** Polls that ran on though others were to run. */
void tell_stuck(const struct result *result);

#endif
