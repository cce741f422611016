/* SPDX-License-Identifier: MIT */
/* What user mode must not do on aarch64, and what is said of it: programs.S has the same names. */
#ifndef TESTS_USER_FAULTS_H
#define TESTS_USER_FAULTS_H

/* The kernel's instructions and registers do not exist at EL0, where they are not trapped by choice. Of OTHER
 * (identification registers) processors have different opinions: all fault. */
#define FAULTS(X)                                                                                  \
        X(read, READ, USER_HOLE)                                                                   \
        X(write, WRITE, USER_HOLE)                                                                 \
        X(write_code, WRITE, USER_CODE + (user_faults - user_begin))                               \
        X(execute_data, EXECUTE, USER_DATA)                                                        \
        X(read_kernel, READ, 0x40200000)                                                           \
        X(write_kernel, WRITE, 0x40200000)                                                         \
        X(call_kernel, EXECUTE, 0x40200000)                                                        \
        X(read_device, READ, 0x09000000)                                                           \
        X(read_null, READ, 0)                                                                      \
        X(beyond, READ, NOWHERE)                                                                   \
        X(beyond_jump, EXECUTE, NOWHERE)                                                           \
        X(beyond_stack, WRITE, NOWHERE)                                                            \
        X(uneven_jump, ALIGNMENT, USER_CODE + (user_faults - user_begin) + 2)                      \
        X(uneven_exclusive, ALIGNMENT, ANY)                                                        \
        X(illegal, ILLEGAL, ANY)                                                                   \
        X(breakpoint, BREAKPOINT, ANY)                                                             \
        X(hvc, ILLEGAL, ANY)                                                                       \
        X(smc, ILLEGAL, ANY)                                                                       \
        X(hlt, ILLEGAL, ANY)                                                                       \
        X(eret, ILLEGAL, ANY)                                                                      \
        X(tlbi, ILLEGAL, ANY)                                                                      \
        X(control, ILLEGAL, ANY)                                                                   \
        X(set_root, ILLEGAL, ANY)                                                                  \
        X(cpu, ILLEGAL, ANY)                                                                       \
        X(set_read_only, ILLEGAL, ANY)                                                             \
        X(identity, OTHER, ANY)                                                                    \
        X(invalidate, ILLEGAL, ANY)                                                                \
        X(mask, PRIVILEGED, ANY)                                                                   \
        X(wait, PRIVILEGED, ANY)                                                                   \
        X(clean, PRIVILEGED, ANY)                                                                  \
        X(timer, PRIVILEGED, ANY)                                                                  \
        X(physical_counter, PRIVILEGED, ANY)                                                       \
        X(performance, PRIVILEGED, ANY)                                                            \
        X(float, FLOAT, ANY)                                                                       \
        X(scalable, ILLEGAL, ANY)

/* What a kernel might write into a frame by mistake. @return whether all of it is refused at once that
 * should be: here nothing is. */
static inline bool spoil(struct rota_user_frame *frame)
{
        frame->pc = NOWHERE;
        frame->pstate = ~(uint64_t)0x10; /* the kernel's own level, and all masked */
        return true;
}

#endif
