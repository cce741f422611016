/* SPDX-License-Identifier: MIT */
/* What user mode must not do, on this machine, and what is said of it. */
#include "../user.h"

extern const char user_faults[];

#define ANY UINT64_MAX

#define NOWHERE ((uint64_t)1 << 63)

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

#define DECLARE(name, kind, address) extern const char fault_##name[];
FAULTS(DECLARE)
extern const char fault_end[];

struct fault {
        const char *name, *at;
        uint8_t kind;
        uint64_t address;
};

static uint32_t number;

static enum rota_serve served(struct program *p, const struct rota_trap *trap)
{
#define ENTRY(name, kind, address) {#name, fault_##name, ROTA_FAULT_##kind, (uint64_t)(address)},
        const struct fault faults[] = {FAULTS(ENTRY){"end", fault_end, 0, 0}};
        const struct fault *f = &faults[number];

        if (trap->reason == ROTA_TRAP_SYSCALL) {
                p->user.task.exit_code = (intptr_t)number;
                return ROTA_SERVE_END;
        }
        bool good = trap->reason == ROTA_TRAP_FAULT && trap->fault == f->kind &&
                    (f->address == ANY || f->address == trap->address);
        if (!check(good))
                say("# %s: reason %u, %s, cause %lu, address %lx, pc %lx, value %lx\n", f->name,
                        trap->reason, rota_fault_text(trap->fault), trap->number, trap->address,
                        rota_arch_user_pc(&p->context->frame), p->context->frame.value);
        p->context->frame.pc = AT(faults[++number].at);
        p->context->frame.sp = p->data->stack_top;
        return ROTA_SERVE_RESUME;
}

/* Each of them, and a program beside it that goes on. */
static void faults(void)
{
        struct space space;

        space_make(&space);
        struct program *p = program_make(&space, user_faults, "faults");
        p->served = served;
        number = 0;
        program_start(p);
        check(program_end(p) == 34);
        space_end(&space);
}

/* A kernel that would send a program to no address finds it faults there. */
static enum rota_serve served_nowhere(struct program *p, const struct rota_trap *trap)
{
        if (number++ == 0) {
                p->context->frame.pc = NOWHERE;
                return ROTA_SERVE_RESUME;
        }
        check(trap->reason == ROTA_TRAP_FAULT && trap->fault == ROTA_FAULT_EXECUTE &&
                trap->address == NOWHERE);
        p->user.task.exit_code = 5;
        return ROTA_SERVE_END;
}

extern const char user_six[];

static void nowhere(void)
{
        struct space space;

        space_make(&space);
        struct program *p = program_make(&space, user_six, "nowhere");
        number = 0;
        p->served = served_nowhere;
        program_start(p);
        check(program_end(p) == 5);
        space_end(&space);
}

const struct user_case cases_machine[] = {
        {.name = "faults", .run = faults},
        {.name = "faults-nowhere", .run = nowhere},
        {.name = NULL},
};
