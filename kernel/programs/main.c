/* SPDX-License-Identifier: MIT */
/*
 * A kernel that runs the programs of its initrd, tells how each ended, and looks afterwards whether it is
 * as it was: no memory lost, every invariant whole. Its words, each with a default:
 *
 *     run=NAME[:ARGUMENT...][,NAME...]   which programs, in this order; all of the initrd's files
 *     policy=NAME    rr, prio or fifo; rr
 *     cpus=N         that many CPUs; all
 *     slice=NS       of a turn; the library's
 *     copies=N       each program so often; 1
 *     until=NS       ends what still runs then; never
 *     threads=N pages=N children=N stack=BYTES fifo=1 priority=N   a process's limits
 *     slots=N        threads that there may be at all
 *
 * Exit codes: 0 all programs ended with 0; 1 one did not; 2 a word or the initrd is wrong; 3 the kernel is
 * not as it was.
 */
#include "console.h"
#include "machine.h"
#include "memory.h"
#include "options.h"
#include "user/cpio.h"
#include "user/process.h"
#include <rota/sync.h>
#include <world.h>

/* Programs whose accounts are kept. */
#define ACCOUNTS_MAX  64
#define CONTROL_STACK 16384

static struct {
        const struct world *world;
        struct options options;
        struct rota rota;
        struct rota_thread control;
        struct rota_completion all_ended;
        char *memory; /* of the world's, not given out yet */
        size_t memory_left;
        struct rota_task_stats *accounts;
        uint32_t accounts_used;
        uint32_t left;   /* programs that have not ended (atomic) */
        uint32_t failed; /* that did not end with 0 (atomic) */
        int code;
} run;

static void *allocate(size_t size)
{
        char *piece = run.memory;

        size = (size + 63) & ~(size_t)63;
        if (size > run.memory_left)
                return NULL;
        run.memory += size;
        run.memory_left -= size;
        return piece;
}

static const struct rota_policy *policy_of(const char *name)
{
        static const struct rota_policy *const known[] = {
                &rota_policy_fifo, &rota_policy_rr, &rota_policy_prio};

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (options_same(known[i]->name, name))
                        return known[i];
        return NULL;
}

/* One of the programs is gone: on a home stack, masked. */
static void program_ended(void *argument, const struct kernel_process *process)
{
        static const char *const kinds[] = {"", "exit", "fault", "killed"};
        const struct sys_end *end = &process->end;
        const struct rota_task_stats *stats = process->user;

        (void)argument;
        if (end->kind != SYS_END_EXIT || end->code)
                __atomic_add_fetch(&run.failed, 1, __ATOMIC_RELAXED);
        if (!run.options.quiet || end->kind != SYS_END_EXIT || end->code) {
                const uintptr_t flags = kernel_console_take();
                kernel_console_print("rota: %s (%lu) ended: %s %ld", process->name, process->id,
                        kinds[end->kind],
                        end->kind == SYS_END_FAULT ? (int64_t)end->fault : end->code);
                if (stats)
                        kernel_console_print("; ran %lu us, preempted %lu times",
                                stats->run_ns / 1000, stats->involuntary);
                kernel_console_print("\n");
                kernel_console_give(flags);
        }
        /* Release: what is counted above; partner: the completion. */
        if (__atomic_sub_fetch(&run.left, 1, __ATOMIC_ACQ_REL) == 0)
                rota_completion_complete(&run.all_ended);
}

static bool start(const char *name, const char *arguments, size_t arguments_size)
{
        struct kernel_spawn spawn = {.name = name,
                .arguments = arguments,
                .arguments_size = arguments_size,
                .limits = &run.options.limits,
                .affinity = rota_affinity_all()};
        const char *reason = NULL;
        uint64_t id = 0;

        if (run.accounts_used < ACCOUNTS_MAX)
                spawn.user = spawn.stats = &run.accounts[run.accounts_used++];
        spawn.params.class_index = 1;
        spawn.params.priority = run.options.limits.priority;
        __atomic_add_fetch(&run.left, 1, __ATOMIC_RELAXED);
        if (kernel_process_spawn(&spawn, &id, &reason) == 0)
                return true;
        __atomic_sub_fetch(&run.left, 1, __ATOMIC_RELAXED);
        kernel_print("rota: %s: %s\n", name, reason);
        return false;
}

/* "name:first:second": the arguments are what stands there, with NUL for each colon. */
static bool start_word(const char *word)
{
        char arguments[SYS_ARGUMENTS_MAX];
        size_t size = 0;

        for (; word[size] && word[size] != ',' && word[size] != ' '; size++) {
                if (size == sizeof(arguments) - 1)
                        return false;
                arguments[size] = word[size] == ':' ? '\0' : word[size];
        }
        arguments[size++] = '\0';
        return start(arguments, arguments, size);
}

static bool start_all(void)
{
        const struct world *world = run.world;
        struct cpio cpio = {.bytes = world->image, .size = world->image_size};
        struct cpio_file file;
        bool good = true;

        for (uint32_t i = 0; i < run.options.copies; i++) {
                const char *at = run.options.run;
                while (at && *at && *at != ' ') {
                        good = start_word(at) && good;
                        while (*at && *at != ' ' && *at != ',')
                                at++;
                        at += *at == ',';
                }
                cpio.at = 0;
                while (!run.options.run && cpio_next(&cpio, &file))
                        if (cpio_is_plain(&file))
                                good = start(file.name, NULL, 0) && good;
        }
        return good;
}

/* Nothing of any process is left, and every invariant holds. */
static bool is_whole(size_t frames)
{
        struct rota_check_report found = {0};
        uint32_t processes = 0, threads = 0;

        /* The last task is gone once its callback has returned; its CPU may be one that others keep from
         * running. */
        const uint64_t deadline = rota_now() + 60 * ROTA_S;
        while (kernel_frames_free() != frames && rota_now() < deadline)
                rota_sleep_for(ROTA_MS);
        kernel_user_count(&processes, &threads);
        rota_world_stop();
        const bool good = rota_check(&run.rota, &found);
        rota_world_resume();
        kernel_print("rota: pages %lu before, %lu after; processes %u, threads %u left\n", frames,
                kernel_frames_free(), processes, threads);
        if (!good)
                kernel_print("rota: broken: %s\n", found.what ? found.what : "an invariant");
        return good && !run.rota.fallbacks && kernel_frames_free() == frames && !processes &&
               !threads;
}

static intptr_t control_main(void *argument)
{
        const size_t frames = kernel_frames_free();
        const uint64_t begun = rota_now();

        (void)argument;
        run.left = 1; /* until all are started */
        const bool good = start_all();
        if (__atomic_sub_fetch(&run.left, 1, __ATOMIC_ACQ_REL) == 0)
                rota_completion_complete(&run.all_ended);
        const struct rota_timeout until = run.options.until
                                                  ? rota_timeout_at(begun + run.options.until)
                                                  : rota_timeout_forever();
        if (rota_completion_wait_until(&run.all_ended, until) == ROTA_ETIMEDOUT) {
                kernel_print("rota: the time is over\n");
                kernel_user_end_all();
                rota_completion_wait(&run.all_ended);
        }
        run.code = !is_whole(frames) ? 3 : !good ? 2 : run.failed ? 1 : 0;
        rota_stop(&run.rota);
        return 0;
}

static void report(const char *text)
{
        kernel_print("rota: %s\n", text);
}

static int make_instance(void)
{
        static const struct rota_policy *policies[2] = {&rota_policy_prio};
        const struct world *world = run.world;
        struct rota_config config = {.cpus = world->cpu,
                .cpu_count = run.options.cpus,
                .home_stacks = world->home_stacks,
                .slot_count = run.options.slots,
                .policies = policies,
                .policy_count = 2,
                .slice_ns = run.options.slice_ns,
                .resolution_ns = world->resolution_ns,
                .look_ns = world->look_ns,
                .exact = true,
                .report = report};

        policies[1] = policy_of(run.options.policy);
        run.accounts = allocate(ACCOUNTS_MAX * sizeof(*run.accounts));
        config.slots = allocate(config.slot_count * sizeof(*config.slots));
        config.memory_size = rota_bytes(&config);
        config.memory = allocate(config.memory_size);
        if (!config.slots || !config.memory || !run.accounts)
                return ROTA_ENOSPC;
        return rota_init(&run.rota, &config);
}

static int make_control(void)
{
        struct rota_thread_options options = {.entry = control_main,
                .stack = allocate(CONTROL_STACK),
                .stack_size = CONTROL_STACK};
        struct rota_handle handle;

        options.task.name = "control";
        options.task.params.priority = 1;
        const int error = rota_thread_create(&run.control, &options, &handle);
        return error ? error : rota_start(handle);
}

static int refuse(const char *what)
{
        kernel_print("rota: %s\n", what);
        return 2;
}

int world_main(const struct world *world)
{
        struct kernel_user_options user = {
                .initrd = world->image, .initrd_size = world->image_size, .ended = program_ended};

        run.world = world;
        run.memory = world->memory;
        run.memory_left = world->memory_size;
        const char *wrong = options_read(&run.options, world);
        if (!wrong)
                wrong = policy_of(run.options.policy) ? NULL : "policy= is rr, prio or fifo";
        if (!wrong && !world->image)
                wrong = "there is no initrd";
        if (!wrong)
                wrong = cpio_check(world->image, world->image_size);
        if (wrong)
                return refuse(wrong);
        user.cpus = run.options.cpus;
        int error = kernel_user_init(&user);
        if (!error)
                error = make_instance();
        rota_completion_init(&run.all_ended, "programs");
        if (!error)
                error = make_control();
        if (!error)
                error = world_run(world, &run.rota, 0);
        if (error)
                return refuse(rota_error_text(error));
        for (uint32_t i = 0; i < run.options.cpus; i++) {
                const struct rota_cpu_stats *stats = &world->cpu[i]->stats;
                kernel_print("rota: CPU %u: %lu switches, %lu timer interrupts, idle %lu us\n", i,
                        stats->switches, stats->timer_irqs, stats->idle_ns / 1000);
        }
        return run.code;
}
