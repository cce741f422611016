/* SPDX-License-Identifier: MIT */
/* The floating-point and vector unit of user mode. */
#ifndef ROTA_USER_UNIT_H
#define ROTA_USER_UNIT_H

#include <rota/user.h>

/* Saves the context's unit, where it is loaded, and loads what runs here had before. */
void unit_give(struct rota_user_context *context, struct rota_extra *own);

#endif
