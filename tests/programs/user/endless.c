/* SPDX-License-Identifier: MIT */
/* Never calls the kernel, never ends. */
#include <program/program.h>

int main(int count, char **words)
{
        (void)count;
        (void)words;
        for (;;)
                __asm__ volatile("" : : : "memory");
}
