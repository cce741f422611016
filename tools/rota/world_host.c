/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The host world: a fork of the tool becomes it. The report is memory that both have mapped.
 */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <host.h>

#define THREAD_BYTES ((size_t)640 << 10) /* a thread and its stack, with room */
#define MEMORY_LEAST ((size_t)64 << 20)

uint32_t world_cpus_most(const char *world)
{
        return strcmp(world, "host") == 0 ? 256 : 64;
}

bool child_start_host(
        struct child *child, const struct program *program, size_t report_size, struct error *error)
{
        const struct workload_header *h = program->image.header;
        struct rota_host_options options = {.cpus = h->cpus,
                .memory_size = MEMORY_LEAST + h->thread_count * THREAD_BYTES +
                               (size_t)program_buffers(program),
                .image = program->bytes,
                .image_size = program->size,
                .report_size = report_size};
        int console[2];

        if (!child_console(console, error))
                return false;
        child->region_size = report_size;
        child->region = mmap(NULL, report_size, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (child->region == MAP_FAILED) {
                child->region = NULL;
                return error_set(error, "memory for the report: %s", strerror(errno));
        }
        child->report = child->region;
        child->report_size = report_size;
        options.report = child->report;
        fflush(NULL);
        const pid_t parent = getpid();
        child->pid = fork();
        if (child->pid == 0) {
                child_become(child, console, parent);
                const int code = rota_host_main(&options);
                if (code < 0)
                        dprintf(STDERR_FILENO, "%s\n", rota_error_text(code));
                _exit(code < 0 ? 1 : code);
        }
        close(console[1]);
        child->console = console[0];
        return child->pid > 0 || error_set(error, "fork: %s", strerror(errno));
}
