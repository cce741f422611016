/* SPDX-License-Identifier: MIT */
#include "user.h"
const struct user_case cases_many[] = {{.name = NULL}};
