/* SPDX-License-Identifier: MIT */
/*
 * The home stack of a CPU: ended tasks are buried here, turns of kinds without a stack are taken
 * here (turn.c), and the CPU idles here.
 *
 * Idle in three states (DESIGN rule 8). ACTIVE: no kick needed, it will look. LOOKING: it watches its
 * own queue and need bits. HALTED: whoever makes it ACTIVE again sends the one kick.
 */
#include "core/stack.h"

static void idle_mark(struct rota_cpu *cpu, bool idle)
{
        uintptr_t bit = (uintptr_t)1 << (cpu->index % ROTA_WORD_BITS);
        uintptr_t *word = &cpu->rota->idle_cpus[cpu->index / ROTA_WORD_BITS];
        if (idle)
                rota_atomic_or(word, bit);
        else if (rota_atomic_load(word) & bit)
                rota_atomic_and(word, ~bit);
}

/* Something to do, or somebody has claimed this CPU (cleared its bit) to give it something: then it
 * goes round and marks itself again, or nobody would ever find it idle. */
static bool work_came(const struct rota_cpu *cpu)
{
        uintptr_t bit = (uintptr_t)1 << (cpu->index % ROTA_WORD_BITS);
        return !(rota_atomic_load(&cpu->rota->idle_cpus[cpu->index / ROTA_WORD_BITS]) & bit) ||
               rota_atomic_load(&cpu->ready) || rota_atomic_load(&cpu->need) ||
               rota_atomic_load(&cpu->rota->stopping);
}

/* Watches for a while; whether work came. */
static bool look(struct rota_cpu *cpu)
{
        if (!cpu->rota->look_ns)
                return false;
        uint64_t until = rota_port_now() + cpu->rota->look_ns;
        do {
                for (uint32_t i = 0; i < 32; i++) {
                        if (work_came(cpu))
                                return true;
                        rota_port_relax();
                }
        } while (rota_port_now() < until);
        return false;
}

/* From here on who gives this CPU work kicks it, so only once there was none for a while. */
static void halt(struct rota_cpu *cpu)
{
        rota_count(&cpu->stats.halts);
        rota_atomic_store(&cpu->idle, IDLE_HALTED);
        /* Partner: place_notify stores what waits, then looks at the idle state. */
        rota_atomic_store_then_look();
        if (!work_came(cpu))
                rota_port_idle(cpu->armed);
}

/* Nothing to run: until something comes. Masked; interrupts are taken inside. */
static void idle(struct rota_cpu *cpu)
{
        rota_atomic_store(&cpu->idle, IDLE_LOOKING);
        idle_mark(cpu, true);
        /* Partner: place.c stores what waits, then looks for an idle CPU. */
        rota_atomic_store_then_look();
        if (!work_came(cpu) && !pull(cpu, false)) {
                uint64_t now = rota_port_now();
                rota_count_set(&cpu->stats.idle_since, now);
                if (!look(cpu))
                        halt(cpu);
                now = rota_port_now();
                if (now > cpu->stats.idle_since)
                        rota_count_add(&cpu->stats.idle_ns, now - cpu->stats.idle_since);
                rota_count_set(&cpu->stats.idle_since, 0);
        }
        rota_atomic_store(&cpu->idle, IDLE_ACTIVE);
        idle_mark(cpu, false);
}

bool home_step(struct rota_cpu *cpu)
{
        uint32_t need = rota_atomic_load(&cpu->need);
        if (need) {
                need = rota_atomic_and(&cpu->need, (uint32_t)NEED_STOP);
                if (need & NEED_STOP)
                        world_rest(cpu);
                if (need & NEED_TIMERS)
                        timer_program(cpu, rota_count_read(&cpu->timers_due));
                if ((need & NEED_PULLING) && rota_atomic_load(&cpu->online) == CPU_ONLINE)
                        pull(cpu, need & NEED_PULL);
        }
        if (rota_atomic_load_acquire(&cpu->rota->stopping))
                return false;
        if (rota_unlikely(!stack_untouched(&cpu->home)))
                stack_home_overflown(cpu);
        if (rota_unlikely(rota_atomic_load(&cpu->online) == CPU_LEAVING))
                return leave_step(cpu);

        rota_lock(&cpu->lock);
        uint64_t now = 0;
        struct rota_task *next = queue_commit_next(cpu, &now);
        if (!next) {
                rota_unlock(&cpu->lock);
                idle(cpu);
                return true;
        }
        if (cpu->rota->ranked && cpu->rota->cpu_count > 1) {
                /* Partner: place.c stores the waiting level, then looks at what runs. */
                rota_atomic_store_then_look();
                if (pull_tempting(cpu, next))
                        rota_atomic_or(&cpu->need, NEED_LOOK | NEED_RESCHED);
        }
        dispatch_begin_turn(cpu, next, now);
        dispatch_switch(cpu, NULL, next);
        return true;
}

/* Entered by the first switch to the home stack, with the CPU's lock held. */
void home_main(void *argument)
{
        (void)argument;
        dispatch_finish();
        for (;;) {
                struct rota_cpu *cpu = rota_port_cpu();
                struct rota_task *turn = cpu->current; /* has no stack, or it would run on that */
                if (turn)
                        turn_take(cpu, turn);
                else if (!home_step(cpu))
                        break;
        }
        struct rota_cpu *cpu = rota_port_cpu();
        /* Release: all that it did here; partners: rota_cpu_online, rota_world_stop. */
        rota_atomic_store_release(&cpu->online, CPU_OFFLINE);
        while (cpu->adopted)
                rota_port_idle(ROTA_NEVER); /* adopted: there is nobody to go back to */
        cpu->on = &cpu->boot;
        rota_port_context_switch(&cpu->home, &cpu->boot);
        rota_port_fatal("a home stack was resumed after its CPU left");
}
