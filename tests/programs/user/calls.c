/* SPDX-License-Identifier: MIT */
/* What each system call does, what it refuses, and that no pointer can hurt: in every position, to every
 * kind of memory that is not the program's. */
#include <program/program.h>

#define MS UINT64_C(1000000)

static int failed;
static char text[64];

static void check(bool good, const char *what)
{
        print("%s calls: %s\n", good ? "ok" : "not ok", what);
        failed += !good;
}

static void *map(size_t size)
{
        const int64_t at = sys_map(NULL, size, SYS_READ | SYS_WRITE_TO);

        return at < 0 ? NULL : (void *)(uintptr_t)at;
}

/* Addresses that are never the program's, or not all of what a call wants of them. */
static unsigned bad_addresses(uint64_t *out)
{
        static uint64_t unmapped, read_only, edge;
        unsigned n = 0;

        if (!unmapped) {
                unmapped = (uint64_t)(uintptr_t)map(4096);
                read_only = (uint64_t)(uintptr_t)map(4096);
                sys_protect((void *)(uintptr_t)read_only, 4096, SYS_READ);
                edge = (uint64_t)(uintptr_t)map(4096) + 4096 - 2; /* behind it nothing is mapped */
                sys_unmap((void *)(uintptr_t)unmapped, 4096);
        }
        out[n++] = 0;
        out[n++] = 1;
        out[n++] = unmapped;
        out[n++] = edge;
        out[n++] = 0x100000;                   /* the kernel, on x86_64 */
        out[n++] = 0x40080000;                 /* on aarch64 */
        out[n++] = 0x80200000;                 /* on riscv64 */
        out[n++] = UINT64_C(0x800000000);      /* its stacks */
        out[n++] = UINT64_C(0x1000000000) - 2; /* from there on into the users' */
        out[n++] = UINT64_C(0x2000000000) - 2; /* and out again */
        out[n++] = UINT64_C(0x2000000000);
        out[n++] = UINT64_C(1) << 47;
        out[n++] = UINT64_MAX - 1; /* wraps */
        out[n++] = UINT64_MAX - 4095;
        out[n++] = read_only; /* the last: to be read it is good */
        return n;
}

/* A call, and which of its arguments are pointers. */
struct pointer_case {
        const char *name;
        uint64_t call;
        uint64_t arguments[3];
        unsigned position;
        bool only_read; /* what may be read is good enough */
        bool optional;  /* 0 is no pointer, and good */
};

static void pointers(void)
{
        const struct pointer_case cases[] = {
                {"write", SYS_WRITE, {0, 16, 0}, 0, true, false},
                {"write, much", SYS_WRITE, {0, UINT64_MAX, 0}, 0, true, false},
                {"spawn", SYS_SPAWN, {0, 0, 0}, 0, true, false},
                {"wait", SYS_WAIT, {0, 0, 0}, 1, false, true},
                {"get_params", SYS_GET_PARAMS, {0, 0, 0}, 0, false, false},
                {"set_params", SYS_SET_PARAMS, {0, 0, 0}, 0, true, false},
                {"park", SYS_PARK, {0, 77, 1}, 0, true, false},
                {"wake", SYS_WAKE, {0, 1, 0}, 0, true, false},
                {"thread_exit", SYS_THREAD_EXIT, {0, 0, 0}, 0, false, true},
                {"info", SYS_INFO, {0, 0, 0}, 0, false, false},
        };
        uint64_t addresses[16];
        const unsigned count = bad_addresses(addresses);

        for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const struct pointer_case *c = &cases[i];
                unsigned refused = 0, tried = 0;
                for (unsigned n = 0; n < count - c->only_read; n++) {
                        uint64_t a[3] = {c->arguments[0], c->arguments[1], c->arguments[2]};
                        if (c->optional && !addresses[n])
                                continue;
                        a[c->position] = addresses[n];
                        tried++;
                        const int64_t answer = sys_call(c->call, a[0], a[1], a[2], 0, 0, 0);
                        refused += answer == SYS_EINVAL;
                        if (answer != SYS_EINVAL)
                                print("  %s at %lx answers %ld\n", c->name, addresses[n], answer);
                }
                print("%s calls: bad pointers to %s\n", refused == tried ? "ok" : "not ok",
                        c->name);
                failed += refused != tried;
        }
}

/* The pointers within what is passed by a pointer. */
static void inner_pointers(void)
{
        uint64_t addresses[16];
        const unsigned count = bad_addresses(addresses);
        unsigned refused = 0;

        for (unsigned n = 0; n < count - 1; n++) {
                struct sys_spawn spawn = {.name = addresses[n]};
                refused += sys_spawn(&spawn) == SYS_EINVAL;
                spawn = (struct sys_spawn){.name = (uint64_t)(uintptr_t) "letter",
                        .arguments = addresses[n],
                        .arguments_size = 16};
                refused += sys_spawn(&spawn) == SYS_EINVAL;
        }
        check(refused == 2 * (count - 1), "bad pointers within spawn's");
        struct sys_spawn spawn = {.name = (uint64_t)(uintptr_t) "letter",
                .arguments = (uint64_t)(uintptr_t) "abc",
                .arguments_size = 2};
        check(sys_spawn(&spawn) == SYS_EINVAL, "arguments that do not end");
        spawn.arguments_size = SYS_ARGUMENTS_MAX + 1;
        check(sys_spawn(&spawn) == SYS_EINVAL, "too many arguments");
        memset(text, 'x', sizeof(text));
        spawn = (struct sys_spawn){.name = (uint64_t)(uintptr_t)text};
        check(sys_spawn(&spawn) == SYS_EINVAL, "a name that does not end");
        check(sys_spawn_list("nobody", (const char *const[]){"nobody", NULL}) == SYS_ENOFILE,
                "a program that is not there");
}

static void misaligned(void)
{
        uint32_t words[2] = {0, 0};

        check(sys_call(SYS_PARK, (uint64_t)(uintptr_t)words + 1, 0, 1, 0, 0, 0) == SYS_EINVAL &&
                        sys_call(SYS_PARK, (uint64_t)(uintptr_t)words + 2, 0, 1, 0, 0, 0) ==
                                SYS_EINVAL,
                "park on what is not aligned");
        check(sys_call(SYS_WAKE, (uint64_t)(uintptr_t)words + 2, 1, 0, 0, 0, 0) == SYS_EINVAL,
                "wake of what is not aligned");
        check(sys_call(SYS_THREAD_EXIT, (uint64_t)(uintptr_t)words + 1, 0, 0, 0, 0, 0) ==
                        SYS_EINVAL,
                "thread_exit with what is not aligned");
        check(sys_thread((void (*)(void *))(uintptr_t)UINT64_C(0x1000100000), text + 1, NULL) ==
                        SYS_EINVAL,
                "a stack that is not aligned");
        check(sys_call(SYS_THREAD, 0x100000, (uint64_t)(uintptr_t)text & ~15, 0, 0, 0, 0) ==
                        SYS_EINVAL,
                "a thread that begins in the kernel");
        check(sys_park(words, 1, SYS_NEVER) == SYS_EAGAIN, "park where the word has another value");
        check(sys_call(SYS_PARK, (uint64_t)(uintptr_t)words, UINT64_C(1) << 32, SYS_NEVER, 0, 0,
                      0) == SYS_EINVAL,
                "park for a value that no word has");
        check(sys_call(SYS_CALLS, 0, 0, 0, 0, 0, 0) == SYS_ENOCALL &&
                        sys_call(UINT64_MAX, 0, 0, 0, 0, 0, 0) == SYS_ENOCALL &&
                        sys_call(UINT64_C(1) << 32, 0, 0, 0, 0, 0, 0) == SYS_ENOCALL,
                "calls that there are not");
}

static void times(void)
{
        uint32_t word = 0;
        uint64_t begun = sys_time();

        check(sys_sleep(2 * MS) == 0 && sys_time() >= begun + 2 * MS, "sleep");
        begun = sys_time();
        check(sys_sleep_until(begun + 2 * MS) == 0 && sys_time() >= begun + 2 * MS, "sleep_until");
        check(sys_sleep_until(1) == 0 && sys_sleep(0) == 0, "a sleep that is over");
        begun = sys_time();
        check(sys_park(&word, 0, begun + 2 * MS) == SYS_ETIMEDOUT && sys_time() >= begun + 2 * MS,
                "park with a time-out");
        check(sys_park(&word, 0, 0) == SYS_ETIMEDOUT, "park without waiting");
        check(sys_wake(&word, 5) == 0, "wake of nobody");
        check(sys_yield() == 0, "yield");
}

static uint32_t word, alive;

static void sleeper(void *argument)
{
        const int64_t answer = sys_park(&word, 0, SYS_NEVER);

        __atomic_add_fetch((uint32_t *)argument, answer == 0, __ATOMIC_ACQ_REL);
        __atomic_sub_fetch(&alive, 1, __ATOMIC_ACQ_REL);
        sys_wake(&alive, 1);
        sys_thread_exit(NULL);
}

/* Wakes @p count, at most so many at a time, however long they take to fall asleep. @return how many */
static uint64_t wake_each(uint64_t count, uint64_t most)
{
        uint64_t awake = 0;

        for (;;) {
                const int64_t n = sys_wake(&word, most);
                if (n < 0 || (awake += (uint64_t)n) >= count)
                        return awake;
                sys_sleep(MS);
        }
}

static void threads(void)
{
        static char stacks[8][2048] __attribute__((aligned(16)));
        static uint32_t woken;
        struct sys_info info;
        uint64_t ids[8];
        bool good = true;

        alive = 8;
        for (unsigned i = 0; i < 8; i++) {
                const int64_t id = sys_thread(sleeper, stacks[i] + sizeof(stacks[0]), &woken);
                ids[i] = (uint64_t)id;
                good = good && id > 0 && (i == 0 || ids[i] != ids[i - 1]) && ids[i] != sys_self();
        }
        check(good, "threads");
        check(sys_info(&info) == 0 && info.threads == 9, "info counts them");
        check(wake_each(3, 1) == 3, "wake of three");
        while (__atomic_load_n(&alive, __ATOMIC_ACQUIRE) > 5)
                sys_sleep(MS);
        check(__atomic_load_n(&woken, __ATOMIC_ACQUIRE) == 3, "of them, and no others");
        check(wake_each(5, UINT64_MAX) == 5, "wake of all");
        for (uint32_t seen; (seen = __atomic_load_n(&alive, __ATOMIC_ACQUIRE)) != 0;)
                sys_park(&alive, seen, SYS_NEVER);
        check(woken == 8, "all are awake");
}

static void memory(void)
{
        struct sys_info before, after;
        char *at = map(3 * 4096);

        check(at != NULL && at[0] == 0 && at[3 * 4096 - 1] == 0, "map");
        at[4096] = 5;
        check(sys_map(at + 4096, 4096, SYS_READ) == SYS_EBUSY, "map where something is");
        check(sys_protect(at, 3 * 4096, SYS_READ) == 0 && at[4096] == 5,
                "protect keeps what is there");
        check(sys_protect(at, 4 * 4096, SYS_READ) == SYS_EINVAL, "protect of a hole");
        check(sys_protect(at, 4096, SYS_WRITE_TO | SYS_EXECUTE) == SYS_EINVAL &&
                        sys_protect(at, 4096, 8) == SYS_EINVAL &&
                        sys_map(NULL, 4096, SYS_READ | SYS_WRITE_TO | SYS_EXECUTE) == SYS_EINVAL &&
                        sys_map(NULL, 4096, 0) == SYS_EINVAL,
                "rights that nobody has");
        check(sys_map(NULL, 0, SYS_READ) == SYS_EINVAL &&
                        sys_map(NULL, 1, SYS_READ) == SYS_EINVAL &&
                        sys_map(at + 1, 4096, SYS_READ) == SYS_EINVAL &&
                        sys_unmap(at, 0) == SYS_EINVAL && sys_unmap(at + 1, 4096) == SYS_EINVAL,
                "half pages");
        check(sys_map((void *)0x100000, 4096, SYS_READ) == SYS_EINVAL &&
                        sys_unmap((void *)0x100000, 4096) == SYS_EINVAL &&
                        sys_protect((void *)0x100000, 4096, SYS_READ) == SYS_EINVAL &&
                        sys_map((void *)(uintptr_t)UINT64_C(0x1ffffff000), 8192, SYS_READ) ==
                                SYS_EINVAL &&
                        sys_map(at, (size_t)0 - 4096, SYS_READ) == SYS_EINVAL &&
                        sys_map((void *)(uintptr_t)(UINT64_MAX - 4095), 8192, SYS_READ) ==
                                SYS_EINVAL,
                "addresses that are not a program's");
        check(sys_map(NULL, (size_t)1 << 34, SYS_READ) == SYS_ENOSPC, "more than there may be");
        check(sys_unmap(at, 3 * 4096) == 0 && sys_unmap(at, 3 * 4096) == 0, "unmap, and of a hole");
        sys_info(&before);
        bool good = true;
        for (unsigned i = 0; i < 300 && good; i++) {
                char *page = map(64 * 4096);
                good = page && sys_unmap(page, 64 * 4096) == 0;
        }
        sys_info(&after);
        check(good && before.pages == after.pages, "map and unmap again and again cost nothing");
        good = false;
        uint64_t first = 0;
        for (unsigned i = 0; i < 100000; i++) {
                const int64_t page = sys_map(NULL, 16 * 4096, SYS_READ);
                if (page < 0) {
                        good = page == SYS_ENOSPC;
                        break;
                }
                first = first ? first : (uint64_t)page;
        }
        sys_info(&after);
        check(good && after.pages <= after.pages_max, "a limit of memory");
        check(sys_unmap((void *)(uintptr_t)first, (size_t)1 << 30) == 0, "unmap of much");
}

static void parameters(void)
{
        struct sys_params params, changed;

        check(sys_get_params(&params) == 0 && params.class_index == 0 && !params.flags,
                "get_params");
        changed = params;
        changed.slice_ns = MS;
        check(sys_set_params(&changed) == 0 && sys_get_params(&changed) == 0 &&
                        changed.slice_ns == MS,
                "set_params");
        changed.priority = 1;
        check(sys_set_params(&changed) == SYS_EPOLICY, "a level above one's own");
        changed = params;
        changed.flags = SYS_PARAMS_FIFO;
        check(sys_set_params(&changed) == SYS_EPOLICY, "turns without an end");
        changed.flags = 2;
        check(sys_set_params(&changed) == SYS_EINVAL, "flags that there are not");
        changed = params;
        changed.class_index = 1;
        check(sys_set_params(&changed) == SYS_EINVAL, "a class that there is not");
        changed.class_index = UINT32_MAX;
        check(sys_set_params(&changed) == SYS_EINVAL, "nor the kernel's own");
        changed = params;
        changed.slice_ns = 1;
        check(sys_set_params(&changed) == SYS_EINVAL, "a slice of nothing");
        changed = params;
        changed.priority = 100000;
        check(sys_set_params(&changed) == SYS_EINVAL, "a level that there is not");
        check(sys_set_params(&params) == 0, "and back");
}

static void children(void)
{
        const char *const words[] = {"calls", "code", "42", NULL};
        const char *const sleeps[] = {"calls", "sleep", NULL};
        const char *const parents[] = {"calls", "parent", NULL};
        struct sys_end end;

        check(sys_wait(0, NULL, SYS_NEVER) == SYS_ESTALE, "wait without a child");
        int64_t id = sys_spawn_list("calls", words);
        check(id > 0 && sys_wait((uint64_t)id, &end, SYS_NEVER) == id && end.kind == SYS_END_EXIT &&
                        end.code == 42 && end.process == (uint64_t)id,
                "spawn and wait");
        check(sys_wait((uint64_t)id, &end, SYS_NEVER) == SYS_ESTALE, "nobody is waited for twice");
        id = sys_spawn_list("calls", sleeps);
        check(sys_wait(0, NULL, 0) == SYS_EAGAIN, "wait without waiting");
        check(sys_wait(0, NULL, sys_time() + MS) == SYS_ETIMEDOUT, "wait with a time-out");
        check(sys_kill((uint64_t)id) == 0 && sys_wait(0, &end, SYS_NEVER) == id &&
                        end.kind == SYS_END_KILLED,
                "kill");
        check(sys_kill((uint64_t)id) == SYS_ESTALE && sys_kill(0) == SYS_ESTALE &&
                        sys_kill(UINT64_MAX) == SYS_ESTALE,
                "kill of nobody");
        id = sys_spawn_list("endless", (const char *const[]){"endless", NULL});
        sys_sleep(2 * MS);
        check(sys_kill((uint64_t)id) == 0 && sys_wait((uint64_t)id, &end, SYS_NEVER) == id &&
                        end.kind == SYS_END_KILLED,
                "kill of what never calls the kernel");
        id = sys_spawn_list("calls", parents);
        check(sys_wait((uint64_t)id, &end, SYS_NEVER) == id && end.code == 5,
                "a parent that leaves its children");
        id = sys_spawn_list("calls", sleeps);
        sys_kill((uint64_t)id); /* never waited for */
}

static int play(char **words)
{
        if (strcmp(words[1], "code") == 0)
                return (int)number(words[2]);
        if (strcmp(words[1], "sleep") == 0)
                sys_sleep(SYS_NEVER);
        if (strcmp(words[1], "parent") == 0) {
                for (int i = 0; i < 3; i++)
                        sys_spawn_list("calls", (const char *const[]){"calls", "sleep", NULL});
                sys_spawn_list("endless", (const char *const[]){"endless", NULL});
                sys_sleep(MS);
                return 5;
        }
        return 1;
}

int main(int count, char **words)
{
        struct sys_info info;

        if (count > 1)
                return play(words);
        check(sys_info(&info) == 0 && info.parent == 0 && info.page_size == 4096 && info.cpus > 0 &&
                        info.cpu < info.cpus && info.threads == 1 && info.pages <= info.pages_max,
                "info");
        check(sys_write("a line\n", 7) == 7 && sys_write(text, 0) == 0, "write");
        check(strcmp(words[0], "calls") == 0 && words[1] == NULL, "arguments");
        pointers();
        inner_pointers();
        misaligned();
        times();
        threads();
        memory();
        parameters();
        children();
        print("calls: %d failed\n", failed);
        return failed != 0;
}
