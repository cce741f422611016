/* SPDX-License-Identifier: MIT */
/*
 * A machine of up to four CPUs in one thread, for ports that are broken on purpose: interrupts come
 * where it takes a step, time passes by steps, another CPU goes on where one spins or halts. Which
 * fault its port has is a number.
 */
#ifndef SELFTEST_MACHINE_H
#define SELFTEST_MACHINE_H

#include <rota/rota.h>

#define MACHINE_CPUS 4u
#define MACHINE_STEP 400u /* ns */

enum fault {
        NO_FAULT,
        CPU_NULL,
        CPU_FOREIGN,
        CPU_FIRST,
        CPU_CACHED,
        SAVE_LEAVES_ENABLED,
        SAVE_CONSTANT,
        RESTORE_NOTHING,
        RESTORE_UNMASKS,
        RESTORE_PER_CPU,
        RESTORE_LOSES,
        ENABLE_NOTHING,
        ENABLE_LOSES,
        ENABLED_ALWAYS,
        ENABLED_NEVER,
        ENABLED_INVERTED,
        NOW_STILL,
        NOW_BACKWARDS,
        NOW_FAST,
        NOW_SLOW,
        NOW_SKEWED,
        ARM_NOTHING,
        ARM_AT_ONCE,
        ARM_EARLY,
        ARM_LATE,
        ARM_KEEPS_EARLIER,
        ARM_KEEPS_FIRST,
        ARM_NEVER_COMES,
        ARM_PERIODIC,
        ARM_PAST_IGNORED,
        ARM_UNMASKS,
        TICK_NOTHING,
        TICK_WRONG,
        TICK_SLOW,
        KICK_NOTHING,
        KICK_NOT_SELF,
        KICK_NOT_OTHERS,
        KICK_ONCE,
        KICK_WRONG_CPU,
        KICK_NOT_HALTED,
        KICK_UNMASKS,
        KICK_AT_ONCE,
        IDLE_NOTHING,
        IDLE_TWO_STEPS,
        IDLE_UNMASKED,
        IDLE_DEEP,
        RELAX_UNMASKS,
        RELAX_HANGS,
        INIT_NOTHING,
        INIT_ARGUMENT,
        INIT_MISALIGNED,
        INIT_OTHER_STACK,
        INIT_UNMASKS,
        SWITCH_NOTHING,
        SWITCH_UNMASKS,
        SWITCH_RBX,
        SWITCH_RBP,
        SWITCH_R12,
        SWITCH_R13,
        SWITCH_R14,
        SWITCH_R15,
        SWITCH_CONTROL,
        FINI_UNMASKS,
        FINI_OTHER_STACK,
        FINI_LEAKS,
        EXTRA_SIZE_UNMASKS,
        EXTRA_SIZE_HUGE,
        EXTRA_INIT_NOTHING,
        EXTRA_INIT_UNMASKS,
        EXTRA_NOTHING,
        EXTRA_UNMASKS,
        EXTRA_FORGETS_CALLED,
        EXTRA_FORGETS_INTERRUPTED,
        EXTRA_NO_TLS,
        EXTRA_KEEPS_TLS,
        SPACE_NOTHING,
        SPACE_NO_WAY_BACK,
        SPACE_UNMASKS,
        SWITCHED_NOTHING,
        SWITCHED_UNMASKS,
        MAY_NEVER,
        MAY_ALWAYS,
        MAY_FORGETS,
        FATAL_RETURNS,
        FAULTS,
};

/* What a new context finds in the unit. */
#define MACHINE_UNIT 0x37fu

struct machine_cpu {
        struct rota_cpu cpu;
        struct rota_context self; /* where it goes on when another CPU has had its step */
        bool masked;
        bool kicked; /* pending */
        bool timer;  /* pending */
        bool halted;
        uint32_t kicks;  /* received */
        uint64_t armed;  /* 0: not */
        uint64_t period; /* 0: one-shot */
        uintptr_t saved; /* the outermost word, by a port that keeps it per CPU */
        uint32_t depth;
        char stack[64 * 1024] __attribute__((aligned(16)));
};

struct machine {
        struct machine_cpu cpus[MACHINE_CPUS];
        uint32_t count;
        uint32_t current;
        uint64_t now;
        uint64_t away; /* when others next keep the machine from running; 0: never */
        enum fault fault;
        uint32_t contexts; /* that live */
        uint64_t unit;     /* 0: it is off */
        void *tls;
        void *space;
        struct rota_task *running;
        uint32_t locks;
        bool was_locked;
};

extern struct machine machine;

/* Has `main` run on CPU 0 and `other` on the rest. */
void machine_run(void (*main)(void), void (*other)(uint32_t cpu));
/* The CPU that executes. */
static inline struct machine_cpu *machine_me(void)
{
        return &machine.cpus[machine.current];
}
/* It takes a step: time passes, and interrupts come. */
void machine_step(void);
/* Unmasks its interrupts, and takes those that wait. */
void machine_unmask(void);
/* Halts until one of its interrupts waits; it is not taken. */
void machine_halt(void);
void machine_other_goes_on(void);
/* Nothing will ever happen again. */
_Noreturn void machine_dead(const char *why);

/* broken.S: bit per register that a switch loses: rbx, rbp, r12 .. r15. */
extern uint32_t machine_loses;
void machine_context_switch(struct rota_context *from, struct rota_context *to);
/* rota_port_fatal(), which may be one that returns. */
void machine_fatal(const char *reason);

#endif
