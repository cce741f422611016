/* SPDX-License-Identifier: MIT */
/*
 * A system call that no interrupt is lost before: a signal that comes after the look at what is pending,
 * and before the kernel has the call, would else be noticed when the call returns. The signal handler
 * moves the program counter from anywhere between here and rota_host_wait_call to rota_host_wait_out.
 */
#define PENDING %fs:rota_host_tls@tpoff+12
#define EINTR   4

        .text
        .globl rota_host_wait, rota_host_wait_call, rota_host_wait_out
        .type rota_host_wait, @function
        .balign 16
rota_host_wait:
        .cfi_startproc
        mov %rdi, %rax
        mov %rsi, %rdi
        mov %rdx, %rsi
        mov %rcx, %rdx
        mov %r8, %r10
        mov %r9, %r8
        xor %r9d, %r9d
        cmpl $0, PENDING
        jne rota_host_wait_out
rota_host_wait_call:
        syscall
        ret
rota_host_wait_out:
        mov $-EINTR, %rax
        ret
        .cfi_endproc
        .size rota_host_wait, . - rota_host_wait

        .section .note.GNU-stack, "", @progbits
