/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Futures, and all that is built on them. Not part of <rota/rota.h>: a kernel without futures compiles
 * none of it (ROTA_FUTURE in rota.mk).
 */
#ifndef ROTA_FUTURES_H
#define ROTA_FUTURES_H

#include <rota/await.h>
#include <rota/block_on.h>
#include <rota/combine.h>
#include <rota/coroutine.h>
#include <rota/future.h>
#include <rota/scope.h>

#endif
