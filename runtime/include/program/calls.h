/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What user programs and the reference kernel say to each other: the numbers of the system calls,
 * errors, and the structures that are passed. Programs include <program/program.h>.
 *
 * A call is the machine's instruction for it, with the registers that Linux uses too:
 *
 *     machine   instruction   number   arguments                       result
 *     x86_64    syscall       rax      rdi, rsi, rdx, r10, r8, r9      rax (rcx, r11 are lost)
 *     aarch64   svc #0        x8       x0 to x5                        x0
 *     riscv64   ecall         a7       a0 to a5                        a0
 *
 * All other registers stay as they are. A result below 0 is an enum sys_error. Pointers are checked,
 * whatever they are: what the program may not read or write itself gives SYS_EINVAL, and nothing has
 * happened then, unless a call says otherwise.
 */
#ifndef PROGRAM_CALLS_H
#define PROGRAM_CALLS_H

#include <stdint.h>

/** What a call answers where it did not do what it was asked for. */
enum sys_error {
        SYS_EINVAL = -1,    /**< an argument is not as it should be */
        SYS_ESTALE = -2,    /**< there is nobody with that number, or not a child of the caller's */
        SYS_ETIMEDOUT = -3, /**< the time passed first */
        SYS_ECANCELED = -4, /**< the program is being ended */
        SYS_EBUSY = -5,     /**< something is mapped there already */
        SYS_ENOSPC = -6,    /**< no memory, or a limit of the process's */
        SYS_EAGAIN = -8,    /**< not now: the word has another value, nobody has ended */
        SYS_EPOLICY = -10,  /**< the scheduling policy refused */
        SYS_ECLOSED = -15,  /**< nobody has the pipe's other end any more */
        SYS_ENOCALL = -64,  /**< there is no such call */
        SYS_ENOFILE = -65,  /**< the initrd has no such file */
        SYS_EFORMAT = -66,  /**< the file is no program that can be loaded */
};

/** The calls. What each gets and gives is with its function in <program/program.h>. */
enum sys_call {
        SYS_EXIT = 0,         /**< code */
        SYS_WRITE = 1,        /**< address, size */
        SYS_YIELD = 2,        /**< */
        SYS_TIME = 3,         /**< */
        SYS_SLEEP = 4,        /**< ns */
        SYS_SLEEP_UNTIL = 5,  /**< ns since boot */
        SYS_SELF = 6,         /**< */
        SYS_SPAWN = 7,        /**< struct sys_spawn */
        SYS_WAIT = 8,         /**< process or 0, struct sys_end, until */
        SYS_KILL = 9,         /**< process */
        SYS_GET_PARAMS = 10,  /**< struct sys_params */
        SYS_SET_PARAMS = 11,  /**< struct sys_params */
        SYS_PARK = 12,        /**< address, value, until */
        SYS_WAKE = 13,        /**< address, most */
        SYS_MAP = 14,         /**< address or 0, size, rights */
        SYS_UNMAP = 15,       /**< address, size */
        SYS_PROTECT = 16,     /**< address, size, rights */
        SYS_THREAD = 17,      /**< entry, stack, argument */
        SYS_THREAD_EXIT = 18, /**< address of a word or 0 */
        SYS_INFO = 19,        /**< struct sys_info */
        SYS_REQUEUE = 20, /**< address, value, how many to wake, other address, how many to move */
        SYS_JOIN = 21,    /**< thread, until */
        SYS_PIPE = 22,    /**< address of two numbers of 32 bits */
        SYS_PIPE_READ = 23,  /**< end, address, size, until */
        SYS_PIPE_WRITE = 24, /**< end, address, size, until */
        SYS_CLOSE = 25,      /**< end */
        SYS_CALLS
};

/** A time that never comes, for those calls that wait until one. */
#define SYS_NEVER UINT64_MAX

/** What memory may be used for. Never both of the last two. */
enum sys_rights {
        SYS_READ = 1,
        SYS_WRITE_TO = 2,
        SYS_EXECUTE = 4,
};

/** Most bytes that one write prints, and that all arguments of a program take. */
#define SYS_WRITE_MAX     1024
#define SYS_ARGUMENTS_MAX 2048
/** Bytes of the longest name of a program, its end included. */
#define SYS_NAME_MAX 32

/** Bytes that a pipe holds, and of the largest write that is never mixed with another one's. */
#define SYS_PIPE_BYTES 1024
#define SYS_PIPE_WHOLE 256
/** Most ends of pipes that a process has at a time. */
#define SYS_ENDS_MAX 16

/** A program that is to be started. */
struct sys_spawn {
        uint64_t name;           /**< address of its name in the initrd, ending with NUL */
        uint64_t arguments;      /**< address of its arguments, each ending with NUL; 0: none */
        uint64_t arguments_size; /**< bytes of all of them */
        uint64_t ends;       /**< address of numbers (32 bits each) of the caller's ends of pipes */
        uint64_t ends_count; /**< how many: the program has them too, as 0, 1, ... */
};

/** How a process ended. */
enum sys_end_kind {
        SYS_END_EXIT = 1,   /**< by itself, with a code */
        SYS_END_FAULT = 2,  /**< it did what it may not; the kernel has reported it */
        SYS_END_KILLED = 3, /**< by its parent, or because that ended */
};

/** What a program did that it may not. */
enum sys_fault {
        SYS_FAULT_NONE = 0,
        SYS_FAULT_READ,       /**< read memory that it may not */
        SYS_FAULT_WRITE,      /**< wrote it */
        SYS_FAULT_EXECUTE,    /**< jumped to it */
        SYS_FAULT_ALIGNMENT,  /**< an address that is not a multiple of what it should be */
        SYS_FAULT_ILLEGAL,    /**< no instruction, or one that the machine does not have */
        SYS_FAULT_PRIVILEGED, /**< an instruction of the kernel's */
        SYS_FAULT_DIVIDE,     /**< divided by zero, where the machine minds */
        SYS_FAULT_BREAKPOINT, /**< a debugger's instruction */
        SYS_FAULT_FLOAT,      /**< floating point */
        SYS_FAULT_OTHER,      /**< else */
};

/** A process that has ended. */
struct sys_end {
        uint64_t process; /**< its number */
        int64_t code;     /**< its exit code */
        uint32_t kind;    /**< enum sys_end_kind */
        uint32_t fault;   /**< enum sys_fault */
        uint64_t address; /**< of the fault */
};

/** Whether a thread's own turns have no slice. */
#define SYS_PARAMS_FIFO 1

/** What a thread asks of the scheduler. */
struct sys_params {
        uint32_t class_index; /**< 0: the most urgent one that programs may have */
        uint32_t flags;       /**< SYS_PARAMS_FIFO */
        uint32_t priority;    /**< a level, 1 goes first; 0: the most urgent that it may have */
        uint32_t weight;      /**< share of a fair policy, 0: 1024 */
        uint64_t slice_ns;    /**< 0: the policy's own */
};

/** What a program can know of where it is. */
struct sys_info {
        uint64_t process;      /**< the caller's number */
        uint64_t parent;       /**< its parent's; 0: it was started by the kernel */
        uint32_t cpus;         /**< of the machine */
        uint32_t cpu;          /**< on which the call was served */
        uint32_t page_size;    /**< bytes */
        uint32_t threads;      /**< of the process */
        uint32_t pages;        /**< of memory that the process has, page tables included */
        uint32_t pages_max;    /**< that it may have */
        uint32_t thread_bytes; /**< of the kernel's memory that a thread takes */
        uint32_t fpu_bytes;    /**< and beside these its registers of the floating-point unit */
        uint64_t pages_free;   /**< that the machine has left */
        char machine[16];      /**< "x86_64", "aarch64", "riscv64" */
};

#endif
