/* SPDX-License-Identifier: MIT */
/* The machine's port, with its faults. */
#include <rota/port.h>

#include "machine.h"
#include "rota_arch.h"

static bool has(enum fault fault)
{
        return machine.fault == fault;
}

struct rota_cpu *rota_port_cpu(void)
{
        static struct rota_cpu foreign;

        if (has(CPU_NULL))
                return NULL;
        if (has(CPU_FOREIGN))
                return &foreign;
        if (has(CPU_FIRST))
                return &machine.cpus[0].cpu;
        /* What a compiler makes of a CPU's register that it believes to stay: found by the stack
         * that it was read on. */
        if (has(CPU_CACHED) && machine.contexts && machine_me()->cpu.on != &machine_me()->cpu.boot)
                return &machine.cpus[0].cpu;
        return &machine_me()->cpu;
}

uintptr_t rota_port_irq_save(void)
{
        struct machine_cpu *cpu = machine_me();
        uintptr_t flags = !cpu->masked;

        machine_step();
        cpu = machine_me();
        if (!has(SAVE_LEAVES_ENABLED))
                cpu->masked = true;
        if (cpu->depth++ == 0)
                cpu->saved = flags;
        return has(SAVE_CONSTANT) ? 0 : flags;
}

void rota_port_irq_restore(uintptr_t flags)
{
        struct machine_cpu *cpu = machine_me();

        if (has(RESTORE_NOTHING))
                return;
        cpu->depth -= cpu->depth > 0;
        if (has(RESTORE_PER_CPU)) /* it counts, and keeps the outermost's word itself */
                flags = cpu->depth == 0 ? cpu->saved : 0;
        if (flags || has(RESTORE_UNMASKS)) {
                if (has(RESTORE_LOSES))
                        cpu->timer = cpu->kicked = false;
                machine_unmask();
        }
}

void rota_port_irq_enable(void)
{
        if (has(ENABLE_NOTHING))
                return;
        if (has(ENABLE_LOSES))
                machine_me()->timer = machine_me()->kicked = false;
        machine_me()->depth = 0;
        machine_unmask();
}

bool rota_port_irq_enabled(uintptr_t flags)
{
        if (has(ENABLED_ALWAYS))
                return true;
        if (has(ENABLED_NEVER))
                return false;
        return has(ENABLED_INVERTED) ? !flags : flags != 0;
}

uint64_t rota_port_now(void)
{
        static uint32_t reads;

        machine_step();
        if (has(NOW_STILL))
                return 1000000;
        if (has(NOW_BACKWARDS) && ++reads % 1000 == 0)
                return machine.now - 1000000;
        if (has(NOW_FAST))
                return machine.now * 8;
        if (has(NOW_SLOW))
                return machine.now / 16;
        if (has(NOW_SKEWED) && machine.current)
                return machine.now - 500000;
        return machine.now;
}

/* The timer itself counts down, by a clock of its own. */
static void set_timer(uint64_t deadline)
{
        struct machine_cpu *cpu = machine_me();
        uint64_t now = rota_port_now();
        uint64_t delay = deadline > now ? deadline - now : 0;

        if (has(ARM_EARLY))
                delay = delay > ROTA_MS ? delay - ROTA_MS : 0;
        if (has(ARM_LATE))
                delay += 100 * ROTA_MS;
        cpu->armed = machine.now + (has(ARM_AT_ONCE) ? 1 : delay + 1);
        if (has(ARM_PERIODIC))
                cpu->period = delay;
}

void rota_port_timer_arm(uint64_t deadline)
{
        struct machine_cpu *cpu = machine_me();
        bool earlier = deadline < cpu->armed;

        if (has(ARM_UNMASKS))
                machine_unmask();
        if ((cpu->period && !has(ARM_PERIODIC)) || has(ARM_NOTHING))
                return;
        if ((has(ARM_KEEPS_EARLIER) && cpu->armed && !earlier && deadline != ROTA_NEVER) ||
                (has(ARM_KEEPS_FIRST) && cpu->armed && deadline != ROTA_NEVER) ||
                (has(ARM_PAST_IGNORED) && deadline <= machine.now))
                return;
        if (deadline == ROTA_NEVER && has(ARM_NEVER_COMES))
                return;
        cpu->period = 0;
        if (deadline == ROTA_NEVER)
                cpu->armed = 0;
        else
                set_timer(deadline);
}

void rota_port_kick(struct rota_cpu *cpu)
{
        struct machine_cpu *to = &machine.cpus[cpu->index];

        if (has(KICK_UNMASKS))
                machine_unmask();
        if (has(KICK_NOTHING) || (has(KICK_NOT_SELF) && to == machine_me()) ||
                (has(KICK_NOT_OTHERS) && to != machine_me()) || (has(KICK_ONCE) && to->kicks) ||
                (has(KICK_NOT_HALTED) && to->halted))
                return;
        if (has(KICK_WRONG_CPU) && to != machine_me())
                to = machine_me();
        to->kicked = true;
        if (has(KICK_AT_ONCE) && to == machine_me()) {
                machine_unmask();
                machine_me()->masked = true;
        }
}

void rota_port_idle(uint64_t next_deadline)
{
        (void)next_deadline;
        if (has(IDLE_NOTHING))
                return;
        if (has(IDLE_DEEP))
                machine_me()->timer = machine_me()->kicked = false,
                machine_me()->armed = 0; /* nothing wakes it */
        if (has(IDLE_TWO_STEPS)) {
                machine_unmask();
                machine_me()->masked = true;
        }
        machine_halt();
        machine_unmask();
        if (!has(IDLE_UNMASKED))
                machine_me()->masked = true;
}

void rota_port_relax(void)
{
        machine_step();
        if (has(RELAX_UNMASKS))
                machine_unmask();
        if (has(RELAX_HANGS))
                machine_dead("hangs");
        machine_other_goes_on();
}

void rota_port_space_switch(void *space)
{
        if (has(SPACE_UNMASKS))
                machine_unmask();
        if (!has(SPACE_NOTHING) && !(has(SPACE_NO_WAY_BACK) && !space))
                machine.space = space;
}

void rota_port_context_init(struct rota_context *context, void (*entry)(void *), void *argument)
{
        struct rota_context other = *context;

        if (has(INIT_UNMASKS))
                machine_unmask();
        machine.contexts++;
        if (has(INIT_NOTHING) || (has(FINI_LEAKS) && machine.contexts > 20))
                return;
        if (has(INIT_ARGUMENT))
                argument = context;
        if (has(INIT_MISALIGNED)) {
                rota_arch_context_init_fpcw(context, entry, argument);
                uint64_t *from = context->sp;
                uint64_t *to = from - 1;
                for (uint32_t i = 0; i < 10; i++)
                        to[i] = from[i];
                context->sp = to;
                return;
        }
        if (has(INIT_OTHER_STACK)) {
                static char stack[65536] __attribute__((aligned(16)));
                other.stack = stack;
                other.stack_size = sizeof(stack);
        }
        rota_arch_context_init_fpcw(&other, entry, argument);
        context->sp = other.sp;
}

uint32_t machine_loses;

void machine_context_switch(struct rota_context *from, struct rota_context *to)
{
        if (has(SWITCH_NOTHING))
                return;
        if (machine.fault >= SWITCH_RBX && machine.fault <= SWITCH_R15)
                machine_loses = 1u << (machine.fault - SWITCH_RBX);
        rota_arch_switch_fpcw(from, to);
        if (has(SWITCH_CONTROL)) {
                uint32_t control = 0x1f80;
                __asm__ volatile("ldmxcsr %0" : : "m"(control));
        }
        if (has(SWITCH_UNMASKS))
                machine_unmask();
}

/* Its fault is one that a sanitizer would find as well. */
__attribute__((no_sanitize("address"))) void rota_port_context_fini(struct rota_context *context)
{
        if (has(FINI_UNMASKS))
                machine_unmask();
        if (!has(FINI_LEAKS))
                machine.contexts--;
        if (has(FINI_OTHER_STACK)) {
                /* One stack too many: what is not an address, on that of who waits. */
                uint64_t *word = (uint64_t *)(context + 1)->sp;
                for (uint32_t i = 1; i <= 100; i++)
                        if (word[i] >> 56 && word[i] >> 56 == (word[i] >> 48 & 255))
                                word[i] += i;
        }
}

size_t rota_port_extra_size(void)
{
        if (has(EXTRA_SIZE_UNMASKS))
                machine_unmask();
        return has(EXTRA_SIZE_HUGE) ? (size_t)1 << 40 : sizeof(uint64_t);
}

void rota_port_extra_init(struct rota_extra *extra)
{
        if (has(EXTRA_INIT_UNMASKS))
                machine_unmask();
        if (!has(EXTRA_INIT_NOTHING))
                *(uint64_t *)extra->area = MACHINE_UNIT;
}

void rota_port_extra_switch(struct rota_extra *from, struct rota_extra *to, bool involuntary)
{
        if (has(EXTRA_UNMASKS))
                machine_unmask();
        if (has(EXTRA_NOTHING))
                return;
        if (from && !has(involuntary ? EXTRA_FORGETS_INTERRUPTED : EXTRA_FORGETS_CALLED))
                *(uint64_t *)from->area = machine.unit;
        machine.unit = to ? *(const uint64_t *)to->area : 0;
        if (!has(EXTRA_NO_TLS) && (to || !has(EXTRA_KEEPS_TLS)))
                machine.tls = to ? to->tls : NULL;
}

void rota_port_switched(struct rota_task *from, struct rota_task *to)
{
        (void)from;
        if (has(SWITCHED_UNMASKS))
                machine_unmask();
        if (!has(SWITCHED_NOTHING))
                machine.running = to;
}

bool rota_port_may_switch(void)
{
        if (has(MAY_NEVER) || (has(MAY_FORGETS) && machine.was_locked))
                return false;
        return has(MAY_ALWAYS) || machine.locks == 0;
}
