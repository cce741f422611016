/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a task asks of its policy.
 */
#ifndef ROTA_PARAMS_H
#define ROTA_PARAMS_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** The level of a task that asks `prio` for none: the middle, 128 of 256. */
#define ROTA_PRIO_DEFAULT ((ROTA_PRIO_LEVELS + 1) / 2)

/** Flags of struct rota_params. */
enum rota_params_flag {
        ROTA_PARAMS_FIFO = 1, /**< `prio`: no slice, run to block within its level */
};

/** Parameters for any policy; each reads what it knows. Zero everywhere is a fair default. */
struct rota_params {
        uint8_t class_index;  /**< into the instance's list of policies, 0 the highest */
        uint8_t flags;        /**< enum rota_params_flag */
        uint16_t priority;    /**< 1 .. ROTA_PRIO_LEVELS, 0: ROTA_PRIO_DEFAULT */
        uint32_t weight;      /**< share of a fair policy, 0: 1024 (nice 0) */
        uint64_t slice_ns;    /**< 0: the policy's own */
        uint64_t runtime_ns;  /**< budget per period of a deadline policy */
        uint64_t deadline_ns; /**< relative deadline of a deadline policy */
        uint64_t period_ns;   /**< period of a deadline policy */
};

ROTA_END_DECLS
#endif
