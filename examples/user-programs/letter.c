/* SPDX-License-Identifier: MIT */
/* Prints its letter again and again, and never lets go of the processor: that is the scheduler's work. */
#include <program/program.h>

#ifndef LETTER
#define LETTER "A"
#endif

int main(int count, char **arguments)
{
	(void)count; (void)arguments;
	print("%s %u\n", LETTER, 1);
	return 0;
}
