/* SPDX-License-Identifier: MIT */
/* An execution as text, to be repeated: "0x22,1x55,3x1/49=2" are 22 operations of actor 0, 55 of actor
 * 1, one tick of the clock; the load of step 49 saw the value two before the newest. */
#ifndef ROTA_TESTS_EXPLORE_RECORD_H
#define ROTA_TESTS_EXPLORE_RECORD_H

#include <stdint.h>

/* An execution begins; with a text it repeats that one. */
void record_begin(const char *replay);
/* The actor has done one operation. */
void record_step(uint32_t actor);
/* The load of this step sees an older value. */
void record_age(uint32_t age);
/* Of the candidates the one that the text says; the first once it has ended. */
uint32_t record_next(const uint32_t *candidates, uint32_t n);
/* Of n values the one that the text says for this step. */
uint32_t record_next_age(uint32_t n);

#endif
