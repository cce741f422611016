/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <rota/port.h>

#include "rota_arch.h"

struct machine machine;

static struct machine_cpu *me(void)
{
        return &machine.cpus[machine.current];
}

static bool has(enum fault fault)
{
        return machine.fault == fault;
}

/* ---- The hardware. ---- */

static void interrupts(void)
{
        struct machine_cpu *cpu = me();

        while (!cpu->masked && (cpu->timer || cpu->kicked)) {
                bool timer = cpu->timer;
                cpu->masked = true;
                rota_irq_enter();
                if (timer) {
                        cpu->timer = false;
                        rota_timer();
                } else {
                        cpu->kicked = false;
                        cpu->kicks++;
                        rota_kicked();
                }
                rota_irq_exit();
                cpu = me();
                cpu->masked = false;
        }
}

static void advance(uint64_t ns)
{
        machine.now += ns;
        for (uint32_t i = 0; i < machine.count; i++) {
                struct machine_cpu *cpu = &machine.cpus[i];
                if (!cpu->armed || cpu->armed > machine.now)
                        continue;
                cpu->timer = true;
                cpu->armed = cpu->period ? machine.now + cpu->period : 0;
        }
}

static void step(void)
{
        advance(MACHINE_STEP);
        /* Of 40 ms it has 3: what falls due meanwhile comes at the end, several ticks as one. */
        if (machine.away && machine.now >= machine.away) {
                advance(37 * ROTA_MS);
                machine.away = machine.now + 3 * ROTA_MS;
        }
        interrupts();
}

static void other_cpu_goes_on(void)
{
        uint32_t from = machine.current;
        uint32_t to = (from + 1) % machine.count;

        if (to == from)
                return;
        machine.current = to;
        rota_arch_switch_fpcw(&machine.cpus[from].self, &machine.cpus[to].self);
}

static void go_to_next_event(void)
{
        uint64_t next = UINT64_MAX;
        for (uint32_t i = 0; i < machine.count; i++) {
                const struct machine_cpu *cpu = &machine.cpus[i];
                if (!cpu->halted || cpu->timer || cpu->kicked)
                        return;
                if (cpu->armed && cpu->armed < next)
                        next = cpu->armed;
        }
        if (next == UINT64_MAX)
                machine_dead("all halt, and nothing is to come");
        advance(next > machine.now ? next - machine.now : 0);
}

static void halt(void)
{
        struct machine_cpu *cpu = me();
        uint64_t since = machine.now;

        cpu->halted = true;
        while (!cpu->timer && !cpu->kicked) {
                if (machine.now - since > ROTA_S)
                        machine_dead("halts for ever");
                go_to_next_event();
                if (!cpu->timer && !cpu->kicked)
                        other_cpu_goes_on();
        }
        cpu->halted = false;
}

static void unmask(void)
{
        me()->masked = false;
        interrupts();
}

/* ---- The port, with its faults. ---- */

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
        if (has(CPU_CACHED) && machine.contexts && me()->cpu.on != &me()->cpu.boot)
                return &machine.cpus[0].cpu;
        return &me()->cpu;
}

uintptr_t rota_port_irq_save(void)
{
        struct machine_cpu *cpu = me();
        uintptr_t flags = !cpu->masked;

        step();
        cpu = me();
        if (!has(SAVE_LEAVES_ENABLED))
                cpu->masked = true;
        if (cpu->depth++ == 0)
                cpu->saved = flags;
        return has(SAVE_CONSTANT) ? 0 : flags;
}

void rota_port_irq_restore(uintptr_t flags)
{
        struct machine_cpu *cpu = me();

        if (has(RESTORE_NOTHING))
                return;
        cpu->depth -= cpu->depth > 0;
        if (has(RESTORE_PER_CPU)) /* it counts, and keeps the outermost's word itself */
                flags = cpu->depth == 0 ? cpu->saved : 0;
        if (flags || has(RESTORE_UNMASKS)) {
                if (has(RESTORE_LOSES))
                        cpu->timer = cpu->kicked = false;
                unmask();
        }
}

void rota_port_irq_enable(void)
{
        if (has(ENABLE_NOTHING))
                return;
        if (has(ENABLE_LOSES))
                me()->timer = me()->kicked = false;
        me()->depth = 0;
        unmask();
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

        step();
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
        struct machine_cpu *cpu = me();
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
        struct machine_cpu *cpu = me();
        bool earlier = deadline < cpu->armed;

        if (has(ARM_UNMASKS))
                unmask();
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
                unmask();
        if (has(KICK_NOTHING) || (has(KICK_NOT_SELF) && to == me()) ||
                (has(KICK_NOT_OTHERS) && to != me()) || (has(KICK_ONCE) && to->kicks) ||
                (has(KICK_NOT_HALTED) && to->halted))
                return;
        if (has(KICK_WRONG_CPU) && to != me())
                to = me();
        to->kicked = true;
        if (has(KICK_AT_ONCE) && to == me()) {
                unmask();
                me()->masked = true;
        }
}

void rota_port_idle(uint64_t next_deadline)
{
        (void)next_deadline;
        if (has(IDLE_NOTHING))
                return;
        if (has(IDLE_DEEP))
                me()->timer = me()->kicked = false, me()->armed = 0; /* nothing wakes it */
        if (has(IDLE_TWO_STEPS)) {
                unmask();
                me()->masked = true;
        }
        halt();
        unmask();
        if (!has(IDLE_UNMASKED))
                me()->masked = true;
}

void rota_port_relax(void)
{
        step();
        if (has(RELAX_UNMASKS))
                unmask();
        if (has(RELAX_HANGS))
                machine_dead("hangs");
        other_cpu_goes_on();
}

void rota_port_space_switch(void *space)
{
        if (has(SPACE_UNMASKS))
                unmask();
        if (!has(SPACE_NOTHING) && !(has(SPACE_NO_WAY_BACK) && !space))
                machine.space = space;
}

void rota_port_context_init(struct rota_context *context, void (*entry)(void *), void *argument)
{
        struct rota_context other = *context;

        if (has(INIT_UNMASKS))
                unmask();
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
                unmask();
}

/* Its fault is one that a sanitizer would find as well. */
__attribute__((no_sanitize("address"))) void rota_port_context_fini(struct rota_context *context)
{
        if (has(FINI_UNMASKS))
                unmask();
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
                unmask();
        return has(EXTRA_SIZE_HUGE) ? (size_t)1 << 40 : sizeof(uint64_t);
}

void rota_port_extra_init(struct rota_extra *extra)
{
        if (has(EXTRA_INIT_UNMASKS))
                unmask();
        if (!has(EXTRA_INIT_NOTHING))
                *(uint64_t *)extra->area = MACHINE_UNIT;
}

void rota_port_extra_switch(struct rota_extra *from, struct rota_extra *to, bool involuntary)
{
        if (has(EXTRA_UNMASKS))
                unmask();
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
                unmask();
        if (!has(SWITCHED_NOTHING))
                machine.running = to;
}

bool rota_port_may_switch(void)
{
        if (has(MAY_NEVER) || (has(MAY_FORGETS) && machine.was_locked))
                return false;
        return has(MAY_ALWAYS) || machine.locks == 0;
}

/* ---- Its life. ---- */

static void (*others)(uint32_t cpu);

static void other_main(void *argument)
{
        others((uint32_t)((struct machine_cpu *)argument - machine.cpus));
        me()->halted = true;
        for (;;)
                other_cpu_goes_on();
}

void machine_run(void (*main)(void), void (*other)(uint32_t cpu))
{
        others = other;
        for (uint32_t i = 0; i < machine.count; i++) {
                struct machine_cpu *cpu = &machine.cpus[i];
                cpu->masked = true;
                cpu->self.stack = cpu->stack;
                cpu->self.stack_size = sizeof(cpu->stack);
                if (i)
                        rota_arch_context_init_fpcw(&cpu->self, other_main, cpu);
        }
        main();
}
