/* SPDX-License-Identifier: MIT */
/**
 * @file
 * All of Rota's public interface.
 */
#ifndef ROTA_ROTA_H
#define ROTA_ROTA_H

#include <rota/check.h>
#include <rota/cleanup.h>
#include <rota/cpu.h>
#include <rota/debug.h>
#include <rota/extra.h>
#include <rota/instance.h>
#include <rota/kind.h>
#include <rota/layout.h>
#include <rota/params.h>
#include <rota/policy.h>
#include <rota/selftest.h>
#include <rota/spare.h>
#include <rota/stack.h>
#include <rota/stats.h>
#include <rota/task.h>
#include <rota/thread.h>
#include <rota/time.h>
#include <rota/timer.h>
#include <rota/trace.h>
#include <rota/types.h>
#include <rota/wait.h>
#include <rota/watchdog.h>

#endif
