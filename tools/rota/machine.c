/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** isa-debug-exit ends with 2 n + 1 for what the kernel wrote: 0x10 + code. */
static int code_of_device(int status)
{
        return status >= 0x21 && (status & 1) ? (status - 1) / 2 - 0x10 : -1;
}

static int code_itself(int status)
{
        return status;
}

static const struct machine machines[] = {
        {.name = "x86_64",
                .emulator = "qemu-system-x86_64",
                .package = "qemu-system-x86",
                .env = "ROTA_KERNEL_X86_64",
                .options = {"-machine", "pc,memory-backend=ram", "-cpu", "max", "-device",
                        "isa-debug-exit,iobase=0xf4,iosize=4"},
                .ram = 0,
                .code = code_of_device},
        {.name = "aarch64",
                .emulator = "qemu-system-aarch64",
                .package = "qemu-system-arm",
                .env = "ROTA_KERNEL_AARCH64",
                .options = {"-machine", "virt,gic-version=3,memory-backend=ram", "-cpu", "max",
                        "-semihosting-config", "enable=on,target=native"},
                .ram = 0x40000000,
                .code = code_itself},
        {.name = "riscv64",
                .emulator = "qemu-system-riscv64",
                .package = "qemu-system-misc",
                .env = "ROTA_KERNEL_RISCV64",
                .options = {"-machine", "virt,memory-backend=ram", "-cpu", "rv64", "-bios",
                        "default"},
                .ram = 0x80000000,
                .firmware = "Boot HART MEDELEG",
                .code = code_itself},
};

const struct machine *machine_named(const char *name)
{
        for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
                if (strcmp(machines[i].name, name) == 0)
                        return &machines[i];
        return NULL;
}

/** Where a build or an installation puts the kernel, beside the tool's own place. */
static void place(
        const struct machine *machine, const char *self, bool installed, char *path, size_t size)
{
        if (installed) /* PREFIX/bin/rota */
                snprintf(path, size, "%s/../lib/rota/rota-%s.elf", self, machine->name);
        else /* build/host/tools/rota/rota */
                snprintf(path, size, "%s/../../../%s/workload/rota-%s.elf", self, machine->name,
                        machine->name);
}

bool machine_find_kernel(const struct machine *machine, char *path, size_t size)
{
        const char *given = getenv(machine->env);
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
        place(machine, self, true, path, size);
        if (access(path, R_OK) == 0)
                return true;
        place(machine, self, false, path, size);
        return access(path, R_OK) == 0;
}
