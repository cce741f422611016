/* SPDX-License-Identifier: MIT */
/*
 * x86_64. An image: 8 bytes of control words (MXCSR, x87's over it), 8 of status, which are 0, 8 x87
 * registers of 10 bytes each, then 16 XMM or YMM registers.
 */
        .set AT_X87, 16
        .set AT_VECTORS, 16 + 8 * 10

        .text
/* Whether XCR0 has AVX: sets Z where not. Changes rax, rcx, rdx. */
wide:
        push %rbx
        mov $1, %eax
        xor %ecx, %ecx
        cpuid
        pop %rbx
        bt $27, %ecx
        jnc 1f
        xor %ecx, %ecx
        xgetbv
        and $4, %eax
        ret
1:      xor %eax, %eax
        ret

        .globl registers_size
registers_size:
        call wide
        mov $AT_VECTORS + 16 * 16, %eax
        jz 1f
        mov $AT_VECTORS + 16 * 32, %eax
1:      ret

/* rdi: in, rsi: out, rdx: spins */
        .globl registers_hold
registers_hold:
        mov %rdx, %r8
        call wide
        setnz %r9b
        fninit
        .irp i, 0, 1, 2, 3, 4, 5, 6, 7
        fldt AT_X87 + 10 * \i(%rdi)
        .endr
        ldmxcsr (%rdi)
        fldcw 4(%rdi)
        test %r9b, %r9b
        jnz 1f
        .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movups AT_VECTORS + 16 * \i(%rdi), %xmm\i
        .endr
        jmp 2f
1:      .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        vmovups AT_VECTORS + 32 * \i(%rdi), %ymm\i
        .endr
2:      dec %r8
        jns 2b
        test %r9b, %r9b
        jnz 1f
        .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movups %xmm\i, AT_VECTORS + 16 * \i(%rsi)
        .endr
        jmp 2f
1:      .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        vmovups %ymm\i, AT_VECTORS + 32 * \i(%rsi)
        .endr
        vzeroupper
2:      movq $0, (%rsi)
        stmxcsr (%rsi)
        fnstcw 4(%rsi)
        .irp i, 7, 6, 5, 4, 3, 2, 1, 0
        fstpt AT_X87 + 10 * \i(%rsi)
        .endr
        fnstsw %ax      /* no stack fault, and the stack is as empty as it was */
        and $0x3841, %eax
        mov %rax, 8(%rsi)
        ret

        .globl registers_control_set
registers_control_set:
        push %rdi
        ldmxcsr (%rsp)
        fldcw 4(%rsp)
        pop %rdi
        ret

        .globl registers_control
registers_control:
        sub $40, %rsp
        fnstenv (%rsp) /* control word; at 8 a pair of bits for each x87 register, 3: empty */
        fldcw (%rsp)
        stmxcsr 32(%rsp)
        movzwl 8(%rsp), %eax
        xor $0xffff, %eax /* a call finds none in use */
        shl $16, %eax
        mov (%rsp), %ax
        shl $32, %rax
        mov 32(%rsp), %ecx
        or %rcx, %rax
        add $40, %rsp
        ret

        .globl registers_tls
registers_tls:
        mov $0xc0000100, %ecx
        rdmsr
        shl $32, %rdx
        mov %eax, %eax
        or %rdx, %rax
        ret

        .section .rodata
        .globl registers_controls
        .balign 8
registers_controls:
        .quad 0x0000037f00001f80 /* a new thread's */
        .quad 0x00000f7f00007f80 /* towards zero */
        .quad 0x0000077f00003f80 /* down */
        .quad 0x0000027f0000ffc0 /* 53 bits; denormals are zero, flushed */
        .quad 0

        .section .note.GNU-stack, "", @progbits
