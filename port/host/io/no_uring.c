/* SPDX-License-Identifier: MIT */
/* Stands in for uring.c where liburing is missing. */
#include "rota_port.h"
#include "backend.h"

static int start(uint32_t cpus, const struct rota_io_options *options, const char **why)
{
        (void)cpus;
        (void)options;
        *why = "built without liburing";
        return ROTA_EPORT;
}

const struct io_backend io_uring_backend = {.name = "io_uring", .start = start};
