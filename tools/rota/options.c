/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Options with a value, as "--name value" or "--name=value".
 */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "export.h"
#include "world.h"

#define CPUS_BARE    4u
#define RING_RECORDS 65536u

/* Only so many, though an image holds more: one class of an instance is the control thread's. */
#define POLICIES_MOST 3u

static bool read_number(const char *text, const char *what, uint64_t least, uint64_t most,
        uint64_t *out, struct error *error)
{
        char *end = NULL;

        *out = strtoull(text, &end, 0);
        if (*text >= '0' && *text <= '9' && !*end && *out >= least && *out <= most)
                return true;
        return error_set(error, "%s: \"%s\" is no number from %llu to %llu", what, text,
                (unsigned long long)least, (unsigned long long)most);
}

static bool read_policies(struct run_options *o, const char *text, struct error *error)
{
        char *rest = NULL;

        if (strlen(text) >= sizeof(o->policies))
                return error_set(error, "--policy: too long");
        memcpy(o->policies, text, strlen(text) + 1);
        o->compile.policy_count = 0;
        for (char *name = strtok_r(o->policies, ",", &rest); name;
                name = strtok_r(NULL, ",", &rest)) {
                if (!policy_is_known(name))
                        return error_set(error,
                                "--policy: there is no policy \"%s\"; there are " POLICY_NAMES,
                                name);
                if (o->compile.policy_count == POLICIES_MOST)
                        return error_set(
                                error, "--policy: at most %u classes can be had", POLICIES_MOST);
                o->compile.policies[o->compile.policy_count++] = name;
        }
        return o->compile.policy_count || error_set(error, "--policy: no name is given");
}

static bool read_option(
        struct run_options *o, const char *name, const char *value, struct error *error)
{
        uint64_t number = 0;

        if (strcmp(name, "--on") == 0) {
                o->world = value;
                return strcmp(value, "host") == 0 || machine_named(value) ||
                       error_set(error,
                               "--on: there is no world \"%s\"; there are host, " MACHINE_NAMES,
                               value);
        }
        if (strcmp(name, "--cpus") == 0) {
                const bool good = read_number(value, name, 1, WORKLOAD_MAX_CPUS, &number, error);
                o->compile.cpus = (uint32_t)number;
                return good;
        }
        if (strcmp(name, "--policy") == 0)
                return read_policies(o, value, error);
        if (strcmp(name, "--slice") == 0)
                return duration_read(value, name, &o->compile.slice_ns, error) &&
                       (o->compile.slice_ns || error_set(error, "--slice: more than nothing"));
        if (strcmp(name, "--tick") == 0 && strcmp(value, "none") == 0) {
                o->compile.tick_ns = 0;
                return true;
        }
        if (strcmp(name, "--tick") == 0)
                return duration_read(value, name, &o->compile.tick_ns, error) &&
                       (o->compile.tick_ns >= 1000 ||
                               error_set(error, "--tick: at least 1us, or none"));
        if (strcmp(name, "--duration") == 0)
                return duration_read(value, name, &o->compile.duration_ns, error) &&
                       (o->compile.duration_ns || error_set(error, "--duration: more than 0"));
        if (strcmp(name, "--seed") == 0)
                return read_number(value, name, 0, UINT64_MAX, &o->compile.seed, error);
        if (strcmp(name, "--kind") == 0) {
                o->kind = value;
                o->compile.futures = strcmp(value, "future") == 0;
                return o->compile.futures || strcmp(value, "thread") == 0 ||
                       error_set(error, "--kind: there is no kind \"%s\"; there are thread, future",
                               value);
        }
        if (strcmp(name, "--program") == 0) {
                o->programs = value;
                return true;
        }
        if (strcmp(name, "--json") == 0) {
                o->json = value;
                return true;
        }
        if (strcmp(name, "--log") == 0) {
                o->log = value;
                return true;
        }
        o->trace = value;
        return export_trace_known(value) ||
               error_set(error,
                       "--trace: %s should end in .txt (ftrace's text) or .json (Chrome's JSON)",
                       value);
}

static bool has_value(const char *name)
{
        static const char *const names[] = {"--on", "--cpus", "--policy", "--slice", "--tick",
                "--duration", "--seed", "--kind", "--program", "--json", "--log", "--trace"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (strcmp(names[i], name) == 0)
                        return true;
        return false;
}

static bool read_word(struct run_options *o, int count, char **words, int *at, struct error *error)
{
        const char *word = words[*at];
        const char *equals = strchr(word, '=');
        char name[32];

        if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
                o->help = true;
                return true;
        }
        if (strcmp(word, "--icount") == 0) {
                o->icount = true;
                return true;
        }
        if (word[0] != '-' || word[1] == '\0') {
                if (o->file)
                        return error_set(error, "one workload at a time: %s and %s", o->file, word);
                o->file = word;
                return true;
        }
        const size_t length = equals ? (size_t)(equals - word) : strlen(word);
        snprintf(name, sizeof(name), "%.*s", (int)length, word);
        if (length >= sizeof(name) || !has_value(name))
                return error_set(error, "there is no option %s; see rota run --help", word);
        if (equals)
                return read_option(o, name, equals + 1, error);
        if (*at + 1 >= count)
                return error_set(error, "%s needs a value", name);
        return read_option(o, name, words[++*at], error);
}

static bool are_different(
        struct error *error, const char *a, const char *its, const char *b, const char *other)
{
        return !its || !other || strcmp(its, other) != 0 ||
               error_set(error, "%s and %s name the same file: %s", a, b, its);
}

/** What was not said. */
static bool complete(struct run_options *o, struct error *error)
{
        const uint32_t most = world_cpus_most(o->world);

        if (o->file && o->programs)
                return error_set(error, "--program: instead of a workload, not beside %s", o->file);
        if (o->programs && strcmp(o->world, "host") == 0)
                return error_set(error, "--program: the world host has no user mode; " MACHINE_NAMES
                                        " do: --on WORLD");
        if (o->kind && o->programs)
                return error_set(error, "--kind: of a workload's tasks, not of programs");
        if (!o->file && !o->programs)
                return error_set(error, "which workload? see rota run --help");
        if (!o->compile.cpus && strcmp(o->world, "host") == 0) {
                const long online = sysconf(_SC_NPROCESSORS_ONLN);
                o->compile.cpus = online < 1 ? 1 : online > (long)most ? most : (uint32_t)online;
        } else if (!o->compile.cpus) {
                o->compile.cpus = CPUS_BARE;
        }
        if (o->compile.cpus > most)
                return error_set(error, "--cpus: the world %s has at most %u", o->world, most);
        if (o->icount && strcmp(o->world, "host") == 0)
                return error_set(error,
                        "--icount: the world %s does not count instructions; " MACHINE_NAMES " do",
                        o->world);
        o->compile.log = o->json || o->log;
        o->compile.user_mode = strcmp(o->world, "host") != 0;
        return are_different(error, "--json", o->json, "--trace", o->trace) &&
               are_different(error, "--json", o->json, "--log", o->log) &&
               are_different(error, "--log", o->log, "--trace", o->trace);
}

bool options_read(int count, char **words, struct run_options *options, struct error *error)
{
        memset(options, 0, sizeof(*options));
        options->world = "host";
        options->compile.ring_records = RING_RECORDS;
        options->compile.policies[0] = "rr";
        options->compile.policy_count = 1;
        for (int i = 0; i < count; i++)
                if (!read_word(options, count, words, &i, error))
                        return false;
        return options->help || complete(options, error);
}
