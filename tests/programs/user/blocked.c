/* SPDX-License-Identifier: MIT */
/*
 * So many threads that all wait, in every call that does, and what the kernel needs for each; then all are
 * woken, and each must have been by what it waited for. Words: how many; how many bytes each may cost at
 * most, beside its registers of the floating-point unit.
 */
#include <program/program.h>

#define MS    UINT64_C(1000000)
#define STACK 512u
#define KINDS 6u

static uint32_t word, gate, done, began, left, wrong;
static uint32_t ends[2];
static uint64_t gate_thread, child;
static char gate_stack[STACK] __attribute__((aligned(16)));

static void gate_keeper(void *argument)
{
        (void)argument;
        sys_park(&gate, 0, SYS_NEVER);
        sys_thread_exit(NULL);
}

/* Waits in one of the calls. @return whether it was woken as it should have been */
static bool wait_in(uint64_t kind)
{
        int64_t answer = 0;
        char byte = 0;

        switch (kind % KINDS) {
        case 0:
                return sys_park(&word, 0, SYS_NEVER) == 0;
        case 1:
                return sys_park(&word, 0, sys_time() + 1000000 * MS) == 0;
        case 2:
                return sys_pipe_read(ends[0], &byte, 1, SYS_NEVER) == 1 && byte == 'x';
        case 3: /* who comes late finds no such thread any more */
                answer = sys_join(gate_thread, SYS_NEVER);
                return (answer == 0 || answer == SYS_ESTALE) &&
                       __atomic_load_n(&done, __ATOMIC_ACQUIRE);
        case 4: /* one of them takes it, for the others there is no such child any more */
                answer = sys_wait(child, NULL, SYS_NEVER);
                return answer == (int64_t)child || answer == SYS_ESTALE;
        default:
                while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE) && answer == 0)
                        answer = sys_sleep(200 * MS);
                return answer == 0;
        }
}

static void sleeper(void *argument)
{
        __atomic_add_fetch(&began, 1, __ATOMIC_RELAXED);
        if (!wait_in((uint64_t)(uintptr_t)argument))
                __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
        if (__atomic_sub_fetch(&left, 1, __ATOMIC_ACQ_REL) == 0)
                sys_wake(&left, 1);
        sys_thread_exit(NULL);
}

/* How many of so many threads are of a kind. */
static uint32_t of_kind(uint32_t threads, uint32_t kind)
{
        return threads / KINDS + (threads % KINDS > kind);
}

/* Wakes so many that sleep on a word, however long they take to fall asleep; and no more. */
static bool wake_each(uint32_t *at, uint64_t count)
{
        uint64_t awake = 0;

        for (;;) {
                const int64_t n = sys_wake(at, SYS_NEVER);
                if (n < 0 || (awake += (uint64_t)n) >= count)
                        return awake == count;
                sys_sleep(MS);
        }
}

static bool wake_all(uint32_t threads)
{
        static char bytes[SYS_PIPE_BYTES];
        bool good = true;

        __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
        good = good && wake_each(&word, (uint64_t)of_kind(threads, 0) + of_kind(threads, 1));
        good = good && wake_each(&gate, 1);
        good = good && sys_kill(child) == 0;
        memset(bytes, 'x', sizeof(bytes));
        for (uint32_t bytes_left = of_kind(threads, 2); bytes_left && good;) {
                const uint32_t size = bytes_left < sizeof(bytes) ? bytes_left : sizeof(bytes);
                good = sys_pipe_write(ends[1], bytes, size, SYS_NEVER) == size;
                bytes_left -= size;
        }
        return good;
}

int main(int count, char **words)
{
        static const char *const ticker[] = {"ticker", "1000000000000000", "1", NULL};
        const uint32_t threads = (uint32_t)(count > 1 ? number(words[1]) : 1000);
        const uint64_t most = count > 2 ? number(words[2]) : 1100;
        const size_t size = ((size_t)threads * STACK + 4095) & ~(size_t)4095;
        struct sys_info before, after;
        const int64_t stacks = sys_map(NULL, size, SYS_READ | SYS_WRITE_TO);

        if (stacks < 0 || sys_pipe(ends))
                return 2;
        child = (uint64_t)sys_spawn_list("ticker", ticker);
        gate_thread = (uint64_t)sys_thread(gate_keeper, gate_stack + STACK, NULL);
        left = threads;
        sys_info(&before);
        for (uint32_t i = 0; i < threads; i++) {
                const int64_t id = sys_thread(sleeper,
                        (char *)(uintptr_t)stacks + (size_t)(i + 1) * STACK, (void *)(uintptr_t)i);
                if (id < 0) {
                        print("not ok blocked: thread %u: %ld\n", i, id);
                        return 3;
                }
        }
        while (__atomic_load_n(&began, __ATOMIC_RELAXED) < threads)
                sys_sleep(MS);
        sys_sleep(50 * MS); /* by now each is in its call, as a rule */
        sys_info(&after);
        const uint64_t all = (before.pages_free - after.pages_free) * 4096 / threads;
        print("blocked: %u threads, %lu bytes each, %u of them for the floating-point unit\n",
                threads, all, after.fpu_bytes);
        const bool woken = wake_all(threads);
        for (;;) {
                const uint32_t seen = __atomic_load_n(&left, __ATOMIC_ACQUIRE);
                if (!seen)
                        break;
                sys_park(&left, seen, sys_time() + MS);
        }
        if (!woken || wrong)
                print("not ok blocked: %u were woken by something else\n", wrong);
        return woken && !wrong && all - after.fpu_bytes < most ? 0 : 1;
}
