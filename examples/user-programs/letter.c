/* SPDX-License-Identifier: MIT */
/*
 * A program that prints its letter eight times, and never lets go of the processor: between two letters it
 * counts for about one and a half slices of 5 ms, where an instruction takes 1 ns. Who else is to run in
 * the meantime is the scheduler's work.
 */
#include <program/program.h>

int main(int count, char **words)
{
        for (int i = 0; i < 8; i++) {
                sys_write(words[count > 1], 1);
                for (uint64_t left = 3000000; left > 0; left--)
                        __asm__ volatile("" : "+r"(left));
        }
        return 0;
}
