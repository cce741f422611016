/* SPDX-License-Identifier: MIT */
/* How programs.c writes a task's steps, where it begins, and by what it is scheduled. */
#ifndef ROTA_TESTS_EXPLORE_STEPS_H
#define ROTA_TESTS_EXPLORE_STEPS_H

#include "explore.h"

#define PARK                                                                                       \
        {                                                                                          \
                DO_PARK, 0, 0                                                                      \
        }
#define PARK_FOR(ns)                                                                               \
        {                                                                                          \
                DO_PARK_FOR, 0, (ns)                                                               \
        }
#define SLEEP(ns)                                                                                  \
        {                                                                                          \
                DO_SLEEP, 0, (ns)                                                                  \
        }
#define WAKE(t)                                                                                    \
        {                                                                                          \
                DO_WAKE, (t), 0                                                                    \
        }
#define RING(t)                                                                                    \
        {                                                                                          \
                DO_RING, (t), 0                                                                    \
        }
#define TELL(t)                                                                                    \
        {                                                                                          \
                DO_TELL, (t), 0                                                                    \
        }
#define HEAR(t)                                                                                    \
        {                                                                                          \
                DO_HEAR, (t), 0                                                                    \
        }
#define CANCEL(t)                                                                                  \
        {                                                                                          \
                DO_CANCEL, (t), 0                                                                  \
        }
#define YIELD                                                                                      \
        {                                                                                          \
                DO_YIELD, 0, 0                                                                     \
        }
#define PRIORITY(t, p)                                                                             \
        {                                                                                          \
                DO_PRIORITY, (t), (p)                                                              \
        }
#define CLASS(t, c)                                                                                \
        {                                                                                          \
                DO_CLASS, (t), (c)                                                                 \
        }
#define PLACE(t, m)                                                                                \
        {                                                                                          \
                DO_PLACE, (t), (m)                                                                 \
        }
#define HAND(t)                                                                                    \
        {                                                                                          \
                DO_HAND, (t), 0                                                                    \
        }
#define START(t)                                                                                   \
        {                                                                                          \
                DO_START, (t), 0                                                                   \
        }
#define JOIN(t)                                                                                    \
        {                                                                                          \
                DO_JOIN, (t), 0                                                                    \
        }
#define JOIN_FOR(t, ns)                                                                            \
        {                                                                                          \
                DO_JOIN_FOR, (t), (ns)                                                             \
        }
#define DETACH(t)                                                                                  \
        {                                                                                          \
                DO_DETACH, (t), 0                                                                  \
        }
#define PARAMS(t)                                                                                  \
        {                                                                                          \
                DO_PARAMS, (t), 0                                                                  \
        }

#define LEAVE(cpu)                                                                                 \
        {                                                                                          \
                DO_LEAVE, (cpu), 0                                                                 \
        }
#define JOIN_CPU(cpu)                                                                              \
        {                                                                                          \
                DO_JOIN_CPU, (cpu), 0                                                              \
        }

#define LOCK(m)                                                                                    \
        {                                                                                          \
                DO_LOCK, (m), 0                                                                    \
        }
#define LOCK_FOR(m, ns)                                                                            \
        {                                                                                          \
                DO_LOCK_FOR, (m), (ns)                                                             \
        }
#define WAIT_FOR(m, ns)                                                                            \
        {                                                                                          \
                DO_WAIT_FOR, (m), (ns)                                                             \
        }
#define SIGNAL                                                                                     \
        {                                                                                          \
                DO_SIGNAL, 0, 0                                                                    \
        }
#define READ                                                                                       \
        {                                                                                          \
                DO_READ, 0, 0                                                                      \
        }
#define WRITE(ns)                                                                                  \
        {                                                                                          \
                DO_WRITE, 0, (ns)                                                                  \
        }
#define UNLOCK(m)                                                                                  \
        {                                                                                          \
                DO_UNLOCK, (m), 0                                                                  \
        }

#define DO(action, argument)                                                                       \
        {                                                                                          \
                DO_##action, 0, (argument)                                                         \
        }

#define RAISE(flag)                                                                                \
        {                                                                                          \
                DO_RAISE, (flag), 0                                                                \
        }
#define NOTE(t)                                                                                    \
        {                                                                                          \
                DO_NOTE, (t), 0                                                                    \
        }
#define DROP(action) DO(DROP, DO_##action)

#define ON(cpu) .cpus = 1u << (cpu)
#define FIFO                                                                                       \
        {                                                                                          \
                &rota_policy_fifo                                                                  \
        }
#define PRIO                                                                                       \
        {                                                                                          \
                &rota_policy_prio                                                                  \
        }

#endif
