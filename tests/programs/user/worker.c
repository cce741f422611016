/* SPDX-License-Identifier: MIT */
/*
 * What is to go on whatever others do: two threads that hand a word to and fro, and calculate. Words: how
 * long, in ns; for how many rounds at least, however long they take: who never gets there does not go on.
 */
#include <program/program.h>

static uint32_t turn, ended = 1;
static uint64_t until, sum;
static char stack[16384] __attribute__((aligned(16)));

static void await(uint32_t whose)
{
        for (;;) {
                const uint32_t seen = __atomic_load_n(&turn, __ATOMIC_ACQUIRE);
                if (seen == whose || seen == 2)
                        return;
                sys_park(&turn, seen, SYS_NEVER);
        }
}

static void give(uint32_t whose)
{
        __atomic_store_n(&turn, whose, __ATOMIC_RELEASE);
        sys_wake(&turn, 1);
}

static void other(void *argument)
{
        (void)argument;
        for (;;) {
                await(1);
                if (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) == 2)
                        sys_thread_exit(&ended);
                for (uint32_t i = 0; i < 1000; i++)
                        sum += i;
                give(0);
        }
}

int main(int count, char **words)
{
        const uint64_t least = count > 2 ? number(words[2]) : 1;
        uint64_t rounds = 0;

        until = sys_time() + (count > 1 ? number(words[1]) : 100000000);
        if (sys_thread(other, stack + sizeof(stack), NULL) < 0)
                return 2;
        while (sys_time() < until || rounds < least) {
                await(0);
                const uint64_t before = sum;
                give(1);
                await(0);
                if (sum != before + 499500)
                        return 3;
                rounds++;
        }
        give(2);
        while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE))
                sys_park(&ended, 1, SYS_NEVER);
        print("worker: %lu rounds\n", rounds);
        return 0;
}
