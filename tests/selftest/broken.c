/* SPDX-License-Identifier: MIT */
/* A switch that loses what a callee preserves: the right one, and then something else in a register
 * that the compiler believes to be kept. */
#include "machine.h"
#include "rota_arch.h"

#define LOSES(name)                                                                                \
        __attribute__((noinline)) static void lose_##name(                                         \
                struct rota_context *from, struct rota_context *to)                                \
        {                                                                                          \
                rota_arch_switch_fpcw(from, to);                                                   \
                __asm__ volatile("xorq $0x55, %%" #name : : : "cc");                               \
        }

LOSES(rbx)
LOSES(rbp)
LOSES(r12)
LOSES(r13)
LOSES(r14)
LOSES(r15)

void broken_switch(enum fault fault, struct rota_context *from, struct rota_context *to)
{
        switch (fault) {
        case SWITCH_RBX:
                lose_rbx(from, to);
                break;
        case SWITCH_RBP:
                lose_rbp(from, to);
                break;
        case SWITCH_R12:
                lose_r12(from, to);
                break;
        case SWITCH_R13:
                lose_r13(from, to);
                break;
        case SWITCH_R14:
                lose_r14(from, to);
                break;
        default:
                lose_r15(from, to);
                break;
        }
}

/* The library's header says that it does not return; the linker believes either. */
void returns(const char *reason) __asm__("machine_fatal_returns");
void returns(const char *reason)
{
        (void)reason;
}
