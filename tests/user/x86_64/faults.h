/* SPDX-License-Identifier: MIT */
/* What user mode must not do on x86_64, and what is said of it: programs.S has the same names. */
#ifndef TESTS_USER_FAULTS_H
#define TESTS_USER_FAULTS_H

/* Of OTHER the processor and its emulator have different opinions: some fault. */
#define FAULTS(X)                                                                                  \
        X(read, READ, USER_HOLE)                                                                   \
        X(write, WRITE, USER_HOLE)                                                                 \
        X(write_code, WRITE, USER_CODE + (user_faults - user_begin))                               \
        X(execute_data, EXECUTE, USER_DATA)                                                        \
        X(read_kernel, READ, 0x100000)                                                             \
        X(write_kernel, WRITE, 0x200000)                                                           \
        X(call_kernel, EXECUTE, 0x100000)                                                          \
        X(read_null, READ, 0)                                                                      \
        X(divide, DIVIDE, ANY)                                                                     \
        X(divide_overflow, DIVIDE, ANY)                                                            \
        X(illegal, ILLEGAL, ANY)                                                                   \
        X(illegal_into, ILLEGAL, ANY)                                                              \
        X(breakpoint, BREAKPOINT, ANY)                                                             \
        X(int_4, PRIVILEGED, ANY)                                                                  \
        X(int_64, PRIVILEGED, ANY)                                                                 \
        X(int_128, PRIVILEGED, ANY)                                                                \
        X(int_2, PRIVILEGED, ANY)                                                                  \
        X(halt, PRIVILEGED, ANY)                                                                   \
        X(mask, PRIVILEGED, ANY)                                                                   \
        X(in, PRIVILEGED, ANY)                                                                     \
        X(out, PRIVILEGED, ANY)                                                                    \
        X(control, PRIVILEGED, ANY)                                                                \
        X(msr, PRIVILEGED, ANY)                                                                    \
        X(sysret, PRIVILEGED, ANY)                                                                 \
        X(swapgs, PRIVILEGED, ANY)                                                                 \
        X(lgdt, PRIVILEGED, ANY)                                                                   \
        X(sgdt, PRIVILEGED, ANY)                                                                   \
        X(iret, OTHER, ANY)                                                                        \
        X(non_canonical, PRIVILEGED, ANY)                                                          \
        X(non_canonical_jump, OTHER, ANY)                                                          \
        X(non_canonical_stack, OTHER, ANY)                                                         \
        X(segment, PRIVILEGED, ANY)                                                                \
        X(flags, ILLEGAL, ANY)                                                                     \
        X(step, BREAKPOINT, ANY)                                                                   \
        X(float, FLOAT, ANY)

/* Nothing of user mode's flags is left in the kernel's: single step, direction, nested task, access to
 * user mode's memory. */
static inline bool is_kernel_sane(void)
{
        uint64_t flags;
        __asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags));
        return !(flags & (0x100 | 0x400 | 0x4000 | 0x40000));
}
#define IS_KERNEL_SANE is_kernel_sane()
#define STRANGE_FLAGS  0x244cd7

/* What a kernel might write into a frame by mistake. @return whether all of it is refused at once that
 * should be. */
static inline bool spoil(struct rota_user_frame *frame)
{
        frame->rip = NOWHERE;
        frame->rcx = frame->rip; /* as after a system call */
        return !rota_arch_user_set_tls(frame, (uint64_t)1 << 50);
}

#endif
