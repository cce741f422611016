/* SPDX-License-Identifier: MIT */
/*
 * Virtual CPUs: the port of this world. Real contexts and real switches; interrupts come where a CPU
 * unmasks or halts; the clock moves only by itself, as one more actor of the schedule, and always to
 * the next deadline, so that every time-out can come before or after everything else.
 */
#include <rota/port.h>
#include <string.h>

#include "explore.h"
#include "rota_arch.h"

struct explore_world w;
static struct rota_context machine_main;

static struct explore_cpu *here(void)
{
        return &w.cpus[w.current];
}

struct rota_cpu *rota_port_cpu(void)
{
        return on_cpu() ? &here()->cpu : NULL;
}

bool machine_interrupted(const struct explore_cpu *me)
{
        return me->kicked || me->armed <= w.now;
}

uint64_t machine_next_deadline(void)
{
        uint64_t next = ROTA_NEVER;
        for (uint32_t i = 0; i < CPUS_MAX; i++)
                next = w.cpus[i].armed < next ? w.cpus[i].armed : next;
        return next;
}

/* One interrupt, masked. The interrupted task may go on elsewhere. */
static void interrupt(void)
{
        struct explore_cpu *me = here();
        bool kicked = me->kicked;
        bool timer = me->armed <= w.now;

        rota_irq_enter();
        me->kicked = false;
        if (timer) {
                me->armed = ROTA_NEVER;
                explore_trace("timer interrupt");
                rota_timer();
        }
        if (kicked) {
                explore_trace("kicked");
                memory_interrupt_taken();
                rota_kicked();
        }
        rota_irq_exit();
}

/* Interrupts are enabled here: takes what is pending. */
static void open_window(void)
{
        if (!w.exploring && !machine_interrupted(here()))
                return;
        schedule_point((struct op){&here()->kicked, OP_READ}, "interrupts on");
        while (machine_interrupted(here())) {
                here()->masked = true;
                interrupt();
                here()->masked = false;
        }
        /* What others want of it comes with a kick; what it wants of itself it has seen to by now, or it
         * never will. */
        if (w.exploring && dispatch_allowed(&here()->cpu) && (here()->cpu.need & NEED_LOOK))
                explore_fail("cpu %u goes on, and was to look at other CPUs", w.current);
}

uintptr_t rota_port_irq_save(void)
{
        if (!on_cpu())
                return 0;
        bool enabled = !here()->masked;
        here()->masked = true;
        return enabled;
}

void rota_port_irq_restore(uintptr_t flags)
{
        if (!on_cpu())
                return;
        here()->masked = !flags;
        if (flags)
                open_window();
}

void rota_port_irq_enable(void)
{
        here()->masked = false;
        open_window();
}

bool rota_port_irq_enabled(uintptr_t flags)
{
        return flags;
}

uint64_t rota_port_now(void)
{
        if (on_cpu())
                schedule_point((struct op){&w.now, OP_READ}, "now");
        return w.now;
}

void rota_port_timer_arm(uint64_t deadline)
{
        explore_trace("arms the timer for %llu", (unsigned long long)deadline);
        here()->armed = deadline;
        schedule_touch((struct op){&w.now, OP_WRITE});
}

void rota_port_kick(struct rota_cpu *cpu)
{
        struct explore_cpu *other = &w.cpus[cpu->index];
        if (on_cpu()) {
                schedule_point((struct op){&other->kicked, OP_WRITE}, "kick");
                explore_trace("kicks cpu %u", cpu->index);
                memory_interrupt_sent(cpu->index);
                schedule_touch((struct op){&other->kicked, OP_WRITE});
        }
        other->kicked = true;
}

void rota_port_idle(uint64_t next_deadline)
{
        (void)next_deadline;
        /* To unmask and to halt is one step: who kicks before it has ended it. */
        schedule_point((struct op){&here()->kicked, OP_READ}, "idle");
        if (!machine_interrupted(here())) {
                explore_trace("halts");
                schedule_block(BLOCKED_HALT);
        }
        interrupt();
}

void rota_port_relax(void)
{
        schedule_block(BLOCKED_SPIN);
}

void rota_port_space_switch(void *space)
{
        (void)space;
}

void rota_port_context_init(struct rota_context *context, void (*entry)(void *), void *argument)
{
        rota_arch_context_init(context, entry, argument);
}

static struct explore_task *task_of(const struct rota_context *context)
{
        for (uint32_t i = 0; i < TASKS_MAX; i++) {
                if (context == &w.tasks[i].thread.context)
                        return &w.tasks[i];
        }
        return NULL;
}

void rota_port_context_switch(struct rota_context *from, struct rota_context *to)
{
        struct explore_task *leaves = task_of(from);
        struct explore_task *comes = task_of(to);

        /* The registers of who comes must be in memory, and nobody else's. */
        if (comes && comes->runs)
                explore_fail("task %u is resumed while it runs, or before it is saved",
                        (unsigned)(comes - w.tasks));
        if (comes && comes->life != LIFE_STARTED)
                explore_fail(
                        "task %u is resumed, but it does not live", (unsigned)(comes - w.tasks));
        if (comes)
                comes->runs = 1;
        if (leaves)
                leaves->runs = 0;
        explore_trace("switches from %s to %s", explore_name(from), explore_name(to));
        rota_arch_switch(from, to);
}

void rota_port_context_fini(struct rota_context *context)
{
        struct explore_task *task = task_of(context);
        if (task && task->runs)
                explore_fail("task %u is buried while it runs", (unsigned)(task - w.tasks));
        if (task)
                script_left(task);
}

void rota_port_switched(struct rota_task *from, struct rota_task *to)
{
        (void)from;
        (void)to;
}

bool rota_port_may_switch(void)
{
        return true;
}

void rota_port_fatal(const char *reason)
{
        explore_fail("fatal: %s", reason);
}

void machine_resume(uint32_t cpu)
{
        struct rota_context *from = on_cpu() ? &here()->self : &machine_main;
        w.current = cpu;
        rota_arch_switch(from, &w.cpus[cpu].self);
}

void machine_rest(void)
{
        struct explore_cpu *me = here();
        w.current = OUTSIDE;
        rota_arch_switch(&me->self, &machine_main);
}

void machine_join(uint32_t cpu)
{
        bool *joins = &w.cpus[cpu].joins;
        schedule_point((struct op){joins, OP_WRITE}, "join");
        *joins = true;
        schedule_touch((struct op){joins, OP_WRITE});
}

static void cpu_main(void *argument)
{
        struct explore_cpu *me = argument;
        while (rota_cpu_run(&w.rota, me->cpu.index) == ROTA_CPU_LEFT) {
                explore_trace("has left");
                me->armed = ROTA_NEVER;
                schedule_point((struct op){&me->joins, OP_READ}, "out");
                if (!me->joins)
                        schedule_block(BLOCKED_OUT);
                me->joins = false;
                me->kicked = false;
        }
        explore_fail("cpu %u has left rota_cpu_run", me->cpu.index);
}

void machine_boot(void)
{
        for (uint32_t i = 0; i < CPUS_MAX; i++) {
                struct explore_cpu *me = &w.cpus[i];
                me->armed = ROTA_NEVER;
                me->masked = true;
                me->blocked = BLOCKED_BARRIER;
                me->self.stack = me->boot;
                me->self.stack_size = sizeof(me->boot);
        }
}

void machine_settle(void)
{
        for (uint32_t i = 0; i < w.rota.cpu_count; i++) {
                rota_arch_context_init(&w.cpus[i].self, cpu_main, &w.cpus[i]);
                w.cpus[i].blocked = BLOCKED_NOT;
        }
        for (bool any = true; any;) {
                any = false;
                for (uint32_t i = 0; i < w.rota.cpu_count; i++) {
                        struct explore_cpu *me = &w.cpus[i];
                        if (me->blocked == BLOCKED_BARRIER ||
                                (me->blocked == BLOCKED_HALT && !machine_interrupted(me)))
                                continue;
                        machine_resume(i);
                        any = true;
                }
        }
        for (uint32_t i = 0; i < w.rota.cpu_count; i++) {
                if (w.cpus[i].blocked == BLOCKED_BARRIER)
                        w.cpus[i].blocked = BLOCKED_NOT;
        }
}
