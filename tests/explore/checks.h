/* SPDX-License-Identifier: MIT */
/* What must be true at the end of a program: NULL where it is, else what is not. */
#ifndef ROTA_TESTS_EXPLORE_CHECKS_H
#define ROTA_TESTS_EXPLORE_CHECKS_H

#include "explore.h"

const char *one_of_two_joined(void);
const char *joined_once(void);
const char *parked_until(void);
const char *cancelled(void);
const char *given_back(void);
const char *permits_add_up(void);
const char *flag_was_seen(void);
const char *answered(void);
const char *book_closed(void);
const char *one_finds_it_so(void);
const char *one_stays(void);
const char *left(void);
const char *all_received(void);
const char *one_wins(void);
const char *made_or_not(void);
const char *put_back(void);
const char *all_met(void);
const char *done_once(void);

#endif
