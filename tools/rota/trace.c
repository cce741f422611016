/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Draining and merging. A ring is memory that a world, perhaps a broken one, can write at any time:
 * its capacity and our place in it are our own, its head is checked, its records are copied first.
 */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* A trace of more records than this is cut: the machine's memory is not the trace's alone. */
#define RECORDS_MOST ((size_t)64 << 20)

void trace_open(struct trace *trace, uint32_t cpus)
{
        memset(trace, 0, sizeof(*trace));
        trace->cpus = cpus;
        trace->cpu = memory_get(cpus, sizeof(*trace->cpu));
}

void trace_close(struct trace *trace)
{
        for (uint32_t i = 0; i < trace->cpus; i++)
                free(trace->cpu[i].records);
        free(trace->cpu);
        free(trace->records);
        memset(trace, 0, sizeof(*trace));
}

static size_t drain_ring(
        struct trace *trace, uint32_t index, struct rota_ring *ring, uint32_t capacity)
{
        struct trace_cpu *cpu = &trace->cpu[index];
        const uint32_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
        const uint32_t fresh = head - cpu->tail;

        if (fresh > capacity) {
                trace->corrupt = true;
                return 0;
        }
        if (cpu->count + fresh > RECORDS_MOST / trace->cpus) {
                trace->dropped += fresh;
                cpu->tail = head;
                __atomic_store_n(&ring->tail, head, __ATOMIC_RELEASE);
                return fresh;
        }
        cpu->records =
                memory_grow(cpu->records, &cpu->room, cpu->count + fresh, sizeof(*cpu->records));
        for (; cpu->tail != head; cpu->tail++) {
                struct rota_record record = ring->records[cpu->tail & (capacity - 1)];
                record.cpu = (uint16_t)index;
                cpu->records[cpu->count++] = record;
        }
        __atomic_store_n(&ring->tail, head, __ATOMIC_RELEASE);
        return fresh;
}

size_t trace_drain(struct trace *trace, const struct workload_header *header, void *report,
        const struct workload_layout *layout)
{
        size_t taken = 0;

        for (uint32_t i = 0; layout->ring_stride && i < trace->cpus; i++) {
                char *at = (char *)report + layout->rings + i * layout->ring_stride;
                taken += drain_ring(trace, i, (struct rota_ring *)(void *)at, header->ring_records);
        }
        return taken;
}

/** Of two events at one time a wakeup comes before the switch that it causes. */
static bool before(const struct rota_record *a, const struct rota_record *b)
{
        if (a->time != b->time)
                return a->time < b->time;
        return a->event != ROTA_EVENT_SWITCH && b->event == ROTA_EVENT_SWITCH;
}

void trace_merge(struct trace *trace)
{
        size_t *at = memory_get(trace->cpus, sizeof(*at));
        size_t all = 0;

        for (uint32_t i = 0; i < trace->cpus; i++)
                all += trace->cpu[i].count;
        trace->records = memory_get(all, sizeof(*trace->records));
        while (trace->count < all) {
                const struct rota_record *first = NULL;
                uint32_t from = 0;
                for (uint32_t i = 0; i < trace->cpus; i++) {
                        const struct rota_record *next = &trace->cpu[i].records[at[i]];
                        if (at[i] < trace->cpu[i].count && (!first || before(next, first))) {
                                first = next;
                                from = i;
                        }
                }
                if (!first)
                        break;
                trace->records[trace->count++] = *first;
                at[from]++;
        }
        free(at);
}
