// SPDX-License-Identifier: MIT
// Boost.Fiber on the work of bench/peers/run. Prints "work<TAB>hundredths of ns, or bytes".
#include <boost/fiber/all.hpp>

#include <cstdio>
#include <vector>

#include "print.h"

namespace fibers = boost::fibers;

static long resident()
{
        long size = 0, pages = 0;
        FILE *file = std::fopen("/proc/self/statm", "r");
        if (!file || std::fscanf(file, "%ld %ld", &size, &pages) != 2)
                return 0;
        std::fclose(file);
        return pages * 4096;
}

static void yields(const char *work, long count)
{
        bool stop = false;
        std::vector<fibers::fiber> others;
        for (long i = 1; i < count; i++)
                others.emplace_back([&stop] {
                        while (!stop)
                                boost::this_fiber::yield();
                });
        boost::this_fiber::yield();
        long times = 200000 / count;
        auto begin = clock_type::now();
        for (long i = 0; i < times; i++)
                boost::this_fiber::yield();
        print(work, begin, times * count);
        stop = true;
        for (auto &fiber : others)
                fiber.join();
}

static void create()
{
        const long times = 20000;
        fibers::pooled_fixedsize_stack stacks;
        auto begin = clock_type::now();
        for (long i = 0; i < times; i++) {
                fibers::fiber fiber(std::allocator_arg, stacks, [] {});
                fiber.join();
        }
        print("create", begin, times);
}

static void wake()
{
        const long times = 20000;
        fibers::mutex mutex;
        fibers::condition_variable changed;
        bool ball = false;
        auto wait = [&](bool value) {
                std::unique_lock<fibers::mutex> lock(mutex);
                changed.wait(lock, [&] { return ball == value; });
                ball = !value;
                changed.notify_one();
        };
        fibers::fiber other([&] {
                for (long i = 0; i < times; i++)
                        wait(true);
        });
        auto begin = clock_type::now();
        {
                std::unique_lock<fibers::mutex> lock(mutex);
                ball = true;
                changed.notify_one();
        }
        for (long i = 1; i < times; i++)
                wait(false);
        other.join();
        print("wake", begin, times);
}

static void idle()
{
        const long count = 10000;
        fibers::mutex mutex;
        fibers::condition_variable changed;
        bool stop = false;
        std::vector<fibers::fiber> all;
        all.reserve(count);
        long before = resident();
        for (long i = 0; i < count; i++)
                all.emplace_back([&] {
                        std::unique_lock<fibers::mutex> lock(mutex);
                        changed.wait(lock, [&] { return stop; });
                });
        boost::this_fiber::yield();
        std::printf("idle\t%ld\n", (resident() - before) / count * 100);
        stop = true;
        changed.notify_all();
        for (auto &fiber : all)
                fiber.join();
}

/* Each call is a fiber. */
static long fib(fibers::pooled_fixedsize_stack &stacks, int n)
{
        if (n < 2)
                return n;
        long a = 0, b = 0;
        fibers::fiber first(fibers::launch::dispatch, std::allocator_arg, stacks,
                [&] { a = fib(stacks, n - 1); });
        fibers::fiber second(fibers::launch::dispatch, std::allocator_arg, stacks,
                [&] { b = fib(stacks, n - 2); });
        first.join();
        second.join();
        return a + b;
}

static void small()
{
        const long calls = 3193,
                   many = 1000000; // of fib(16): of fib(25) the stacks take most of the time
        fibers::pooled_fixedsize_stack stacks;
        auto begin = clock_type::now();
        if (fib(stacks, 16) != 987)
                std::printf("fib's value\n");
        print("fib1", begin, calls);
        begin = clock_type::now();
        for (long i = 0; i < many; i++)
                fibers::fiber(fibers::launch::dispatch, std::allocator_arg, stacks, [] {}).join();
        print("many1", begin, many);
}

int main()
{
        yields("yield2", 2);
        yields("yield1000", 1000);
        create();
        wake();
        idle();
        small();
        return 0;
}
