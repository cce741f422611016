/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The host world, for who starts it and for what runs in it: a Linux process whose worker threads
 * are the CPUs.
 *
 * A task is preempted between any two instructions of registered code, by default all of the
 * program's own. So registered code must not be called back while foreign code holds something per
 * thread or a lock (a callback of dl_iterate_phdr(); a signal handler of the program's own, unless
 * it is installed with SA_ONSTACK or blocks the real-time signals): bracket such calls by
 * rota_guard_begin() and rota_guard_end().
 */
#ifndef ROTA_HOST_H
#define ROTA_HOST_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** A world to be made. Zero means the default. */
struct rota_host_options {
        uint32_t cpus;       /**< workers; 0: 4 */
        size_t memory_size;  /**< bytes for the program, not backed until touched; 0: 256 MiB */
        const void *image;   /**< given to the program, or NULL */
        size_t image_size;   /**< bytes */
        void *report;        /**< shared with who started the world, or NULL */
        size_t report_size;  /**< bytes */
        const char *command; /**< given to the program; NULL: "" */
};

/** Makes the world, calls world_main() on the calling thread as CPU 0 and takes the world down.
 * @return what world_main() answers; ROTA_EINVAL: too many CPUs; ROTA_ENOSPC: no memory. */
int rota_host_main(const struct rota_host_options *options);

/** Smallest stack on which a thread of this world can be preempted, in bytes: the saved state of
 * this processor's vector registers is much of it. On a smaller one it is preempted only at calls
 * into Rota. */
size_t rota_host_stack_min(void);

/** Registers further code in which tasks may be preempted, such as a shared library of one's own.
 * @return ROTA_OK; ROTA_EINVAL; ROTA_ENOSPC: 64 ranges are the most. Context: any. */
int rota_host_register_code(const void *begin, const void *end);

/**
 * The running task's errno, which a preemption keeps. The macro gives the address of the worker's
 * errno, and a preemption between that and its use may take the task to another worker: so code that
 * may be preempted uses these. Context: any.
 */
int rota_host_errno(void);
/** Sets it. Context: any. */
void rota_host_errno_set(int value);

ROTA_END_DECLS
#endif
