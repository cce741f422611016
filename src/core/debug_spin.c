/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks in debug builds. Which one was taken while which other was held is remembered with the place,
 * as in Linux's lockdep, but by lock and not by class of locks; a lock that is taken while another is
 * held, and from which the remembered orders lead to that other, closes a circle: two CPUs can wait for
 * each other in it.
 */
#include "core/debug.h"

#if ROTA_DEBUG

/* From `lock` a way of remembered orders leads to `held`: where its last step was made; NULL: none. */
static const void *way_at(
        const struct rota_debug_orders *orders, const void *lock, const void *held)
{
        bool reached[ROTA_DEBUG_ORDERS] = {false};
        bool more = true;

        while (more) {
                more = false;
                for (uint32_t i = 0; i < ROTA_DEBUG_ORDERS; i++) {
                        const struct rota_debug_order *o = &orders->order[i];
                        bool reaches = o->first == lock;
                        for (uint32_t j = 0; j < ROTA_DEBUG_ORDERS && !reaches; j++)
                                reaches = reached[j] && orders->order[j].second == o->first;
                        if (!o->first || reached[i] || !reaches)
                                continue;
                        if (o->second == held)
                                return o->at;
                        reached[i] = true;
                        more = true;
                }
        }
        return NULL;
}

static bool known(const struct rota_debug_orders *orders, const void *held, const void *lock)
{
        for (uint32_t i = 0; i < ROTA_DEBUG_ORDERS; i++)
                if (orders->order[i].first == held && orders->order[i].second == lock)
                        return true;
        return false;
}

/* `lock` is about to be taken while `held` is: where that was done the other way round, NULL: nowhere,
 * and then this order is remembered. */
static const void *other_way(struct rota *rota, const void *held, const void *lock, const void *at)
{
        struct rota_debug_orders *orders = &rota->orders;
        const void *other = NULL;

        rota_lock(&orders->lock);
        if (!known(orders, held, lock)) {
                other = way_at(orders, lock, held);
                if (!other) {
                        orders->order[orders->next] = (struct rota_debug_order){held, lock, at};
                        orders->next = (orders->next + 1) % ROTA_DEBUG_ORDERS;
                }
        }
        rota_unlock(&orders->lock);
        return other;
}

void debug_spin_forget(const void *lock)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota *rota = core_instance();

        if (rota) {
                rota_lock(&rota->orders.lock);
                for (uint32_t i = 0; i < ROTA_DEBUG_ORDERS; i++) {
                        struct rota_debug_order *o = &rota->orders.order[i];
                        if (o->first == lock || o->second == lock)
                                *o = (struct rota_debug_order){0};
                }
                rota_unlock(&rota->orders.lock);
        }
        rota_port_irq_restore(flags);
}

static bool mine(const struct rota_cpu *cpu, const struct rota_debug_taken *taken)
{
        return cpu && rota_atomic_load(&taken->cpu) == cpu->index + 1;
}

bool debug_spin_mine(const struct rota_debug_taken *taken)
{
        uintptr_t flags = rota_port_irq_save();
        bool is = mine(rota_port_cpu(), taken);
        rota_port_irq_restore(flags);
        return is;
}

bool debug_spin_begin(
        struct rota_debug_taken *taken, const void *lock, const char *function, const void *at)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        bool again = mine(cpu, taken);

        if (again) {
                debug_report(cpu, function, at, "takes a spinlock that this CPU holds",
                        "it is held", taken->at);
                taken->again++;
        } else if (cpu && cpu->rota) {
                for (uint32_t i = 0; i < cpu->debug.lock_known; i++) {
                        const void *other = other_way(cpu->rota, cpu->debug.locks[i], lock, at);
                        if (other)
                                debug_report(cpu, function, at,
                                        "takes two spinlocks in the wrong order",
                                        "they were taken the other way round", other);
                }
        }
        rota_port_irq_restore(flags);
        return !again;
}

void debug_spin_taken(struct rota_debug_taken *taken, const void *lock, const void *at)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();

        if (cpu && cpu->rota) {
                taken->at = at;
                taken->nesting = cpu->nesting;
                rota_atomic_store(&taken->cpu, cpu->index + 1);
                debug_note(cpu, lock, at);
        }
        rota_port_irq_restore(flags);
}

bool debug_spin_release(
        struct rota_debug_taken *taken, const void *lock, const char *function, const void *at)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        bool known_cpu = cpu && cpu->rota;
        uint32_t holder = rota_atomic_load(&taken->cpu);
        bool is = !known_cpu || (mine(cpu, taken) && taken->nesting == cpu->nesting);

        if (!holder && rota_locked((const uintptr_t *)lock))
                is = true; /* taken before there was an instance */
        if (!is)
                debug_report(cpu, function, at, "releases a spinlock that it has not taken",
                        holder ? "another holds it" : NULL, holder ? taken->at : NULL);
        if (is && known_cpu && holder) {
                rota_atomic_store(&taken->cpu, 0u);
                debug_unnote(cpu, lock);
        }
        rota_port_irq_restore(flags);
        return is;
}

#endif
