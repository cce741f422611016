/* SPDX-License-Identifier: MIT */
/* What a thread does before it ends, and where it ends because it was asked to. */
#include <rota/cleanup.h>

#include "core/core.h"

/* The calling thread's list; NULL for what is none. */
static struct rota_cleanup **own_list(void)
{
        uintptr_t flags = rota_port_irq_save();
        const struct rota_cpu *cpu = rota_port_cpu();
        struct rota_task *task = cpu && cpu->nesting == 0 ? cpu->current : NULL;

        rota_port_irq_restore(flags);
        return task ? thread_cleanups(task) : NULL;
}

int rota_cleanup_push(struct rota_cleanup *cleanup, void (*run)(void *), void *argument)
{
        struct rota_cleanup **list = own_list();

        if (!cleanup || !run)
                return ROTA_EINVAL;
        if (!list)
                return ROTA_ECONTEXT;
        cleanup->next = *list;
        cleanup->run = run;
        cleanup->argument = argument;
        *list = cleanup;
        return ROTA_OK;
}

/* Off the list before it runs: an end in it goes on with the next one. */
static struct rota_cleanup *take(struct rota_cleanup **list)
{
        struct rota_cleanup *first = *list;

        if (first)
                *list = first->next;
        return first;
}

int rota_cleanup_pop(bool run)
{
        struct rota_cleanup **list = own_list();
        struct rota_cleanup *first = list ? take(list) : NULL;

        if (!first)
                return list ? ROTA_ESTATE : ROTA_ECONTEXT;
        if (run)
                first->run(first->argument);
        return ROTA_OK;
}

void cleanup_run(struct rota_cleanup **list)
{
        struct rota_cleanup *first;

        rota_cancel_hold(true);
        while ((first = take(list)) != NULL)
                first->run(first->argument);
}

void rota_test_cancel(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        uintptr_t word = 0;

        if (cpu && dispatch_blockable(cpu))
                word = rota_atomic_load_acquire(&cpu->current->slot->word);
        rota_port_irq_restore(flags);
        if ((word & WORD_CANCEL) && !(word & WORD_HOLD))
                rota_exit(ROTA_ECANCELED);
}
