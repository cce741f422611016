/* SPDX-License-Identifier: MIT */
/* Making an instance in the caller's memory, and the life of its CPUs. */
#include "core/account.h"
#include "core/gdb.h"
#include "core/stack.h"

#define LINE 64u /* queues of different CPUs do not share cache lines */

static const uint64_t default_slice_ns = 5 * ROTA_MS;

struct core_root core_root = {.gdb = &rota_gdb_table};

static size_t lines(size_t bytes)
{
        return (bytes + LINE - 1) / LINE * LINE;
}

/* A queue must also hold round robin's, which takes over where a policy breaks its word. */
static size_t queue_size(const struct rota_policy *policy)
{
        size_t rr = rota_policy_rr.queue_bytes;
        return lines(policy->queue_bytes > rr ? policy->queue_bytes : rr);
}

static bool policy_complete(const struct rota_policy *p)
{
        return p && p->queue_bytes >= sizeof(struct rota_queue) && p->init_queue && p->init_task &&
               p->set_params && p->get_params && p->enqueue && p->dequeue && p->pick && p->commit &&
               p->may_pull && p->pull && p->each && p->check;
}

static bool config_valid(const struct rota_config *config)
{
        if (!config || !config->cpus || config->cpu_count == 0 ||
                config->cpu_count > place_cpus_most || !config->home_stacks || !config->slots ||
                config->slot_count == 0 || config->slot_count == UINT32_MAX || !config->policies ||
                config->policy_count == 0 || config->policy_count > ROTA_MAX_CLASSES ||
                (!account_kept && (config->exact || config->rings || config->watchdog_ns)))
                return false;
        for (uint32_t i = 0; i < config->policy_count; i++) {
                if (!policy_complete(config->policies[i]))
                        return false;
        }
        for (uint32_t i = 0; i < config->cpu_count; i++) {
                if (!config->cpus[i] || !config->home_stacks[i].memory ||
                        config->home_stacks[i].size < ROTA_STACK_MIN)
                        return false;
                const struct rota_ring *ring = config->rings ? config->rings[i] : NULL;
                if (ring && (ring->capacity == 0 || ring->capacity & (ring->capacity - 1)))
                        return false;
        }
        return true;
}

size_t rota_bytes(const struct rota_config *config)
{
        if (!config_valid(config))
                return 0;
        size_t bytes = LINE; /* to align */
        for (uint32_t i = 0; i < config->policy_count; i++) {
                const struct rota_policy *policy = config->policies[i];
                bytes += lines(policy->instance_bytes);
                bytes += queue_size(policy) * config->cpu_count;
        }
        return bytes;
}

static void clear(void *memory, size_t bytes)
{
        unsigned char *byte = memory;
        for (size_t i = 0; i < bytes; i++)
                byte[i] = 0;
}

static void init_cpu(struct rota *rota, uint32_t index, const struct rota_config *config)
{
        struct rota_cpu *cpu = rota->cpus[index];
        void *user = cpu->user;

        clear(cpu, sizeof(*cpu));
        cpu->user = user;
        cpu->rota = rota;
        cpu->index = index;
        cpu->exact = rota->exact;
        cpu->running_class = CLASS_NONE;
        cpu->round = &queue_no_round;
        cpu->armed = ROTA_NEVER;
        cpu->timers_due = ROTA_NEVER;
        cpu->ring = config->rings ? config->rings[index] : NULL;
        cpu->home.stack = config->home_stacks[index].memory;
        cpu->home.stack_size = config->home_stacks[index].size;
        stack_begin(&cpu->home, 0);
}

static int init_class(
        struct rota *rota, uint8_t index, const struct rota_policy *policy, char **memory)
{
        void *shared = NULL;

        if (policy->instance_bytes) {
                shared = *memory;
                *memory += lines(policy->instance_bytes);
                clear(shared, policy->instance_bytes);
        }
        if (policy->init) {
                int result = policy->init(shared, rota->cpu_count);
                if (result != ROTA_OK)
                        return result;
        }
        rota->classes[index] = policy;
        rota->ranked = rota->ranked || policy->select_cpu;
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                struct rota_queue *queue = (struct rota_queue *)(void *)*memory;
                *memory += queue_size(policy);
                clear(queue, policy->queue_bytes);
                queue->policy = policy;
                queue->shared = shared;
                queue->view = rota;
                queue->cpu = i;
                queue->slack_ns = rota->slack_ns;
                queue->slice_ns = rota->slice_ns;
                queue->event_ns = ROTA_NEVER;
                queue->class_index = index;
                queue->timed = policy->needs_time;
                policy->init_queue(queue);
                rota->cpus[i]->queues[index] = queue;
        }
        return ROTA_OK;
}

static void init_slots(struct rota *rota)
{
        for (uint32_t i = 0; i < rota->slot_count; i++) {
                struct rota_slot *slot = &rota->slots[i];
                rota_atomic_store(&slot->word, word_make(1, WORD_FREE));
                slot->value = i + 1 < rota->slot_count ? i + 2 : 0;
                rota_atomic_store(&slot->joins, NULL);
        }
        rota->slot_free = 1;
}

int rota_init(struct rota *rota, const struct rota_config *config)
{
        if (!rota || !config_valid(config))
                return ROTA_EINVAL;
        const struct rota_cpu *self = rota_port_cpu();
        if (self && self->rota == rota && rota == rota_atomic_load(&core_root.latest) &&
                rota_atomic_load(&self->online))
                return ROTA_EBUSY;
        for (uint32_t i = 0; i < config->policy_count; i++) {
                if (config->policies[i]->version != ROTA_POLICY_VERSION)
                        return ROTA_EPOLICY;
                if (config->policies[i]->task_bytes > ROTA_POLICY_WORDS * sizeof(uintptr_t))
                        return ROTA_ENOSPC;
        }
        if (!config->memory || config->memory_size < rota_bytes(config))
                return ROTA_ENOSPC;

        clear(rota, sizeof(*rota));
        rota->cpus = config->cpus;
        rota->cpu_count = config->cpu_count;
        rota->slots = config->slots;
        rota->slot_count = config->slot_count;
        rota->class_count = config->policy_count;
        rota->watchdog_ns = config->watchdog_ns;
        rota->exact = config->exact || config->rings || config->watchdog_ns;
        rota->ranked = config->policy_count > 1;
        rota->idle_words = ROTA_BITMAP_WORDS(config->cpu_count);
        rota->look_ns = config->look_ns;
        rota->report = config->report;
        rota->misuse = config->misuse;
        rota->slice_ns = config->slice_ns ? config->slice_ns : default_slice_ns;
        if (rota->slice_ns < config->resolution_ns)
                rota->slice_ns = config->resolution_ns;
        /* With a periodic tick what is due within half of one is due now: a slice of n ticks ends
         * at the n-th tick, however late in its tick it began to be counted. */
        rota->slack_ns = config->tick_ns / 2;

        for (uint32_t i = 0; i < rota->cpu_count; i++)
                init_cpu(rota, i, config);
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                if (rota->cpus[i]->index != i)
                        return ROTA_EINVAL; /* one structure for two CPUs */
        }
        init_slots(rota);
        char *memory = config->memory;
        memory += lines((size_t)(uintptr_t)memory) - (size_t)(uintptr_t)memory;
        for (uint32_t i = 0; i < config->policy_count; i++) {
                int result = init_class(rota, (uint8_t)i, config->policies[i], &memory);
                if (result != ROTA_OK)
                        return result;
        }
        rota_atomic_store(&core_root.latest, rota);
        return ROTA_OK;
}

/* Checks and marks a CPU that begins to run; interrupts are masked. */
static int cpu_begin(struct rota *rota, uint32_t index, bool adopted)
{
        if (!rota || index >= rota->cpu_count || rota_port_cpu() != rota->cpus[index])
                return ROTA_EINVAL;
        struct rota_cpu *cpu = rota->cpus[index];
        if (rota_atomic_load(&cpu->online))
                return ROTA_EBUSY;
        uintptr_t flags = rota_port_irq_save();
        if (rota_port_irq_enabled(flags)) {
                rota_port_irq_restore(flags);
                return ROTA_ECONTEXT;
        }
        rota_port_context_init(&cpu->home, home_main, cpu);
        bool again = account_back(cpu, rota_port_now());
        rota_atomic_store(&cpu->adopted, adopted);
        rota_atomic_add(&rota->running_cpus, 1u);
        rota_atomic_store_release(&cpu->online, CPU_JOINING);
        /* From here on a stopper of the world waits for us; one that did not see us we wait for.
         * Partner: rota_world_stop says that it stops the world, then looks who is online. */
        rota_atomic_store_then_look();
        if (rota_atomic_load_acquire(&rota->world_stop))
                world_rest(cpu);
        rota_lock(&cpu->lock); /* tasks may be waiting here already */
        cpu->current = NULL;
        cpu->round = &queue_no_round;
        cpu->previous = NULL;
        cpu->unfinished = false;
        cpu->nesting = 0;
        cpu->armed = ROTA_NEVER;
        rota_unlock(&cpu->lock);
        /* Armed here before it began, or in an interrupt while it was out. */
        timer_program(cpu, rota_count_read(&cpu->timers_due));
        rota_atomic_store(&cpu->idle, IDLE_ACTIVE);
        rota_atomic_store_release(&cpu->online, CPU_ONLINE);
        /* Partners: leave_step has left, then looks who is online; place_notify says what is needed,
         * then looks at the idle state, and kicks nobody who has left. */
        rota_atomic_store_then_look();
        if (again)
                trace_cpu(cpu, ROTA_EVENT_CPUHP_EXIT, true);
        leave_join(cpu);
        watchdog_begin(cpu);
        return ROTA_OK;
}

int rota_cpu_run(struct rota *rota, uint32_t index)
{
        int result = cpu_begin(rota, index, false);
        if (result != ROTA_OK)
                return result;
        struct rota_cpu *cpu = rota->cpus[index];

        cpu->on = &cpu->boot;
        rota_lock(&cpu->lock);
        cpu->on = &cpu->home;
        rota_port_context_switch(&cpu->boot, &cpu->home);
        /* Back from home_main, after rota_stop() or rota_cpu_leave(). */
        rota_port_context_fini(&cpu->home);
        rota_atomic_sub(&rota->running_cpus, 1u);
        return rota_atomic_load(&rota->stopping) ? ROTA_OK : ROTA_CPU_LEFT;
}

int rota_adopt(struct rota *rota, uint32_t index, struct rota_thread *thread,
        const struct rota_thread_options *options, struct rota_handle *handle)
{
        static const struct rota_thread_options defaults;

        if (!thread || !handle || (options && (options->fpu || options->tls)))
                return ROTA_EINVAL;
        int result = cpu_begin(rota, index, true);
        if (result != ROTA_OK)
                return result;
        struct rota_cpu *cpu = rota->cpus[index];
        options = options ? options : &defaults;
        result = thread_make(thread, options, options->stack_size, handle);
        if (result != ROTA_OK) {
                rota_atomic_store(&cpu->online, CPU_OFFLINE);
                rota_atomic_sub(&rota->running_cpus, 1u);
                return result;
        }
        struct rota_task *task = &thread->task;
        struct rota_slot *slot = task->slot;
        rota_atomic_store_release(&slot->word,
                word_make(handle->generation,
                        WORD_RUNNABLE | (rota_atomic_load(&slot->word) & WORD_DETACHED)));

        /* It runs already: in by the door, and at once out to run. */
        rota_lock(&cpu->lock);
        uint64_t now = queue_timed(cpu, queue_of(cpu, task->class_index)) ? rota_port_now() : 0;
        account_placed(task, ROTA_ENQ_NEW, index, index, now);
        queue_insert(cpu, task, ROTA_ENQ_NEW, now);
        struct rota_queue *queue = queue_of(cpu, task->class_index);
        queue->policy->commit(queue, task, now);
        queue_left(cpu, queue);
        queue_set_current(cpu, queue, task);
        cpu->on = &thread->context;
        dispatch_begin_turn(cpu, task, now);
        rota_unlock(&cpu->lock);
        return ROTA_OK;
}

void rota_stop(struct rota *rota)
{
        if (!rota)
                return;
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *self = rota_port_cpu();

        /* Release: what was done before; partner: the acquire in home_step. */
        rota_atomic_store_release(&rota->stopping, 1);
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                struct rota_cpu *cpu = rota->cpus[i];
                if (cpu == self || rota_atomic_load(&cpu->online))
                        place_notify(cpu, NEED_RESCHED);
        }
        dispatch_leave(flags);
}
