/* SPDX-License-Identifier: MIT */
/* Select, as futures use it. */
#ifndef ROTA_SYNC_SELECT_H
#define ROTA_SYNC_SELECT_H

#include <rota/select.h>

/* Undoes the case that a select has done, which had waited: a message is returned, a wake passed on, flags are
 * set again. False: it cannot be, and the message has been sent, or is in the buffer. */
bool select_undo(struct rota_select_case *c);

#endif
