// SPDX-License-Identifier: MIT
// oneTBB on the work of bench/peers/run. Prints "work<TAB>hundredths of ns". Its tasks run to their end
// once they have begun: there is none to yield or to wake.
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <cstdlib>

#include "print.h"

/* Each call is a task. */
static long fib(int n)
{
        if (n < 2)
                return n;
        long a = 0, b = 0;
        tbb::task_group both;
        both.run([&a, n] { a = fib(n - 1); });
        both.run([&b, n] { b = fib(n - 2); });
        both.wait();
        return a + b;
}

static void on(int workers, const char *fib_work, const char *many_work)
{
        const long calls = 242785, many = 1000000;
        tbb::global_control most(tbb::global_control::max_allowed_parallelism, (size_t)workers);
        tbb::task_arena arena(workers);
        arena.execute([=] {
                if (fib(16) != 987) // the workers are there then
                        std::exit(1);
                auto begin = clock_type::now();
                if (fib(25) != 75025)
                        std::exit(1);
                print(fib_work, begin, calls);
                begin = clock_type::now();
                tbb::task_group all;
                for (long i = 0; i < many; i++)
                        all.run([] {});
                all.wait();
                print(many_work, begin, many);
        });
}

int main()
{
        const long times = 100000;
        {
                tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
                auto begin = clock_type::now();
                for (long i = 0; i < times; i++) {
                        tbb::task_group group;
                        group.run([] {});
                        group.wait();
                }
                print("spawn", begin, times);
        }
        on(1, "fib1", "many1");
        on(2, "fib2", "many2");
        return 0;
}
