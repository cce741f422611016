/* SPDX-License-Identifier: MIT */
/* Runs the cases with 1, 2 and 4 CPUs, or up to as many as there are. */
#define _GNU_SOURCE
#include "io_test.h"

#include <errno.h>
#include <fcntl.h>
#include <host/host.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <world.h>

#define THREADS    72
#define STACK_SIZE 65536

static struct rota rota;
static struct rota_slot slots[THREADS + 200];
static struct rota_thread threads[THREADS];
static char stacks[THREADS][STACK_SIZE] __attribute__((aligned(64)));
static uint32_t thread_count;
static int failed;
uint32_t test_cpus;
struct rota *const test_rota = &rota;
const struct world *test_world;

struct rota_handle test_thread(intptr_t (*entry)(void *), void *argument)
{
        struct rota_handle handle;
        uint32_t which = thread_count++;
        struct rota_thread_options options = {.task = {.name = "thread"},
                .entry = entry,
                .argument = argument,
                .stack = stacks[which],
                .stack_size = STACK_SIZE};

        if (which >= THREADS || rota_thread_create(&threads[which], &options, &handle) ||
                rota_start(handle)) {
                printf("not ok a thread could not be made\n");
                exit(1);
        }
        return handle;
}

void test_until_waits(struct rota_handle task)
{
        while (rota_state(task) != ROTA_TASK_PARKED)
                rota_sleep_for(100 * ROTA_US);
}

static intptr_t main_thread(void *argument)
{
        (void)argument;
        for (const struct test_case *test = test_cases; test->name; test++) {
                if (test_cpus < test->least_cpus)
                        continue;
                thread_count = 1;
                bool ok = test->run();
                printf("%s %s, %u CPUs: %s\n", ok ? "ok" : "not ok", rota_io_name(), test_cpus,
                        test->name);
                fflush(stdout);
                failed |= !ok;
        }
        rota_stop(&rota);
        return 0;
}

static bool run(const struct world *world, const struct rota_io_options *io)
{
        static const struct rota_policy *const policies[] = {&rota_policy_rr};
        struct rota_config config = {.cpus = world->cpu,
                .cpu_count = test_cpus,
                .home_stacks = world->home_stacks,
                .slots = slots,
                .slot_count = sizeof(slots) / sizeof(slots[0]),
                .policies = policies,
                .policy_count = 1,
                .memory = world->memory,
                .slice_ns = ROTA_MS};

        memset(slots, 0, sizeof(slots));
        config.memory_size = rota_bytes(&config);
        if (rota_init(&rota, &config) || rota_io_start(test_cpus, io))
                return false;
        thread_count = 0;
        test_thread(main_thread, NULL);
        return rota_io_start(test_cpus, io) == ROTA_EBUSY &&
               world_run(world, &rota, 0) == ROTA_OK && rota_io_stop() == ROTA_OK &&
               rota_io_name() == NULL && rota_io_stop() == ROTA_OK;
}

/* From here on, for ever, this process's attempts to make a ring end with EPERM. */
static bool refuse_io_uring(void)
{
        struct sock_filter rules[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {.len = sizeof(rules) / sizeof(rules[0]), .filter = rules};

        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Where io_uring is refused epoll is taken, and it is said why; who asked for io_uring is told. */
static int refused(const struct world *world)
{
        const struct rota_io_options best = {0}, uring = {.backend = ROTA_IO_URING};
        const char *name;

        if (!refuse_io_uring()) {
                printf("skip seccomp does not work here\n");
                return 77;
        }
        unsetenv("ROTA_IO");
        bool told = rota_io_start(2, &uring) == ROTA_EPORT && *rota_io_why();
        bool taken = rota_io_start(2, &best) == ROTA_OK;
        name = rota_io_name();
        taken = taken && name && strcmp(name, "epoll") == 0;
        told = told &&
               (strstr(rota_io_why(), "forbidden") || strstr(rota_io_why(), "without liburing"));
        taken = rota_io_stop() == ROTA_OK && taken;
        test_cpus = 1;
        if (!told || !taken || !run(world, &best))
                failed = 1;
        printf("%s io_uring is refused: %s\n", failed ? "not ok" : "ok", rota_io_why());
        return failed;
}

/* With room for so many more descriptors it starts for two CPUs, or says that there are none, and leaves none. */
static int start_with(int more, const struct rota_io_options *io)
{
        struct rlimit limit, small;
        int lowest = fcntl(0, F_DUPFD, 0);

        close(lowest);
        getrlimit(RLIMIT_NOFILE, &limit);
        small = limit;
        small.rlim_cur = (rlim_t)(lowest + more);
        setrlimit(RLIMIT_NOFILE, &small);
        int result = rota_io_start(2, io);
        if (result == ROTA_OK)
                rota_io_stop();
        int again = fcntl(0, F_DUPFD, 0);
        close(again);
        setrlimit(RLIMIT_NOFILE, &limit);
        if (result == ROTA_ENOSPC && !*rota_io_why())
                return 1;
        return more && again != lowest ? 1 : result;
}

int world_main(const struct world *world)
{
        if (strcmp(world->command, "refused") == 0)
                return refused(world);
        const bool epoll = strcmp(world->command, "epoll") == 0;
        const struct rota_io_options io = {.backend = epoll ? ROTA_IO_EPOLL : ROTA_IO_URING};
        struct rota_io_options wrong = {.batch = 257};
        struct rota_io one;

        test_world = world;
        if (rota_io_start(0, NULL) != ROTA_EINVAL || rota_io_start(1, &wrong) != ROTA_EINVAL) {
                printf("not ok wrong settings are taken\n");
                return 1;
        }
        rota_io_recv(&one, 0, NULL, 0, rota_timeout_forever());
        if (rota_io_block(&one) != ROTA_ESTATE) {
                printf("not ok an operation where nothing is started\n");
                return 1;
        }
        int result = rota_io_start(1, &io);
        if (result != ROTA_OK) {
                printf("skip %s: %s\n", world->command, rota_io_why());
                return result == ROTA_EPORT && !epoll ? 77 : 1;
        }
        rota_io_stop();
        if (start_with(0, &io) != ROTA_ENOSPC ||
                start_with(1, &io) != (epoll ? ROTA_OK : ROTA_ENOSPC) ||
                start_with(2, &io) != ROTA_OK) {
                printf("not ok no descriptors are left: %s\n", rota_io_why());
                failed = 1;
        }
        for (test_cpus = 1; test_cpus <= world->cpus; test_cpus *= 2)
                if (!run(world, &io)) {
                        printf("not ok %s, %u CPUs: it did not run or end\n", world->command,
                                test_cpus);
                        failed = 1;
                }
        return failed;
}
