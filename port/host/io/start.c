/* SPDX-License-Identifier: MIT */
/* Which back-end, and the world's knowledge of it. */
#define _GNU_SOURCE
#include "rota_port.h"
#include "backend.h"
#include <stdlib.h>
#include <string.h>

#define BATCH_MOST 256

const struct io_backend *io_backend;
static const char *why = "";

static int backend_asked(const struct rota_io_options *options, enum rota_io_backend *which)
{
        const char *name = getenv("ROTA_IO");

        *which = options->backend;
        if (*which != ROTA_IO_BEST || !name || !*name)
                return ROTA_OK;
        if (strcmp(name, io_uring_backend.name) == 0)
                *which = ROTA_IO_URING;
        else if (strcmp(name, io_epoll_backend.name) == 0)
                *which = ROTA_IO_EPOLL;
        else
                return ROTA_EINVAL;
        return ROTA_OK;
}

static int try(
        const struct io_backend *backend, uint32_t cpus, const struct rota_io_options *options)
{
        int result = backend->start(cpus, options, &why);

        if (result != ROTA_OK)
                return result;
        io_backend = backend;
        rota_host_devices_set(&backend->devices);
        return ROTA_OK;
}

int rota_io_start(uint32_t cpus, const struct rota_io_options *options)
{
        static const struct rota_io_options defaults;
        enum rota_io_backend which;

        if (!options)
                options = &defaults;
        if (cpus == 0 || cpus > ROTA_CPUS_MAX || options->backend > ROTA_IO_EPOLL ||
                options->batch > BATCH_MOST || backend_asked(options, &which) != ROTA_OK)
                return ROTA_EINVAL;
        if (io_backend)
                return ROTA_EBUSY;
        why = "";
        if (which == ROTA_IO_EPOLL) {
                why = "epoll was asked for";
                return try(&io_epoll_backend, cpus, options);
        }
        int result = try(&io_uring_backend, cpus, options);
        if (result == ROTA_EPORT && which == ROTA_IO_BEST)
                result = try(&io_epoll_backend, cpus, options);
        return result;
}

int rota_io_stop(void)
{
        if (!io_backend)
                return ROTA_OK;
        if (!io_backend->stop())
                return ROTA_EBUSY;
        rota_host_devices_set(NULL);
        io_backend = NULL;
        return ROTA_OK;
}

const char *rota_io_name(void)
{
        return io_backend ? io_backend->name : NULL;
}

const char *rota_io_why(void)
{
        return why;
}

void rota_io_stats(struct rota_io_stats *stats)
{
        *stats = (struct rota_io_stats){0};
        if (io_backend)
                io_backend->stats(stats);
}
