/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The command `rota run`.
 */
#ifndef ROTA_TOOL_RUN_H
#define ROTA_TOOL_RUN_H

/** @param words  what follows "run". @return the exit status */
int run_command(int count, char **words);

#endif
