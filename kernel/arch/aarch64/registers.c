/* SPDX-License-Identifier: MIT */
/* A program's registers, for the report of its death. */
#include "console.h"
#include "user/process.h"

void machine_user_registers(const struct rota_user_frame *f)
{
        kernel_console_print("  pc  %016lx  sp  %016lx  pstate %08lx\n", f->pc, f->sp, f->pstate);
        for (unsigned i = 0; i < 30; i += 3)
                kernel_console_print("  x%u%s %016lx  x%u%s %016lx  x%u%s %016lx\n", i,
                        i < 10 ? " " : "", f->x[i], i + 1, i + 1 < 10 ? " " : "", f->x[i + 1],
                        i + 2, i + 2 < 10 ? " " : "", f->x[i + 2]);
        kernel_console_print(
                "  x30 %016lx  tls %016lx  syndrome %08lx\n", f->x[30], f->tls, f->syndrome);
}
