/* SPDX-License-Identifier: MIT */
/*
 * Contexts under AddressSanitizer: it must know on which stack the code runs, or it takes a task's
 * stack for an overflow of the worker's. What it wants back after a switch lies on the stack that
 * was left.
 */
#include <rota_fiber.h>

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

/* At the top of a context's stack, until it begins. */
struct start {
        void (*entry)(void *);
        void *argument;
};

static void begin(void *argument)
{
        struct start start = *(struct start *)argument;

        __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
        start.entry(start.argument);
}

void rota_fiber_init(struct rota_context *context, void (*entry)(void *), void *argument)
{
        struct start *start = rota_host_stack_top(context, sizeof(*start));
        struct rota_context rest = *context;

        /* Who ran here before may have left in the middle of its functions. */
        __asan_unpoison_memory_region(context->stack, context->stack_size);
        *start = (struct start){entry, argument};
        rest.stack_size = (size_t)((char *)start - context->stack);
        rota_arch_context_init_fpcw(&rest, begin, start);
        context->sp = rest.sp;
}

void rota_fiber_switch(struct rota_context *from, struct rota_context *to)
{
        void *fake_stack;
        const char *low = to->stack;
        size_t size = to->stack_size;

        if (!from->stack)
                rota_host_native_note(from, NULL);
        if (!low) {
                const struct rota_host_native *native = rota_host_native_find(to);
                low = native->low;
                size = native->size;
        }
        __sanitizer_start_switch_fiber(&fake_stack, low, size);
        rota_arch_switch_fpcw(from, to);
        __sanitizer_finish_switch_fiber(fake_stack, NULL, NULL);
}

void rota_fiber_fini(struct rota_context *context)
{
        /* The memory is the caller's again. A fake stack (detect_stack_use_after_return) is not given
         * back: that would have to be said before the last switch. */
        if (context->stack)
                __asan_unpoison_memory_region(context->stack, context->stack_size);
}
