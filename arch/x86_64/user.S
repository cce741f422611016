/* SPDX-License-Identifier: MIT */
/*
 * Into user mode and back: rota_arch_user.h says how the two belong together.
 *
 * Interrupts are masked throughout, so nothing but an NMI or a machine check comes in between, which have
 * stacks of their own and trust no register. The frame is the stack while registers are loaded from it and
 * stored to it, one after the other.
 *
 * sysretq is the short way, and good for what rcx and r11 hold the pc and the flags of, as after a system
 * call; with a pc that is no address of user mode's it would fault in the kernel, on user mode's stack, so
 * that is looked at first. Everything else goes by iretq.
 */
#include "rota_arch_user.h"

#define FRAME_R11       (ROTA_ARCH_USER_REGISTERS + 4 * 8)
#define FRAME_RCX       (ROTA_ARCH_USER_REGISTERS + 13 * 8)
#define FRAME_CS        (ROTA_ARCH_USER_RIP + 8)
#define FRAME_FLAGS     (ROTA_ARCH_USER_RIP + 16)
#define FRAME_RSP       (ROTA_ARCH_USER_RIP + 24)
#define FRAME_SS        (ROTA_ARCH_USER_RIP + 32)

/* What user mode may have in its flags: CF PF AF ZF SF TF DF OF NT RF AC ID; and what it always has. */
#define FLAGS_USER      0x254dd5
#define FLAGS_ALWAYS    0x202
/* With single steps, or an instruction that a breakpoint is not to stop again, sysretq is too short. */
#define FLAGS_IRET      0x10100
#define ADDRESS_BITS    47
#define GENERAL_PROTECTION 13
#define MSR_FS_BASE     0xc0000100
#define MSR_OTHER_GS    0xc0000102 /* the base that swapgs brings */

        .text

/* void rota_arch_user_enter(struct rota_user_frame *frame, void *trap_stack) */
        .globl rota_arch_user_enter
        .type rota_arch_user_enter, @function
        .balign 16
rota_arch_user_enter:
        .cfi_startproc
        push %rbp
        push %rbx
        push %r12
        push %r13
        push %r14
        push %r15
        mov ROTA_ARCH_USER_RIP(%rdi), %rcx
        mov %rcx, %rax
        shr $ADDRESS_BITS, %rax
        jnz enter_nowhere
        mov FRAME_FLAGS(%rdi), %r11d
        and $FLAGS_USER, %r11d
        or $FLAGS_ALWAYS, %r11d
        mov %r11, FRAME_FLAGS(%rdi)
        lea ROTA_ARCH_USER_END(%rdi), %rax
        mov %rax, (%rsi)
        testb $1, user_fsgsbase(%rip)
        jz enter_by_msr
        rdfsbase %rax
        push %rax
        mov %rsp, ROTA_ARCH_USER_KERNEL_SP(%rdi)
        swapgs
        cmpq $0, ROTA_ARCH_USER_SEGMENTS(%rdi)
        jnz enter_segments
enter_bases:
        mov ROTA_ARCH_USER_FS_BASE(%rdi), %rax
        mov ROTA_ARCH_USER_GS_BASE(%rdi), %rdx
        wrfsbase %rax
        wrgsbase %rdx
enter_registers:
        cmp %rcx, FRAME_RCX(%rdi)
        jne enter_iret
        cmp %r11, FRAME_R11(%rdi)
        jne enter_iret
        test $FLAGS_IRET, %r11d
        jnz enter_iret
        lea ROTA_ARCH_USER_REGISTERS(%rdi), %rsp
        .macro pop_registers
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %r11
        pop %r10
        pop %r9
        pop %r8
        pop %rdi
        pop %rsi
        pop %rbp
        pop %rbx
        pop %rdx
        pop %rcx
        pop %rax
        .endm
        pop_registers
        mov FRAME_RSP - ROTA_ARCH_USER_VECTOR(%rsp), %rsp
        sysretq

enter_iret:
        movq $ROTA_ARCH_USER_CODE, FRAME_CS(%rdi)
        movq $ROTA_ARCH_USER_DATA, FRAME_SS(%rdi)
        lea ROTA_ARCH_USER_REGISTERS(%rdi), %rsp
        pop_registers
        add $16, %rsp /* vector and error code */
        iretq

/* It is where a jump to there would have ended. */
enter_nowhere:
        movq $GENERAL_PROTECTION, ROTA_ARCH_USER_VECTOR(%rdi)
        jmp leave

/* User mode has loaded segment registers; the bases of fs and gs come after that, which it changes. */
enter_segments:
        mov ROTA_ARCH_USER_SEGMENTS(%rdi), %ds
        mov ROTA_ARCH_USER_SEGMENTS + 2(%rdi), %es
        mov ROTA_ARCH_USER_SEGMENTS + 4(%rdi), %fs
        mov ROTA_ARCH_USER_SEGMENTS + 6(%rdi), %gs
        testb $1, user_fsgsbase(%rip)
        jnz enter_bases
        jmp enter_bases_by_msr

/* The same on machines without the instructions for bases. */
enter_by_msr:
        mov $MSR_FS_BASE, %ecx
        rdmsr
        shl $32, %rdx
        or %rdx, %rax
        push %rax
        mov %rsp, ROTA_ARCH_USER_KERNEL_SP(%rdi)
        swapgs
        cmpq $0, ROTA_ARCH_USER_SEGMENTS(%rdi)
        jnz enter_segments
enter_bases_by_msr:
        mov $MSR_FS_BASE, %ecx
        mov ROTA_ARCH_USER_FS_BASE(%rdi), %eax
        mov ROTA_ARCH_USER_FS_BASE + 4(%rdi), %edx
        wrmsr
        inc %ecx /* MSR_GS_BASE: what is user mode's already */
        mov ROTA_ARCH_USER_GS_BASE(%rdi), %eax
        mov ROTA_ARCH_USER_GS_BASE + 4(%rdi), %edx
        wrmsr
        mov ROTA_ARCH_USER_RIP(%rdi), %rcx
        jmp enter_registers
        .cfi_endproc
        .size rota_arch_user_enter, . - rota_arch_user_enter

/*
 * A trap from user mode: the stack is at the frame's vector, gs is the kernel's, all other registers are
 * user mode's. Goes back to who called rota_arch_user_enter().
 */
        .globl rota_arch_user_trap
        .type rota_arch_user_trap, @function
        .balign 16
rota_arch_user_trap:
        .cfi_startproc
        .cfi_undefined rip
        push %rax
        push %rcx
        push %rdx
        push %rbx
        push %rbp
        push %rsi
        push %rdi
        push %r8
        push %r9
        push %r10
        push %r11
        push %r12
        push %r13
        push %r14
        push %r15
        lea -ROTA_ARCH_USER_REGISTERS(%rsp), %rdi
        mov ROTA_ARCH_USER_KERNEL_SP(%rdi), %rsp
        push $2
        popfq /* a gate leaves AC and DF as they were */
        swapgs
        testb $1, user_fsgsbase(%rip)
        jz trap_by_msr
        rdfsbase %rax
        rdgsbase %rdx
trap_bases:
        mov %rax, ROTA_ARCH_USER_FS_BASE(%rdi)
        mov %rdx, ROTA_ARCH_USER_GS_BASE(%rdi)
        mov %ds, %eax
        mov %es, %ecx
        mov %fs, %edx
        mov %gs, %ebx
        mov %eax, %esi
        or %ecx, %esi
        or %edx, %esi
        or %ebx, %esi
        mov %rsi, ROTA_ARCH_USER_SEGMENTS(%rdi) /* as a rule 0 */
        jnz trap_segments
trap_kernel_bases:
        swapgs
        pop %rax
        testb $1, user_fsgsbase(%rip)
        jz trap_back_by_msr
        wrfsbase %rax
leave:
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbx
        pop %rbp
        ret

/* Nobody else is to find them; they may have changed the bases, which have been read. gs is still the one
 * that swapgs will take away. */
trap_segments:
        mov %ax, ROTA_ARCH_USER_SEGMENTS(%rdi)
        mov %cx, ROTA_ARCH_USER_SEGMENTS + 2(%rdi)
        mov %dx, ROTA_ARCH_USER_SEGMENTS + 4(%rdi)
        mov %bx, ROTA_ARCH_USER_SEGMENTS + 6(%rdi)
        xor %eax, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %fs
        mov %eax, %gs
        jmp trap_kernel_bases

trap_by_msr:
        mov $MSR_FS_BASE, %ecx
        rdmsr
        shl $32, %rdx
        or %rdx, %rax
        mov %rax, %rbx
        inc %ecx /* MSR_GS_BASE */
        rdmsr
        shl $32, %rdx
        or %rax, %rdx
        mov %rbx, %rax
        jmp trap_bases

trap_back_by_msr:
        mov %rax, %rdx
        shr $32, %rdx
        mov $MSR_FS_BASE, %ecx
        wrmsr
        jmp leave
        .cfi_endproc
        .size rota_arch_user_trap, . - rota_arch_user_trap

/* void rota_arch_user_init_cpu(void): CR4.FSGSBASE is bit 16. */
        .globl rota_arch_user_init_cpu
        .type rota_arch_user_init_cpu, @function
        .balign 16
rota_arch_user_init_cpu:
        mov %cr4, %rax
        shr $16, %eax
        and $1, %eax
        mov %al, user_fsgsbase(%rip)
        ret
        .size rota_arch_user_init_cpu, . - rota_arch_user_init_cpu

        .bss
user_fsgsbase:
        .skip 1

        .section .note.GNU-stack, "", @progbits
