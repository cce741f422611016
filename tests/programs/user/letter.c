/* SPDX-License-Identifier: MIT */
/*
 * Prints its letter again and again and calculates in between: so long that a slice of 5 ms ends there,
 * where an instruction takes 1 ns. Words: the letter, how often, after how many of these it sleeps (0:
 * never), for how many ns.
 */
#include <program/program.h>

int main(int count, char **words)
{
        const uint64_t times = count > 2 ? number(words[2]) : 10;
        const uint64_t awake = count > 3 ? number(words[3]) : 0;
        const uint64_t sleep = count > 4 ? number(words[4]) : 0;

        for (uint64_t i = 1; i <= times; i++) {
                sys_write(count > 1 ? words[1] : "?", 1);
                for (uint64_t left = 3000000; left > 0; left--)
                        __asm__ volatile("" : "+r"(left));
                if (awake && i % awake == 0)
                        sys_sleep(sleep);
        }
        return 0;
}
