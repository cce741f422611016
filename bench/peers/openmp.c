/* SPDX-License-Identifier: MIT */
/* OpenMP's tasks, by GCC's libgomp, on the work of bench/peers/run. Prints "work<TAB>hundredths of ns". They run
 * to their end once they have begun: there is none to yield or to wake. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long long now(void)
{
        struct timespec t;
        timespec_get(&t, TIME_UTC);
        return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void print(const char *work, long long begin, long operations)
{
        printf("%s\t%lld\n", work, (now() - begin) * 100 / operations);
}

/* Each call is a task. */
static long fib(int n)
{
        long a, b;

        if (n < 2)
                return n;
#pragma omp task shared(a) firstprivate(n)
        a = fib(n - 1);
#pragma omp task shared(b) firstprivate(n)
        b = fib(n - 2);
#pragma omp taskwait
        return a + b;
}

static void on(int workers, const char *fib_work, const char *many_work)
{
        const long calls = 242785, many = 1000000;
        long value = 0;

#pragma omp parallel num_threads(workers)
#pragma omp single
        {
                value = fib(16);
                long long begin = now();
                value = fib(25);
                print(fib_work, begin, calls);
                begin = now();
                for (long i = 0; i < many; i++) {
#pragma omp task
                        __asm__ volatile("");
                }
#pragma omp taskwait
                print(many_work, begin, many);
        }
        if (value != 75025)
                exit(1);
}

static void spawn(void)
{
        const long times = 200000;

#pragma omp parallel num_threads(1)
#pragma omp single
        {
                long long begin = now();
                for (long i = 0; i < times; i++) {
#pragma omp task
                        __asm__ volatile("");
#pragma omp taskwait
                }
                print("spawn", begin, times);
        }
}

int main(void)
{
        spawn();
        on(1, "fib1", "many1");
        on(2, "fib2", "many2");
        return 0;
}
