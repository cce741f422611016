/* SPDX-License-Identifier: MIT */
/* The report of an exception: what the syndrome says (Arm ARM D17.2.37), in words, and all registers. */
#include "arm.h"
#include "machine.h"

#define NO_UNIT          0x07
#define FETCH_ABORT_USER 0x20
#define FETCH_ABORT      0x21
#define PC_ALIGNMENT     0x22
#define DATA_ABORT_USER  0x24
#define DATA_ABORT       0x25
#define WRITES           0x40u  /* in a data abort's syndrome */
#define NO_ADDRESS       0x400u /* FAR_EL1 says nothing */

static const char *const classes[64] = {
        [0x00] = "undefined instruction",
        [0x01] = "trapped wfi or wfe",
        [0x07] = "floating point or SIMD instruction",
        [0x09] = "pointer authentication",
        [0x0d] = "branch target",
        [0x0e] = "illegal execution state",
        [0x11] = "svc, 32 bits",
        [0x15] = "svc",
        [0x16] = "hvc",
        [0x17] = "smc",
        [0x18] = "trapped system register",
        [0x19] = "SVE instruction",
        [0x1a] = "trapped eret",
        [0x1c] = "pointer authentication failed",
        [FETCH_ABORT_USER] = "instruction abort from user mode",
        [FETCH_ABORT] = "instruction abort",
        [PC_ALIGNMENT] = "misaligned pc",
        [DATA_ABORT_USER] = "data abort from user mode",
        [DATA_ABORT] = "data abort",
        [0x26] = "misaligned sp",
        [0x28] = "floating point exception, 32 bits",
        [0x2c] = "floating point exception",
        [0x2f] = "SError",
        [0x30] = "breakpoint from user mode",
        [0x31] = "breakpoint",
        [0x32] = "single step from user mode",
        [0x33] = "single step",
        [0x34] = "watchpoint from user mode",
        [0x35] = "watchpoint",
        [0x38] = "bkpt, 32 bits",
        [0x3c] = "brk",
};

/* The lowest two bits of a fault's status are a level of the tables, where it has one. */
static const char *fault_name(uint64_t status)
{
        static const char *const with_level[] = {
                "address size", "translation", "access flag", "permission"};

        if (status < 16)
                return with_level[status >> 2];
        switch (status) {
        case 0x10:
                return "external";
        case 0x21:
                return "alignment";
        case 0x30:
                return "TLB conflict";
        case 0x34:
                return "lockdown";
        case 0x35:
                return "exclusive access";
        default:
                return status >> 2 == 5 ? "external, of a table" : "other";
        }
}

static const char *vector_name(uint64_t vector)
{
        static const char *const names[] = {"exception", "interrupt", "FIQ", "SError"};

        return names[vector & 3];
}

static void print_access(const struct trap_frame *f, uint64_t syndrome, uint64_t address)
{
        uint64_t class = syndrome >> 26 & 63, status = syndrome & 63;
        bool fetch = class == FETCH_ABORT || class == FETCH_ABORT_USER;
        bool data = class == DATA_ABORT || class == DATA_ABORT_USER;

        if (class == PC_ALIGNMENT)
                kernel_print("  fetch at address (far) %016lx\n", address);
        if (!fetch && !data)
                return;
        if (machine_rota_cpu() && rota_overflow_hit(address, f->sp))
                kernel_print("  stack overflow, where something may be locked\n");
        const char *access = fetch ? "fetch" : syndrome & WRITES ? "write" : "read";
        kernel_print("  %s at address (far) ", access);
        if (status == 0x10 && syndrome & NO_ADDRESS)
                kernel_print("unknown");
        else
                kernel_print("%016lx", address);
        kernel_print(": %s fault", fault_name(status));
        if (status < 16)
                kernel_print(", level %lu", status & 3);
        kernel_print("\n");
}

void trap_report(const struct trap_frame *f, uint64_t syndrome, uint64_t address)
{
        uint64_t class = syndrome >> 26 & 63;
        const char *name = classes[class];
        bool sync = (f->vector & 3) == TRAP_SYNC;

        kernel_fatal_begin();
        if (sync || (f->vector & 3) == TRAP_SERROR)
                kernel_print("\nexception %02lx: %s, syndrome %08lx\n", class,
                        name ? name : "reserved", syndrome);
        else
                kernel_print("\nunexpected %s\n", vector_name(f->vector));
        if (f->vector >> 2 != 1)
                kernel_print("  by vector %lu\n", f->vector);
        kernel_print_place();
        if (sync && class == NO_UNIT)
                kernel_print("  floating point or vectors: who runs did not ask for it "
                             "(rota_thread_options.fpu)\n");
        if (sync)
                print_access(f, syndrome, address);
        kernel_print("  pc  %016lx  sp  %016lx  pstate %08lx\n", f->pc, f->sp, f->pstate);
        for (unsigned i = 0; i < 30; i += 3)
                kernel_print("  x%u%s %016lx  x%u%s %016lx  x%u%s %016lx\n", i, i < 10 ? " " : "",
                        f->x[i], i + 1, i + 1 < 10 ? " " : "", f->x[i + 1], i + 2,
                        i + 2 < 10 ? " " : "", f->x[i + 2]);
        kernel_print("  x30 %016lx\n", f->x[30]);
        kernel_backtrace(f->pc, (const uintptr_t *)f->x[29]);
        kernel_fatal_end();
}
