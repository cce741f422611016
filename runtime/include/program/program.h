/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a user program of the reference kernel has: the system calls as functions, and the little of a
 * C library that is there. A program gives main(); what that returns is its exit code.
 *
 * Where nothing else is said a call answers 0 or above, or an enum sys_error.
 */
#ifndef PROGRAM_PROGRAM_H
#define PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include <program/calls.h>
#include <program/string.h>

/** The program. @p arguments has @p count strings (the first is its name), and NULL behind them. */
int main(int count, char **arguments);

/** Any system call. */
int64_t sys_call(
        uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);

/** Ends the process, all its threads included. Its children that still run are killed. */
_Noreturn void sys_exit(int64_t code);
/** Prints up to SYS_WRITE_MAX bytes, unmixed with what others print. @return how many */
int64_t sys_write(const void *text, size_t size);
/** Lets others of its rank go first. */
int64_t sys_yield(void);
/** The time in ns since boot. */
uint64_t sys_time(void);
/** Sleeps for @p ns. */
int64_t sys_sleep(uint64_t ns);
/** Sleeps until the time is @p ns; not at all where that has passed. */
int64_t sys_sleep_until(uint64_t ns);
/** The calling thread's number: no other thread has had it. */
uint64_t sys_self(void);

/** Starts a program of the initrd as a child process. @return its number; SYS_ENOFILE, SYS_EFORMAT,
 * SYS_ENOSPC */
int64_t sys_spawn(const struct sys_spawn *spawn);
/** The same, its arguments as strings with NULL behind them; the first should be its name.
 * @return also SYS_EINVAL: they are more than SYS_ARGUMENTS_MAX bytes */
int64_t sys_spawn_list(const char *name, const char *const *arguments);
/** The same, with ends of pipes of the caller's, which the child has as 0, 1, ...: the pipe is shared.
 * @return also SYS_ESTALE: there is no such end */
int64_t sys_spawn_with(
        const char *name, const char *const *arguments, const uint32_t *ends, size_t count);
/**
 * Waits for a child's end, and takes note of it: nobody can wait for it again.
 * @param process  its number; 0: any child
 * @param end      receives how it ended; may be NULL
 * @param until    time at which it is given up; 0: no wait
 * @return its number; SYS_ESTALE: no such child; SYS_ETIMEDOUT; SYS_EAGAIN: @p until is 0
 */
int64_t sys_wait(uint64_t process, struct sys_end *end, uint64_t until);
/** Ends a child, and its children. It still has to be waited for. */
int64_t sys_kill(uint64_t process);

/** The calling thread's parameters. */
int64_t sys_get_params(struct sys_params *params);
/** Changes them. @return SYS_EINVAL: out of range; SYS_EPOLICY: refused; nothing changed then */
int64_t sys_set_params(const struct sys_params *params);

/**
 * Sleeps while the word has a value: what waits for a word to change, between the threads of a process.
 * @param word   aligned
 * @param value  what it should be; where it is another one the call returns at once
 * @param until  time at which it is given up; 0: no wait
 * @return 0: woken; SYS_EAGAIN: the word has another value; SYS_ETIMEDOUT
 */
int64_t sys_park(const uint32_t *word, uint32_t value, uint64_t until);
/** Wakes up to @p most of the threads of this process that sleep on the word, the longest sleeping
 * first. @return how many */
int64_t sys_wake(const uint32_t *word, uint64_t most);

/** Wakes up to @p wake threads that sleep on a word, the longest sleeping first, and has up to @p move
 * others sleep on another word instead: so that many who would next wait for the same thing are not all
 * woken for it. @param value  what the word should be. @return how many were woken and moved; SYS_EAGAIN: the
 * word has another value */
int64_t sys_requeue(
        const uint32_t *word, uint32_t value, uint64_t wake, const uint32_t *to, uint64_t move);

/** Makes a pipe: bytes come out in the order in which they went in. @param ends  receives the numbers of its
 * end for reading, and of that for writing. @return SYS_ENOSPC: as many as there may be */
int64_t sys_pipe(uint32_t ends[2]);
/** Reads what is in the pipe, up to @p size bytes, and waits only where that is nothing. @param until  time at
 * which it is given up; 0: no wait. @return how many bytes; 0: it is empty, and nobody has an end for writing
 * any more; SYS_ETIMEDOUT; SYS_EAGAIN: @p until is 0; SYS_ESTALE: the caller has no such end */
int64_t sys_pipe_read(uint32_t end, void *to, size_t size, uint64_t until);
/** Writes all of it, and waits while the pipe is full. Up to SYS_PIPE_WHOLE bytes go in together or not at
 * all. @return how many bytes: fewer where it was given up, or the other end closed; SYS_ECLOSED: none, and
 * nobody has an end for reading; else as sys_pipe_read() */
int64_t sys_pipe_write(uint32_t end, const void *from, size_t size, uint64_t until);
/** Closes an end. Who waits in a call with it goes on waiting. @return SYS_ESTALE: there is no such */
int64_t sys_close(uint32_t end);

/** Maps whole pages of zeros. @param address  where, or NULL: anywhere. @param rights  enum sys_rights.
 * @return the address; SYS_EBUSY; SYS_ENOSPC */
int64_t sys_map(void *address, size_t size, uint32_t rights);
/** Unmaps whole pages; holes are no error. */
int64_t sys_unmap(void *address, size_t size);
/** Changes what pages may be used for. @return SYS_EINVAL: one of them is not mapped */
int64_t sys_protect(void *address, size_t size, uint32_t rights);

/** Starts a thread in this process. @param entry  must not return: it ends with sys_thread_exit().
 * @param stack  its end, where it begins to grow down, aligned to 16. @return its number */
int64_t sys_thread(void (*entry)(void *), void *stack, void *argument);
/** Ends the calling thread; the process ends with its last one. @param word  NULL, or set to 0 and woken
 * at the end, when its stack is not used any more */
_Noreturn void sys_thread_exit(uint32_t *word);

/** Waits for the end of a thread of this process. @param thread  its number. @param until  time at which it is
 * given up. @return 0: it has ended; SYS_ESTALE: there is no such thread, or no more; SYS_EINVAL: it is the
 * caller; SYS_ETIMEDOUT */
int64_t sys_join(uint64_t thread, uint64_t until);

/** Where the program is. */
int64_t sys_info(struct sys_info *info);

/** printf's d, u, x, p, s and c with l, z, zero-filling and widths; a call's text up to 256 bytes stays
 * together. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
/** A number as C writes it, decimal or with 0x; 0 where there is none. */
uint64_t number(const char *text);

#endif
