/* SPDX-License-Identifier: MIT */
/* The world's functions for user programs, by processes of the initrd. */
#include "user/cpio.h"
#include "user/process.h"
#include <world_programs.h>

/* What a program of a workload may have. */
#define PAGES    8192
#define STACK    65536
#define THREADS  64
#define CHILDREN 64

static world_program_ended told;

bool world_file(const struct world *world, const char *name, const void **bytes, size_t *size)
{
        struct cpio_file file;

        if (!world->image || !cpio_is_archive(world->image, world->image_size) ||
                !cpio_find(world->image, world->image_size, name, &file))
                return false;
        *bytes = file.bytes;
        *size = file.size;
        return true;
}

static void ended(void *argument, const struct kernel_process *process)
{
        struct world_program_end end = {
                .code = (intptr_t)process->end.code, .killed = process->end.kind == SYS_END_KILLED};

        (void)argument;
        if (process->end.kind == SYS_END_FAULT)
                end.fault = rota_fault_text((int)process->end.fault);
        told(process->user, &end);
}

const char *world_programs_begin(
        const struct world *world, uint32_t cpus, world_program_ended callback)
{
        const struct kernel_user_options options = {.initrd = world->image,
                .initrd_size = world->image_size,
                .cpus = cpus,
                .ended = ended};
        const char *wrong =
                world->image ? cpio_check(world->image, world->image_size) : "there is no archive";

        told = callback;
        if (!wrong && kernel_user_init(&options) != ROTA_OK)
                wrong = "the registers of the floating-point unit do not fit into a page";
        return wrong;
}

const char *world_program_start(const struct world_program *program, struct rota_handle *handle)
{
        const struct kernel_limits limits = {.pages = PAGES,
                .stack = STACK,
                .threads = THREADS,
                .children = CHILDREN,
                .priority = program->params.priority ? program->params.priority : ROTA_PRIO_DEFAULT,
                .class_first = program->params.class_index,
                .class_count = 1};
        const struct kernel_spawn spawn = {.name = program->name,
                .limits = &limits,
                .params = program->params,
                .affinity = program->affinity,
                .stats = program->stats,
                .user = program->user,
                .handle = handle};
        const char *reason = NULL;
        uint64_t id = 0;

        return kernel_process_spawn(&spawn, &id, &reason) == 0 ? NULL : reason;
}

void world_programs_end(void)
{
        kernel_user_end_all();
}
