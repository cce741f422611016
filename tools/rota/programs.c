/* SPDX-License-Identifier: MIT */
/**
 * @file
 * From files of user programs to a workload with a task for each, and to the archive that the world is
 * given: the workload's image, then the files, in cpio's "newc" format (cpio(5)).
 */
#include "programs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rota/params.h>

#include "compiler.h"
#include "memory.h"
#include "user/elf.h"

#define FILE_MOST     ((size_t)16 << 20)
#define PROGRAMS_MOST 64u
#define NAME_MOST     31u /* of a program, in the kernel */
#define MEMORY_MOST   ((uint64_t)32 << 20)

/* The users' addresses behind a first thread's stack, as the kernel has them. */
#define USER_LOW  (((uint64_t)64 << 30) + (1 << 20))
#define USER_HIGH ((uint64_t)128 << 30)

/** A file as it was read. */
struct program_file {
        char *name; /**< without folders and ".elf" */
        char *bytes;
        size_t size;
};

/** All of them. */
struct program_files {
        struct program_file file[PROGRAMS_MOST];
        size_t count;
};

static enum elf_machine elf_of(const char *world)
{
        return strcmp(world, "x86_64") == 0    ? ELF_X86_64
               : strcmp(world, "aarch64") == 0 ? ELF_AARCH64
                                               : ELF_RISCV;
}

static bool read_whole(const char *path, struct program_file *file, struct error *error)
{
        FILE *stream = fopen(path, "rb");
        size_t room = 0, got = 0;

        if (!stream)
                return error_set(error, "%s: %s", path, strerror(errno));
        do {
                file->bytes = memory_grow(file->bytes, &room, file->size + 65536, 1);
                got = fread(file->bytes + file->size, 1, 65536, stream);
                file->size += got;
        } while (got && file->size <= FILE_MOST);
        const bool failed = ferror(stream) != 0;
        fclose(stream);
        if (failed)
                return error_set(error, "%s: %s", path, strerror(errno));
        return file->size <= FILE_MOST || error_set(error, "%s: larger than 16 MiB", path);
}

static bool check(
        const char *path, const struct program_file *file, const char *world, struct error *error)
{
        const struct elf_rules rules = {elf_of(world), USER_LOW, USER_HIGH, MEMORY_MOST};
        struct elf_program program;
        const char *wrong = elf_read(file->bytes, file->size, &rules, &program);

        return !wrong || error_set(error, "%s: no program for %s: %s", path, world, wrong);
}

/** The file's own name: what the task is called. */
static char *name_of(const char *path)
{
        const char *slash = strrchr(path, '/');
        const char *name = slash ? slash + 1 : path;
        size_t length = strlen(name);

        if (length > 4 && strcmp(name + length - 4, ".elf") == 0)
                length -= 4;
        char *copy = memory_get(length + 1, 1);
        snprintf(copy, length + 1, "%s", name);
        return copy;
}

static bool add_file(
        struct program_files *all, const char *path, const char *world, struct error *error)
{
        if (all->count == PROGRAMS_MOST)
                return error_set(error, "--program: at most %u programs", PROGRAMS_MOST);
        struct program_file *file = &all->file[all->count++];
        file->name = name_of(path);
        if (!*file->name || strlen(file->name) > NAME_MOST ||
                strcmp(file->name, WORKLOAD_FILE) == 0)
                return error_set(error, "--program: a name of 1 to %u characters is wanted: \"%s\"",
                        NAME_MOST, path);
        for (size_t i = 0; i + 1 < all->count; i++)
                if (strcmp(all->file[i].name, file->name) == 0)
                        return error_set(
                                error, "--program: two programs are called \"%s\"", file->name);
        return read_whole(path, file, error) && check(path, file, world, error);
}

static bool read_files(
        struct program_files *all, const char *files, const char *world, struct error *error)
{
        char *copy = memory_get(strlen(files) + 1, 1);
        char *rest = NULL;
        bool good = true;

        memcpy(copy, files, strlen(files) + 1);
        for (char *path = strtok_r(copy, ",", &rest); path && good;
                path = strtok_r(NULL, ",", &rest))
                good = add_file(all, path, world, error);
        free(copy);
        return good && (all->count || error_set(error, "--program: no file is named"));
}

/** A task that is a program: one phase of one event. */
static void add_task(struct compiler *c, const char *name)
{
        struct workload_task task = {
                .phase_count = 1, .loops = 1, .instances = 1, .params.priority = ROTA_PRIO_DEFAULT};
        const struct workload_phase phase = {.event_count = 1, .loops = 1};
        const struct workload_event event = {.kind = WORKLOAD_PROGRAM};

        task.name = compile_name(c, name);
        c->tasks = memory_grow(c->tasks, &c->task_room, c->task_count + 1, sizeof(*c->tasks));
        c->phases = memory_grow(c->phases, &c->phase_room, c->phase_count + 1, sizeof(*c->phases));
        c->events = memory_grow(c->events, &c->event_room, c->event_count + 1, sizeof(*c->events));
        c->phases[c->phase_count] = phase;
        c->phases[c->phase_count++].name = task.name;
        c->events[c->event_count++] = event;
        c->tasks[c->task_count++] = task;
}

static size_t pad(size_t at)
{
        return (at + 3) & ~(size_t)3;
}

/** Appends a file. @return where the next one goes; nothing is written where @p archive is NULL */
static size_t append(char *archive, size_t at, const char *name, const void *bytes, size_t size)
{
        const size_t length = strlen(name) + 1;
        const size_t content = pad(at + 110 + length);
        char header[160];

        if (archive) {
                snprintf(header, sizeof(header),
                        "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 0, 0100755,
                        0, 0, 1, 0, size, 0, 0, 0, 0, length, 0);
                memcpy(archive + at, header, 110);
                memcpy(archive + at + 110, name, length);
                if (size)
                        memcpy(archive + content, bytes, size);
        }
        return pad(content + size);
}

static size_t pack(char *archive, const struct program *program, const struct program_files *all)
{
        size_t at = append(archive, 0, WORKLOAD_FILE, program->bytes, program->size);

        for (size_t i = 0; i < all->count; i++)
                at = append(archive, at, all->file[i].name, all->file[i].bytes, all->file[i].size);
        return append(archive, at, "TRAILER!!!", NULL, 0);
}

bool programs_compile(const char *files, const char *world, const struct compile_options *options,
        struct program *program, struct error *error)
{
        struct compiler c = {.file = "--program", .options = options, .error = error};
        struct program_files all = {.count = 0};

        memset(program, 0, sizeof(*program));
        bool good = read_files(&all, files, world, error);
        for (size_t i = 0; i < all.count && good; i++)
                add_task(&c, all.file[i].name);
        good = good && compile_image(&c, program);
        if (good) {
                program->archive_size = pack(NULL, program, &all);
                program->archive = memory_get(program->archive_size, 1);
                pack(program->archive, program, &all);
        }
        for (size_t i = 0; i < all.count; i++) {
                free(all.file[i].name);
                free(all.file[i].bytes);
        }
        compile_free(&c);
        return good;
}
