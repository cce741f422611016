/* SPDX-License-Identifier: MIT */
/*
 * Random system calls. Words: how many; a seed. With a third word it is the part that makes them: it may
 * end by what it does to itself, so it is a child, and the next one begins with another seed.
 */
#include <program/program.h>

#define BATCH 20000u

/* A batch takes far less. */
#define PATIENCE UINT64_C(60000000000)

/* Where the program and its stack are. */
#define PROGRAM     UINT64_C(0x1000000000)
#define PROGRAM_END UINT64_C(0x1000400000)

static uint64_t random;
static char arena[65536] __attribute__((aligned(4096)));
static char stacks[4][1024] __attribute__((aligned(16)));

static uint64_t next_random(void)
{
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return random;
}

/* An argument: of what programs may know, or the kernel may stumble over. */
static uint64_t argument(void)
{
        static const uint64_t dear[] = {0, 1, 2, 3, 7, 8, 15, 4095, 4096, 4097, 0x7fffffff,
                0x80000000, 0xffffffff, UINT64_C(1) << 32, UINT64_C(0x800000000),
                UINT64_C(0xfffffffff), UINT64_C(0x1000000000), UINT64_C(0x1fffffffff),
                UINT64_C(0x2000000000), UINT64_C(0x7fffffffffff), UINT64_C(1) << 47,
                UINT64_C(1) << 63, UINT64_MAX - 4095, UINT64_MAX - 7, UINT64_MAX, 0x100000,
                0x40000000, 0x80200000, 0xfee00000};
        const uint64_t how = next_random();

        switch (how & 7) {
        case 0:
                return next_random();
        case 1:
                return dear[(how >> 8) % (sizeof(dear) / sizeof(dear[0]))];
        case 2:
                return dear[(how >> 8) % (sizeof(dear) / sizeof(dear[0]))] + (how >> 16) % 33 - 16;
        case 3:
                return (how >> 8) % 64;
        case 4:
                return ((how >> 8) % 32) * 4096;
        case 5: /* where maps go */
                return UINT64_C(0x1000000000) + ((how >> 8) % 0x4000) * 4096;
        case 6:
                return (uint64_t)(uintptr_t)arena + (how >> 8) % sizeof(arena);
        default:
                return (uint64_t)(uintptr_t)arena + ((how >> 8) % sizeof(arena) & ~UINT64_C(15));
        }
}

/* Puts something that looks like what calls are given into the arena. */
static void furnish(void)
{
        for (unsigned i = 0; i < 64; i++) {
                const uint64_t value = argument();
                memcpy(arena + next_random() % (sizeof(arena) - 8), &value, 8);
        }
        const struct sys_spawn spawn = {.name = (uint64_t)(uintptr_t)arena + 1024,
                .arguments = (uint64_t)(uintptr_t)arena + 1040,
                .arguments_size = 4};
        memcpy(arena, &spawn, sizeof(spawn));
        memcpy(arena + 1024, "letter", 7);
        memcpy(arena + 1040, "l\0.\0", 4);
}

/* A thread that a call began: several may have one stack, so it does next to nothing. */
static void thread_main(void *argument)
{
        (void)argument;
        sys_thread_exit(NULL);
}

/* Nobody waits for ever, or writes all over the console. */
static bool sensible(uint64_t call, uint64_t *arguments)
{
        switch (call) {
        case SYS_EXIT:
        case SYS_THREAD_EXIT:
                return false;
        case SYS_WRITE:
                return arguments[0] < UINT64_C(0x1000000000) || arguments[0] >> 38 || !arguments[1];
        case SYS_SLEEP:
                arguments[0] %= 1000;
                return true;
        case SYS_SLEEP_UNTIL:
                arguments[0] = sys_time() + arguments[0] % 1000;
                return true;
        case SYS_WAIT:
        case SYS_PARK:
                arguments[2] = arguments[2] & 1 ? 0 : sys_time() + arguments[2] % 1000;
                return true;
        case SYS_JOIN:
                arguments[1] = arguments[1] & 1 ? 0 : sys_time() + arguments[1] % 1000;
                return true;
        case SYS_PIPE_READ:
        case SYS_PIPE_WRITE: /* often of an end that may be there */
                arguments[0] = arguments[0] & 1 ? arguments[0] : arguments[0] % SYS_ENDS_MAX;
                arguments[3] = arguments[3] & 1 ? 0 : sys_time() + arguments[3] % 1000;
                return true;
        case SYS_CLOSE:
                arguments[0] %= 2 * SYS_ENDS_MAX;
                return true;
        case SYS_THREAD: /* seldom at what is no code */
                if (next_random() % 1024) {
                        arguments[0] = (uint64_t)(uintptr_t)thread_main;
                        arguments[1] =
                                (uint64_t)(uintptr_t)stacks[next_random() % 4] + sizeof(stacks[0]);
                }
                return true;
        case SYS_UNMAP:
        case SYS_PROTECT: /* seldom what it is itself made of */
                return arguments[0] >= PROGRAM_END || arguments[0] + arguments[1] <= PROGRAM ||
                       next_random() % 1024 == 0;
        case SYS_SPAWN:
                return next_random() % 16 == 0;
        default:
                return true;
        }
}

static int make_calls(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                const uint64_t how = next_random();
                const uint64_t call = how & 31 ? how % SYS_CALLS : argument();
                uint64_t a[6];
                if (i % 256 == 0)
                        furnish();
                for (unsigned n = 0; n < 6; n++)
                        a[n] = argument();
                if (sensible(call, a))
                        sys_call(call, a[0], a[1], a[2], a[3], a[4], a[5]);
        }
        return 0;
}

static void put_number(char *text, uint64_t value)
{
        char digits[24];
        unsigned count = 0;

        do
                digits[count++] = (char)('0' + value % 10);
        while ((value /= 10) != 0);
        while (count)
                *text++ = digits[--count];
        *text = '\0';
}

int main(int count, char **words)
{
        const uint64_t all = count > 1 ? number(words[1]) : 100000;
        const uint64_t seed = count > 2 ? number(words[2]) : 1;
        uint64_t done = 0, ended = 0, children = 0;

        random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
        if (count > 3)
                return make_calls(all);
        while (done < all) {
                char batch[24], number_text[24];
                const char *const arguments[] = {"fuzz", batch, number_text, "child", NULL};
                struct sys_end end;
                put_number(batch, BATCH);
                put_number(number_text, next_random());
                const int64_t id = sys_spawn_list("fuzz", arguments);
                if (id < 0 || sys_wait((uint64_t)id, &end, sys_time() + PATIENCE) != id) {
                        print("not ok fuzz: spawn %ld, or it hangs: seed %s\n", id, number_text);
                        return 1;
                }
                children++;
                if (end.kind == SYS_END_EXIT)
                        done += BATCH;
                else
                        ended++;
                if (ended >
                        100 + 100 * children / 101) /* cannot be: it counts what makes no headway */
                        return 2;
        }
        print("fuzz: %lu calls, %lu programs, %lu ended by a fault\n", done, children, ended);
        return 0;
}
