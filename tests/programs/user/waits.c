/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for others: pipes, ends of threads, words that sleepers are moved to. With words it is a
 * child: "cat" copies its first pipe to its second, "hold" sleeps in a read for ever.
 */
#include <program/program.h>

#define MS      UINT64_C(1000000)
#define THREADS 8u
#define STACK   4096u

static int failed;
static char stacks[THREADS][STACK] __attribute__((aligned(16)));
static uint64_t ids[THREADS];
static uint32_t pipe_ends[2];

static void check(bool good, const char *what)
{
        print("%s waits: %s\n", good ? "ok" : "not ok", what);
        failed += !good;
}

static uint64_t soon(void)
{
        return sys_time() + 2 * MS;
}

static void start(unsigned i, void (*entry)(void *), uint64_t argument)
{
        ids[i] = (uint64_t)sys_thread(entry, stacks[i] + STACK, (void *)(uintptr_t)argument);
}

static bool ended(unsigned count)
{
        bool good = true;

        for (unsigned i = 0; i < count; i++) {
                const int64_t answer = sys_join(ids[i], SYS_NEVER);
                good = good && (answer == 0 || answer == SYS_ESTALE);
        }
        return good;
}

/* Byte number i of a stream. */
static char byte(uint64_t i)
{
        return (char)(i * 131 + (i >> 8) * 7);
}

/* One end after the other, in one thread: nothing waits. */
static void alone(void)
{
        static char in[SYS_PIPE_BYTES + 64], out[SYS_PIPE_BYTES + 64];
        uint32_t ends[2];
        const uint64_t now = sys_time();

        check(sys_pipe(ends) == 0 && ends[0] != ends[1], "a pipe");
        check(sys_pipe_read(ends[0], in, 10, 0) == SYS_EAGAIN &&
                        sys_pipe_read(ends[0], in, 10, soon()) == SYS_ETIMEDOUT &&
                        sys_time() >= now + 2 * MS,
                "a read of nothing is given up");
        for (uint64_t i = 0; i < sizeof(out); i++)
                out[i] = byte(i);
        check(sys_pipe_write(ends[1], out, 0, 0) == 0 && sys_pipe_read(ends[0], in, 0, 0) == 0,
                "nothing takes no time");
        bool good = true;
        for (unsigned round = 0; round < 20; round++) { /* where the ring begins moves on */
                good = good && sys_pipe_write(ends[1], out, 700, 0) == 700 &&
                       sys_pipe_read(ends[0], in, 300, 0) == 300 &&
                       sys_pipe_read(ends[0], in + 300, 700, 0) == 400 && !memcmp(in, out, 700);
        }
        check(good, "what goes in comes out");
        check(sys_pipe_write(ends[1], out, sizeof(out), 0) == SYS_PIPE_BYTES &&
                        sys_pipe_write(ends[1], out, 1, 0) == SYS_EAGAIN &&
                        sys_pipe_write(ends[1], out, 1, soon()) == SYS_ETIMEDOUT,
                "a full pipe takes no more");
        check(sys_pipe_read(ends[0], in, 100, 0) == 100 &&
                        sys_pipe_write(ends[1], out, SYS_PIPE_WHOLE, 0) == SYS_EAGAIN &&
                        sys_pipe_write(ends[1], out, SYS_PIPE_WHOLE + 1, 0) == 100,
                "small writes are whole, large ones take what there is");
        check(sys_pipe_read(ends[0], (void *)0x1000, 8, 0) == SYS_EINVAL &&
                        sys_pipe_read(ends[0], (void *)(uintptr_t)UINT64_MAX, 8, 0) == SYS_EINVAL &&
                        sys_pipe_read(ends[0], in, sizeof(in), 0) == SYS_PIPE_BYTES &&
                        sys_pipe_write(ends[1], (void *)0x1000, 8, 0) == SYS_EINVAL &&
                        sys_pipe_read(ends[0], in, 1, 0) == SYS_EAGAIN,
                "bad pointers, and nothing is lost");
        check(sys_pipe_read(ends[1], in, 1, 0) == SYS_ESTALE &&
                        sys_pipe_write(ends[0], out, 1, 0) == SYS_ESTALE &&
                        sys_pipe_read(SYS_ENDS_MAX, in, 1, 0) == SYS_ESTALE &&
                        sys_call(SYS_CLOSE, UINT64_MAX, 0, 0, 0, 0, 0) == SYS_ESTALE,
                "ends that are not there");
        check(sys_pipe_write(ends[1], out, 5, 0) == 5 && sys_close(ends[1]) == 0 &&
                        sys_close(ends[1]) == SYS_ESTALE &&
                        sys_pipe_read(ends[0], in, 10, SYS_NEVER) == 5 &&
                        sys_pipe_read(ends[0], in, 10, SYS_NEVER) == 0 && sys_close(ends[0]) == 0,
                "closed for writing: the rest, then the end");
        sys_pipe(ends);
        sys_close(ends[0]);
        check(sys_pipe_write(ends[1], out, 5, SYS_NEVER) == SYS_ECLOSED && sys_close(ends[1]) == 0,
                "closed for reading");
        unsigned pipes = 0;
        while (sys_pipe(ends) == 0)
                pipes++;
        check(pipes == SYS_ENDS_MAX / 2, "a limit of ends");
        for (uint32_t i = 0; i < SYS_ENDS_MAX; i++)
                sys_close(i);
        check(sys_call(SYS_PIPE, 0x1000, 0, 0, 0, 0, 0) == SYS_EINVAL && sys_pipe(ends) == 0 &&
                        ends[0] == 0 && sys_close(0) == 0 && sys_close(1) == 0,
                "a place for their numbers");
}

/* Many readers and writers: pieces of eight bytes, each written once, each read once. */
#define PIECES 400u

static uint32_t next_piece, seen[PIECES];

static void writer(void *argument)
{
        (void)argument;
        for (;;) {
                uint64_t piece[4];
                const uint64_t i = __atomic_fetch_add(&next_piece, 1, __ATOMIC_RELAXED);
                if (i >= PIECES)
                        break;
                for (unsigned n = 0; n < 4; n++)
                        piece[n] = i;
                if (sys_pipe_write(pipe_ends[1], piece, sizeof(piece), SYS_NEVER) != sizeof(piece))
                        break;
        }
        sys_thread_exit(NULL);
}

static void reader(void *argument)
{
        for (;;) {
                uint64_t piece[4] = {0};
                const uint64_t until =
                        argument ? sys_time() + (uint64_t)(uintptr_t)argument : SYS_NEVER;
                const int64_t size = sys_pipe_read(pipe_ends[0], piece, sizeof(piece), until);
                if (size == SYS_ETIMEDOUT)
                        continue;
                if (size != sizeof(piece))
                        break; /* the end */
                if (piece[0] < PIECES && piece[0] == piece[1] && piece[0] == piece[2] &&
                        piece[0] == piece[3])
                        __atomic_add_fetch(&seen[piece[0]], 1, __ATOMIC_RELAXED);
        }
        sys_thread_exit(NULL);
}

static void many(void)
{
        bool good = true;

        sys_pipe(pipe_ends);
        for (unsigned i = 0; i < 4; i++)
                start(i, reader, i % 2 ? 20000 : 0); /* some give up again and again */
        for (unsigned i = 4; i < 8; i++)
                start(i, writer, 0);
        for (unsigned i = 4; i < 8; i++)
                good = sys_join(ids[i], SYS_NEVER) != SYS_EINVAL && good;
        sys_close(pipe_ends[1]); /* those that wait in a read are told */
        good = ended(4) && good;
        sys_close(pipe_ends[0]);
        for (unsigned i = 0; i < PIECES; i++)
                good = good && seen[i] == 1;
        check(good, "many readers and writers, each piece once");
}

static void hurt(void *argument)
{
        static char much[4 * SYS_PIPE_BYTES];
        int64_t *answer = argument;

        *answer = sys_pipe_write(pipe_ends[1], much, sizeof(much), SYS_NEVER);
        sys_thread_exit(NULL);
}

/* Who writes more than fits is told how much went in, when the last reader is gone. */
static void closed_meanwhile(void)
{
        static int64_t answer;
        char in[100];

        sys_pipe(pipe_ends);
        start(0, hurt, (uint64_t)(uintptr_t)&answer);
        int64_t got = 0;
        for (unsigned i = 0; i < 15; i++)
                got += sys_pipe_read(pipe_ends[0], in, sizeof(in), SYS_NEVER);
        sys_sleep(MS);
        sys_close(pipe_ends[0]);
        check(ended(1) && answer >= got && answer < 4 * SYS_PIPE_BYTES,
                "closed in the middle of a write");
        sys_close(pipe_ends[1]);
}

/* A child between two pipes, fed by a thread. */
static uint32_t feed_end;
#define STREAM 20000u

static void feeder(void *argument)
{
        static char piece[777];
        (void)argument;

        for (uint64_t at = 0; at < STREAM;) {
                const uint64_t size = STREAM - at < sizeof(piece) ? STREAM - at : sizeof(piece);
                for (uint64_t i = 0; i < size; i++)
                        piece[i] = byte(at + i);
                if (sys_pipe_write(feed_end, piece, size, SYS_NEVER) != (int64_t)size)
                        break;
                at += size;
        }
        sys_close(feed_end);
        sys_thread_exit(NULL);
}

static void child(void)
{
        const char *const cat[] = {"waits", "cat", NULL}, *const hold[] = {"waits", "hold", NULL};
        static char in[500];
        uint32_t there[2], back[2];
        struct sys_end end;
        uint64_t at = 0;
        bool good = true;

        sys_pipe(there);
        sys_pipe(back);
        const int64_t id = sys_spawn_with("waits", cat, (const uint32_t[]){there[0], back[1]}, 2);
        sys_close(there[0]);
        sys_close(back[1]);
        feed_end = there[1];
        start(0, feeder, 0);
        for (int64_t size; (size = sys_pipe_read(back[0], in, sizeof(in), SYS_NEVER)) > 0;) {
                for (int64_t i = 0; i < size; i++)
                        good = good && in[i] == byte(at++);
        }
        check(id > 0 && good && at == STREAM && ended(1) &&
                        sys_wait((uint64_t)id, &end, SYS_NEVER) == id && end.code == 0,
                "a stream through a child");
        sys_close(back[0]);

        /* Killed in a read: its ends are closed, which who writes learns. */
        sys_pipe(there);
        const int64_t held = sys_spawn_with("waits", hold, there, 1);
        sys_close(there[0]);
        char one = 'x';
        good = sys_pipe_write(there[1], &one, 1, SYS_NEVER) == 1; /* it is taken once it runs */
        sys_sleep(MS);
        good = good && sys_kill((uint64_t)held) == 0;
        good = good && sys_wait((uint64_t)held, &end, SYS_NEVER) == held;
        check(good && end.kind == SYS_END_KILLED &&
                        sys_pipe_write(there[1], &one, 1, SYS_NEVER) == SYS_ECLOSED,
                "a child that is killed closes its ends");
        sys_close(there[1]);
        check(sys_spawn_with("waits", hold, (const uint32_t[]){3}, 1) == SYS_ESTALE,
                "an end that nobody has is not given");
}

static int be_child(const char *what)
{
        char bytes[300];

        for (int64_t size; (size = sys_pipe_read(0, bytes, sizeof(bytes), SYS_NEVER)) > 0;) {
                if (!strcmp(what, "cat") &&
                        sys_pipe_write(1, bytes, (size_t)size, SYS_NEVER) != size)
                        return 1;
        }
        return 0;
}

static uint32_t gate, other_gate, passed;

static void waiter(void *argument)
{
        (void)argument;
        if (sys_park(&gate, 0, SYS_NEVER) == 0)
                __atomic_add_fetch(&passed, 1, __ATOMIC_RELAXED);
        sys_thread_exit(NULL);
}

/* Wakes one, moves the others, and wakes these from there; and a time-out after a move. */
static void requeued(void)
{
        const uint32_t wrong = 1;

        passed = 0;
        for (unsigned i = 0; i < THREADS; i++)
                start(i, waiter, 0);
        uint64_t moved = 0;
        check(sys_requeue(&gate, wrong, 1, &other_gate, 9) == SYS_EAGAIN &&
                        sys_requeue(&gate, 0, 1, &gate, 9) == SYS_EINVAL &&
                        sys_call(SYS_REQUEUE, 0, 0, 1, (uint64_t)(uintptr_t)&gate, 1, 0) ==
                                SYS_EINVAL,
                "requeues that are refused");
        while (sys_requeue(&gate, 0, 1, &other_gate, 0) == 0)
                sys_sleep(MS / 4);
        while (moved < THREADS - 1) {
                moved += (uint64_t)sys_requeue(&gate, 0, 0, &other_gate, 3);
                sys_sleep(MS / 4);
        }
        while (__atomic_load_n(&passed, __ATOMIC_RELAXED) < 1)
                sys_sleep(MS / 4);
        sys_sleep(MS);
        check(moved == THREADS - 1 && passed == 1 && sys_wake(&gate, 9) == 0, "moved, not woken");
        check(sys_wake(&other_gate, SYS_NEVER) == THREADS - 1 && ended(THREADS) &&
                        passed == THREADS,
                "woken where they were moved to");
}

static void joins(void)
{
        start(0, waiter, 0);
        check(sys_join(ids[0], soon()) == SYS_ETIMEDOUT, "a join is given up");
        check(sys_join(sys_self(), SYS_NEVER) == SYS_EINVAL &&
                        sys_join(UINT64_MAX, SYS_NEVER) == SYS_ESTALE,
                "joins of nobody, and of oneself");
        while (sys_wake(&gate, 1) == 0)
                sys_sleep(MS / 4);
        const int64_t answer = sys_join(ids[0], SYS_NEVER);
        check((answer == 0 || answer == SYS_ESTALE) && sys_join(ids[0], 0) == SYS_ESTALE, "a join");
}

int main(int count, char **words)
{
        if (count > 1)
                return be_child(words[1]);
        alone();
        many();
        closed_meanwhile();
        child();
        joins();
        requeued();
        print("waits: %d failed\n", failed);
        return failed;
}
