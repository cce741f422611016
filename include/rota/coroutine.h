/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Coroutines: a readable way to write futures. A function is written as if it could wait, and becomes a
 * future's poll; what must outlive a wait lies in a structure of the caller's, its frame.
 *
 *      struct blink {
 *              struct rota_coroutine coroutine; // first, and called so
 *              struct rota_sleep sleep;
 *              int left;
 *      };
 *
 *      static ROTA_ASYNC(blink, struct blink, me)
 *      {
 *              while (me->left-- > 0) {
 *                      toggle();
 *                      ROTA_AWAIT(rota_sleep_init(&me->sleep, rota_timeout_after(100 * ROTA_MS)));
 *              }
 *              ROTA_RETURN(42);
 *      }
 *      ROTA_END
 *
 * gives a function `struct rota_future *blink(struct blink *me)`, which prepares a frame (its member
 * `coroutine` only) and answers the future in it: to be awaited by another coroutine
 * (ROTA_AWAIT(blink(&me->blink))), given to a combinator (<rota/combine.h>), or spawned
 * (rota_spawn(&task, blink(&frame), ...)).
 *
 * The body is one switch, whose cases are the lines of its waits (Duff's device; Tatham, "Coroutines in C",
 * 2000; Dunkels, Schmidt, Voigt, Ali: "Protothreads", SenSys 2006). Standard C11, and C++11. Hence:
 *
 *  - What is kept over a wait is in the frame. A variable of the body's own that is initialised before a
 *    wait in its scope is refused by g++, clang++ and gcc; clang refuses its use behind the wait where it
 *    follows it. Close the scope before the wait, or put it into the frame.
 *  - One wait a line.
 *  - No wait inside a `switch` of one's own: refused by the compiler (-Wswitch-outside-range, -Wswitch,
 *    on by default; an error with -Werror) unless that switch is over 64 bits, which is found at run time: the
 *    coroutine then ends with ROTA_ESTATE, and a debug build reports it. `if` and loops are free.
 *  - No plain `return`: it does not compile.
 */
#ifndef ROTA_COROUTINE_H
#define ROTA_COROUTINE_H

#include <rota/cleanup.h>
#include <rota/future.h>

ROTA_BEGIN_DECLS

/** Where a coroutine is, the first member of its frame, called `coroutine`. Fields are the library's. */
struct rota_coroutine {
        struct rota_future future;     /**< first: what it is to others */
        struct rota_future *child;     /**< what it awaits, NULL: nothing */
        struct rota_cleanup *cleanups; /**< the latest first */
        intptr_t awaited;              /**< value of what it awaited last */
        uint32_t state;                /**< line to go on at, 0: not begun, or one of those below */
};

/** A coroutine's state: it has ended, or was dropped. */
#define ROTA_COROUTINE_ENDED UINT32_MAX
/** A coroutine's state: it is being polled. */
#define ROTA_COROUTINE_RUNS (UINT32_MAX - 1)

/** How a stretch of a body ended. A type of its own, so that a plain `return` does not compile. */
struct rota_async_turn {
        enum rota_poll poll; /**< what the poll answers */
};

/** @cond what the macros are made of */
void rota_coroutine_prepare(struct rota_coroutine *coroutine,
        enum rota_poll (*poll)(struct rota_future *, struct rota_poll_context *));
enum rota_poll rota_coroutine_end(struct rota_coroutine *coroutine, intptr_t value);
enum rota_poll rota_coroutine_lost(struct rota_coroutine *coroutine, uint32_t state);

/* Where to go on. Until the poll says where the next one does, there is no such place: so a body that is
 * left by other ways, or polls itself, is found. */
static inline uint32_t rota_coroutine_enter(struct rota_coroutine *coroutine)
{
        uint32_t state = coroutine->state;

        coroutine->state = ROTA_COROUTINE_RUNS;
        return state;
}

/* Polls what is awaited. */
static inline enum rota_poll rota_coroutine_poll(
        struct rota_coroutine *coroutine, struct rota_poll_context *context, uint32_t line)
{
        enum rota_poll poll = rota_future_poll(coroutine->child, context);

        if (poll == ROTA_POLL_READY) {
                coroutine->awaited = coroutine->child->value;
                coroutine->child = NULL;
        } else {
                coroutine->state = line;
        }
        return poll;
}

static inline void rota_coroutine_push(struct rota_coroutine *coroutine,
        struct rota_cleanup *cleanup, void (*run)(void *), void *argument)
{
        cleanup->next = coroutine->cleanups;
        cleanup->run = run;
        cleanup->argument = argument;
        coroutine->cleanups = cleanup;
}

static inline void rota_coroutine_pop(struct rota_coroutine *coroutine, bool run)
{
        struct rota_cleanup *latest = coroutine->cleanups;

        if (!latest)
                return;
        coroutine->cleanups = latest->next;
        if (run)
                latest->run(latest->argument);
}

#define ROTA_ASYNC_PASTE2(a, b) a##b
#define ROTA_ASYNC_PASTE(a, b)  ROTA_ASYNC_PASTE2(a, b)
#define ROTA_ASYNC_LABEL        ROTA_ASYNC_PASTE(rota_co_line_, __LINE__)
/* No value of a switch over an int or an enum is as large: a wait in one is told by the compiler. */
#define ROTA_ASYNC_CASE(line) ((uint64_t)(line) + ((uint64_t)1 << 40))

#ifdef __cplusplus
#define ROTA_ASYNC_ASSERT(condition, text) static_assert(condition, text)
#define ROTA_ASYNC_FUTURE(future)          (future)
#else
#define ROTA_ASYNC_ASSERT(condition, text) _Static_assert(condition, text)
/* A constraint of the language, not a warning: nothing but a future's address. */
#define ROTA_ASYNC_FUTURE(future)          _Generic((future), struct rota_future * : (future))
#endif
#if defined(__GNUC__)
#define ROTA_ASYNC_USED __attribute__((warn_unused_result))
#else
#define ROTA_ASYNC_USED
#endif
/* Where the compiler can tell that a wait is jumped to over a variable's initialisation, it is an error. */
#if defined(__GNUC__) && !defined(__clang__) && !defined(__cplusplus)
#define ROTA_ASYNC_STRICT                                                                          \
        _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic error \"-Wjump-misses-init\"")
#define ROTA_ASYNC_LAX _Pragma("GCC diagnostic pop")
#elif defined(__clang__)
#define ROTA_ASYNC_STRICT                                                                          \
        _Pragma("clang diagnostic push")                                                           \
                _Pragma("clang diagnostic error \"-Wsometimes-uninitialized\"")                    \
                        _Pragma("clang diagnostic error \"-Wconditional-uninitialized\"")
#define ROTA_ASYNC_LAX _Pragma("clang diagnostic pop")
#else
#define ROTA_ASYNC_STRICT
#define ROTA_ASYNC_LAX
#endif
/** @endcond */

/**
 * Begins a coroutine; its body in braces and ROTA_END follow. Defines `struct rota_future *name(type *)`,
 * which prepares a frame anew (not while it is polled, or awaits something) and has no other effect; what
 * the body reads of the frame the caller sets before. Write `static` before it where it is nobody else's.
 * @param name  of the function
 * @param type  of the frame, whose first member is `struct rota_coroutine coroutine`
 * @param me    what the body calls its frame, a pointer
 */
#define ROTA_ASYNC(name, type, me)                                                                 \
        struct rota_future *name(type *) ROTA_ASYNC_USED;                                          \
        ROTA_ASYNC_ASSERT(                                                                         \
                offsetof(type, coroutine) == 0, "a frame begins with struct rota_coroutine");      \
        static struct rota_async_turn name##_rota_body(                                            \
                type *, struct rota_coroutine *, struct rota_poll_context *);                      \
        static enum rota_poll name##_rota_poll(                                                    \
                struct rota_future *rota_co_future, struct rota_poll_context *rota_co_context)     \
        {                                                                                          \
                type *rota_co_frame = (type *)(void *)rota_co_future;                              \
                return name##_rota_body(rota_co_frame, &rota_co_frame->coroutine, rota_co_context) \
                        .poll;                                                                     \
        }                                                                                          \
        struct rota_future *name(type *rota_co_frame)                                              \
        {                                                                                          \
                rota_coroutine_prepare(&rota_co_frame->coroutine, name##_rota_poll);               \
                return &rota_co_frame->coroutine.future;                                           \
        }                                                                                          \
        ROTA_ASYNC_STRICT                                                                          \
        static struct rota_async_turn name##_rota_body(type *me,                                   \
                struct rota_coroutine *rota_co_self, struct rota_poll_context *rota_co_context)    \
        {                                                                                          \
                struct rota_async_turn rota_co_turn;                                               \
                uint32_t rota_co_state = rota_coroutine_enter(rota_co_self);                       \
                (void)rota_co_context;                                                             \
                (void)me;                                                                          \
                switch (ROTA_ASYNC_CASE(rota_co_state)) {                                          \
                default:                                                                           \
                        rota_co_turn.poll = rota_coroutine_lost(rota_co_self, rota_co_state);      \
                        return rota_co_turn;                                                       \
                case ROTA_ASYNC_CASE(0):

/** Ends a coroutine, behind the closing brace of its body. Who gets there has the value 0. */
#define ROTA_END                                                                                   \
        }                                                                                          \
        rota_co_turn.poll = rota_coroutine_end(rota_co_self, 0);                                   \
        return rota_co_turn;                                                                       \
        }                                                                                          \
        ROTA_ASYNC_LAX

/** Waits until a future is ready; its value is then ROTA_AWAITED. One that is ready at once is not waited
 * for. @param awaited  a `struct rota_future *`, evaluated once: prepared, not yet polled, not moved until
 * it is ready. Where the coroutine is dropped meanwhile, so is that. */
#define ROTA_AWAIT(awaited)                                                                        \
        do {                                                                                       \
                rota_co_self->child = ROTA_ASYNC_FUTURE(awaited);                                  \
                goto ROTA_ASYNC_LABEL;                                                             \
        case ROTA_ASYNC_CASE(__LINE__):                                                            \
        ROTA_ASYNC_LABEL:                                                                          \
                rota_co_turn.poll = rota_coroutine_poll(rota_co_self, rota_co_context, __LINE__);  \
                if (rota_co_turn.poll != ROTA_POLL_READY)                                          \
                        return rota_co_turn;                                                       \
        } while (0)

/** The value of what was awaited last: what it is worth, or a negative enum rota_error. */
#define ROTA_AWAITED (rota_co_self->awaited)

/** ROTA_AWAIT(), and its value assigned. @param variable  what it is assigned to, an intptr_t or wide enough */
#define ROTA_AWAIT_INTO(variable, awaited)                                                         \
        do {                                                                                       \
                ROTA_AWAIT(awaited);                                                               \
                (variable) = ROTA_AWAITED;                                                         \
        } while (0)

/** Lets others have a turn, and goes on. */
#define ROTA_YIELD                                                                                 \
        do {                                                                                       \
                rota_co_self->state = __LINE__;                                                    \
                rota_co_turn.poll = ROTA_POLL_YIELDED;                                             \
                return rota_co_turn;                                                               \
        case ROTA_ASYNC_CASE(__LINE__):;                                                           \
        } while (0)

/** Ends the coroutine with a value, the cleanups that are left run first, the latest first.
 * @param result  the value, an intptr_t */
#define ROTA_RETURN(result)                                                                        \
        do {                                                                                       \
                rota_co_turn.poll = rota_coroutine_end(rota_co_self, (result));                    \
                return rota_co_turn;                                                               \
        } while (0)

/** From here to its pop, an end of the coroutine, by ROTA_RETURN(), ROTA_END or because it is dropped, runs
 * a handler, the latest first; where it is dropped, after what it awaits was dropped.
 * @param cleanup   a `struct rota_cleanup` in the frame
 * @param run       `void (*)(void *)`, called where the coroutine ends: it must not wait
 * @param argument  given to it */
#define ROTA_DEFER(cleanup, run, argument) rota_coroutine_push(rota_co_self, cleanup, run, argument)

/** Takes back the latest handler, if there is one. @param runs  whether to run it now */
#define ROTA_UNDEFER(runs) rota_coroutine_pop(rota_co_self, runs)

ROTA_END_DECLS
#endif
