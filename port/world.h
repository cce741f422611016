/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a program that runs in any world (workloads, scenario tests, benches) is given by it. The
 * host world (port/host) and the reference kernel (kernel/) each implement the functions; the
 * program gives world_main().
 */
#ifndef ROTA_WORLD_H
#define ROTA_WORLD_H

#include <rota/rota.h>

ROTA_BEGIN_DECLS

/** Spare home stacks (<rota/spare.h>) that a world has beside one per CPU. */
#define WORLD_SPARES_MORE 8

/** A world, as its program sees it. */
struct world {
        const char *name;                     /**< "host", "x86_64" */
        uint32_t cpus;                        /**< how many there are */
        struct rota_cpu *const *cpu;          /**< their structures */
        const struct rota_stack *home_stacks; /**< one per CPU */
        const struct rota_stack *spares;      /**< spare home stacks */
        uint32_t spare_count;                 /**< how many: one per CPU and WORLD_SPARES_MORE */
        void *memory;                         /**< zeroed, page-aligned, for the program's use */
        size_t memory_size;                   /**< bytes */
        const void *image;                    /**< the boot module, or NULL */
        size_t image_size;                    /**< bytes */
        void *report;           /**< memory shared with who started the world, or NULL */
        size_t report_size;     /**< bytes */
        const char *command;    /**< the command line, never NULL */
        uint64_t resolution_ns; /**< of its clock */
        uint64_t look_ns;       /**< how long an idle CPU should look before it halts */
};

/** The program. Called once, on the first CPU, outside Rota. @return the world's exit code, 0 for
 * success. */
int world_main(const struct world *world);

/**
 * Runs the instance's CPUs (the world's first rota->cpu_count ones) until rota_stop(), the calling
 * CPU as CPU 0. May be called again with another instance. One without spare home stacks is given the
 * world's.
 * @param tick_ns  0: one-shot timers; else a periodic timer interrupt, as in the instance's config
 * @return ROTA_OK; ROTA_EINVAL: more CPUs than there are
 */
int world_run(const struct world *world, struct rota *rota, uint64_t tick_ns);

/**
 * A stack with unmapped memory of at least its size below it: who overflows it faults, and is ended
 * or reported (rota/stack.h). Tell the create call so with ROTA_STACK_GUARDED.
 * @param size   bytes, rounded up to pages
 * @param stack  receives it
 * @return ROTA_OK; ROTA_EINVAL: size; ROTA_ENOSPC. Context: any outside interrupts.
 */
int world_stack_map(size_t size, struct rota_stack *stack);

/** Gives one back that nothing runs on any more. A world may keep its addresses out of use until the
 * next world_run(). Context: any outside interrupts. */
void world_stack_unmap(const struct rota_stack *stack);

/**
 * Has each of the first @p cpus CPUs call part(argument, its number), masked, on its own stack,
 * outside Rota: rota_port_cpu() answers its structure, interrupts come to rota_timer() and
 * rota_kicked(). The calling CPU is CPU 0. Returns when all have, masked.
 * @param tick_ns  0: one-shot timers; else a periodic timer interrupt
 * @return ROTA_OK; ROTA_EINVAL: more CPUs than there are; ROTA_ENOSPC
 */
int world_each(const struct world *world, uint32_t cpus, uint64_t tick_ns,
        void (*part)(void *argument, uint32_t cpu), void *argument);

/**
 * Has a CPU that left by rota_cpu_leave() join again: the world keeps it, halted, outside Rota. Waits
 * for nothing; one that is on its way out joins as soon as it is out.
 * @return ROTA_OK; ROTA_EINVAL: no such CPU, or no world_run() goes on
 * Context: any, while world_run() goes on.
 */
int world_cpu_join(const struct world *world, uint32_t cpu);

/** Gives an instance the world's spare home stacks, where it has none; world_run() does it. */
static inline void world_spares(const struct world *world, struct rota *rota)
{
        struct rota_spare_stats has;

        if (rota_get_spare_stats(rota, &has) != ROTA_OK || has.count)
                return;
        for (uint32_t i = 0; i < world->spare_count; i++)
                rota_spares_add(rota, world->spares[i].memory, world->spares[i].size);
}

/** Writes a character to the world's console. Context: any. */
void world_putc(char c);

ROTA_END_DECLS
#endif
