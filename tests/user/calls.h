/* SPDX-License-Identifier: MIT */
/* What the programs and the kernel of these tests agree on; read by both. */
#ifndef TESTS_USER_CALLS_H
#define TESTS_USER_CALLS_H

/* Where things are in each space: code and data and stack of a page or more each. */
#define USER_CODE  0x1000000000
#define USER_DATA  0x1000100000
#define USER_STACK 0x1000200000
#define USER_HOLE  0x1000300000

/* System calls. */
#define CALL_EXIT    0 /* its argument is the code */
#define CALL_YIELD   1
#define CALL_NOTHING 2 /* answers at once */
#define CALL_SIX     3 /* six arguments that belong together, answered by their sum */
#define CALL_SLEEP   4 /* so many ns; answers what the wait did */
#define CALL_LOG     5 /* a letter */
#define CALL_JOIN    6 /* a task by its number; answers its code */
#define CALL_EVENT   7 /* waits for the next one of its own, for so many ns at most */
#define CALL_PARK    8 /* parks, whatever comes; answers how often it was polled */
#define CALL_HOLD    9 /* holds cancels off, or no more */

/* Words of the data page, by offset. */
#define DATA_CODE      0
#define DATA_COUNT     8
#define DATA_STOP      16
#define DATA_SEED      24
#define DATA_STACK     32
#define DATA_FLAGS     40
#define DATA_BASES     48
#define DATA_SEGMENTS  56
#define DATA_NUMBER    64
#define DATA_ARGUMENT  72
#define DATA_ANSWER    80
#define DATA_STACK_TOP 88

#endif
