// SPDX-License-Identifier: MIT
// C++20's coroutines with a line of those that are ready, on the work of bench/peers/run: what a language's own
// futures cost with the least that runs them. One thread, no priorities, no wakes from elsewhere. Prints
// "work<TAB>hundredths of ns, or bytes".
#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "print.h"

/* The ready, first come first served; a power of two that all of them fit in. */
static constexpr size_t LINE = 1u << 21;
static std::vector<std::coroutine_handle<>> line(LINE);
static size_t head, tail;

static void ready(std::coroutine_handle<> handle)
{
        line[tail++ % LINE] = handle;
}

static void run()
{
        while (head != tail)
                line[head++ % LINE].resume();
}

static size_t frames; /* bytes of those that live */

struct task {
        struct promise_type {
                long value = 0;
                int *left = nullptr;                     /* that whoever waits waits for */
                std::coroutine_handle<> waits = nullptr; /* for the last of them */

                static void *operator new(size_t size)
                {
                        frames += size;
                        return std::malloc(size);
                }
                static void operator delete(void *memory, size_t size)
                {
                        frames -= size;
                        std::free(memory);
                }
                task get_return_object()
                {
                        return {std::coroutine_handle<promise_type>::from_promise(*this)};
                }
                std::suspend_always initial_suspend() noexcept
                {
                        return {};
                }
                std::suspend_always final_suspend() noexcept
                {
                        if (left && --*left == 0)
                                ready(waits);
                        return {};
                }
                void return_value(long is)
                {
                        value = is;
                }
                void unhandled_exception()
                {
                        std::terminate();
                }
        };
        std::coroutine_handle<promise_type> handle;
};

struct yield_now {
        bool await_ready()
        {
                return false;
        }
        void await_suspend(std::coroutine_handle<> me)
        {
                ready(me);
        }
        void await_resume()
        {
        }
};

static task fib(int n)
{
        if (n < 2)
                co_return n;
        task a = fib(n - 1), b = fib(n - 2);
        int left = 2;
        for (task *child : {&a, &b})
                child->handle.promise().left = &left;
        struct until {
                task &a, &b;
                bool await_ready()
                {
                        return false;
                }
                void await_suspend(std::coroutine_handle<> me)
                {
                        a.handle.promise().waits = b.handle.promise().waits = me;
                        ready(a.handle);
                        ready(b.handle);
                }
                void await_resume()
                {
                }
        };
        co_await until{a, b};
        long value = a.handle.promise().value + b.handle.promise().value;
        a.handle.destroy();
        b.handle.destroy();
        co_return value;
}

static task empty()
{
        co_return 0;
}

static task yields(long times)
{
        for (long i = 0; i < times; i++)
                co_await yield_now{};
        co_return 0;
}

/* A place where one waits until the other wakes it. */
struct place {
        std::coroutine_handle<> waiting = nullptr;
        bool token = false;
        bool await_ready()
        {
                bool was = token;
                token = false;
                return was;
        }
        void await_suspend(std::coroutine_handle<> me)
        {
                waiting = me;
        }
        void await_resume()
        {
        }
        void wake()
        {
                if (waiting) {
                        ready(waiting);
                        waiting = nullptr;
                } else {
                        token = true;
                }
        }
};

static task ping(place &mine, place &other, long times, bool first)
{
        for (long i = 0; i < times; i++) {
                if (first)
                        other.wake();
                co_await mine;
                if (!first)
                        other.wake();
        }
        co_return 0;
}

int main()
{
        const long times = 500000, many = 1000000, calls = 242785;

        task a = yields(times), b = yields(times);
        ready(a.handle);
        ready(b.handle);
        auto begin = clock_type::now();
        run();
        print("poll", begin, 2 * times);
        std::printf("bytes\t%zu\n", frames / 2 * 100);
        a.handle.destroy();
        b.handle.destroy();

        place here, there;
        a = ping(here, there, times, true);
        b = ping(there, here, times, false);
        ready(a.handle);
        ready(b.handle);
        begin = clock_type::now();
        run();
        print("fwake", begin, times);
        a.handle.destroy();
        b.handle.destroy();

        begin = clock_type::now();
        for (long i = 0; i < times; i++) {
                a = empty();
                ready(a.handle);
                run();
                a.handle.destroy();
        }
        print("spawn", begin, times);

        a = fib(25);
        ready(a.handle);
        begin = clock_type::now();
        run();
        print("fib1", begin, calls);
        if (a.handle.promise().value != 75025)
                return 1;
        a.handle.destroy();

        std::vector<task> all;
        all.reserve(many);
        begin = clock_type::now();
        for (long i = 0; i < many; i++) {
                all.push_back(empty());
                ready(all.back().handle);
        }
        run();
        for (task &one : all)
                one.handle.destroy();
        print("many1", begin, many);
        return 0;
}
