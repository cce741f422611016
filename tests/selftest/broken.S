/* SPDX-License-Identifier: MIT */
/*
 * A port's switch that loses what a callee preserves: the right one, and then something else in the
 * registers that machine_loses has a bit for. And a rota_port_fatal() that returns.
 */
        .text

        .globl rota_port_context_switch
        .type rota_port_context_switch, @function
rota_port_context_switch:
        sub $8, %rsp
        call machine_context_switch
        add $8, %rsp
        mov machine_loses(%rip), %eax
        test $1, %eax
        jz 1f
        xor $0x55, %rbx
1:      test $2, %eax
        jz 2f
        xor $0x55, %rbp
2:      test $4, %eax
        jz 3f
        xor $0x55, %r12
3:      test $8, %eax
        jz 4f
        xor $0x55, %r13
4:      test $16, %eax
        jz 5f
        xor $0x55, %r14
5:      test $32, %eax
        jz 6f
        xor $0x55, %r15
6:      ret
        .size rota_port_context_switch, . - rota_port_context_switch

        .globl rota_port_fatal
        .type rota_port_fatal, @function
rota_port_fatal:
        jmp machine_fatal
        .size rota_port_fatal, . - rota_port_fatal

        .section .note.GNU-stack, "", @progbits
