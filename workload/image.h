/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The compact binary image of a workload: what the command line compiles an rt-app file to, the same
 * for every world. Little-endian, every table behind the header in a fixed order, no pointers and no
 * offsets but into the names; so the tables' places follow from their counts, and one pass over the
 * bytes (workload_image_check) makes everything safe to read in place.
 *
 *     header | tasks | phases | events | resources | masks | names
 *
 * It may be a file of an archive, WORKLOAD_FILE, beside the user programs that it names.
 *
 * A task's phases and a phase's events follow those of the one before: the first task has the first
 * phases. An image comes from outside (a boot module): nothing of it is used before the check.
 */
#ifndef ROTA_WORKLOAD_IMAGE_H
#define ROTA_WORKLOAD_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORKLOAD_MAGIC   0x31574c52u /**< "RLW1" */
#define WORKLOAD_VERSION 5u

/** Its name in an archive: so long that what follows a header of cpio's is aligned to 8. */
#define WORKLOAD_FILE "rota.work"

/* Limits of an image: far above any workload, low enough that no sum of sizes can overflow. */
#define WORKLOAD_MAX_BYTES     (64u << 20)
#define WORKLOAD_MAX_TASKS     65536u
#define WORKLOAD_MAX_PHASES    (1u << 20)
#define WORKLOAD_MAX_EVENTS    (1u << 20)
#define WORKLOAD_MAX_RESOURCES 65536u
#define WORKLOAD_MAX_MASKS     65536u
#define WORKLOAD_MAX_NAMES     (16u << 20)
#define WORKLOAD_MAX_THREADS   65000u
#define WORKLOAD_MAX_TIMERS    (1u << 20)
#define WORKLOAD_MAX_CPUS      1024u
#define WORKLOAD_MAX_POLICIES  8u
#define WORKLOAD_MAX_RING      (1u << 22)
#define WORKLOAD_MAX_LOG       (1u << 20)          /**< activations per thread */
#define WORKLOAD_MAX_BUFFER    (1u << 30)          /**< bytes of a thread's memory */
#define WORKLOAD_MAX_TIME      ((uint64_t)1 << 62) /**< of any duration in ns */

/** Threads that user programs may have beyond their first ones, and their children, at a time. */
#define WORKLOAD_SPARE 256u

/** Loops for ever. */
#define WORKLOAD_FOREVER (-1)

/** Options of the whole run. */
enum workload_flag {
        WORKLOAD_TRACE = 1,      /**< keep trace rings in the report */
        WORKLOAD_LOG = 2,        /**< keep a log of activations in the report */
        WORKLOAD_CUMULATIVE = 4, /**< an activation's slack is the sum over its timers */
        WORKLOAD_STALL_ENDS = 8, /**< the run ends where no thread can ever go on */
};

/** What a task does. Times in ns are in the event's value; unless it says otherwise, `object` is a
 * resource. */
enum workload_kind {
        WORKLOAD_RUN = 1,  /**< use that much of its own CPU time */
        WORKLOAD_RUNTIME,  /**< spin until the clock is that far on */
        WORKLOAD_SLEEP,    /**< leave the CPU for that long */
        WORKLOAD_TIMER,    /**< sleep to the next period of the timer `object` */
        WORKLOAD_YIELD,    /**< let others of its rank go first */
        WORKLOAD_LOCK,     /**< lock the mutex */
        WORKLOAD_UNLOCK,   /**< unlock it */
        WORKLOAD_WAIT,     /**< wait for the condition, with the mutex `second` */
        WORKLOAD_SIGNAL,   /**< wake one that waits for the condition */
        WORKLOAD_BROAD,    /**< wake all that wait for it */
        WORKLOAD_SYNC,     /**< signal the condition, then wait for it, with the mutex `second` */
        WORKLOAD_BARRIER,  /**< wait until all users of the barrier are there */
        WORKLOAD_SUSPEND,  /**< lock the mutex `second`, wait for the condition, unlock it */
        WORKLOAD_RESUME,   /**< likewise wake all that wait for the condition; nobody: it is lost */
        WORKLOAD_SEM_POST, /**< give a permit */
        WORKLOAD_SEM_WAIT, /**< take a permit */
        WORKLOAD_FORK,     /**< start one more thread of the task `object` */
        WORKLOAD_MEM,      /**< write `value` bytes, over and over its buffer */
        WORKLOAD_MEMRUN,   /**< `value` accesses of its buffer, enum workload_event_flag */
        WORKLOAD_IORUN,    /**< leave the CPU for as long as a device takes */
        WORKLOAD_PROGRAM,  /**< be the user program of its task's name; the task's only event */
        WORKLOAD_KINDS
};

/** Of an event. */
enum workload_event_flag {
        WORKLOAD_UNIQUE = 1,   /**< timer: `object` counts the thread's own, not the shared ones */
        WORKLOAD_ABSOLUTE = 2, /**< timer: a missed period does not move the following ones */
        WORKLOAD_WRITE = 4,    /**< memrun: writes; else it reads */
        WORKLOAD_CHASE = 8,    /**< memrun: where the next access goes is what this one reads */
        WORKLOAD_RANDOM = 16,  /**< memrun: all over the place; else one after the other */
};

/** What tasks share. */
enum workload_resource_kind {
        WORKLOAD_MUTEX = 1,
        WORKLOAD_CONDITION,
        WORKLOAD_BARRIER_OF, /**< of `users` threads */
        WORKLOAD_SEMAPHORE,  /**< without a permit */
        WORKLOAD_RESOURCE_KINDS
};

/** Of a resource. */
enum workload_resource_flag {
        WORKLOAD_INHERIT = 1, /**< mutex: its owner inherits from who waits */
};

/** A resource, known in the trace by its place in the table + 1. */
struct workload_resource {
        uint16_t kind;  /**< enum workload_resource_kind */
        uint16_t flags; /**< enum workload_resource_flag */
        uint32_t name;  /**< offset into the names */
        uint32_t users; /**< of a barrier: how many threads meet there */
        uint32_t reserved;
};

/** Parameters for a policy; the fields of struct rota_params in fixed widths. */
struct workload_params {
        uint8_t class_index; /**< into the image's policies */
        uint8_t flags;       /**< enum rota_params_flag */
        uint16_t priority;   /**< 0 .. 256 */
        uint32_t weight;
        uint64_t slice_ns;
        uint64_t runtime_ns;
        uint64_t deadline_ns;
        uint64_t period_ns;
};

struct workload_event {
        uint16_t kind;   /**< enum workload_kind */
        uint16_t flags;  /**< enum workload_event_flag */
        uint32_t object; /**< which timer, resource or task; of mem, memrun: where its buffer begins
                              in the thread's memory, in units of 64 bytes */
        uint64_t value;  /**< ns; mem: bytes; memrun: accesses */
        uint32_t
                second; /**< the mutex of wait, sync, suspend, resume; memrun: from access to access, in bytes */
        uint32_t size; /**< mem, memrun: bytes of its buffer */
};

struct workload_phase {
        uint32_t name;        /**< offset into the names */
        uint32_t event_count; /**< at least 1 */
        int32_t loops;        /**< passes over its events, WORKLOAD_FOREVER */
        uint32_t mask;        /**< affinity from here on: 0 as before, else mask number + 1 */
        uint32_t has_params;  /**< 1: `params` hold from here on */
        uint32_t reserved;
        struct workload_params params;
};

/** Of a task. */
enum workload_task_flag {
        WORKLOAD_USER =
                1, /**< its threads work in user mode, each in an address space of its own */
        WORKLOAD_FUTURE = 2, /**< its threads are futures, without stacks; not with WORKLOAD_USER */
};

struct workload_task {
        uint32_t name;          /**< offset into the names */
        uint32_t phase_count;   /**< at least 1 */
        int32_t loops;          /**< passes over its phases, WORKLOAD_FOREVER */
        uint32_t instances;     /**< threads that do this, each for itself */
        uint32_t mask;          /**< affinity: 0 everywhere, else mask number + 1 */
        uint32_t unique_timers; /**< timers that each thread has for itself */
        uint32_t forks;         /**< threads more that can be forked of it */
        uint32_t buffer_bytes;  /**< memory that each thread has for itself; a multiple of 64 */
        uint32_t flags;         /**< enum workload_task_flag */
        uint32_t reserved;
        uint64_t delay_ns; /**< from the beginning of the run to its start */
        struct workload_params params;
};

struct workload_header {
        uint32_t magic;
        uint16_t version;
        uint16_t header_bytes; /**< sizeof(struct workload_header) */
        uint32_t total_bytes;
        uint32_t flags;    /**< enum workload_flag */
        uint64_t checksum; /**< FNV-1a of all bytes, this field as zero */
        uint32_t task_count;
        uint32_t phase_count;
        uint32_t event_count;
        uint32_t mask_count;
        uint32_t name_bytes;
        uint32_t resource_count;
        uint32_t thread_count; /**< sum of the instances and forks */
        uint32_t timer_count;  /**< timers shared by all threads */
        uint32_t cpus;
        uint32_t policy_count;                    /**< classes, the most urgent first */
        uint32_t policies[WORKLOAD_MAX_POLICIES]; /**< offsets of their names */
        uint32_t ring_records;                    /**< per CPU, a power of two; 0 without a trace */
        uint32_t log_records; /**< per thread, a power of two; 0 without a log */
        uint64_t duration_ns; /**< of the run; 0: until all have ended */
        uint64_t slice_ns;    /**< 0: the library's default */
        uint64_t tick_ns;     /**< 0: one-shot timers */
        uint64_t seed;
        uint64_t progress_ns; /**< how often the report is brought up to date */
};

/** An image's tables, as workload_image_check() found them. */
struct workload_image {
        const struct workload_header *header;
        const struct workload_task *tasks;
        const struct workload_phase *phases;
        const struct workload_event *events;
        const struct workload_resource *resources;
        const uint64_t *masks; /**< workload_mask_words() words each, CPU 0 in bit 0 */
        const char *names;     /**< NUL-terminated, each */
};

/** Words of each mask. */
static inline uint32_t workload_mask_words(uint32_t cpus)
{
        return (cpus + 63) / 64;
}

/** Whether tasks that work in user mode may have events of that kind. The others go to memory
 * that is the kernel's, or are a program already. */
static inline bool workload_user_may(uint32_t kind)
{
        return kind != WORKLOAD_MEM && kind != WORKLOAD_MEMRUN && kind != WORKLOAD_PROGRAM;
}

/** Checks every byte that anybody will use. @param bytes  aligned to 8
 * @return whether @p image is good; else @p error says what is wrong. */
bool workload_image_check(
        const void *bytes, size_t size, struct workload_image *image, const char **error);

/** The checksum that belongs into a header: for who writes images. */
uint64_t workload_image_checksum(const void *bytes, size_t size);

#endif
