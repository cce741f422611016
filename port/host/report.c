/* SPDX-License-Identifier: MIT */
/* The words of a report of a failure: written at once, with nothing but system calls. */
#define _GNU_SOURCE
#include "console.h"
#include "fault.h"
#include "rota_port.h"
#include <string.h>
#include <unistd.h>

#define FRAMES_MAX 32

/* Where the program begins, for addresses that a symbolizer takes. */
extern const char __executable_start[], etext[];

void rota_host_print(const char *text)
{
        rota_host_write(STDERR_FILENO, text, strlen(text));
}

void rota_host_print_char(char c)
{
        static char line[256];
        static size_t length;

        line[length++] = c;
        if (c == '\n' || length == sizeof(line)) {
                rota_host_write(STDERR_FILENO, line, length);
                length = 0;
        }
}

static void print_in_base(uint64_t value, unsigned base)
{
        char digits[24];
        size_t at = sizeof(digits);

        do {
                digits[--at] = "0123456789abcdef"[value % base];
                value /= base;
        } while (value);
        rota_host_write(STDERR_FILENO, &digits[at], sizeof(digits) - at);
}

void rota_host_print_hex(uint64_t value)
{
        rota_host_print("0x");
        print_in_base(value, 16);
}

void rota_host_print_number(uint64_t value)
{
        print_in_base(value, 10);
}

void rota_host_print_place(void)
{
        const struct rota_cpu *cpu = rota_host_cpu();
        const struct rota_task *task = cpu ? cpu->current : NULL;

        if (!cpu) {
                rota_host_print("on no CPU\n");
                return;
        }
        rota_host_print("on CPU ");
        rota_host_print_number(cpu->index);
        if (task) {
                rota_host_print(", task \"");
                rota_host_print(task->name ? task->name : "");
                rota_host_print("\" (handle ");
                rota_host_print_number(task->handle.index);
                rota_host_print(":");
                rota_host_print_number(task->handle.generation);
                rota_host_print(")\n");
        } else {
                rota_host_print(", no task\n");
        }
}

static void print_pc(uintptr_t pc)
{
        rota_host_print("    ");
        rota_host_print_hex(pc);
        if (pc >= (uintptr_t)__executable_start && pc < (uintptr_t)etext) {
                rota_host_print("  program+");
                rota_host_print_hex(pc - (uintptr_t)__executable_start);
        }
        rota_host_print("\n");
}

/* The bounds of the stack that @p address lies on, as far as they are known. */
static bool stack_around(uintptr_t address, uintptr_t *high)
{
        const struct rota_host_tls *self = rota_host_self();
        const struct rota_context *context = self->cpu ? self->cpu->on : NULL;

        if (context && context->stack && address >= (uintptr_t)context->stack &&
                address < (uintptr_t)context->stack + context->stack_size)
                *high = (uintptr_t)context->stack + context->stack_size;
        else if (address >= self->stack_low && address < self->stack_high)
                *high = self->stack_high;
        else
                return false;
        return true;
}

void rota_host_print_frames(uintptr_t pc, uintptr_t frame)
{
        uintptr_t high;

        rota_host_print("  backtrace:\n");
        print_pc(pc);
        if (!stack_around(frame, &high))
                return;
        for (int i = 0; i < FRAMES_MAX; i++) {
                if (frame & 7 || frame > high - 16)
                        break;
                uintptr_t next = ((const uintptr_t *)frame)[0];
                pc = ((const uintptr_t *)frame)[1];
                if (!pc)
                        break;
                print_pc(pc);
                if (next <= frame)
                        break;
                frame = next;
        }
}
