/* SPDX-License-Identifier: MIT */
/*
 * Programs of user mode, one page of code, mapped at USER_CODE. Each begins with the address of its data
 * page in rdi; the first words of that page are tests/user/user.h's struct user_data.
 */
#include "../calls.h"

        .section .rodata
        .balign 4096
        .globl user_begin, user_end
user_begin:

        .macro program name
        .balign 16
        .globl \name
\name:
        .endm

        .macro call_kernel number
        mov $\number, %eax
        syscall
        .endm

/* Ends at once, with the word that the data begins with. */
        program user_exits
        mov (%rdi), %rdi
        call_kernel CALL_EXIT

/* Never ends. */
        program user_spins
1:      jmp 1b

/* Counts in its data. */
        program user_counts
1:      incq DATA_COUNT(%rdi)
        jmp 1b

/* Counts, and yields each time. */
        program user_yields
        mov %rdi, %rbx
1:      incq DATA_COUNT(%rbx)
        call_kernel CALL_YIELD
        cmpq $0, DATA_STOP(%rbx)
        je 1b
        xor %edi, %edi
        call_kernel CALL_EXIT

/* The system call of the data's `number` with its argument, until it is to stop; ends with the last answer. */
        program user_calls
        mov %rdi, %rbx
1:      mov DATA_ARGUMENT(%rbx), %rdi
        mov DATA_NUMBER(%rbx), %rax
        syscall
        mov %rax, DATA_ANSWER(%rbx)
        incq DATA_COUNT(%rbx)
        cmpq $0, DATA_STOP(%rbx)
        je 1b
        mov %rax, %rdi
        call_kernel CALL_EXIT

/* System calls with six arguments: the kernel looks at them, and answers their sum; no register but rax,
 * rcx and r11 changes. */
        program user_six
        mov %rdi, %rbp
        xor %ebx, %ebx
        mov $0x5a5a5a5a12345678, %r12
        mov $0x0123456789abcdef, %r13
        mov $-7, %r14
        mov %rsp, %r15
1:      lea 1(%rbx), %rdi
        lea 20(%rbx), %rsi
        lea 300(%rbx), %rdx
        lea 4000(%rbx), %r10
        lea 50000(%rbx), %r8
        lea 600000(%rbx), %r9
        call_kernel CALL_SIX
        lea (%rbx,%rbx,2), %rcx
        lea 654321(,%rcx,2), %rcx
        cmp %rcx, %rax
        jne 8f
        lea 1(%rbx), %rax
        cmp %rax, %rdi
        jne 8f
        lea 20(%rbx), %rax
        cmp %rax, %rsi
        jne 8f
        lea 300(%rbx), %rax
        cmp %rax, %rdx
        jne 8f
        lea 4000(%rbx), %rax
        cmp %rax, %r10
        jne 8f
        lea 50000(%rbx), %rax
        cmp %rax, %r8
        jne 8f
        lea 600000(%rbx), %rax
        cmp %rax, %r9
        jne 8f
        mov $0x5a5a5a5a12345678, %rax
        cmp %rax, %r12
        jne 8f
        mov $0x0123456789abcdef, %rax
        cmp %rax, %r13
        jne 8f
        cmp $-7, %r14
        jne 8f
        cmp %rsp, %r15
        jne 8f
        incq DATA_COUNT(%rbp)
        inc %rbx
        cmp $1000, %rbx
        jb 1b
        mov $1000, %edi
        call_kernel CALL_EXIT
8:      mov $-1, %rdi
        call_kernel CALL_EXIT

/*
 * Every register that this machine has for user mode, but for those of the floating-point unit: a value in
 * each, derived from the data's seed, and a long stretch in which none of them changes. Ends with the number
 * of the first that has changed, or 0.
 */
        .macro value register, number
        mov $0x0101010101010101 * (\number), \register
        add DATA_SEED(%rdi), \register
        .endm
        .macro expect register, number
        mov $0x0101010101010101 * (\number), %rax
        add DATA_SEED(%rdi), %rax
        cmp %rax, \register
        mov $\number, %eax
        jne 8f
        .endm
        program user_registers
        mov %rsp, DATA_STACK(%rdi)
        mov DATA_SEGMENTS(%rdi), %eax
        test %eax, %eax
        jz 1f
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %fs
        mov %eax, %gs
1:      testq $1, DATA_BASES(%rdi)
        jz 1f
        mov DATA_SEED(%rdi), %rax
        shr $18, %rax
        wrfsbase %rax
        not %rax
        wrgsbase %rax
1:      pushq DATA_FLAGS(%rdi)
        popfq
        value %rbx, 2
        value %rcx, 3
        value %rdx, 4
        value %rsi, 5
        value %rbp, 6
        value %r8, 7
        value %r9, 8
        value %r10, 9
        value %r11, 10
        value %r12, 11
        value %r13, 12
        value %r14, 13
        value %r15, 14
        mov DATA_SEED(%rdi), %rax
        push DATA_FLAGS(%rdi)
        popfq
        .rept 200
        nop
        .endr
        pushfq
        cmp DATA_SEED(%rdi), %rax
        mov $1, %eax
        jne 8f
        pop %rax
        xor DATA_FLAGS(%rdi), %rax
        and $0x244cd5, %rax
        mov $16, %eax
        jne 8f
        expect %rbx, 2
        expect %rcx, 3
        expect %rdx, 4
        expect %rsi, 5
        expect %rbp, 6
        expect %r8, 7
        expect %r9, 8
        expect %r10, 9
        expect %r11, 10
        expect %r12, 11
        expect %r13, 12
        expect %r14, 13
        expect %r15, 14
        mov $15, %eax
        cmp DATA_STACK(%rdi), %rsp
        jne 8f
        testq $1, DATA_BASES(%rdi)
        jz 2f
        rdfsbase %rcx
        rdgsbase %rdx
        mov DATA_SEED(%rdi), %rbx
        shr $18, %rbx
        mov $17, %eax
        cmp %rbx, %rcx
        jne 8f
        not %rbx
        mov $18, %eax
        cmp %rbx, %rdx
        jne 8f
2:      mov %ds, %ebx
        mov %es, %ecx
        mov %fs, %edx
        mov %gs, %esi
        mov $19, %eax
        cmp DATA_SEGMENTS(%rdi), %ebx
        jne 8f
        cmp DATA_SEGMENTS(%rdi), %ecx
        jne 8f
        cmp DATA_SEGMENTS(%rdi), %edx
        jne 8f
        cmp DATA_SEGMENTS(%rdi), %esi
        jne 8f
        incq DATA_COUNT(%rdi)
        cmpq $0, DATA_STOP(%rdi)
        je 1b
        xor %eax, %eax
8:      push $2 /* nothing odd in the flags */
        popfq
        mov %rax, %rdi
        call_kernel CALL_EXIT

/*
 * Faults, one after the other. Each: label, what is wrong. The kernel looks what it was, and has the program
 * go on at the next label (tests/user/faults.c).
 */
        .macro fault name
        .globl fault_\name
fault_\name:
        .endm
        program user_faults
        fault read
        movabs USER_HOLE, %rax
        fault write
        movabs %rax, USER_HOLE
        fault write_code
        mov %rax, user_faults(%rip)
        fault execute_data
        mov $USER_DATA, %eax
        mov $USER_DATA >> 32, %ecx
        shl $32, %rcx
        or %rcx, %rax
        jmp *%rax
        fault read_kernel
        mov 0x100000, %eax
        fault write_kernel
        movl $1, 0x200000
        fault call_kernel
        mov $0x100000, %eax
        call *%rax
        fault read_null
        mov 0, %eax
        fault divide
        xor %ecx, %ecx
        xor %edx, %edx
        div %ecx
        fault divide_overflow
        mov $0x8000000000000000, %rax
        cqo
        mov $-1, %rcx
        idiv %rcx
        fault illegal
        ud2
        fault illegal_into
        .byte 0xce
        fault breakpoint
        int3
        fault int_4
        .byte 0xcd, 4
        fault int_64
        int $64
        fault int_128
        int $128
        fault int_2
        int $2
        fault halt
        hlt
        fault mask
        cli
        fault in
        in $0x60, %al
        fault out
        mov $0xf4, %dx
        out %al, %dx
        fault control
        mov %rax, %cr3
        fault msr
        mov $0xc0000080, %ecx
        rdmsr
        fault sysret
        sysretq
        fault swapgs
        swapgs
        fault lgdt
        lgdt (%rsp)
        fault sgdt
        sgdt -16(%rsp)
        fault iret
        pushq $0x10
        pushq $0
        pushq $2
        pushq $8
        pushq $0x100000
        iretq
        fault non_canonical
        mov $0x8000000000000000, %rax
        mov (%rax), %rax
        fault non_canonical_jump
        mov $0x8000000000000000, %rax
        jmp *%rax
        fault non_canonical_stack
        mov $0x8000000000000000, %rsp
        push %rax
        fault segment
        mov $0x10, %eax
        mov %eax, %ds
        fault flags
        pushq $0x244cd7
        popfq
        ud2
        fault step
        pushq $0x102
        popfq
        nop
        nop
        fault float
        fld1
        fault end
        xor %edi, %edi
        call_kernel CALL_EXIT

/* System calls with flags and a stack that the kernel must not live with. */
        program user_odd
        mov %rdi, %rbx
        mov $100, %r12d
1:      mov $0x8000000000000000, %rsp /* no stack at all */
        call_kernel CALL_NOTHING
        mov DATA_STACK_TOP(%rbx), %rsp
        pushq $0x244cd7 /* direction, nested task, alignment, and all that results have */
        popfq
        call_kernel CALL_NOTHING
        pushfq
        pop %rax
        and $0x244400, %eax
        cmp $0x244400, %eax
        jne 8f
        push $2
        popfq
        pushq $0x202 + 0x3000 /* privilege of input and output is not had by asking */
        popfq
        pushfq
        pop %rax
        test $0x3000, %eax
        jnz 8f
        mov $0, %esp
        call_kernel CALL_YIELD
        mov DATA_STACK_TOP(%rbx), %rsp
        dec %r12d
        jnz 1b
        xor %edi, %edi
        call_kernel CALL_EXIT
8:      push $2
        popfq
        mov $1, %edi
        call_kernel CALL_EXIT

        .balign 4096
user_end:
        .section .note.GNU-stack, "", @progbits
