/* SPDX-License-Identifier: MIT */
/* Linux's threads on one processor, on the work of bench/peers/run. Prints
 * "work<TAB>hundredths of ns, or bytes". */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static atomic_bool stop;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool ball;

static long long now(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void print(const char *work, long long begin, long operations)
{
        printf("%s\t%lld\n", work, (now() - begin) * 100 / operations);
}

static long resident(void)
{
        long size = 0, pages = 0;
        FILE *file = fopen("/proc/self/statm", "r");
        if (!file || fscanf(file, "%ld %ld", &size, &pages) != 2)
                return 0;
        fclose(file);
        return pages * 4096;
}

static pthread_t make(void *(*entry)(void *), void *argument)
{
        pthread_t thread;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, (size_t)64 << 10);
        if (pthread_create(&thread, &attributes, entry, argument)) {
                perror("pthread_create");
                exit(1);
        }
        pthread_attr_destroy(&attributes);
        return thread;
}

/* Everybody counts: sched_yield() promises no turn to all others. */
static atomic_long yielded;

static void *yielder(void *argument)
{
        long n = 0;
        while (!atomic_load(&stop)) {
                sched_yield();
                n++;
        }
        atomic_fetch_add(&yielded, n);
        return argument;
}

static void yields(const char *work, long count)
{
        pthread_t *others = calloc((size_t)count, sizeof(*others));
        struct timespec pause = {0, 200000000};

        atomic_store(&stop, false);
        atomic_store(&yielded, 0);
        for (long i = 1; i <= count; i++)
                others[i - 1] = make(yielder, NULL);
        long long begin = now();
        nanosleep(&pause, NULL);
        atomic_store(&stop, true);
        for (long i = 0; i < count; i++)
                pthread_join(others[i], NULL);
        print(work, begin, atomic_load(&yielded));
        free(others);
}

static void *nothing(void *argument)
{
        return argument;
}

static void create(void)
{
        const long times = 5000;
        long long begin = now();
        for (long i = 0; i < times; i++)
                pthread_join(make(nothing, NULL), NULL);
        print("create", begin, times);
}

static void wait_for(bool value)
{
        pthread_mutex_lock(&mutex);
        while (ball != value)
                pthread_cond_wait(&changed, &mutex);
        ball = !value;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&mutex);
}

static void *answer(void *argument)
{
        long times = *(long *)argument;
        for (long i = 0; i < times; i++)
                wait_for(true);
        return NULL;
}

static void wake(void)
{
        long times = 5000;
        pthread_t other = make(answer, &times);
        long long begin = now();
        for (long i = 0; i < times; i++)
                wait_for(false);
        pthread_join(other, NULL);
        print("wake", begin, times);
}

static void *sleeper(void *argument)
{
        pthread_mutex_lock(&mutex);
        while (!atomic_load(&stop))
                pthread_cond_wait(&changed, &mutex);
        pthread_mutex_unlock(&mutex);
        return argument;
}

static void idle(void)
{
        enum { COUNT = 1000 };
        static pthread_t all[COUNT];
        struct timespec pause = {0, 100000000};
        atomic_store(&stop, false);
        long before = resident();
        for (long i = 0; i < COUNT; i++)
                all[i] = make(sleeper, NULL);
        nanosleep(&pause, NULL);
        printf("idle\t%ld\n", (resident() - before) / COUNT * 100);
        atomic_store(&stop, true);
        pthread_cond_broadcast(&changed);
        for (long i = 0; i < COUNT; i++)
                pthread_join(all[i], NULL);
}

int main(void)
{
        cpu_set_t all, one;
        if (!sched_getaffinity(0, sizeof(all), &all)) {
                CPU_ZERO(&one);
                for (int i = 0; i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
                        if (CPU_ISSET(i, &all))
                                CPU_SET(i, &one);
                sched_setaffinity(0, sizeof(one), &one);
        }
        idle();
        yields("yield2", 2);
        yields("yield1000", 1000);
        create();
        wake();
        return 0;
}
