/* SPDX-License-Identifier: MIT */
/* A program's registers, for the report of its death. */
#include "console.h"
#include "user/process.h"

void machine_user_registers(const struct rota_user_frame *f)
{
        kernel_console_print("  pc  %016lx  ra  %016lx  sp  %016lx\n", f->pc, f->ra, f->sp);
        kernel_console_print("  gp  %016lx  tp  %016lx  t0  %016lx\n", f->gp, f->tp, f->t0);
        kernel_console_print("  t1  %016lx  t2  %016lx  s0  %016lx\n", f->t1, f->t2, f->s0);
        kernel_console_print("  s1  %016lx  a0  %016lx  a1  %016lx\n", f->s1, f->a0, f->a1);
        kernel_console_print("  a2  %016lx  a3  %016lx  a4  %016lx\n", f->a2, f->a3, f->a4);
        kernel_console_print("  a5  %016lx  a6  %016lx  a7  %016lx\n", f->a5, f->a6, f->a7);
        kernel_console_print("  s2  %016lx  s3  %016lx  s4  %016lx\n", f->s2, f->s3, f->s4);
        kernel_console_print("  s5  %016lx  s6  %016lx  s7  %016lx\n", f->s5, f->s6, f->s7);
        kernel_console_print("  s8  %016lx  s9  %016lx  s10 %016lx\n", f->s8, f->s9, f->s10);
        kernel_console_print("  s11 %016lx  t3  %016lx  t4  %016lx\n", f->s11, f->t3, f->t4);
        kernel_console_print("  t5  %016lx  t6  %016lx  stval %016lx\n", f->t5, f->t6, f->value);
}
