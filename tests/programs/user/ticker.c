/* SPDX-License-Identifier: MIT */
/* Sleeps again and again. Words: for how many ns; how often. */
#include <program/program.h>

int main(int count, char **words)
{
        const uint64_t ns = count > 1 ? number(words[1]) : 1000000;

        for (uint64_t i = count > 2 ? number(words[2]) : 100; i > 0; i--)
                sys_sleep(ns);
        return 0;
}
