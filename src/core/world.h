/* SPDX-License-Identifier: MIT */
/* The port: inline from the world's own header where there is one, plain functions otherwise. */
#ifndef ROTA_CORE_WORLD_H
#define ROTA_CORE_WORLD_H

#if defined(__has_include)
#if __has_include("rota_port.h")
#include "rota_port.h"
#define ROTA_PORT_INLINE
#endif
#endif
#ifndef ROTA_PORT_INLINE
#include <rota/port.h>
#endif

#endif
