/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The reference kernel's insides: what is common to all machines. What a machine has to give is in
 * its machine.h, under arch/.
 */
#ifndef KERNEL_H
#define KERNEL_H

/** Bytes of the stack that a CPU boots on, and of its home stack inside Rota. */
#define KERNEL_STACK_SIZE 16384

#ifndef __ASSEMBLER__
#include <stdarg.h>
#include <rota/rota.h>

/** Most CPUs that the kernel starts. */
#define KERNEL_CPUS_MAX 64
/** Most pieces of RAM and of reserved memory that are told apart. */
#define KERNEL_RANGES_MAX 32
/** Bytes of the command line, its end included. */
#define KERNEL_COMMAND_MAX 4096

struct kernel_job;
struct kernel_space;

/** A CPU, found through a register of the machine; entry code knows the first words. */
struct kernel_cpu {
        struct kernel_cpu *self;
        struct rota_cpu *active; /**< what rota_port_cpu() answers: NULL outside rota_cpu_run() */
        uintptr_t machine[8]; /**< what the machine's own code keeps of each CPU, beginning at 0 */
        uint32_t index;
        uint32_t started;             /**< it waits for work or works (atomic) */
        const struct kernel_job *job; /**< to take part in, NULL: none (atomic) */
        bool left;                    /**< its part ended because it left */
        uint32_t out;                 /**< it has left the job's instance, and halts (atomic) */
        uint32_t wanted;              /**< it is to join again (atomic) */
        struct kernel_space *space;   /**< that it has loaded, NULL: the kernel's (atomic) */
        uint64_t seen;                /**< of its changes (atomic) */
        struct rota_cpu rota __attribute__((aligned(128)));
} __attribute__((aligned(128)));

/** A piece of physical memory. */
struct kernel_range {
        uintptr_t start;
        uintptr_t end; /**< the first byte behind it */
};

/** What the machine found out before kernel_main(). */
struct kernel_boot {
        uint32_t cpus;
        uint32_t ram_count;
        struct kernel_range ram[KERNEL_RANGES_MAX]; /**< usable, the kernel's own included */
        struct kernel_range image;                  /**< the boot module; empty: none */
        char command[KERNEL_COMMAND_MAX];
};

struct world;

extern struct kernel_cpu kernel_cpus[KERNEL_CPUS_MAX];
extern char kernel_boot_stacks[KERNEL_CPUS_MAX][KERNEL_STACK_SIZE];
/** The image's bounds in memory and those of what is code, constant and neither, from the linker script;
 * whole pages. */
extern char kernel_image_start[], kernel_image_end[];
extern char kernel_text_start[], kernel_text_end[], kernel_rodata_start[], kernel_rodata_end[];
extern char kernel_data_start[];

/** Runs the program and ends the machine with its code. On CPU 0, masked. */
ROTA_NORETURN void kernel_main(struct kernel_boot *boot);
/** Where every other CPU spends its life: waits for world_run() to need it. Masked. */
ROTA_NORETURN void kernel_cpu_wait(struct kernel_cpu *cpu);
/** Whether it has come there. */
static inline bool kernel_cpu_started(uint32_t cpu)
{
        /* Acquire: what it set up on its way; partner: the store in kernel_cpu_wait. */
        return __atomic_load_n(&kernel_cpus[cpu].started, __ATOMIC_ACQUIRE) != 0;
}
/** Waits until CPUs 1 to @p count - 1 have; a report where one does not, in any time. */
void kernel_cpus_await(uint32_t count);
/** How long that is for each, from when the one before it was in. */
#define KERNEL_CPU_PATIENCE (60 * ROTA_S)

/* stacks.c */
/** The table of the 1 GiB that stacks have their addresses in. */
uint64_t *kernel_stacks_table(void);
/** At a run's beginning, before the other CPUs: each of them then calls machine_flush_all(), which
 * forgets what was cached of addresses given back. */
void kernel_stacks_renew(void);
/** A CPU's home stack: @p memory, at addresses that have a gap below them. */
void kernel_home_stack(struct rota_stack *stack, char *memory);

/** Takes the image that the command line names, where no loader has given one. */
void kernel_image_find(struct kernel_boot *boot);

/** Fills in the world's memory: the largest piece of RAM that nothing else is in. */
void kernel_memory_init(const struct kernel_boot *boot, struct world *world);

/** printf's d, u, x, p, s and c with l, z, zero-filling and widths; one call's text stays
 * together. */
void kernel_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A report begins: stops the other CPUs and breaks into the console. The first CPU to come here
 * goes on, others stop here. */
void kernel_fatal_begin(void);
/** Where a CPU ends that another one's report stops. */
ROTA_NORETURN void kernel_fatal_stop(void);
/** Whether some CPU is writing a report. */
bool kernel_is_fatal(void);
/** The report's common part (who runs, the scheduler's state), then the end of the machine. */
ROTA_NORETURN void kernel_fatal_end(void);
/** A report with one line of text and a backtrace. */
ROTA_NORETURN void kernel_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Prints on which CPU and in which task this is. */
void kernel_print_place(void);
/** Prints the chain of stack frames that begins at @p frame. */
void kernel_backtrace(uintptr_t pc, const uintptr_t *frame);

/** The exit code of a machine that ended with a report; programs' codes are below it. */
#define KERNEL_EXIT_FATAL 100
#endif

#endif
