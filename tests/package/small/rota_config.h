/* SPDX-License-Identifier: MIT */
/* A small machine's settings, each other than the default. */
#define ROTA_POLICY_WORDS   5
#define ROTA_MAX_CLASSES    2
#define ROTA_PRIO_LEVELS    32
#define ROTA_ATOMICS_MASKED 1
