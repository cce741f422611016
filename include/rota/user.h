/* SPDX-License-Identifier: MIT */
/**
 * @file
 * User tasks, and user mode for threads.
 *
 * A user task is a register frame and an address space. A turn of it is user mode, on whatever CPU, until
 * a trap; its registers are in its frame then, and nothing of it on any stack of the kernel's. It has
 * no stack in the kernel: a system call that waits is a future, polled in the task's turns, whose value
 * resumes the caller (rota_user_await()).
 *
 * Who would rather write a loop around user mode has two others: a thread that calls rota_user_execute(),
 * and serves the traps on its stack; and a future task, whose coroutine awaits a struct rota_user_drive
 * and then whatever answers the trap, without a stack.
 *
 * After "rethink scheduling with futures" (Hermit, issue 787): user tasks are its design B, a loop of
 * execute its design A.
 *
 * Level 4, where the library's architecture has user mode: <rota_arch_user.h> is on the include path.
 * Nothing of it is there for the host world.
 */
#ifndef ROTA_USER_H
#define ROTA_USER_H

#include <rota/extra.h>
#include <rota/future.h>
#include <rota/trap.h>
#include <rota_arch_user.h>

ROTA_BEGIN_DECLS

struct rota_user;

/** What user mode needs: embed it where a thread enters it, struct rota_user has one. Aligned as its
 * frame is (16 bytes, which memory that is handed out for it must respect). */
struct rota_user_context {
        struct rota_user_frame frame; /**< the registers, while user mode does not run */
        struct rota_trap trap;        /**< why it was left last */
        struct rota_extra *fpu; /**< floating-point and vector registers; NULL: the unit is off */
};

/** Bytes of memory, aligned to ROTA_EXTRA_ALIGN, for a context's floating-point and vector registers, by what
 * this processor has; 0 where the world has no unit to give. Context: any, once the machine is set up. */
size_t rota_user_fpu_bytes(void);

/** Prepares a context that begins at @p pc. @param fpu  rota_user_fpu_bytes(), or NULL: none. They are
 * loaded when user mode is entered and stay so while its task, or its caller, goes on with it: they are in
 * this memory once a user task's turn has ended, or rota_user_execute() has returned. Context: any. */
void rota_user_context_init(struct rota_user_context *context, uintptr_t pc, uintptr_t sp,
        uintptr_t argument, void *fpu);

/**
 * Runs user mode in the address space of the calling task until there is something to do. Interrupts that
 * come meanwhile are taken inside, by rota_port_user_interrupt().
 *
 * On a thread others run meanwhile as after any interrupt, and it goes on by itself: it never answers
 * ROTA_TRAP_PREEMPTED. In a turn on the home stack it does, as soon as another task should run, and the
 * turn is to end with ROTA_TURN_PREEMPTED.
 *
 * @param context  the registers; context->trap says more of why it came back
 * @param value    the answer to the system call that it came back with last; else of no meaning
 * @return enum rota_trap_reason; ROTA_ECONTEXT: interrupts are masked, a guard is held, or no task runs.
 * ROTA_TRAP_EXIT: the task was cancelled, and does not hold cancels off. Context: task.
 */
int rota_user_execute(struct rota_user_context *context, uintptr_t value);

/** What becomes of a user task whose trap was served. */
enum rota_serve {
        ROTA_SERVE_RESUME, /**< user mode goes on, a system call is answered user->value; after a fault
                                 the instruction is tried again */
        ROTA_SERVE_YIELD, /**< likewise, but others go first */
        ROTA_SERVE_AWAIT, /**< a future answers it: return what rota_user_await() does */
        ROTA_SERVE_END,   /**< it ends, with user->task.exit_code */
};

/**
 * Serves a trap: ROTA_TRAP_SYSCALL, ROTA_TRAP_FAULT, ROTA_TRAP_INTERRUPT, or ROTA_TRAP_EXIT. On the CPU's
 * home stack, interrupts enabled, the task's address space loaded; may call what does not block. For
 * ROTA_TRAP_EXIT only ROTA_SERVE_AWAIT does not end the task, unless it holds cancels off
 * (rota_cancel_hold()) by the time that this returns.
 */
typedef enum rota_serve (*rota_user_serve)(struct rota_user *user, const struct rota_trap *trap);

/** A user task, in the caller's memory. */
struct rota_user {
        struct rota_task task;            /**< first, so that the two convert */
        struct rota_user_context context; /**< its registers */
        rota_user_serve serve;            /**< what serves its traps */
        uintptr_t value;                  /**< the next answer to a system call, serve's to set */
        struct rota_future *call;         /**< what answers its trap, over several turns, or NULL */
};

/**
 * For serve: has a future answer the trap. It is polled in the task's turns, at once and then once for each
 * wake, or several that came together; serve is not asked meanwhile. While it is pending the task is parked,
 * and has nothing on any stack; what it costs is the future, in memory of the caller's: a union of all that
 * its calls may wait for, in the structure that struct rota_user is the first member of.
 *
 * Once it is ready, its value is in user->value: a system call is answered with it, and user mode goes on;
 * any other trap is served again with trap->again set, to resume (a page was fetched: the instruction is
 * tried again), to end the task, or to await more.
 *
 * rota_cancel() has it dropped instead of polled (unless the task holds cancels off), the call is answered
 * ROTA_ECANCELED, and ROTA_TRAP_EXIT is served. What serve awaits for that trap is not dropped: hold
 * cancels off before it waits for anything. Context: serve.
 */
static inline enum rota_serve rota_user_await(struct rota_user *user, struct rota_future *future)
{
        user->call = future;
        return ROTA_SERVE_AWAIT;
}

/** What a new user task is given. */
struct rota_user_options {
        struct rota_task_options task; /**< as for any task; its space is the address space */
        rota_user_serve serve;         /**< serves its traps */
        uintptr_t pc;                  /**< where it begins; nothing has to be there */
        uintptr_t sp;                  /**< its stack pointer */
        uintptr_t argument;            /**< in the register of a first argument */
        void *fpu; /**< rota_user_fpu_bytes() for floating-point and vector registers; NULL: none */
        const struct rota_user_frame
                *frame; /**< NULL; else the registers to begin with (a fork), and
                                                  pc, sp and argument are not looked at */
};

/** Makes a user task; rota_start() lets it run. @return as rota_task_create(); ROTA_EINVAL also
 * where there is no serve. Context: any. */
int rota_user_create(struct rota_user *user, const struct rota_user_options *options,
        struct rota_handle *handle);

/** Whether a task is a user task. Context: any. */
bool rota_user_is(const struct rota_task *task);

/** User mode as a future, for a task that is a coroutine: ready with what rota_user_execute() answers
 * (ROTA_TRAP_PREEMPTED never: the task goes on by itself later, with the rest of its slice). Unlike others
 * it may be polled again after that, and goes on: its caller serves the trap, awaiting whatever that
 * takes, sets `answer`, and awaits this one once more. The address space is its task's. */
struct rota_user_drive {
        struct rota_future future;         /**< first */
        struct rota_user_context *context; /**< the registers; context->trap says more of a trap */
        uintptr_t answer;                  /**< to the system call that it was ready with last */
};

/** Prepares one. @param context  prepared too; the caller's while user mode does not run.
 * Context: any. */
void rota_user_drive_init(struct rota_user_drive *drive, struct rota_user_context *context);

ROTA_END_DECLS
#endif
