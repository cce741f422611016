/* SPDX-License-Identifier: MIT */
/*
 * The checks of a build with ROTA_DEBUG, as the core's functions call them; without it each is nothing.
 * The place of a call is the return address of the public function that a check stands in.
 */
#ifndef ROTA_CORE_DEBUG_H
#define ROTA_CORE_DEBUG_H

#include "core/core.h"

#if ROTA_DEBUG

/* Reports; since may be NULL. */
void debug_report(struct rota_cpu *cpu, const char *function, const void *at, const char *text,
        const char *held, const void *since);
/* Reports why this CPU may not do what `text` says now, if anything forbids it: callback, interrupt,
 * spinlock, home, guard, poll, mask. */
bool debug_forbidden(
        struct rota_cpu *cpu, const char *function, const void *at, const char *text, bool masked);
/* Likewise, for what only a guard or a spinlock forbids. */
bool debug_held_at(struct rota_cpu *cpu, const char *function, const void *at, const char *text);
/* A switch is due, but for a spinlock: says so, once. */
void debug_react(struct rota_cpu *cpu, const void *at);
struct rota_debug_call *debug_call_begin(const char *function, const void *at);
void debug_call_end(struct rota_debug_call **call);
/* A turn on the home stack has ended: is all as it was when it began? */
void debug_turn_ended(
        struct rota_cpu *cpu, const struct rota_task *task, enum rota_turn ended, uintptr_t flags);
bool debug_not_mine_at(const struct rota_wait *wait, const void *at);

/* A spinlock is about to be taken: false where this CPU has it, which is reported and counted, and then it
 * is as good as taken. Who only tries waits for nobody, and takes it in any order. */
bool debug_spin_begin(
        struct rota_debug_taken *taken, const void *lock, const char *function, const void *at);
bool debug_spin_mine(const struct rota_debug_taken *taken);
void debug_spin_taken(struct rota_debug_taken *taken, const void *lock, const void *at);
/* It is about to be released: false where it is not the caller's to release, which is reported. */
bool debug_spin_release(
        struct rota_debug_taken *taken, const void *lock, const char *function, const void *at);
/* Its order is forgotten: it is another lock from now on. */
void debug_spin_forget(const void *lock);
/* This CPU has taken, is about to release a spinlock; masked. The latter answers whether it had it. */
void debug_note(struct rota_cpu *cpu, const void *lock, const void *at);
bool debug_unnote(struct rota_cpu *cpu, const void *lock);

/* Is the memory that a task is to be made of another one's that lives, or its stack? Reports it. */
bool debug_reused_at(struct rota *rota, const struct rota_task *task, const struct rota_context *on,
        const void *at);

#define debug_turn(cpu, task, ended, flags) debug_turn_ended(cpu, task, ended, flags)
#define debug_thread_reused(thread)                                                                \
        (core_instance() && debug_reused_at(core_instance(), &(thread)->task, NULL, debug_here()))
#define debug_reused(rota, task, on) debug_reused_at(rota, task, on, debug_here())
#define debug_here()                 __builtin_return_address(0)
/* Whether cond holds, which is then reported. */
#define debug_wrong(cond, cpu, function, text, held, since)                                        \
        (rota_unlikely(cond) &&                                                                    \
                (debug_report(cpu, function, debug_here(), text, held, since), true))
#define debug_refused(cpu, function, masked)                                                       \
        ((void)debug_forbidden(cpu, function, debug_here(), "would block", masked))
#define debug_not_mine(wait)            debug_not_mine_at(wait, debug_here())
#define debug_held(cpu, function, text) debug_held_at(cpu, function, debug_here(), text)
#define debug_mark(cond, place)         ((void)((cond) && ((place) = debug_here())))
#define debug_set(place, ...)           ((void)((place) = __VA_ARGS__))
/* This function calls others of the public ones: they blame it, and not each other. */
#define debug_call(function)                                                                       \
        struct rota_debug_call *debug_call_ __attribute__((cleanup(debug_call_end), unused)) =     \
                debug_call_begin(function, debug_here())
/* Around a callback of the caller's. */
#define debug_callback(cpu, what, code)                                                            \
        ((cpu)->debug.callback = (what), (cpu)->debug.callback_at = (const void *)(uintptr_t)(code))
#define debug_called(cpu) ((cpu)->debug.callback = NULL)

#else

#define debug_wrong(cond, cpu, function, text, held, since) false
#define debug_forbidden(cpu, function, at, text, masked)    false
#define debug_refused(cpu, function, masked)                ((void)0)
#define debug_held(cpu, function, text)                     false
#define debug_not_mine(wait)                                false
#define debug_reused(rota, task, on)                        false
#define debug_thread_reused(thread)                         false
#define debug_turn(cpu, task, ended, flags)                 ((void)(flags))
#define debug_react(cpu, at)                                ((void)0)
#define debug_mark(cond, place)                             ((void)0)
#define debug_set(place, ...)                               ((void)0)
#define debug_call(function)                                ((void)0)
#define debug_callback(cpu, what, code)                     ((void)0)
#define debug_called(cpu)                                   ((void)0)

#endif
#endif
