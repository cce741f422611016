/* SPDX-License-Identifier: MIT */
#ifndef ROTA_TESTS_ADOPT_H
#define ROTA_TESTS_ADOPT_H

#include <world.h>

/* @return the code of the first thing that is not as it should be, else 0. */
int adopt_main(const struct world *world);

#endif
