/* SPDX-License-Identifier: MIT */
/* The host world has no user programs: its tasks are threads of one process. */
#include <world_programs.h>

bool world_file(const struct world *world, const char *name, const void **bytes, size_t *size)
{
        (void)world;
        (void)name;
        (void)bytes;
        (void)size;
        return false;
}

const char *world_programs_begin(
        const struct world *world, uint32_t cpus, world_program_ended ended)
{
        (void)world;
        (void)cpus;
        (void)ended;
        return "the host world has no user mode";
}

const char *world_program_start(const struct world_program *program, struct rota_handle *handle)
{
        (void)program;
        (void)handle;
        return "the host world has no user mode";
}

void world_programs_end(void)
{
}
