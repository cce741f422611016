/* SPDX-License-Identifier: MIT */
/* What user mode must not do, on this machine, and what is said of it. */
#include "../user.h"

extern const char user_faults[];

#define ANY UINT64_MAX

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
        X(step, BREAKPOINT, ANY)                                                                   \
        X(float, FLOAT, ANY)

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
        bool good = trap->reason == ROTA_TRAP_FAULT &&
                    (trap->fault == f->kind || f->kind == ROTA_FAULT_OTHER) &&
                    (f->address == ANY || f->address == trap->address);
        if (!check(good))
                say("# %s: reason %u, %s, cause %lu, address %lx, pc %lx, error %lx\n", f->name,
                        trap->reason, rota_fault_text(trap->fault), trap->number, trap->address,
                        rota_arch_user_pc(&p->context->frame), p->context->frame.error);
        p->context->frame.rip = AT(faults[++number].at);
        p->context->frame.rsp = p->data->stack_top;
        p->context->frame.rflags = 0x202;
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
                p->context->frame.rip = (uint64_t)1 << 63;
                p->context->frame.rcx = p->context->frame.rip;
                return ROTA_SERVE_RESUME;
        }
        check(trap->reason == ROTA_TRAP_FAULT && trap->fault == ROTA_FAULT_EXECUTE &&
                trap->address == (uint64_t)1 << 63);
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
        check(!rota_arch_user_set_tls(&p->context->frame, (uint64_t)1 << 50));
        space_end(&space);
}

const struct user_case cases_machine[] = {
        {.name = "faults", .run = faults},
        {.name = "faults-nowhere", .run = nowhere},
        {.name = NULL},
};
