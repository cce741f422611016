// SPDX-License-Identifier: MIT
// A C++ program that runs threads in the host world: two that hand a word to and fro, and a crowd
// that is preempted while it counts.
#include <rota/rota.h>
#include <world.h>

#include <atomic>

namespace
{

const world *the_world;
int failed;

void print(const char *text)
{
        while (*text)
                world_putc(*text++);
}

void expect(bool good, const char *name)
{
        print(good ? "ok C++: " : "not ok C++: ");
        print(name);
        print("\n");
        failed += !good;
}

std::size_t used;

// Memory of the world's, never given back.
template <typename T> T *make(std::size_t count = 1)
{
        used = (used + alignof(T) - 1) / alignof(T) * alignof(T);
        T *memory = reinterpret_cast<T *>(static_cast<char *>(the_world->memory) + used);
        used += count * sizeof(T);
        return memory;
}

// A thread with a stack of its own that calls an object; joined where it goes out of scope.
template <typename F> class Thread
{
      public:
        explicit Thread(F body) : body_(body), thread_(make<rota_thread>())
        {
                const std::size_t size = 64 << 10;
                rota_thread_options options = {};
                options.task.name = "C++";
                options.entry = [](void *self) -> intptr_t {
                        return static_cast<Thread *>(self)->body_();
                };
                options.argument = this;
                options.stack = make<char>(size);
                options.stack_size = size;
                error_ = rota_thread_create(thread_, &options, &handle_);
                if (error_ == ROTA_OK)
                        error_ = rota_start(handle_);
        }
        Thread(const Thread &) = delete;
        Thread &operator=(const Thread &) = delete;

        rota_handle handle() const
        {
                return handle_;
        }
        int join(intptr_t &code)
        {
                return error_ == ROTA_OK ? rota_join(handle_, rota_timeout_forever(), &code)
                                         : error_;
        }

      private:
        F body_;
        rota_thread *thread_;
        rota_handle handle_ = ROTA_HANDLE_NONE;
        int error_;
};

const int rounds = 1000;
std::atomic<int> turn;

// Sleeps until the turn is mine, then gives it to the other.
struct Player {
        int mine;
        rota_handle *other;
        intptr_t operator()()
        {
                for (int i = 0; i < rounds; i++) {
                        while (turn.load() != mine)
                                rota_park();
                        turn.store(1 - mine);
                        rota_wake(*other);
                }
                return mine + 1;
        }
};

void play()
{
        static rota_handle players[2];
        turn.store(-1);
        Thread<Player> one(Player{0, &players[1]});
        Thread<Player> two(Player{1, &players[0]});
        players[0] = one.handle();
        players[1] = two.handle();
        turn.store(0);
        rota_wake(players[0]);
        intptr_t a = 0, b = 0;
        bool ended = one.join(a) == ROTA_OK && two.join(b) == ROTA_OK;
        expect(ended && a == 1 && b == 2, "two threads take turns by park and wake");
        intptr_t gone = 0;
        expect(two.join(gone) == ROTA_ESTALE, "a handle is stale once its code is taken");
}

std::atomic<uint32_t> sum;

// Never lets go of its CPU until all have begun: only preemption lets the last one begin.
struct Counter {
        uint32_t crowd;
        intptr_t operator()()
        {
                sum.fetch_add(1);
                while (sum.load() < crowd) {
                }
                return 0;
        }
};

void count()
{
        const uint32_t crowd = 5;
        Thread<Counter> a(Counter{crowd}), b(Counter{crowd}), c(Counter{crowd}), d(Counter{crowd}),
                e(Counter{crowd});
        intptr_t code;
        bool ended = a.join(code) == ROTA_OK && b.join(code) == ROTA_OK &&
                     c.join(code) == ROTA_OK && d.join(code) == ROTA_OK && e.join(code) == ROTA_OK;
        expect(ended && sum.load() == crowd, "five that never yield share two CPUs");
}

struct First {
        rota *instance;
        intptr_t operator()()
        {
                play();
                count();
                rota_stop(instance);
                return 0;
        }
};

} // namespace

int world_main(const struct world *world)
{
        const uint32_t slots = 16;
        const rota_policy *policies[] = {&rota_policy_rr};
        the_world = world;

        rota_config config = {};
        config.cpus = world->cpu;
        config.cpu_count = 2;
        config.home_stacks = world->home_stacks;
        config.slots = make<rota_slot>(slots);
        config.slot_count = slots;
        config.policies = policies;
        config.policy_count = 1;
        config.slice_ns = 2 * ROTA_MS;
        config.memory_size = rota_bytes(&config);
        config.memory = make<char>(config.memory_size);

        rota *instance = make<rota>();
        int error = rota_init(instance, &config);
        expect(error == ROTA_OK, rota_error_text(error));
        if (error != ROTA_OK)
                return 1;
        Thread<First> first(First{instance});
        error = world_run(world, instance, 0);
        expect(error == ROTA_OK, "the world ran and stopped");
        return failed != 0;
}
