/* SPDX-License-Identifier: MIT */
/* What user mode must not do on riscv64, and what is said of it: programs.S has the same names. */
#ifndef TESTS_USER_FAULTS_H
#define TESTS_USER_FAULTS_H

#define FAULTS(X)                                                                                  \
        X(read, READ, USER_HOLE)                                                                   \
        X(write, WRITE, USER_HOLE)                                                                 \
        X(write_code, WRITE, USER_CODE + (user_faults - user_begin))                               \
        X(execute_data, EXECUTE, USER_DATA)                                                        \
        X(read_kernel, READ, 0x80200000)                                                           \
        X(write_kernel, WRITE, 0x80400000)                                                         \
        X(call_kernel, EXECUTE, 0x80200000)                                                        \
        X(read_firmware, READ, 0x80000000)                                                         \
        X(read_device, READ, 0x10000000)                                                           \
        X(read_stacks, READ, 0x800001000)                                                          \
        X(read_null, READ, 0)                                                                      \
        X(no_address, READ, NOWHERE)                                                               \
        X(no_address_jump, EXECUTE, NOWHERE)                                                       \
        X(no_address_stack, WRITE, NOWHERE - 8)                                                    \
        X(misaligned, ALIGNMENT, USER_DATA + 2049)                                                 \
        X(illegal, ILLEGAL, ANY)                                                                   \
        X(illegal_short, ILLEGAL, ANY)                                                             \
        X(illegal_csr, ILLEGAL, ANY)                                                               \
        X(breakpoint, BREAKPOINT, ANY)                                                             \
        X(supervisor_return, PRIVILEGED, ANY)                                                      \
        X(machine_return, PRIVILEGED, ANY)                                                         \
        X(halt, PRIVILEGED, ANY)                                                                   \
        X(flush, PRIVILEGED, ANY)                                                                  \
        X(mask, PRIVILEGED, ANY)                                                                   \
        X(root, PRIVILEGED, ANY)                                                                   \
        X(vector, PRIVILEGED, ANY)                                                                 \
        X(scratch, PRIVILEGED, ANY)                                                                \
        X(timer, PRIVILEGED, ANY)                                                                  \
        X(machine, PRIVILEGED, ANY)                                                                \
        X(counter, PRIVILEGED, ANY)                                                                \
        X(float, FLOAT, ANY)                                                                       \
        X(float_short, FLOAT, ANY)                                                                 \
        X(float_control, FLOAT, ANY)                                                               \
        X(vectors, FLOAT, ANY)

/* What a kernel might write into a frame by mistake. @return whether all of it is refused at once that
 * should be: here nothing is. */
static inline bool spoil(struct rota_user_frame *frame)
{
        frame->pc = NOWHERE;
        return true;
}

#endif
