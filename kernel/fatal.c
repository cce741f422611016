/* SPDX-License-Identifier: MIT */
/* The end of a kernel that cannot go on: stop everything, say what is known, exit. */
#include "console.h"
#include "kernel.h"
#include "machine.h"
#include "rota_arch.h"

/* Most stack frames of a backtrace. */
#define FRAMES_MAX 24

/* How long the others may take to stop before the report begins anyway: a virtual machine's CPU may itself
 * be kept from running for some hundreds of milliseconds. */
#define STOP_PATIENCE ROTA_S

static uint32_t fatal_cpu; /* the CPU that reports + 1, 0: none (atomic) */
static uint32_t stopped;   /* CPUs that have halted for the report (atomic) */

/* So that nobody writes into the report, and what it shows does not change. Not for ever: where nothing
 * reaches a CPU that masks interrupts it goes on. @return how many have not stopped */
static uint32_t wait_for_others(void)
{
        uint64_t deadline = machine_now() + STOP_PATIENCE;
        uint32_t others = 0;

        for (uint32_t i = 0; i < KERNEL_CPUS_MAX; i++)
                others += i != machine_cpu()->index && kernel_cpu_started(i);
        while (__atomic_load_n(&stopped, __ATOMIC_ACQUIRE) < others && machine_now() < deadline)
                rota_arch_pause();
        return others - __atomic_load_n(&stopped, __ATOMIC_ACQUIRE);
}

void kernel_fatal_begin(void)
{
        uint32_t nobody = 0, self = machine_cpu()->index + 1;

        rota_arch_irq_disable();
        if (!__atomic_compare_exchange_n(
                    &fatal_cpu, &nobody, self, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
                if (nobody != self)
                        kernel_fatal_stop();
                /* The report itself failed: its frames or the dump led into bad memory. */
                kernel_print("\nanother failure during the report\n");
                machine_exit(KERNEL_EXIT_FATAL);
        }
        machine_stop_others();
        uint32_t going_on = wait_for_others();
        kernel_console_break();
        if (going_on)
                kernel_print(
                        "\n%u CPUs take no interrupt, and go on during the report\n", going_on);
}

void kernel_fatal_stop(void)
{
        __atomic_add_fetch(&stopped, 1, __ATOMIC_RELEASE);
        machine_halt();
}

bool kernel_is_fatal(void)
{
        return __atomic_load_n(&fatal_cpu, __ATOMIC_ACQUIRE) != 0;
}

void kernel_fatal_end(void)
{
        const struct rota_cpu *cpu = machine_rota_cpu();

        if (cpu && cpu->rota) {
                kernel_print("scheduler:\n");
                rota_dump(machine_putc);
        }
        machine_exit(KERNEL_EXIT_FATAL);
}

void kernel_fatal(const char *format, ...)
{
        va_list arguments;

        kernel_fatal_begin();
        kernel_print("\nfatal: ");
        va_start(arguments, format);
        kernel_print_list(format, arguments);
        va_end(arguments);
        kernel_print("\n");
        kernel_print_place();
        /* From the caller on: its frame is what ours points to. */
        const uintptr_t *pair = (const uintptr_t *)__builtin_frame_address(0) + MACHINE_FRAME_WORDS;
        kernel_backtrace(pair[1], (const uintptr_t *)pair[0]);
        kernel_fatal_end();
}

void kernel_print_place(void)
{
        struct rota_task *task = machine_rota_cpu() ? rota_current() : NULL;

        kernel_print("  on CPU %u, ", machine_cpu()->index);
        if (task)
                kernel_print("task \"%s\" (handle %u:%u)\n", task->name, task->handle.index,
                        task->handle.generation);
        else
                kernel_print("no task\n");
}

void kernel_backtrace(uintptr_t pc, const uintptr_t *frame)
{
        kernel_print("  backtrace:\n    %p\n", (void *)pc);
        for (int i = 0; i < FRAMES_MAX; i++) {
                /* The caller's frame pointer and the return address. */
                const uintptr_t *pair = frame + MACHINE_FRAME_WORDS;
                /* A chain that leaves RAM, is crooked or does not lead upwards is no chain. */
                if (((uintptr_t)frame & 7) || !kernel_readable((uintptr_t)pair, 16))
                        break;
                const uintptr_t *next = (const uintptr_t *)pair[0];
                if (pair[1] == 0)
                        break;
                kernel_print("    %p\n", (void *)pair[1]);
                if (next <= frame)
                        break;
                frame = next;
        }
}
