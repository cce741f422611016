/* SPDX-License-Identifier: MIT */
/*
 * A stack that overflowed, and whose task is ended for it.
 *
 * As little as possible is done on the bad stack: the decision. The task then leaves as any that
 * exits, and on the home stack, before its memory is anybody's again, what the core itself may have
 * linked into that stack is taken out: armed timers, and waits for other tasks' ends.
 */
#include "core/stack.h"

#include "base/heap.h"
#include "core/joins.h"
#include "core/text.h"

/* How far below a stack an access still counts as its overflow, beside the stack's size. */
#define REACH ((uintptr_t)65536)

#define NO_SANITIZER __attribute__((no_sanitize("address"), no_sanitize("thread")))

const uint32_t stack_no_limit = STACK_PATTERN;

/* Other code's frames may lie here, which a sanitizer knows and we do not. */
NO_SANITIZER static void fill(char *stack, size_t size)
{
        for (size_t i = 0; i < size; i++)
                ((volatile char *)stack)[i] = (char)STACK_PATTERN_BYTE;
}

void stack_begin(struct rota_context *context, uint32_t flags)
{
        context->limit = &stack_no_limit;
        context->filled = false;
        if (!context->stack)
                return;
        if (flags & ROTA_STACK_FILLED) {
                fill(context->stack, context->stack_size);
                context->filled = true;
        }
        if (ROTA_NO_STACK_CHECK || (flags & ROTA_STACK_GUARDED))
                return;
        uintptr_t low = ((uintptr_t)context->stack + 3) & ~(uintptr_t)3;
        fill((char *)low, sizeof(uint32_t));
        context->limit = (const uint32_t *)low;
}

NO_SANITIZER int64_t rota_stack_used(const struct rota_context *context)
{
        const uintptr_t word = UINTPTR_MAX / 0xff * STACK_PATTERN_BYTE;
        const uintptr_t mask = sizeof(word) - 1;

        if (!context || !context->filled)
                return ROTA_EINVAL;
        uintptr_t at = ((uintptr_t)context->stack + mask) & ~mask;
        uintptr_t end = (uintptr_t)context->stack + context->stack_size;
        while (at + sizeof(word) <= end && *(const volatile uintptr_t *)at == word)
                at += sizeof(word);
        return (int64_t)(end - at);
}

/* What the running task holds that would never be given back, NULL: nothing. */
static const char *holds(const struct rota_cpu *cpu, const struct rota_task *task)
{
        if (cpu->nesting)
                return "in an interrupt";
        if (task_guards(task))
                return "and it holds a guard";
        if (!task->on || task_lent(task))
                return "in a turn on a home stack, and others may have it in their queues";
        if (task->marks & MARK_WAITING)
                return "and others have it in their queues";
        if (rota_atomic_load(&task->slot->word) & WORD_HOLD)
                return "and its wait must not be cancelled";
        if (!rota_port_may_switch())
                return "and it holds a lock of the kernel's";
        return NULL;
}

/* Static: what is left of the stack is not to be used for it. Only the first that dies here is heard. */
static char last_words[160];
static uint32_t dying;

/* Returns to the first, and lets it have its say; for ever it cannot be waited for, a second, or less where the
 * clock stands. */
static void die_in_turn(void)
{
        if (!rota_atomic_add(&dying, 1u))
                return;
        const uint64_t start = rota_port_now();
        for (uint32_t i = 0; i < 1u << 28 && rota_port_now() - start < ROTA_S; i++)
                rota_port_relax();
        rota_port_fatal("stack overflow");
}

ROTA_NORETURN static void fatal(const struct rota_task *task, const char *held)
{
        die_in_turn();
        struct text t = text_into(last_words, sizeof(last_words));
        text_put(&t, "stack overflow: task ");
        text_name(&t, task->name);
        text_char(&t, ' ');
        text_put(&t, held);
        rota_port_fatal(last_words);
}

void stack_home_overflown(const struct rota_cpu *cpu)
{
        die_in_turn();
        struct text t = text_into(last_words, sizeof(last_words));
        text_number(&t, "stack overflow: the home stack of CPU ", cpu->index);
        rota_port_fatal(last_words);
}

void stack_turn_overflown(const struct rota_cpu *cpu)
{
        fatal(cpu->current, "in a turn on a home stack");
}

static void condemn(struct rota_cpu *cpu, struct rota_task *task, uint8_t mark)
{
        task->marks |= mark;
        task->exit_code = ROTA_EXIT_OVERFLOW;
        /* It leaves by exit, whatever its slice: nothing is to be pushed anywhere. */
        rota_atomic_and(&cpu->need, ~(uint32_t)NEED_SLICE);
}

enum rota_why stack_overflown(struct rota_cpu *cpu)
{
        struct rota_task *task = cpu->current;

        if (task->marks & MARK_OVERFLOWN)
                return WHY_EXIT; /* rota_overflow_end(): it is on the world's stack */
        const char *held = holds(cpu, task);
        if (held)
                fatal(task, held);
        condemn(cpu, task, stack_untouched(task->on) ? MARK_BELOW : MARK_TOUCHED);
        return WHY_EXIT;
}

void stack_check_exit(struct rota_cpu *cpu)
{
        const struct rota_task *task = cpu->current;

        if (task_guards(task) && !stack_sound(task->on))
                fatal(task, "and it holds a guard");
}

bool rota_overflow_hit(uintptr_t address, uintptr_t sp)
{
        const struct rota_cpu *cpu = rota_port_cpu();
        const struct rota_context *context = cpu ? cpu->on : NULL;
        uintptr_t low = context ? (uintptr_t)context->stack : 0;

        if (!low || address >= low)
                return false;
        return sp < low || low - address <= context->stack_size + REACH;
}

bool rota_overflow_survivable(void)
{
        const struct rota_cpu *cpu = rota_port_cpu();
        const struct rota_task *task = cpu ? cpu->current : NULL;

        return task && task->on && task->on == cpu->on && !(task->marks & MARK_OVERFLOWN) &&
               !holds(cpu, task);
}

void rota_overflow_end(void)
{
        struct rota_cpu *cpu = rota_port_cpu();

        condemn(cpu, cpu->current, MARK_GAP);
        cpu->nesting = 0;
        dispatch(cpu, WHY_EXIT);
        rota_port_fatal("a task ran on after its stack's overflow");
}

/* ---- Burial. ---- */

/* The next node of a heap, depth first, by parent links. */
static struct rota_heap_node *next_node(struct rota_heap_node *node)
{
        if (node->left)
                return node->left;
        if (node->right)
                return node->right;
        while (node->parent && (node == node->parent->right || !node->parent->right))
                node = node->parent;
        return node->parent ? node->parent->right : NULL;
}

static struct rota_heap_node *node_within(struct rota_heap_node *root, uintptr_t low, size_t size)
{
        for (struct rota_heap_node *node = root; node; node = next_node(node)) {
                if ((uintptr_t)node - low < size)
                        return node;
        }
        return NULL;
}

static void take_timers(struct rota_cpu *cpu, const struct rota_context *context)
{
        rota_lock(&cpu->timer_lock);
        for (;;) {
                struct rota_heap_node *node =
                        node_within(cpu->timers, (uintptr_t)context->stack, context->stack_size);
                if (!node)
                        break;
                rota_heap_remove(&cpu->timers, node);
                node->rank = 0;
                rota_count_set(&cpu->timers_due, cpu->timers ? cpu->timers->key : ROTA_NEVER);
        }
        rota_unlock(&cpu->timer_lock);
}

/* Takes this task's waits for another one's end out of that one's list. */
static void take_joins(struct rota *rota, uint32_t index, struct rota_handle waiter)
{
        uintptr_t word = rota_atomic_load(&rota->slots[index].word);
        const struct rota_handle handle = {index, word_generation(word)};
        struct rota_slot *slot = slot_pin(rota, handle, true);

        if (!slot)
                return;
        /* Acquire: the first one's node; partner: join_first. */
        struct rota_wait *joins = rota_atomic_load_acquire(&slot->joins);
        for (struct rota_wait *wait = joins_are_open(joins) ? NULL : joins; wait;) {
                struct rota_wait *next = wait->next;
                if (rota_handle_equal(wait->waiter, waiter))
                        exit_unlink(slot, wait);
                wait = next;
        }
        slot_unpin(slot);
}

void stack_bury(struct rota *rota, struct rota_task *task)
{
        static const char *const how[] = {[MARK_TOUCHED] = "its low end was written over",
                [MARK_BELOW] = "it left its stack",
                [MARK_GAP] = "it ran into unmapped memory"};
        char buffer[192];
        struct text t = text_into(buffer, sizeof(buffer));

        for (uint32_t i = 0; i < rota->cpu_count; i++)
                take_timers(rota->cpus[i], task->on);
        for (uint32_t i = 0; i < rota->slot_count; i++)
                take_joins(rota, i, task->handle);
        rota_atomic_add(&rota->overflows, 1u);
        if (!rota->report)
                return;
        text_put(&t, "stack overflow: task ");
        text_name(&t, task->name);
        text_number(&t, ", handle ", task->handle.index);
        text_number(&t, ":", task->handle.generation);
        text_number(&t, ", stack of ", task->on->stack_size);
        text_put(&t, " bytes: ");
        text_put(&t, how[task->marks & MARK_OVERFLOWN]);
        text_put(&t, "; it was ended");
        rota->report(buffer);
}
