/* SPDX-License-Identifier: MIT */
/* A program's registers, for the report of its death. */
#include "console.h"
#include "user/process.h"

void machine_user_registers(const struct rota_user_frame *f)
{
        kernel_console_print("  rip %016lx  rsp %016lx  rflags %08lx\n", f->rip, f->rsp, f->rflags);
        kernel_console_print("  rax %016lx  rbx %016lx  rcx %016lx\n", f->rax, f->rbx, f->rcx);
        kernel_console_print("  rdx %016lx  rsi %016lx  rdi %016lx\n", f->rdx, f->rsi, f->rdi);
        kernel_console_print("  rbp %016lx  r8  %016lx  r9  %016lx\n", f->rbp, f->r8, f->r9);
        kernel_console_print("  r10 %016lx  r11 %016lx  r12 %016lx\n", f->r10, f->r11, f->r12);
        kernel_console_print("  r13 %016lx  r14 %016lx  r15 %016lx\n", f->r13, f->r14, f->r15);
        kernel_console_print("  fs  %016lx  gs  %016lx\n", f->fs_base, f->gs_base);
}
