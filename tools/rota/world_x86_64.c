/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The x86_64 world: the reference kernel on a machine of QEMU's whose memory is a file that the tool
 * has mapped too. So progress, results and trace are read where the kernel writes them, without a
 * device in between, and are still there after a crash.
 */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM_MIB     512u
#define REPORT_AT   0x10000000u /* the upper half of the memory is the report's */
#define REPORT_MOST ((RAM_MIB << 20) - REPORT_AT)
/* The kernel's program, below: what it needs anyhow, and what is left beside the kernel and its module. */
#define MEMORY_LEAST (64u << 20)
#define MEMORY_MOST  (224u << 20)
#define KERNEL_ENV   "ROTA_KERNEL_X86_64"

/* Where a build or an installation puts the kernel, beside the tool's own place. */
static const char *const beside[] = {
        "../../../x86_64/workload/rota-x86_64.elf", /* build/host/tools/rota/rota */
        "../lib/rota/rota-x86_64.elf",              /* PREFIX/bin/rota */
};

/** Finds the kernel. @return whether; else @p path is where it was looked for first */
static bool find_kernel(char *path, size_t size)
{
        const char *given = getenv(KERNEL_ENV);
        char self[PATH_MAX / 2];

        if (given && *given) {
                snprintf(path, size, "%s", given);
                return access(path, R_OK) == 0;
        }
        const ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
        self[length > 0 ? length : 0] = '\0';
        char *slash = strrchr(self, '/');
        if (slash)
                *slash = '\0';
        for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
                snprintf(path, size, "%s/%s", self, beside[i]);
                if (access(path, R_OK) == 0)
                        return true;
        }
        snprintf(path, size, "%s/%s", self, beside[0]);
        return false;
}

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

/** An anonymous file with the bytes, or with zeros where there are none. @return -1 on failure */
static int make_file(const char *name, const void *bytes, size_t size, struct error *error)
{
        const int fd = memfd_create(name, 0);

        if (fd < 0 || ftruncate(fd, (off_t)size) != 0 ||
                (bytes && pwrite(fd, bytes, size, 0) != (ssize_t)size)) {
                error_set(error, "memory for the %s: %s", name, strerror(errno));
                if (fd >= 0)
                        close(fd);
                return -1;
        }
        return fd;
}

static void run_emulator(const char *kernel, int ram, int image, const struct program *program,
        size_t report_size, size_t memory_size, bool icount)
{
        char memory[160];
        char size[32];
        char smp[16];
        char initrd[64];
        char append[96];

        snprintf(memory, sizeof(memory),
                "memory-backend-file,id=ram,size=%uM,mem-path=/proc/self/fd/%d,share=on", RAM_MIB,
                ram);
        snprintf(size, sizeof(size), "%uM", RAM_MIB);
        snprintf(smp, sizeof(smp), "%u", program->image.header->cpus);
        snprintf(initrd, sizeof(initrd), "/proc/self/fd/%d", image);
        snprintf(append, sizeof(append), "rota.report=0x%x,0x%zx rota.memory=0x%zx", REPORT_AT,
                report_size, memory_size);
        const char *const words[] = {"qemu-system-x86_64", "-nodefaults", "-no-user-config",
                "-machine", "pc,memory-backend=ram", "-object", memory, "-accel", "tcg", "-cpu",
                "max", "-smp", smp, "-m", size, "-kernel", kernel, "-initrd", initrd, "-append",
                append, "-display", "none", "-serial", "stdio", "-monitor", "none", "-nic", "none",
                "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                icount ? "-icount" : NULL, "shift=0,sleep=off", NULL};
        execvp(words[0], (char *const *)(uintptr_t)words);
        dprintf(STDERR_FILENO, "%s: %s\n", words[0], strerror(errno));
        _exit(126);
}

bool child_start_x86_64(
        struct child *child, const struct program *program, size_t report_size, struct error *error)
{
        char kernel[PATH_MAX];
        int console[2];

        if (report_size > REPORT_MOST)
                return error_set(error,
                        "the report of so many CPUs and threads takes %zu MiB; the "
                        "x86_64 world has %u for it",
                        report_size >> 20, REPORT_MOST >> 20);
        const size_t memory_size = MEMORY_LEAST + (size_t)program_buffers(program);
        if (memory_size > MEMORY_MOST)
                return error_set(error,
                        "what mem and memrun go to takes %zu MiB; the x86_64 world has %u for it",
                        (memory_size - MEMORY_LEAST) >> 20, (MEMORY_MOST - MEMORY_LEAST) >> 20);
        if (!is_installed("qemu-system-x86_64"))
                return error_set(error,
                        "qemu-system-x86_64 is not installed; the x86_64 world runs "
                        "in it (Debian: qemu-system-x86)");
        if (!find_kernel(kernel, sizeof(kernel)))
                return error_set(error,
                        "the kernel is missing: %s; build the preset x86_64, or name it "
                        "in " KERNEL_ENV,
                        kernel);
        const int ram = make_file("machine", NULL, (size_t)RAM_MIB << 20, error);
        child->image = make_file("image", program->bytes, program->size, error);
        if (ram < 0 || child->image < 0 || !child_console(console, error))
                return false;
        child->region_size = (size_t)RAM_MIB << 20;
        child->region = mmap(NULL, child->region_size, PROT_READ | PROT_WRITE, MAP_SHARED, ram, 0);
        if (child->region == MAP_FAILED) {
                child->region = NULL;
                return error_set(error, "mapping the machine's memory: %s", strerror(errno));
        }
        child->report = (char *)child->region + REPORT_AT;
        child->report_size = report_size;
        child->is_emulator = true;
        const pid_t parent = getpid();
        child->pid = fork();
        if (child->pid == 0) {
                child_become(child, console, parent);
                run_emulator(kernel, ram, child->image, program, report_size, memory_size,
                        child->icount);
        }
        close(console[1]);
        close(ram);
        child->console = console[0];
        return child->pid > 0 || error_set(error, "fork: %s", strerror(errno));
}
