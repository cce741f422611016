/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Draining logs. As with the trace, a log is memory that a broken world can write at any time: its
 * capacity and our place in it are our own, its head is checked.
 */
#include "log.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* A log of more activations than this is cut. */
#define RECORDS_MOST ((size_t)1 << 20)

void log_open(struct activations *log, uint32_t threads)
{
        memset(log, 0, sizeof(*log));
        log->threads = threads;
        log->thread = memory_get(threads, sizeof(*log->thread));
}

void log_close(struct activations *log)
{
        for (uint32_t i = 0; i < log->threads; i++)
                free(log->thread[i].records);
        free(log->thread);
        memset(log, 0, sizeof(*log));
}

static void drain_one(struct activations *log, struct log_thread *thread, struct workload_log *from,
        uint32_t capacity)
{
        /* Acquire: the records; partner: the release in log_activation (workload). */
        const uint32_t head = __atomic_load_n(&from->head, __ATOMIC_ACQUIRE);
        const uint32_t fresh = head - thread->tail;

        if (fresh == 0)
                return;
        if (fresh > capacity) {
                log->corrupt = true;
                return;
        }
        if (log->count + fresh > RECORDS_MOST) {
                log->dropped += fresh;
                thread->tail = head;
        } else {
                thread->records = memory_grow(thread->records, &thread->room, thread->count + fresh,
                        sizeof(*thread->records));
                for (; thread->tail != head; thread->tail++)
                        thread->records[thread->count++] =
                                from->records[thread->tail & (capacity - 1)];
                log->count += fresh;
        }
        /* Release: they are taken; partner: the acquire in log_activation (workload). */
        __atomic_store_n(&from->tail, head, __ATOMIC_RELEASE);
}

static struct workload_log *log_at(
        const void *report, const struct workload_layout *layout, uint32_t thread)
{
        char *logs = (char *)(uintptr_t)report + layout->logs;
        return (void *)(logs + thread * layout->log_stride);
}

void log_drain(struct activations *log, const struct workload_header *header, void *report,
        const struct workload_layout *layout)
{
        for (uint32_t i = 0; layout->log_stride && i < log->threads; i++)
                drain_one(log, &log->thread[i], log_at(report, layout, i), header->log_records);
}

void log_end(struct activations *log, const void *report, const struct workload_layout *layout)
{
        for (uint32_t i = 0; layout->log_stride && i < log->threads; i++)
                log->dropped +=
                        __atomic_load_n(&log_at(report, layout, i)->dropped, __ATOMIC_RELAXED);
}
