/* SPDX-License-Identifier: MIT */
/**
 * @file
 * From a checked image to an instance with its threads, all in the world's memory.
 *
 * The instance has one class more than the image asks for, before all others: it holds only the
 * control thread, so that a run ends on time whatever the workload's policies do with CPUs.
 */
#include "perform.h"

/* A stack has to carry the world's saved vector state at a preemption, and code of sanitizers. */
#define STACK_MOST  (256u << 10)
#define STACK_LEAST (16u << 10)
#define STACK_ALIGN 4096u

static const struct rota_policy *const known[] = {
        &rota_policy_fifo, &rota_policy_rr, &rota_policy_prio};

static bool text_equal(const char *a, const char *b)
{
        while (*a && *a == *b) {
                a++;
                b++;
        }
        return *a == *b;
}

static const struct rota_policy *find_policy(const char *name)
{
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (text_equal(known[i]->name, name))
                        return known[i];
        return NULL;
}

struct rota_params perform_params(const struct workload_params *params)
{
        struct rota_params p = {0};
        p.class_index = (uint8_t)(params->class_index + 1);
        p.flags = params->flags;
        p.priority = params->priority;
        p.weight = params->weight;
        p.slice_ns = params->slice_ns;
        p.runtime_ns = params->runtime_ns;
        p.deadline_ns = params->deadline_ns;
        p.period_ns = params->period_ns;
        return p;
}

struct rota_affinity perform_affinity(const struct perform *perform, uint32_t mask)
{
        if (mask == 0)
                return rota_affinity_all();
        const struct rota_cpumask *m = &perform->masks[mask - 1];
        if (m->cpus <= ROTA_AFFINITY_INLINE_CPUS)
                return rota_affinity_mask(m->bits[0]);
        return rota_affinity_pointer(m);
}

/** The masks as Rota reads them: words of the machine, CPU 0 in bit 0. The image's are little-endian
 * words of 64 bits, which is the same in memory on every machine that is little-endian. */
static bool make_masks(struct perform *perform)
{
        const struct workload_header *h = perform->image.header;
        const size_t words = workload_mask_words(h->cpus);

        perform->masks = perform_allocate(
                perform, (h->mask_count + 1) * sizeof(*perform->masks), sizeof(uint64_t));
        if (!perform->masks)
                return false;
        for (uint32_t i = 0; i < h->mask_count; i++) {
                perform->masks[i].cpus = h->cpus;
                perform->masks[i].bits = (const uintptr_t *)&perform->image.masks[i * words];
        }
        return true;
}

static struct rota_ring *const *make_rings(struct perform *perform)
{
        const struct workload_header *h = perform->image.header;
        char *first = (char *)perform->report + perform->layout.rings;
        struct rota_ring **rings =
                perform_allocate(perform, h->cpus * sizeof(*rings), sizeof(void *));

        for (uint32_t i = 0; rings && i < h->cpus; i++) {
                rings[i] = (struct rota_ring *)(void *)(first + i * perform->layout.ring_stride);
                rings[i]->capacity = h->ring_records;
        }
        return rings;
}

static bool make_instance(struct perform *perform)
{
        const struct world *world = perform->world;
        const struct workload_header *h = perform->image.header;
        const struct rota_policy *policies[WORKLOAD_MAX_POLICIES + 1] = {&rota_policy_prio};
        struct rota_config config = {0};

        if (h->cpus > world->cpus) {
                perform_fail(perform, "this world has fewer CPUs:", world->cpus);
                return false;
        }
        for (uint32_t i = 0; i < h->policy_count; i++) {
                policies[i + 1] = find_policy(perform->image.names + h->policies[i]);
                if (!policies[i + 1]) {
                        perform_fail(perform, "this world does not know the policy", i + 1);
                        return false;
                }
        }
        config.cpus = world->cpu;
        config.cpu_count = h->cpus;
        config.home_stacks = world->home_stacks;
        config.slot_count = h->thread_count + 1 + WORKLOAD_SPARE;
        config.slots = perform_allocate(
                perform, config.slot_count * sizeof(struct rota_slot), sizeof(void *));
        config.policies = policies;
        config.policy_count = h->policy_count + 1;
        config.slice_ns = h->slice_ns;
        config.tick_ns = h->tick_ns;
        config.resolution_ns = world->resolution_ns;
        config.look_ns = world->look_ns;
        config.exact = true;
        if (h->flags & WORKLOAD_TRACE)
                config.rings = make_rings(perform);
        config.memory_size = config.slots ? rota_bytes(&config) : 0;
        config.memory = perform_allocate(perform, config.memory_size, 64);
        perform->rota = perform_allocate(perform, sizeof(struct rota), 64);
        if (!config.slots || !config.memory || !perform->rota) {
                perform_fail(perform, "not enough memory for the scheduler", 0);
                return false;
        }
        const int error = rota_init(perform->rota, &config);
        if (error)
                perform_fail(perform, rota_error_text(error), 0);
        return error == 0;
}

void perform_thread_ended(struct perform_thread *thread)
{
        struct perform *perform = thread->perform;

        __atomic_store_n(&thread->ended, 1, __ATOMIC_RELEASE);
        __atomic_add_fetch(&perform->ended, 1, __ATOMIC_RELAXED);
        if (__atomic_sub_fetch(&perform->live, 1, __ATOMIC_ACQ_REL) == 0)
                rota_wake(perform->control_handle);
}

static void thread_ended(struct rota_task *task, intptr_t code)
{
        struct perform_thread *thread = (struct perform_thread *)task;

        /* A future that was waiting at the run's end has not failed more than a thread has. */
        thread->exit_code = perform_is_future(thread) && code == ROTA_ECANCELED ? 0 : code;
        if (thread->user)
                perform_free_user(thread);
        perform_thread_ended(thread);
}

/** An address space of its own with its program in it. @return false: the run has failed */
static bool make_user(struct perform_thread *thread, struct rota_thread_options *options)
{
        const char *wrong = perform_make_user(thread, &options->task.space);
        const char *const words[] = {"the task \"",
                thread->perform->image.names + thread->task->name, "\" in user mode: ", wrong,
                NULL};

        if (wrong)
                perform_fail_with(thread->perform, words);
        return !wrong;
}

/** What both kinds of a thread begin with. */
static struct rota_task_options task_options(struct perform_thread *thread)
{
        const struct workload_task *task = thread->task;
        struct rota_task_options options = {0};

        options.name = thread->perform->image.names + task->name;
        options.params = perform_params(&task->params);
        options.affinity = perform_affinity(thread->perform, task->mask);
        options.stats = &thread->stats;
        options.on_exit = thread_ended;
        options.detached = true;
        return options;
}

/** Makes the thread @p index; its parameters, affinity and program come from its task. */
static int make_thread(struct perform *perform, uint32_t index, size_t stack_size)
{
        struct perform_thread *thread = &perform->threads[index];
        const struct workload_task *task = thread->task;
        struct rota_thread_options options = {.task = task_options(thread)};

        if (task->unique_timers)
                thread->timers = perform_allocate(
                        perform, task->unique_timers * sizeof(*thread->timers), sizeof(uint64_t));
        if (task->unique_timers && !thread->timers)
                return ROTA_ENOSPC;
        if (perform_is_future(thread))
                return perform_make_future(thread, &options.task);
        options.stack = perform_allocate(perform, stack_size, STACK_ALIGN);
        if (!options.stack)
                return ROTA_ENOSPC;
        if ((task->flags & WORKLOAD_USER) && !make_user(thread, &options))
                return ROTA_ENOSPC;
        options.stack_size = stack_size;
        options.entry = perform_thread_main;
        options.argument = thread;
        return rota_thread_create(&thread->is.thread, &options, &thread->handle);
}

/** Gives each thread its task, its phases and its events; a task's forks come behind its others. */
static void assign(struct perform *perform)
{
        const struct workload_image *image = &perform->image;
        const struct workload_phase *phases = image->phases;
        const struct workload_event *events = image->events;
        struct perform_thread *thread = perform->threads;

        for (uint32_t t = 0; t < image->header->task_count; t++) {
                const struct workload_task *task = &image->tasks[t];
                perform->forks[t].first = (uint32_t)(thread - perform->threads) + task->instances;
                for (uint32_t i = 0; i < task->instances + task->forks; i++, thread++) {
                        thread->perform = perform;
                        thread->index = (uint32_t)(thread - perform->threads);
                        thread->forked = i >= task->instances;
                        thread->random = image->header->seed ^ (thread->index + UINT64_C(1)) *
                                                                       UINT64_C(0x9e3779b97f4a7c15);
                        thread->random += !thread->random;
                        thread->task = task;
                        thread->phases = phases;
                        thread->events = events;
                }
                for (uint32_t p = 0; p < task->phase_count; p++)
                        events += phases[p].event_count;
                phases += task->phase_count;
        }
}

/** Memory that threads have for themselves; before the stacks, which take what is left. */
static bool make_buffers(struct perform *perform)
{
        for (uint32_t i = 0; i < perform->image.header->thread_count; i++) {
                struct perform_thread *thread = &perform->threads[i];
                const uint32_t bytes = thread->task->buffer_bytes;
                if (!bytes)
                        continue;
                thread->buffer = perform_allocate(perform, bytes, 64);
                if (!thread->buffer)
                        return false;
        }
        return true;
}

static int make_control(struct perform *perform)
{
        struct rota_thread_options options = {0};
        const size_t stack_size = 4 * (size_t)STACK_LEAST;

        options.stack = perform_allocate(perform, stack_size, STACK_ALIGN);
        if (!options.stack)
                return ROTA_ENOSPC;
        options.stack_size = stack_size;
        options.entry = perform_control_main;
        options.argument = perform;
        options.task.name = "rota-control";
        options.task.params.priority = 1;
        options.task.params.flags = ROTA_PARAMS_FIFO;
        options.task.detached = true;
        const int error = rota_thread_create(&perform->control, &options, &perform->control_handle);
        return error ? error : rota_start(perform->control_handle);
}

/** What is left of the memory, shared out among those that have a stack. */
static size_t stack_size_of(const struct perform *perform)
{
        size_t stacks = 1;

        for (uint32_t i = 0; i < perform->image.header->thread_count; i++)
                stacks += !perform_is_future(&perform->threads[i]);
        const size_t size = perform->memory_left / 2 / stacks & -(size_t)STACK_ALIGN;
        return size < STACK_MOST ? size : STACK_MOST;
}

/** Futures that keep the CPU busy are preempted, each with a stack: as many as there are futures, as far
 * as the memory goes. What finds none runs on, and is counted. */
static void make_spares(struct perform *perform)
{
        const struct rota_stack *home = &perform->world->home_stacks[0];

        for (uint32_t i = 0; i < perform->image.header->thread_count; i++) {
                if (!perform_is_future(&perform->threads[i]))
                        continue;
                void *stack = perform_allocate(perform, home->size, STACK_ALIGN);
                if (!stack || rota_spares_add(perform->rota, stack, home->size) != ROTA_OK)
                        return;
        }
}

static bool make_threads(struct perform *perform)
{
        const struct workload_header *h = perform->image.header;
        int error = 0;

        perform->threads =
                perform_allocate(perform, h->thread_count * sizeof(*perform->threads), 64);
        perform->bases =
                perform_allocate(perform, h->cpus * sizeof(*perform->bases), sizeof(uint64_t));
        perform->timers = perform_allocate(
                perform, (h->timer_count + 1) * sizeof(*perform->timers), sizeof(uint64_t));
        perform->forks = perform_allocate(
                perform, h->task_count * sizeof(*perform->forks), sizeof(uint64_t));
        if (!perform->threads || !perform->bases || !perform->timers || !perform->forks ||
                !make_masks(perform) || !perform_set_up_resources(perform))
                error = ROTA_ENOSPC;
        if (!error)
                assign(perform);
        if (!error && !make_buffers(perform)) {
                perform_fail(perform, "not enough memory for what mem and memrun go to", 0);
                return false;
        }
        if (!error && !perform_set_up_programs(perform))
                return false;
        const size_t stack_size = stack_size_of(perform);
        if (stack_size < STACK_LEAST)
                error = ROTA_ENOSPC;
        uint32_t made = 0;
        /* The workload's threads first: their ids are 1, 2, ... */
        for (; !error && made < h->thread_count; made++)
                if (!perform_is_program(&perform->threads[made]))
                        error = make_thread(perform, made, stack_size);
        if (!error)
                error = make_control(perform);
        if (!error)
                make_spares(perform);
        if (error == ROTA_ENOSPC)
                perform_fail(perform, "not enough memory for all threads; made", made);
        else if (error)
                perform_fail(perform, "the scheduler refused thread", made);
        return !error;
}

bool perform_set_up(struct perform *perform)
{
        return make_instance(perform) && make_threads(perform);
}
