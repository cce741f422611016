/* SPDX-License-Identifier: MIT */
/**
 * @file
 * `rota run`: compile, start the world, watch it, drain its trace, judge, show, write.
 */
#include "run.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compile.h"
#include "delay.h"
#include "duration.h"
#include "export.h"
#include "options.h"
#include "programs.h"
#include "result.h"
#include "show.h"
#include "tell.h"
#include "world.h"

#define DRAIN_MS       5
#define LOOK_NS        ((uint64_t)20000000)
#define PROGRESS_NS    ((uint64_t)200000000)
#define START_PATIENCE ((uint64_t)60000000000) /* until a world runs its tasks */
#define SILENCE_MOST   ((uint64_t)20000000000) /* between two updates of the report */
#define EVENTS_SHOWN   20
#define CONSOLE_SHOWN  2000

static const char usage[] =
        "usage: rota run [OPTIONS] WORKLOAD\n"
        "       rota run [OPTIONS] --program FILE[,FILE...]\n"
        "\n"
        "Performs a workload (a file in the dialect of rt-app, - is standard input) in a world,\n"
        "and shows who ran when.\n"
        "\n"
        "  --on WORLD        host: a Linux process (default); " MACHINE_NAMES_OR ":\n"
        "                    the kernel under QEMU\n"
        "  --program FILES   user programs, each in an address space of its own, instead of a\n"
        "                    workload; not host. What they print is shown\n"
        "  --cpus N          CPUs of the world; default: this machine's (host), 4 (others)\n"
        "  --policy A[,B..]  classes, the most urgent first: " POLICY_NAMES "; default rr\n"
        "  --kind KIND       what tasks are that do not say it: thread (default), future\n"
        "  --slice DUR       how long a turn is, where a policy has turns; default 5ms\n"
        "  --tick DUR|none   a periodic timer interrupt; default none: one-shot timers\n"
        "  --duration DUR    when to end; default: as the workload says\n"
        "  --icount          not host: time is the count of instructions: exact, and the same\n"
        "                    each time, whatever the machine does\n"
        "  --seed N          kept in the report; for what a workload leaves to chance\n"
        "  --json FILE       write the report as JSON; - is standard output\n"
        "  --log FILE        write the log of activations, with rt-app's columns; - is standard "
        "output\n"
        "  --trace FILE      write the trace: ftrace's text (.txt), Chrome's JSON (.json)\n"
        "  --help            this text\n"
        "\n"
        "DUR is a number and a unit: 100ns, 250us, 5ms, 1.5s, 2m.\n"
        "Exit status: 0; 1 the run failed; 2 the command line or the workload is bad.\n";

/** Signals that ask for the end: the first ends the run early, the second at once. */
static volatile sig_atomic_t interrupts;

static void on_interrupt(int number)
{
        (void)number;
        interrupts = interrupts + 1;
}

static void catch_interrupts(void)
{
        struct sigaction action = {.sa_handler = on_interrupt};

        sigemptyset(&action.sa_mask);
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        sigaction(SIGHUP, &action, NULL);
        signal(SIGPIPE, SIG_IGN);
}

static uint64_t wall_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/** A run that goes on. */
struct watch {
        struct child *child;
        struct result *result;
        struct workload_layout layout;
        struct screen screen;
        bool terminal; /**< somebody looks on */
        uint64_t started;
        uint64_t beats;  /**< of the report, when it was last looked at */
        uint64_t beaten; /**< when that changed */
        uint64_t painted;
        struct delay delay;   /**< of the world's threads */
        uint64_t looked;      /**< at that */
        struct error failure; /**< why it failed, or empty */
};

/** Whether a world is still alive by its own account. */
static bool is_hung(struct watch *w, uint64_t now)
{
        const struct workload_report *report = w->child->report;
        const uint64_t beats = __atomic_load_n(&report->beats, __ATOMIC_ACQUIRE);

        if (beats != w->beats) {
                w->beats = beats;
                w->beaten = now;
        }
        return now - w->beaten > (w->beats ? SILENCE_MOST : START_PATIENCE);
}

/** Whether it goes on long after it should have ended. */
static bool is_late(const struct watch *w, uint64_t now)
{
        const uint64_t asked = w->result->program->image.header->duration_ns;
        const uint64_t limit = asked + asked / 2 + START_PATIENCE;

        return asked && now - w->started > limit;
}

static void paint(struct watch *w, uint64_t now)
{
        if (!w->terminal || now - w->painted < PROGRESS_NS)
                return;
        w->painted = now;
        result_read(w->result, w->result->program, w->child->report);
        show_progress(w->result, &w->screen, now - w->started);
}

/** Until the world has ended, however that comes. */
static void watch(struct watch *w)
{
        const struct workload_header *h = w->result->program->image.header;
        struct workload_report *report = w->child->report;

        w->started = w->beaten = wall_ns();
        delay_open(&w->delay, "/proc", w->child->pid);
        while (w->child->end == CHILD_RUNS) {
                struct pollfd poll_on = {.fd = w->child->console, .events = POLLIN};
                poll(&poll_on, 1, DRAIN_MS);
                if (poll_on.revents & POLLHUP)
                        poll(NULL, 0, 1); /* its end is told in a moment */
                trace_drain(&w->result->trace, h, report, &w->layout);
                log_drain(&w->result->log, h, report, &w->layout);
                child_poll(w->child);
                const uint64_t now = wall_ns();
                if (now - w->looked >= LOOK_NS) {
                        w->looked = now;
                        delay_look(&w->delay);
                }
                if (interrupts == 1)
                        __atomic_store_n(&report->stop, 1, __ATOMIC_RELAXED);
                if (interrupts > 1)
                        error_set(&w->failure, "interrupted");
                else if (is_hung(w, now) || is_late(w, now))
                        error_set(&w->failure,
                                "the world hangs: no progress for %.0f s; it was ended",
                                (double)(now - w->beaten) / 1e9);
                if (w->failure.text[0])
                        child_kill(w->child);
                paint(w, now);
        }
        delay_look(&w->delay); /* what was stolen since the latest, though its threads are gone */
        if (w->terminal)
                show_progress_end(&w->screen);
        trace_drain(&w->result->trace, h, report, &w->layout);
        log_drain(&w->result->log, h, report, &w->layout);
        log_end(&w->result->log, report, &w->layout);
        for (uint32_t i = 0; i < h->cpus && w->layout.ring_stride; i++) {
                const struct rota_ring *ring =
                        (const void *)((const char *)report + w->layout.rings +
                                       i * w->layout.ring_stride);
                w->result->trace.dropped += __atomic_load_n(&ring->dropped, __ATOMIC_RELAXED);
        }
}

/** How the world came to its end, where that was not the good one. */
static void explain(struct watch *w)
{
        const struct result *result = w->result;
        const char *message = result->message[0] ? result->message : "it does not say why";

        if (w->failure.text[0])
                return;
        if (w->child->end == CHILD_CRASHED)
                error_set(&w->failure, "the world crashed: %s", w->child->text);
        else if (w->child->code != 0 || result->state == WORKLOAD_STATE_FAILED)
                error_set(&w->failure, "the world failed (code %d): %s", w->child->code, message);
        else if (result->state != WORKLOAD_STATE_DONE)
                error_set(&w->failure, "the world ended before its tasks began");
        else if (strcmp(result->checks, "ok") != 0)
                error_set(&w->failure, "a check failed: %s", result->checks);
}

static void tell_failure(const struct watch *w)
{
        const char *console = child_said(w->child);
        const size_t length = strlen(console);

        fprintf(stderr, "rota: %s: %s\n", w->result->world, w->failure.text);
        if (length > CONSOLE_SHOWN) {
                console += length - CONSOLE_SHOWN;
                const char *line = strchr(console, '\n');
                console = line ? line + 1 : console;
        }
        if (*console) {
                fprintf(stderr, "rota: its console said:\n");
                for (const char *p = console; *p; p++)
                        if (*p == '\n' || *p == '\t' || (unsigned char)*p >= ' ')
                                putc(*p, stderr);
                if (console[strlen(console) - 1] != '\n')
                        putc('\n', stderr);
        }
        if (w->result->trace.count) {
                fprintf(stderr, "rota: the last events:\n");
                export_tail(w->result, stderr, EVENTS_SHOWN);
        }
}

static bool write_files(
        const struct result *result, const struct run_options *options, struct error *error)
{
        return (!options->json || export_json(result, options->json, error)) &&
               (!options->log || export_log(result, options->log, error)) &&
               (!options->trace || export_trace(result, options->trace, error));
}

static bool is_output(const char *name)
{
        return name && strcmp(name, "-") == 0;
}

/** What user programs printed: with the report, unless something else is to be alone there. */
static void tell_console(const struct watch *w, const struct run_options *options)
{
        const bool alone = is_output(options->json) || is_output(options->log);
        FILE *out = alone ? stderr : stdout;
        const char *said = child_said(w->child);

        for (const char *p = said; *p; p++)
                if (*p == '\n' || *p == '\t' || (unsigned char)*p >= ' ')
                        putc(*p, out);
        if (*said && said[strlen(said) - 1] != '\n')
                putc('\n', out);
}

static int finish(struct watch *w, const struct run_options *options)
{
        struct result *result = w->result;
        struct error error = {""};
        int code = 0;

        result_read(result, result->program, w->child->report);
        /* Counted instructions are not late, however long they take. */
        result->delay_ns = w->child->icount ? 0 : w->delay.longest_ns;
        result_judge(result);
        explain(w);
        if (w->failure.text[0]) {
                if (strcmp(result->checks, "ok") == 0)
                        snprintf(result->checks, sizeof(result->checks), "%.700s", w->failure.text);
                tell_failure(w);
                code = 1;
        }
        if (result->program->archive && code == 0)
                tell_console(w, options);
        tell_losses(result);
        tell_stall(result);
        tell_stuck(result);
        if (!write_files(result, options, &error)) {
                fprintf(stderr, "rota: %s\n", error.text);
                code = 2;
        }
        if (!is_output(options->json) && !is_output(options->log) &&
                result->state >= WORKLOAD_STATE_RUNNING) {
                const struct screen screen = screen_of(stdout);
                show_result(result, &screen);
        }
        return code;
}

/** Files that cannot be written are found before the run, not after it. */
static bool outputs_are_possible(const struct run_options *options, struct error *error)
{
        const char *names[] = {options->json, options->log, options->trace};

        for (size_t i = 0; i < 3; i++) {
                if (!names[i] || strcmp(names[i], "-") == 0)
                        continue;
                const char *slash = strrchr(names[i], '/');
                char folder[4096] = ".";
                if (slash == names[i])
                        slash++;
                if (slash)
                        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - names[i]), names[i]);
                if (access(folder, W_OK | X_OK) != 0)
                        return error_set(error, "%s: cannot be written there", names[i]);
        }
        return true;
}

static int run(const struct run_options *options, const struct program *program)
{
        struct result result = {.program = program, .world = options->world, .file = options->file};
        struct child child = {
                .console = -1, .machine = machine_named(options->world), .icount = options->icount};
        struct watch w = {.child = &child, .result = &result};
        struct error error = {""};

        w.layout = workload_report_layout(program->image.header);
        w.screen = screen_of(stderr);
        w.terminal = isatty(STDERR_FILENO) && w.screen.colour;
        trace_open(&result.trace, program->image.header->cpus);
        log_open(&result.log, program->image.header->thread_count);
        catch_interrupts();
        const size_t size = (w.layout.total + 4095) & ~(size_t)4095;
        const bool started = child.machine ? child_start_bare(&child, program, size, &error)
                                           : child_start_host(&child, program, size, &error);
        int code = 1;
        if (!started) {
                fprintf(stderr, "rota: %s\n", error.text);
        } else {
                watch(&w);
                code = finish(&w, options);
        }
        child_free(&child);
        result_free(&result);
        return code;
}

int run_command(int count, char **words)
{
        struct run_options options;
        struct program program;
        struct error error = {""};

        if (!options_read(count, words, &options, &error)) {
                fprintf(stderr, "rota: %s\n", error.text);
                return 2;
        }
        if (options.help) {
                fputs(usage, stdout);
                return 0;
        }
        const bool good = options.programs
                                  ? programs_compile(options.programs, options.world,
                                            &options.compile, &program, &error)
                                  : compile_file(options.file, &options.compile, &program, &error);
        if (options.programs)
                options.file = options.programs;
        if (!good || !outputs_are_possible(&options, &error)) {
                fprintf(stderr, "rota: %s\n", error.text);
                program_free(&program);
                return 2;
        }
        if (program.ignored)
                fprintf(stderr, "rota: %s: without a meaning here: %s\n", options.file,
                        program.ignored);
        if (program.endless)
                fprintf(stderr, "rota: %s: does not say when it ends; after 10s (--duration)\n",
                        options.file);
        const int code = run(&options, &program);
        program_free(&program);
        return code;
}
