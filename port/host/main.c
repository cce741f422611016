/* SPDX-License-Identifier: MIT */
/*
 * main() for a program that is nothing but a world_main(): PROGRAM [--cpus N] [WORD...]; the words
 * are its command line. Without --cpus the environment's ROTA_CPUS counts, else there are 4.
 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t cpus_from(const char *text)
{
        char *end;
        unsigned long cpus = strtoul(text, &end, 10);

        if (end == text || *end || cpus < 1 || cpus > 1024) {
                fprintf(stderr, "not a number of CPUs from 1 to 1024: %s\n", text);
                exit(2);
        }
        return (uint32_t)cpus;
}

int main(int argc, char **argv)
{
        const char *cpus = getenv("ROTA_CPUS");
        struct rota_host_options options = {.cpus = cpus ? cpus_from(cpus) : 0};
        size_t room = 1;

        for (int i = 1; i < argc; i++)
                room += strlen(argv[i]) + 1;
        char *command = calloc(1, room);
        if (!command)
                return 1;
        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], "--cpus") == 0 && i + 1 < argc) {
                        options.cpus = cpus_from(argv[++i]);
                        continue;
                }
                if (*command)
                        strcat(command, " ");
                strcat(command, argv[i]);
        }
        options.command = command;
        int result = rota_host_main(&options);
        if (result < 0)
                fprintf(stderr, "%s: %s\n", argv[0], rota_error_text(result));
        free(command);
        return result < 0 ? 1 : result;
}
