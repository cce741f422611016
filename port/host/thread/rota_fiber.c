/* SPDX-License-Identifier: MIT */
/*
 * Contexts under ThreadSanitizer: each is a fiber, which carries its own shadow stack and clock.
 */
#include <rota_fiber.h>

#include <sanitizer/tsan_interface.h>

/* At the top of a context's stack, as long as it lives. */
struct top {
        void *fiber;
        const char *
                stack; /* where it is: tells a fiber from leftovers. Contexts change their stacks */
};

static struct top *top_of(const struct rota_context *context)
{
        return rota_host_stack_top(context, sizeof(struct top));
}

void rota_fiber_init(struct rota_context *context, void (*entry)(void *), void *argument)
{
        struct top *top = top_of(context);
        struct rota_context rest = *context;

        *top = (struct top){__tsan_create_fiber(0), context->stack};
        rest.stack_size = (size_t)((char *)top - context->stack);
        rota_arch_context_init_fpcw(&rest, entry, argument);
        context->sp = rest.sp;
}

void rota_fiber_switch(struct rota_context *from, struct rota_context *to)
{
        if (!from->stack)
                rota_host_native_note(from, __tsan_get_current_fiber());
        __tsan_switch_to_fiber(to->stack ? top_of(to)->fiber : rota_host_native_find(to)->fiber, 0);
        rota_arch_switch_fpcw(from, to);
}

void rota_fiber_fini(struct rota_context *context)
{
        struct top *top = context->stack ? top_of(context) : NULL;

        if (!top || top->stack != context->stack)
                return;
        top->stack = NULL;
        __tsan_destroy_fiber(top->fiber);
}
