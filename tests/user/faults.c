/* SPDX-License-Identifier: MIT */
/* What user mode must not do, on each machine, and what is said of it. */
#include "user.h"

extern const char user_faults[], user_six[], user_registers[];

#define ANY     UINT64_MAX
#define NOWHERE ((uint64_t)1 << 63)
#include "faults.h" /* the machine's */

#ifndef IS_KERNEL_SANE
#define STRANGE_FLAGS  2
#define IS_KERNEL_SANE true /* there is nothing that an entry could forget */
#endif

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
                say("# %s: reason %u, %s, cause %lu, address %lx, pc %lx\n", f->name, trap->reason,
                        rota_fault_text(trap->fault), trap->number, trap->address,
                        rota_arch_user_pc(&p->context->frame));
        rota_arch_user_init(
                &p->context->frame, AT(faults[++number].at), p->data->stack_top, USER_DATA);
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
#define COUNT(name, kind, address) +1
        check(program_end(p) == FAULTS(COUNT));
        space_end(&space);
}

/* A kernel that would send a program to no address finds it faults there. */
static enum rota_serve served_nowhere(struct program *p, const struct rota_trap *trap)
{
        if (number++ == 0) {
                check(spoil(&p->context->frame));
                return ROTA_SERVE_RESUME;
        }
        check(trap->reason == ROTA_TRAP_FAULT && trap->fault == ROTA_FAULT_EXECUTE &&
                trap->address == NOWHERE);
        p->user.task.exit_code = 5;
        return ROTA_SERVE_END;
}

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

static uint32_t interrupts; /* that came in user mode (atomic) */

static void look(void *argument)
{
        (void)argument;
        check(IS_KERNEL_SANE);
        add(interrupts, 1);
}

/* An interrupt finds nothing of user mode's flags in the kernel's, whatever user mode has there. */
static void flags(void)
{
        struct space space;
        struct rota_timer timer = {.cpu = 0};

        space_make(&space);
        struct program *p = program_make(&space, user_registers, "flags");
        p->data->flags = STRANGE_FLAGS;
        program_start(p);
        put(interrupts, 0);
        until(get(p->data->count) > 0);
        for (uint32_t i = 0; i < 20; i++) {
                check(rota_timer_arm(&timer, rota_now() + 50 * ROTA_US, look, NULL) == ROTA_OK);
                until(get(interrupts) > i);
        }
        put(p->data->stop, 1);
        check(program_end(p) == 0);
        space_end(&space);
}

const struct user_case cases_machine[] = {
        {.name = "faults-flags", .run = flags, .prio = true, .cpus = 1},
        {.name = "faults", .run = faults},
        {.name = "faults-nowhere", .run = nowhere},
        {.name = NULL},
};
