/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Time: nanoseconds in 64 bits since a start of the world's choosing, and time-outs that cannot be
 * confused with them (an opaque type, as in Zephyr).
 */
#ifndef ROTA_TIME_H
#define ROTA_TIME_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** A time that never comes. */
#define ROTA_NEVER UINT64_MAX

#define ROTA_US UINT64_C(1000)       /**< a microsecond in ns */
#define ROTA_MS UINT64_C(1000000)    /**< a millisecond in ns */
#define ROTA_S  UINT64_C(1000000000) /**< a second in ns */

/** How long to wait. Made by the functions below; its fields are nobody's business. */
struct rota_timeout {
        uint64_t opaque_ns;   /**< nobody's business */
        uint32_t opaque_kind; /**< nobody's business */
};

/** Do not wait at all: what would block answers ROTA_EAGAIN. Context: any. */
static inline struct rota_timeout rota_timeout_none(void)
{
        struct rota_timeout t = {0, 0};
        return t;
}

/** Wait at most @p ns nanoseconds from now; a sum past the end of time is for ever. Context: any. */
static inline struct rota_timeout rota_timeout_after(uint64_t ns)
{
        struct rota_timeout t = {ns, 1};
        return t;
}

/** Wait until rota_now() reaches @p ns. Context: any. */
static inline struct rota_timeout rota_timeout_at(uint64_t ns)
{
        struct rota_timeout t = {ns, 2};
        return t;
}

/** Wait for ever. Context: any. */
static inline struct rota_timeout rota_timeout_forever(void)
{
        struct rota_timeout t = {ROTA_NEVER, 2};
        return t;
}

/** The world's clock in ns, monotonic over all CPUs. Context: any. */
uint64_t rota_now(void);

/** The absolute deadline of @p timeout if its wait began now: 0 for none, ROTA_NEVER for ever.
 * Context: any. */
uint64_t rota_timeout_deadline(struct rota_timeout timeout);

ROTA_END_DECLS
#endif
