/* SPDX-License-Identifier: MIT */
/* The world's functions for threads that enter user mode: a space each, and nothing of a process. */
#include <rota/user.h>
#include <world_user.h>

#include "kernel.h"
#include "user/process.h"
#include "user/slab.h"

/* What a program may have: pages, tables included, and bytes of its stack. */
#define PAGES 256
#define STACK 16384

struct world_user {
        struct rota_user_context context; /* first: its alignment is the block's */
        struct kernel_space space;
};

static struct kernel_slab slab = {.size = sizeof(struct world_user)};

const char *world_user_create(
        const char *name, const void *bytes, size_t size, struct world_user **out, void **space)
{
        const struct kernel_limits limits = {.pages = PAGES, .stack = STACK};
        const struct kernel_spawn spawn = {.name = name, .limits = &limits};
        struct rota_user_options first = {0};
        struct world_user *user = kernel_slab_take(&slab);
        const char *reason = "there is no memory for its address space";
        uintptr_t end = 0;

        if (!user)
                return reason;
        if (kernel_space_create(&user->space, PAGES) != ROTA_OK) {
                kernel_slab_give(&slab, user);
                return reason;
        }
        if (kernel_program_load_bytes(&user->space, &spawn, bytes, size, &first, &end, &reason)) {
                world_user_destroy(user);
                return reason;
        }
        rota_user_context_init(&user->context, first.pc, first.sp, first.argument, NULL);
        *out = user;
        *space = &user->space;
        return NULL;
}

void world_user_destroy(struct world_user *user)
{
        if (kernel_space_destroy(&user->space) != ROTA_OK)
                kernel_fatal("a CPU has the space of a thread that has ended");
        kernel_slab_give(&slab, user);
}

enum world_user_why world_user_run(struct world_user *user, uint64_t answer, uint64_t *number)
{
        switch (rota_user_execute(&user->context, (uintptr_t)answer)) {
        case ROTA_TRAP_SYSCALL:
                *number = user->context.trap.number;
                return WORLD_USER_CALL;
        case ROTA_TRAP_EXIT:
                return WORLD_USER_END;
        default:
                return WORLD_USER_FAULT;
        }
}

const char *world_user_fault(const struct world_user *user)
{
        const struct rota_trap *trap = &user->context.trap;

        return rota_fault_text(trap->reason == ROTA_TRAP_FAULT ? trap->fault : ROTA_FAULT_OTHER);
}
