/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The command line: `rota COMMAND ...`. Exit status 0; 1: a run failed; 2: the command line or a
 * file is bad.
 */
#include <stdio.h>
#include <string.h>

#include "run.h"

#ifndef ROTA_VERSION
#define ROTA_VERSION "unknown"
#endif

static const char usage[] =
        "usage: rota COMMAND [ARGUMENTS]\n"
        "\n"
        "  run WORKLOAD   perform a workload and show how it was scheduled\n"
        "  --help         this text; rota COMMAND --help tells of a command\n"
        "  --version      the version\n"
        "\n"
        "Exit status: 0; 1 a run failed; 2 the command line or a file is bad.\n";

int main(int count, char **words)
{
        if (count < 2) {
                fputs(usage, stderr);
                return 2;
        }
        if (strcmp(words[1], "run") == 0)
                return run_command(count - 2, words + 2);
        if (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0 ||
                strcmp(words[1], "help") == 0) {
                fputs(usage, stdout);
                return 0;
        }
        if (strcmp(words[1], "--version") == 0) {
                puts("rota " ROTA_VERSION);
                return 0;
        }
        fprintf(stderr, "rota: there is no command \"%s\"; see rota --help\n", words[1]);
        return 2;
}
