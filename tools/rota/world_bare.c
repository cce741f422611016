/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The bare worlds: the reference kernel on a machine of QEMU's whose memory is a file that the tool has
 * mapped too. So the image lies where the kernel is told, and progress, results and trace are read where
 * the kernel writes them, without a device in between; they are still there after a crash.
 */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"

#define MIB ((size_t)1 << 20)
/*
 * The machine's memory, from where it begins: what kernel and program use, the image, and from the
 * middle on the report. Firmware may have something at the end.
 */
#define RAM_SIZE    (512 * MIB)
#define REPORT_AT   (256 * MIB)
#define REPORT_MOST (RAM_SIZE - REPORT_AT - 4 * MIB)
/* The kernel's program: what it needs anyhow, and what is left beside the kernel and the image. */
#define MEMORY_LEAST (64 * MIB)
#define MEMORY_MOST  (224 * MIB)
#define IMAGE_MOST   (32 * MIB)
#define PAGE         ((size_t)4096)
/* QEMU's options, the common ones and a machine's. */
#define WORDS_MOST 48

/** What lies where in the machine's memory. */
struct layout {
        uint64_t image;
        size_t image_size;
        uint64_t report;
        size_t report_size;
        size_t memory_size;
};

/** Whether a program is on the path. */
static bool is_installed(const char *name)
{
        const char *path = getenv("PATH");
        char file[PATH_MAX];

        while (path && *path) {
                const size_t length = strcspn(path, ":");
                snprintf(file, sizeof(file), "%.*s/%s", (int)length, path, name);
                if (access(file, X_OK) == 0)
                        return true;
                path += length + (path[length] == ':');
        }
        return false;
}

/** What has no room in the machine is refused. */
static bool lay_out(struct layout *out, const struct machine *machine,
        const struct program *program, size_t report_size, struct error *error)
{
        const size_t size = program->archive ? program->archive_size : program->size;
        const size_t pages = (size + PAGE - 1) / PAGE * PAGE;

        if (report_size > REPORT_MOST)
                return error_set(error,
                        "the report of so many CPUs and threads takes %zu MiB; the "
                        "%s world has %zu for it",
                        report_size / MIB, machine->name, REPORT_MOST / MIB);
        out->memory_size = MEMORY_LEAST + (size_t)program_buffers(program);
        if (out->memory_size > MEMORY_MOST)
                return error_set(error,
                        "what mem and memrun go to takes %zu MiB; the %s world has %zu for it",
                        (out->memory_size - MEMORY_LEAST) / MIB, machine->name,
                        (MEMORY_MOST - MEMORY_LEAST) / MIB);
        if (pages > IMAGE_MOST)
                return error_set(error,
                        "the workload's image takes %zu MiB; the %s world has %zu for it",
                        pages / MIB, machine->name, IMAGE_MOST / MIB);
        out->report = machine->ram + REPORT_AT;
        out->report_size = report_size;
        out->image = out->report - pages;
        out->image_size = size;
        return true;
}

/** The machine's memory, mapped. @return its file, -1 on failure */
static int make_memory(struct child *child, struct error *error)
{
        const int fd = memfd_create("machine", 0);

        if (fd < 0 || ftruncate(fd, (off_t)RAM_SIZE) != 0) {
                error_set(error, "memory for the machine: %s", strerror(errno));
                if (fd >= 0)
                        close(fd);
                return -1;
        }
        child->region_size = RAM_SIZE;
        child->region = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (child->region == MAP_FAILED) {
                child->region = NULL;
                error_set(error, "mapping the machine's memory: %s", strerror(errno));
                close(fd);
                return -1;
        }
        return fd;
}

static void run_emulator(const struct machine *machine, const char *kernel, int ram,
        const struct layout *at, uint32_t cpus, bool icount)
{
        char memory[160];
        char size[32];
        char smp[16];
        char append[192];
        const char *const common[] = {"-nodefaults", "-no-user-config", "-object", memory, "-accel",
                "tcg", "-smp", smp, "-m", size, "-kernel", kernel, "-append", append, "-display",
                "none", "-serial", "stdio", "-monitor", "none", "-nic", "none", "-no-reboot", NULL};
        const char *words[WORDS_MOST];
        size_t count = 0;

        snprintf(memory, sizeof(memory),
                "memory-backend-file,id=ram,size=%zuM,mem-path=/proc/self/fd/%d,share=on",
                RAM_SIZE / MIB, ram);
        snprintf(size, sizeof(size), "%zuM", RAM_SIZE / MIB);
        snprintf(smp, sizeof(smp), "%" PRIu32, cpus);
        snprintf(append, sizeof(append),
                "rota.image=0x%" PRIx64 ",0x%zx rota.report=0x%" PRIx64 ",0x%zx rota.memory=0x%zx",
                at->image, at->image_size, at->report, at->report_size, at->memory_size);
        words[count++] = machine->emulator;
        for (size_t i = 0; common[i]; i++)
                words[count++] = common[i];
        for (size_t i = 0; machine->options[i]; i++)
                words[count++] = machine->options[i];
        if (icount) {
                words[count++] = "-icount";
                words[count++] = "shift=0,sleep=off";
        }
        words[count] = NULL;
        execvp(machine->emulator, (char *const *)(uintptr_t)words);
        dprintf(STDERR_FILENO, "%s: %s\n", machine->emulator, strerror(errno));
        _exit(126);
}

bool child_start_bare(
        struct child *child, const struct program *program, size_t report_size, struct error *error)
{
        const struct machine *machine = child->machine;
        struct layout at = {0};
        char kernel[PATH_MAX];
        int console[2];

        if (!lay_out(&at, machine, program, report_size, error))
                return false;
        if (!is_installed(machine->emulator))
                return error_set(error, "%s is not installed; the %s world runs in it (Debian: %s)",
                        machine->emulator, machine->name, machine->package);
        if (!machine_find_kernel(machine, kernel, sizeof(kernel)))
                return error_set(error,
                        "the kernel is missing: %s; build the preset %s, or name it in %s", kernel,
                        machine->name, machine->env);
        const int ram = make_memory(child, error);
        if (ram < 0 || !child_console(console, error))
                return false;
        memcpy((char *)child->region + (at.image - machine->ram),
                program->archive ? program->archive : program->bytes, at.image_size);
        child->report = (char *)child->region + REPORT_AT;
        child->report_size = report_size;
        const pid_t parent = getpid();
        child->pid = fork();
        if (child->pid == 0) {
                child_become(child, console, parent);
                run_emulator(machine, kernel, ram, &at, program->image.header->cpus, child->icount);
        }
        close(console[1]);
        close(ram);
        child->console = console[0];
        return child->pid > 0 || error_set(error, "fork: %s", strerror(errno));
}
