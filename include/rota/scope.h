/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Scopes: tasks that end before the one that started them goes on (Smith: "Notes on structured concurrency, or:
 * Go statement considered harmful", 2018; Sústrik: libdill). A scope's children are future tasks and threads; it
 * ends once it is asked to and all of them have ended. A cancel of the scope cancels the children, and those of
 * scopes inside it; the first error of a child may do so, too.
 *
 * Who opened the scope ends it: a thread by rota_scope_end(), a future by awaiting rota_await_scope(). A future
 * *task* does not end before its scopes: where its future is dropped (a cancel) or ready before they have ended,
 * they are cancelled, and it stays until their children have ended, polled no more. So what the future and the
 * children have in common stays valid until nobody uses it. A thread must not end with an open scope.
 */
#ifndef ROTA_SCOPE_H
#define ROTA_SCOPE_H

#include <rota/future.h>
#include <rota/thread.h>
#include <rota/wait_queue.h>

ROTA_BEGIN_DECLS

/** How a scope behaves. */
enum rota_scope_flag {
        ROTA_SCOPE_FAIL_FAST =
                1, /**< the first child that ends with an error has the others cancelled */
};

struct rota_scope;

/** What a scope knows of a child. Fields are the core's, but for `value`. */
struct rota_scope_child {
        struct rota_scope *scope;          /**< whose child it is */
        struct rota_scope_child *next;     /**< of those that live */
        struct rota_scope_child *previous; /**< likewise */
        struct rota_handle handle;         /**< the child's, NONE until it is made */
        rota_exit_callback on_exit;        /**< the caller's, or NULL */
        intptr_t value;                    /**< once it has ended: its exit code */
};

/** A child that is a future task, in the caller's memory until it has ended. */
struct rota_scope_future {
        struct rota_future_task task;  /**< first */
        struct rota_scope_child child; /**< in the scope */
};

/** A child that is a thread, likewise. */
struct rota_scope_thread {
        struct rota_thread thread;     /**< first */
        struct rota_scope_child child; /**< in the scope */
};

/** A scope, in the caller's memory until it has ended. Fields are the core's. */
struct rota_scope {
        struct rota_wait_queue
                waiters; /**< who wait for its end; the outermost's lock is all of theirs */
        struct rota_scope *outermost;      /**< itself, or that of the scope around it */
        struct rota_scope *around;         /**< or NULL */
        struct rota_scope *inside;         /**< first of the scopes in it that have not ended */
        struct rota_scope *next;           /**< of those beside it */
        struct rota_scope_child *children; /**< first of those that live */
        struct rota_scope *open;           /**< next of its task's open ones, the task's own */
        struct rota_future_task *opener;   /**< the future task that opened it, or NULL */
        struct rota_handle lingers;        /**< that one, where it only waits for its end */
        uint32_t count;                    /**< children and scopes in it that have not ended */
        uint32_t flags;                    /**< enum rota_scope_flag */
        intptr_t error;                    /**< of the first child that failed, or 0 */
        bool cancelled;                    /**< its children were told to end */
        bool closing;                      /**< somebody has asked for its end */
        bool ended;                        /**< it has come */
};

/**
 * Opens a scope, by the running task.
 * @param around  an open scope that this one belongs to: it ends after this one, and cancels it; NULL: none
 * @param flags   enum rota_scope_flag
 * @return ROTA_OK; ROTA_ECANCELED, ROTA_ECLOSED: of @p around, which was cancelled or has ended; ROTA_EINVAL;
 * ROTA_ECONTEXT. Context: task.
 */
int rota_scope_open(struct rota_scope *scope, struct rota_scope *around, uint32_t flags);

/**
 * Makes a child that is a future task, and starts it. By whoever knows that the scope has not ended: who
 * opened it, or a child, also while somebody waits for its end. The child is detached: when the scope has ended,
 * its exit code is in `child->child.value`, and its memory is the caller's.
 * @param options  NULL: all defaults; `on_exit` is called first, `detached` is not looked at
 * @return as rota_spawn(); ROTA_ECANCELED: the scope was cancelled; ROTA_ECLOSED: it has ended. Nothing was
 * made then. Context: any.
 */
int rota_scope_spawn(struct rota_scope *scope, struct rota_scope_future *child,
        struct rota_future *future, const struct rota_task_options *options);

/** Makes a child that is a thread, likewise. @param options  as of rota_thread_create(), and as above. @return as
 * rota_thread_create(), and as above. Context: any. */
int rota_scope_start(struct rota_scope *scope, struct rota_scope_thread *child,
        const struct rota_thread_options *options);

/** Asks all children to end (rota_cancel()), those of scopes inside too; none is taken any more.
 * By whoever knows that the scope has not ended. Context: any. */
void rota_scope_cancel(struct rota_scope *scope);

/**
 * Waits until all children have ended, and ends the scope: its memory is the caller's. A cancel of the calling
 * thread meanwhile cancels the scope, and is waited through.
 * @return ROTA_OK; the value of the first child that ended with an error (a negative one; ROTA_ECANCELED counts
 * only where the scope was not cancelled), where it fits an int; ROTA_ECANCELED: the scope was cancelled, and
 * none failed; ROTA_ETIMEDOUT, ROTA_EAGAIN: it has not ended, its children go on; ask again. ROTA_ECONTEXT.
 * Context: task.
 */
int rota_scope_end(struct rota_scope *scope, struct rota_timeout timeout);

/** A scope's end, awaited. Fields are the core's, but `future.value`. */
struct rota_await_scope {
        struct rota_future future; /**< first: what is polled */
        struct rota_scope *scope;  /**< whose end */
        struct rota_wait wait;     /**< in its queue */
        bool queued;               /**< it is there */
};

/** As rota_scope_end(), for ever. Dropped: the scope is cancelled, and not waited for: who opened it has it
 * awaited again, or ends, as a future task, behind it. Context: any. */
struct rota_future *rota_await_scope(struct rota_await_scope *await, struct rota_scope *scope);

ROTA_END_DECLS
#endif
