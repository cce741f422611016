/* SPDX-License-Identifier: MIT */
/* Each function of a port is broken in turn, in each way that somebody has thought of: the self-test
 * names it. Each fault has a process of its own, for what it does to it. */
#define _GNU_SOURCE
#include "machine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct row {
        enum fault fault;
        const char *function; /* that is to be named, without rota_port_ */
        const char *broken;   /* how */
        uint32_t cpus;        /* from which on it shows */
        uint64_t tick_ns;
};

#define EXIT_FOUND 1
#define EXIT_DEAD  3
#define EXIT_FATAL 4

static const struct row rows[] = {
        {CPU_NULL, "cpu", "NULL", 1, 0},
        {CPU_FOREIGN, "cpu", "a structure of its own", 1, 0},
        {CPU_FIRST, "cpu", "CPU 0's everywhere", 2, 0},
        {CPU_CACHED, "cpu", "read before a switch", 2, 0},
        {SAVE_LEAVES_ENABLED, "irq_save", "does not mask", 1, 0},
        {SAVE_CONSTANT, "irq_save", "one word for both", 1, 0},
        {RESTORE_NOTHING, "irq_restore", "nothing", 1, 0},
        {RESTORE_UNMASKS, "irq_restore", "unmasks always", 1, 0},
        {RESTORE_PER_CPU, "irq_restore", "state per CPU", 2, 0},
        {RESTORE_LOSES, "irq_restore", "forgets what is pending", 1, 0},
        {ENABLE_NOTHING, "irq_enable", "nothing", 1, 0},
        {ENABLE_LOSES, "irq_enable", "forgets what is pending", 1, 0},
        {ENABLED_ALWAYS, "irq_enabled", "yes", 1, 0},
        {ENABLED_NEVER, "irq_enabled", "no", 1, 0},
        {ENABLED_INVERTED, "irq_enabled", "the other way round", 1, 0},
        {NOW_STILL, "now", "stands still", 1, 0},
        {NOW_BACKWARDS, "now", "jumps back", 1, 0},
        {NOW_FAST, "now", "eight times too fast", 1, 0},
        {NOW_SLOW, "now", "sixteen times too slow", 1, 0},
        {NOW_SKEWED, "now", "half a millisecond apart", 2, 0},
        {ARM_NOTHING, "timer_arm", "nothing", 1, 0},
        {ARM_AT_ONCE, "timer_arm", "at once", 1, 0},
        {ARM_EARLY, "timer_arm", "a millisecond early", 1, 0},
        {ARM_LATE, "timer_arm", "100 ms late", 1, 0},
        {ARM_KEEPS_EARLIER, "timer_arm", "keeps the earlier deadline", 1, 0},
        {ARM_KEEPS_FIRST, "timer_arm", "keeps the first deadline", 1, 0},
        {ARM_NEVER_COMES, "timer_arm", "does not disarm", 1, 0},
        {ARM_PERIODIC, "timer_arm", "periodic", 1, 0},
        {ARM_PAST_IGNORED, "timer_arm", "nothing for what is past", 1, 0},
        {ARM_UNMASKS, "timer_arm", "unmasks", 1, 0},
        {KICK_NOTHING, "kick", "nothing", 1, 0},
        {KICK_NOT_SELF, "kick", "not itself", 1, 0},
        {KICK_NOT_OTHERS, "kick", "not others", 2, 0},
        {KICK_ONCE, "kick", "only once", 1, 0},
        {KICK_WRONG_CPU, "kick", "the sender", 2, 0},
        {KICK_NOT_HALTED, "kick", "not who halts", 2, 0},
        {KICK_UNMASKS, "kick", "unmasks", 1, 0},
        {KICK_AT_ONCE, "kick", "through the mask", 1, 0},
        {IDLE_NOTHING, "idle", "nothing", 1, 0},
        {IDLE_TWO_STEPS, "idle", "unmasks, then halts", 1, 0},
        {IDLE_UNMASKED, "idle", "leaves unmasked", 1, 0},
        {IDLE_DEEP, "idle", "nothing wakes it", 1, 0},
        {RELAX_UNMASKS, "relax", "unmasks", 1, 0},
        {RELAX_HANGS, "relax", "hangs", 1, 0},
        {INIT_NOTHING, "context_init", "nothing", 1, 0},
        {INIT_ARGUMENT, "context_init", "another argument", 1, 0},
        {INIT_MISALIGNED, "context_init", "8 bytes off", 1, 0},
        {INIT_OTHER_STACK, "context_init", "another stack", 1, 0},
        {INIT_UNMASKS, "context_init", "unmasks", 1, 0},
        {SWITCH_NOTHING, "context_switch", "nothing", 1, 0},
        {SWITCH_UNMASKS, "context_switch", "unmasks", 1, 0},
        {SWITCH_RBX, "context_switch", "loses rbx", 1, 0},
        {SWITCH_RBP, "context_switch", "loses rbp", 1, 0},
        {SWITCH_R12, "context_switch", "loses r12", 1, 0},
        {SWITCH_R13, "context_switch", "loses r13", 1, 0},
        {SWITCH_R14, "context_switch", "loses r14", 1, 0},
        {SWITCH_R15, "context_switch", "loses r15", 1, 0},
        {SWITCH_CONTROL, "context_switch", "loses MXCSR", 1, 0},
        {FINI_UNMASKS, "context_fini", "unmasks", 1, 0},
        {FINI_OTHER_STACK, "context_fini", "writes over another stack", 1, 0},
        {FINI_LEAKS, "context_fini", "gives nothing back", 1, 0},
        {SPACE_NOTHING, "space_switch", "nothing", 1, 0},
        {SPACE_NO_WAY_BACK, "space_switch", "not back", 1, 0},
        {SPACE_UNMASKS, "space_switch", "unmasks", 1, 0},
        {EXTRA_SIZE_UNMASKS, "extra_size", "unmasks", 1, 0},
        {EXTRA_SIZE_HUGE, "extra_size", "more than any stack", 1, 0},
        {EXTRA_INIT_NOTHING, "extra_init", "nothing", 1, 0},
        {EXTRA_INIT_UNMASKS, "extra_init", "unmasks", 1, 0},
        {EXTRA_NOTHING, "extra_switch", "nothing", 1, 0},
        {EXTRA_UNMASKS, "extra_switch", "unmasks", 1, 0},
        {EXTRA_FORGETS_CALLED, "extra_switch", "saves nothing of who calls", 1, 0},
        {EXTRA_FORGETS_INTERRUPTED, "extra_switch", "saves nothing of who is interrupted", 1, 0},
        {EXTRA_NO_TLS, "extra_switch", "loads no thread-local storage", 1, 0},
        {EXTRA_KEEPS_TLS, "extra_switch", "keeps it for who has none", 1, 0},
        {SWITCHED_NOTHING, "switched", "nothing", 1, 0},
        {SWITCHED_UNMASKS, "switched", "unmasks", 1, 0},
        {MAY_NEVER, "may_switch", "no", 1, 0},
        {MAY_ALWAYS, "may_switch", "does not see locks", 1, 0},
        {MAY_FORGETS, "may_switch", "no for ever after a lock", 1, 0},
        {FATAL_RETURNS, "fatal", "returns", 1, 0},
        {TICK_NOTHING, "timer", "no tick", 1, 10 * ROTA_MS},
        {TICK_WRONG, "now", "ticks of another length", 1, 10 * ROTA_MS},
        {TICK_SLOW, "now", "ticks too far apart", 1, 10 * ROTA_MS},
        {SAVE_LEAVES_ENABLED, "irq_save", "does not mask", 1, 10 * ROTA_MS},
        {NOW_STILL, "now", "stands still", 1, 10 * ROTA_MS},
        {KICK_NOTHING, "kick", "nothing", 2, 10 * ROTA_MS},
        {IDLE_NOTHING, "idle", "nothing", 1, 10 * ROTA_MS},
        {SWITCH_R12, "context_switch", "loses r12", 1, 10 * ROTA_MS},
};

static struct rota_selftest test;
static struct rota_cpu *cpus[MACHINE_CPUS];
static char stacks[2][32768] __attribute__((aligned(16)));
static struct rota_task task;
static const char *turn;
static int found;

static void begins(const char *function)
{
        turn = function;
}

static _Noreturn void leave(int code, const char *function, const char *what)
{
        char line[200];
        int length = snprintf(line, sizeof(line), "%s: %s\n", function, what);
        ssize_t written = write(found, line, (size_t)length);
        _exit(written == length ? code : 99);
}

void machine_dead(const char *why)
{
        leave(EXIT_DEAD, turn, why);
}

void machine_fatal(const char *reason)
{
        if (machine.fault != FATAL_RETURNS)
                leave(EXIT_FATAL, "fatal", reason);
}

static uint32_t control(void)
{
        uint32_t value;
        __asm__ volatile("stmxcsr %0" : "=m"(value));
        return value & ~63u;
}

static void control_set(uint32_t value)
{
        __asm__ volatile("ldmxcsr %0" : : "m"(value));
}

static uint64_t unit(void)
{
        return machine.unit;
}

static void unit_set(uint64_t value)
{
        machine.unit = value;
}

static void *tls(void)
{
        return machine.tls;
}

static void *space_loaded(void)
{
        return machine.space;
}

static struct rota_task *switched_to(void)
{
        return machine.running;
}

static void lock(void)
{
        machine.locks++;
        machine.was_locked = true;
}

static void unlock(void)
{
        machine.locks--;
}

/* A switch without its registers may lead anywhere. */
static void crashed(int signal)
{
        (void)signal;
        machine_dead("leads to a crash");
}

static void catch_crashes(void)
{
        static char stack[65536];
        const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
        const struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_ONSTACK};
        const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};

        sigaltstack(&alternate, NULL);
        for (uint32_t i = 0; i < 4; i++)
                sigaction(signals[i], &action, NULL);
}

static void lead(void)
{
        int result = rota_port_selftest(&test);

        if (result == ROTA_OK && !test.function)
                _exit(0);
        if (result != ROTA_EPORT || test.cpu >= machine.count || machine.cpus[0].cpu.rota)
                leave(98, test.function ? test.function : "?", rota_error_text(result));
        leave(EXIT_FOUND, test.function, test.what);
}

static void follow(uint32_t cpu)
{
        rota_port_selftest_other(&test, cpu);
}

static bool away; /* the machine is one that others keep from running most of the time */

/* In a process of its own; gives what it said. */
static int run(
        enum fault fault, uint32_t count, uint64_t tick_ns, bool fatal_too, char *line, size_t size)
{
        int pipes[2];
        int status;

        fflush(stdout);
        if (pipe(pipes))
                return -1;
        pid_t child = fork();
        if (child == 0) {
                found = pipes[1];
                catch_crashes();
                machine.fault = fault;
                machine.count = count;
                machine.now = 5 * ROTA_S;
                machine.away = away ? machine.now : 0;
                for (uint32_t i = 0; i < count; i++) {
                        cpus[i] = &machine.cpus[i].cpu;
                        if (tick_ns && fault != TICK_NOTHING) {
                                machine.cpus[i].period = fault == TICK_WRONG  ? tick_ns / 4
                                                         : fault == TICK_SLOW ? tick_ns * 3
                                                                              : tick_ns;
                                machine.cpus[i].armed = machine.now + tick_ns;
                        }
                }
                test = (struct rota_selftest){
                        .cpus = cpus,
                        .cpu_count = count,
                        .stacks = {{stacks[0], sizeof(stacks[0])}, {stacks[1], sizeof(stacks[1])}},
                        .tick_ns = tick_ns,
                        .begins = begins,
                        .control = control,
                        .control_set = control_set,
                        .control_values = {0x3f80, 0x5f80},
                        .unit = unit,
                        .unit_set = unit_set,
                        .unit_values = {MACHINE_UNIT, 0xf7f},
                        .tls = tls,
                        .space = &test,
                        .space_loaded = space_loaded,
                        .task = &task,
                        .switched_to = switched_to,
                        .lock = lock,
                        .unlock = unlock,
                        .fatal = fatal_too,
                };
                machine_run(lead, follow);
                _exit(97);
        }
        close(pipes[1]);
        ssize_t length = read(pipes[0], line, size - 1);
        line[length > 0 ? length : 0] = '\0';
        line[strcspn(line, "\n")] = '\0';
        close(pipes[0]);
        if (child < 0 || waitpid(child, &status, 0) != child)
                return -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static uint32_t failed;

static void result(
        bool good, const char *name, uint32_t count, uint64_t tick_ns, int code, const char *line)
{
        failed += !good;
        printf("%s %s, cpus=%u%s: %s", good ? "ok" : "not ok", name, count, tick_ns ? " tick" : "",
                line);
        printf(good ? "\n" : " (code %d)\n", code);
}

int main(void)
{
        char line[256];
        char name[128];
        bool seen[FAULTS] = {[NO_FAULT] = true};

        for (uint32_t count = 1; count <= MACHINE_CPUS; count++) {
                for (uint64_t tick = 0; tick <= 10 * ROTA_MS; tick += 10 * ROTA_MS) {
                        int code = run(NO_FAULT, count, tick, false, line, sizeof(line));
                        result(code == 0, "no fault", count, tick, code, line);
                        code = run(NO_FAULT, count, tick, true, line, sizeof(line));
                        result(code == EXIT_FATAL, "no fault, to its end", count, tick, code, line);
                }
        }
        /* Ticks are lost there, and the port is not to blame. */
        away = true;
        for (uint32_t count = 1; count <= MACHINE_CPUS; count++) {
                int code = run(NO_FAULT, count, 10 * ROTA_MS, false, line, sizeof(line));
                result(code == 0, "no fault, a busy machine", count, 10 * ROTA_MS, code, line);
        }
        away = false;
        for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const struct row *r = &rows[i];
                seen[r->fault] = true;
                snprintf(name, sizeof(name), "%s: %s", r->function, r->broken);
                for (uint32_t count = r->cpus; count <= MACHINE_CPUS; count += 2) {
                        char wanted[64];
                        int code = run(r->fault, count, r->tick_ns, r->fault == FATAL_RETURNS, line,
                                sizeof(line));
                        snprintf(wanted, sizeof(wanted),
                                "rota_%s%s:", r->fault == TICK_NOTHING ? "" : "port_", r->function);
                        bool named = strncmp(line, wanted, strlen(wanted)) == 0;
                        /* Who hangs or dies is the last that had its turn. */
                        bool good = named && (code == EXIT_FOUND || code == EXIT_DEAD);
                        result(good, name, count, r->tick_ns, code, line);
                }
        }
        for (uint32_t i = 0; i < FAULTS; i++)
                if (!seen[i])
                        result(false, "a fault that is not tried", 0, 0, (int)i, "");
        return failed != 0;
}
