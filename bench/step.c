/* SPDX-License-Identifier: MIT */
/*
 * Counts the instructions that a worker executes, and those among them that are atomic operations, by
 * the processor's trap flag: after each instruction a SIGTRAP, whose handler looks at the next one.
 * So what is counted is the program that is timed, as the compiler made it.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ucontext.h>

#define TRAP_FLAG 0x100u

/* How often each address was executed: a table by hash, of one stepping worker at a time. */
#define PLACES 16384u
static struct {
        uint64_t address;
        uint64_t count;
} places[PLACES];

static struct bench_steps steps;

/* Where the program was loaded: its text's addresses count from there. */
extern const char __executable_start[];

static bool is_prefix(uint8_t byte)
{
        switch (byte) {
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64:
        case 0x65:
        case 0x66:
        case 0x67:
        case 0xf2:
        case 0xf3:
                return true;
        default:
                return (byte & 0xf0) == 0x40; /* REX */
        }
}

/* A lock prefix, an exchange with memory (which locks by itself), or a full fence. */
static bool is_atomic(const uint8_t *code)
{
        while (is_prefix(*code))
                code++;
        if (code[0] == 0xf0)
                return true;
        if (code[0] == 0x86 || code[0] == 0x87)
                return code[1] >> 6 != 3;
        return code[0] == 0x0f && code[1] == 0xae && (code[2] & 0xf8) == 0xf0;
}

static void note(uint64_t address)
{
        uint32_t at = (uint32_t)(address * 0x9e3779b97f4a7c15u >> 50) % PLACES;
        for (uint32_t tries = 0; tries < PLACES; tries++, at = (at + 1) % PLACES) {
                if (places[at].address != address && places[at].address != 0)
                        continue;
                places[at].address = address;
                places[at].count++;
                return;
        }
}

static void step(int number, siginfo_t *info, void *context)
{
        uint64_t pc = (uint64_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
        (void)number;
        (void)info;
        __atomic_fetch_add(&steps.instructions, 1, __ATOMIC_RELAXED);
        if (is_atomic((const uint8_t *)pc))
                __atomic_fetch_add(&steps.atomics, 1, __ATOMIC_RELAXED);
        note(pc);
}

static void install(void)
{
        static bool installed;
        struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        if (installed)
                return;
        installed = true;
        sigfillset(&action.sa_mask);
        if (sigaction(SIGTRAP, &action, NULL)) {
                perror("sigaction");
                exit(1);
        }
}

void bench_step_begin(void)
{
        install();
        __asm__ volatile("pushfq\n\torl %0, (%%rsp)\n\tpopfq" : : "i"(TRAP_FLAG) : "memory", "cc");
}

void bench_step_end(void)
{
        __asm__ volatile("pushfq\n\tandl %0, (%%rsp)\n\tpopfq"
                         :
                         : "i"(~TRAP_FLAG)
                         : "memory", "cc");
}

struct bench_steps bench_step_take(void)
{
        struct bench_steps taken = steps;
        steps = (struct bench_steps){0};
        for (uint32_t i = 0; i < PLACES; i++)
                places[i].address = places[i].count = 0;
        return taken;
}

void bench_step_print(void (*print)(uint64_t address, uint64_t count))
{
        for (uint32_t i = 0; i < PLACES; i++)
                if (places[i].count)
                        print(places[i].address - (uint64_t)__executable_start, places[i].count);
}
