/* SPDX-License-Identifier: MIT */
/*
 * So many threads that all sleep on one word, and what the kernel needs for each. Words: how many; how many
 * bytes each may cost at most, beside its registers of the floating-point unit.
 */
#include <program/program.h>

#define STACK 512u

static uint32_t word, left;

static void sleeper(void *argument)
{
        (void)argument;
        while (!__atomic_load_n(&word, __ATOMIC_ACQUIRE))
                sys_park(&word, 0, SYS_NEVER);
        if (__atomic_sub_fetch(&left, 1, __ATOMIC_ACQ_REL) == 0)
                sys_wake(&left, 1);
        sys_thread_exit(NULL);
}

int main(int count, char **words)
{
        const uint32_t threads = (uint32_t)(count > 1 ? number(words[1]) : 1000);
        const uint64_t most = count > 2 ? number(words[2]) : 1024;
        const size_t size = ((size_t)threads * STACK + 4095) & ~(size_t)4095;
        struct sys_info before, after;
        const int64_t stacks = sys_map(NULL, size, SYS_READ | SYS_WRITE_TO);

        if (stacks < 0)
                return 2;
        left = threads;
        sys_info(&before);
        for (uint32_t i = 0; i < threads; i++) {
                const int64_t id = sys_thread(
                        sleeper, (char *)(uintptr_t)stacks + (size_t)(i + 1) * STACK, NULL);
                if (id < 0) {
                        print("not ok blocked: thread %u: %ld\n", i, id);
                        return 3;
                }
        }
        sys_sleep(100000000); /* all of them are asleep long before */
        sys_info(&after);
        const uint64_t all = (before.pages_free - after.pages_free) * 4096 / threads;
        print("blocked: %u threads, %lu bytes each, %u of them for the floating-point unit\n",
                threads, all, after.fpu_bytes);
        __atomic_store_n(&word, 1, __ATOMIC_RELEASE);
        uint64_t woken = 0;
        woken = (uint64_t)sys_wake(&word, SYS_NEVER);
        for (;;) {
                const uint32_t seen = __atomic_load_n(&left, __ATOMIC_ACQUIRE);
                if (!seen)
                        break;
                sys_park(&left, seen, sys_time() + 1000000);
        }
        if (woken != threads)
                print("not ok blocked: %lu woken of %u\n", woken, threads);
        return woken == threads && all - after.fpu_bytes < most ? 0 : 1;
}
