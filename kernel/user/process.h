/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Processes: a program of the initrd in an address space of its own, with threads that are user tasks.
 * What programs may ask for is in <program/calls.h>.
 *
 * All memory of a process comes from the kernel's pages (pages.h) and goes back there: a thread's at its
 * end, the space's at the end of the last thread, the process's own once its parent has taken note of its
 * end. Nothing a program does keeps anything beyond that.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include <program/calls.h>
#include <rota/user.h>
#include <rota/wait_queue.h>

#include "space.h"
#include "user/waits.h"

struct kernel_process;

/** What a process may have. A child has its parent's. */
struct kernel_limits {
        uint32_t pages;      /**< of memory, page tables included */
        uint32_t stack;      /**< bytes of a first thread's stack, whole pages */
        uint32_t threads;    /**< at a time */
        uint32_t children;   /**< that were not waited for */
        uint16_t priority;   /**< the most urgent level that it may ask for */
        bool fifo;           /**< whether it may ask for turns without a slice */
        uint8_t class_first; /**< the instance's class that is the programs' number 0 */
        uint8_t class_count; /**< how many they have */
};

/** A thread of a process. Fields but `user` are this room's. */
struct kernel_thread {
        struct rota_user user; /**< first, so that the two convert */
        struct kernel_process *process;
        struct kernel_thread *next, *previous; /**< of its process, under the processes' lock */
        uint64_t id;
        union kernel_call_wait wait; /**< what it waits for, while it does */
};

/** An end of a pipe, as a process has it. */
struct kernel_pipe_end {
        struct kernel_pipe *pipe; /**< NULL: none */
        bool writes;
};

/** What a process is in. */
enum kernel_process_state {
        KERNEL_PROCESS_LIVES,
        KERNEL_PROCESS_ENDING, /**< its end is decided, its threads are on their way */
        KERNEL_PROCESS_ENDED,  /**< no thread, no memory: its parent is to take note */
};

/** A process. All fields but `space`, `id`, `name`, `limits` are under the processes' lock. */
struct kernel_process {
        struct kernel_space space;
        uint64_t id;
        struct kernel_process *parent; /**< NULL: the kernel */
        struct kernel_process *next,
                *previous;             /**< of its parent's children that live, or have ended */
        struct kernel_process *living; /**< its children that have not ended */
        struct kernel_process *ended;  /**< its children that have, not waited for */
        struct kernel_thread *threads;
        uint32_t thread_count, child_count;
        uint8_t state;  /**< enum kernel_process_state */
        bool of_kernel; /**< the kernel started it */
        struct sys_end end;
        struct rota_wait_queue waiters; /**< its threads that wait for a child's end */
        struct kernel_pipe_end ends[SYS_ENDS_MAX];
        struct kernel_limits limits;
        uintptr_t map_first; /**< where a map without an address may look */
        uintptr_t map_next;  /**< where it looks first: a hint (atomic) */
        void *user;          /**< of who started it */
        char name[SYS_NAME_MAX];
};

/** The initrd, and what the kernel's own programs are told. Before any other call. */
struct kernel_user_options {
        const void *initrd; /**< a cpio archive, checked by cpio_check() */
        size_t initrd_size;
        uint32_t cpus; /**< of the instance, for programs to know */
        /** Called once a process is gone that the kernel started, with a copy of what it was; on a home
         * stack, masked, no lock held. NULL: nobody. */
        void (*ended)(void *argument, const struct kernel_process *process);
        void *argument; /**< for it */
};

/** Prepares the user side. @return ROTA_OK; ROTA_ENOSPC: the registers of the floating-point unit do not fit
 * into a page. Context: boot. */
int kernel_user_init(const struct kernel_user_options *options);

/** What is started. */
struct kernel_spawn {
        const char *name;      /**< in the initrd */
        const char *arguments; /**< each ending with NUL; NULL: none */
        size_t arguments_size; /**< bytes, at most SYS_ARGUMENTS_MAX */
        const uint32_t *ends;  /**< which of its parent's ends of pipes it has, as 0, 1, ... */
        uint32_t ends_count;   /**< at most SYS_ENDS_MAX */
        struct kernel_process *parent; /**< NULL: the kernel's */
        const struct kernel_limits *limits;
        struct rota_params params;     /**< of its first thread */
        struct rota_affinity affinity; /**< likewise */
        struct rota_task_stats *stats; /**< likewise; NULL: not kept */
        void *user;                    /**< the caller's own */
        struct rota_handle *handle;    /**< NULL, or receives its first thread's before that runs */
};

/**
 * Starts a program.
 * @param id      receives its number
 * @param reason  receives why it cannot be, in one line, where SYS_EFORMAT is answered
 * @return 0, or an enum sys_error. Context: any outside interrupts, in a task for a parent's child.
 */
int kernel_process_spawn(const struct kernel_spawn *spawn, uint64_t *id, const char **reason);

/** Begins the end of a process whose end is not decided yet. Context: any. */
void kernel_process_end(struct kernel_process *process, enum sys_end_kind kind, int64_t code);
/** Begins the end of every process that the kernel started. Context: any. */
void kernel_user_end_all(void);

/** How many processes there are, those not waited for included; and threads. Context: any. */
void kernel_user_count(uint32_t *processes, uint32_t *threads);
/** Bytes that a thread takes, without its registers of the floating-point unit; and those. */
void kernel_user_sizes(size_t *thread, size_t *fpu, size_t *process);

/* Between the files of this room. */

/** The lock over all processes. */
extern uintptr_t kernel_process_lock;
/** What kernel_user_init() was told. */
extern struct kernel_user_options kernel_user_options;

/** As kernel_process_end(), under the lock. */
void kernel_process_end_locked(
        struct kernel_process *process, enum sys_end_kind kind, int64_t code);
/** Takes an ended child from its parent, under the lock; kernel_process_free() follows, without it. */
void kernel_process_take(struct kernel_process *parent, struct kernel_process *child);
/** Gives processes back that nobody can ask for any more, linked by `next`. Context: any. */
void kernel_process_free(struct kernel_process *process);

/** A new thread of a process that lives; rota_start() lets it run. @return 0, or an enum sys_error.
 * Context: any outside interrupts. */
int kernel_thread_create(struct kernel_process *process, const struct rota_user_options *options,
        struct kernel_thread **thread);

/** Loads a program into an empty space: its segments, its stack with the arguments.
 * @param pc,sp,argument  receive what its first thread begins with
 * @param end             receives where its last segment ends
 * @return 0, or an enum sys_error; @p reason as kernel_process_spawn(). Context: as that. */
int kernel_program_load(struct kernel_space *space, const struct kernel_spawn *spawn,
        struct rota_user_options *first, uintptr_t *end, const char **reason);

/** As kernel_program_load(), of a file that lies in memory, whatever spawn->name is. */
int kernel_program_load_bytes(struct kernel_space *space, const struct kernel_spawn *spawn,
        const void *bytes, size_t size, struct rota_user_options *first, uintptr_t *end,
        const char **reason);

/** Serves the traps of every thread. */
enum rota_serve kernel_user_serve(struct rota_user *user, const struct rota_trap *trap);

/* System calls, each in the shape of a row of the table in serve.c. */
typedef enum rota_serve kernel_call(struct kernel_thread *thread, const struct rota_trap *trap);
kernel_call kernel_call_sleep, kernel_call_sleep_until;
kernel_call kernel_call_park, kernel_call_wake, kernel_call_requeue;
kernel_call kernel_call_spawn, kernel_call_wait, kernel_call_kill;
kernel_call kernel_call_thread, kernel_call_thread_exit, kernel_call_join;
kernel_call kernel_call_pipe, kernel_call_pipe_read, kernel_call_pipe_write, kernel_call_close;
kernel_call kernel_call_map, kernel_call_unmap, kernel_call_protect;

/** Answers a call. */
static inline enum rota_serve kernel_answer(struct kernel_thread *thread, int64_t value)
{
        thread->user.value = (uintptr_t)value;
        return ROTA_SERVE_RESUME;
}

/** The thread whose call it is: of a frame of the union in struct kernel_thread. */
static inline struct kernel_thread *kernel_thread_of(void *frame)
{
        return (struct kernel_thread *)(void *)((char *)frame -
                                                offsetof(struct kernel_thread, wait));
}

/** And its arguments, which stay while the call lasts. */
static inline const uintptr_t *kernel_args_of(void *frame)
{
        return kernel_thread_of(frame)->user.context.trap.args;
}

/** Wakes up to @p most of a process's threads that sleep on a word. Context: any. */
uint32_t kernel_word_wake(struct kernel_process *process, uintptr_t word, uint64_t most);

/** Gives a process that does not run yet ends of pipes of its parent's. @return 0; SYS_ESTALE: there is no
 * such. Context: any. */
int kernel_pipes_inherit(struct kernel_process *process, const uint32_t *ends, uint32_t count);
/** A process that has no thread any more has no end of a pipe. Context: any. */
void kernel_pipes_close(struct kernel_process *process);

/** Prints why a program is ended. */
void kernel_user_report(const struct kernel_thread *thread, const struct rota_trap *trap);
/** Prints a program's registers by kernel_console_print(), some to a line; the machine's to give. */
void machine_user_registers(const struct rota_user_frame *frame);

#endif
