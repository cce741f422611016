/* SPDX-License-Identifier: MIT */
/*
 * For the sanitizers: contexts whose stack the core does not know, because they are a worker
 * thread's own (the boot context, or an adopted one).
 */
#ifndef ROTA_HOST_NATIVE_H
#define ROTA_HOST_NATIVE_H

#include <rota/task.h>

struct rota_host_native {
        const struct rota_context *context; /* NULL: free */
        const char *low;                    /* the stack */
        size_t size;                        /* bytes */
        void *fiber;                        /* the sanitizer's, or NULL */
};

/* Called when a context without a known stack is left: notes this worker's, unless it has been
 * noted (then it may be on another worker meanwhile). */
void rota_host_native_note(const struct rota_context *context, void *fiber);

/* What was noted; fatal where nothing was. */
const struct rota_host_native *rota_host_native_find(const struct rota_context *context);

/* The calling worker's thread ends: forgets what was noted on it. */
void rota_host_native_forget(void);

#if defined(__SANITIZE_ADDRESS__)
void __asan_unpoison_memory_region(void const volatile *memory, size_t bytes);
#endif

/* Memory on which code may have been left in the middle of its functions is to be used anew. */
static inline void rota_host_unpoison(void *memory, size_t size)
{
#if defined(__SANITIZE_ADDRESS__)
        __asan_unpoison_memory_region(memory, size);
#else
        (void)memory;
        (void)size;
#endif
}

/* Room for @p size bytes at the high end of a context's stack. */
static inline void *rota_host_stack_top(const struct rota_context *context, size_t size)
{
        uintptr_t end = (uintptr_t)context->stack + context->stack_size;
        return (void *)((end - size) & ~(uintptr_t)15);
}

#endif
