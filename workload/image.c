/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The check of an untrusted image. Every count is bounded before it is multiplied, every sum is
 * taken in 64 bits, and the tables must fill the image to the byte.
 */
#include "image.h"

#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

/** Where the check stands: phases and events are handed out in order. */
struct walk {
        const struct workload_image *image;
        uint32_t phase;
        uint32_t event;
};

uint64_t workload_image_checksum(const void *bytes, size_t size)
{
        const unsigned char *p = bytes;
        const size_t from = offsetof(struct workload_header, checksum);
        uint64_t hash = FNV_BASIS;

        for (size_t i = 0; i < size; i++) {
                const unsigned char byte = i - from < sizeof(uint64_t) ? 0 : p[i];
                hash = (hash ^ byte) * FNV_PRIME;
        }
        return hash;
}

/** Counts and options of the header by themselves. @return what is wrong, or NULL. */
static const char *check_header(const struct workload_header *h, size_t size)
{
        if (h->magic != WORKLOAD_MAGIC)
                return "this is no workload image";
        if (h->version != WORKLOAD_VERSION || h->header_bytes != sizeof(*h))
                return "the image is of another version";
        if (h->total_bytes != size)
                return "the image is cut off";
        if (h->task_count == 0 || h->task_count > WORKLOAD_MAX_TASKS)
                return "the number of tasks is out of range";
        if (h->phase_count > WORKLOAD_MAX_PHASES || h->event_count > WORKLOAD_MAX_EVENTS)
                return "too many phases or events";
        if (h->resource_count > WORKLOAD_MAX_RESOURCES)
                return "too many resources";
        if (h->mask_count > WORKLOAD_MAX_MASKS || h->name_bytes > WORKLOAD_MAX_NAMES)
                return "too many masks or names";
        if (h->cpus == 0 || h->cpus > WORKLOAD_MAX_CPUS)
                return "the number of CPUs is out of range";
        if (h->policy_count == 0 || h->policy_count > WORKLOAD_MAX_POLICIES)
                return "the number of policies is out of range";
        if (h->timer_count > WORKLOAD_MAX_TIMERS)
                return "too many timers";
        if (h->ring_records > WORKLOAD_MAX_RING || (h->ring_records & (h->ring_records - 1)))
                return "the size of the trace rings is out of range";
        if ((h->flags & WORKLOAD_TRACE) && h->ring_records == 0)
                return "a trace without rings";
        if (h->log_records > WORKLOAD_MAX_LOG || (h->log_records & (h->log_records - 1)) ||
                ((h->flags & WORKLOAD_LOG) && h->log_records == 0))
                return "the size of the log is out of range";
        if (h->duration_ns > WORKLOAD_MAX_TIME || h->slice_ns > WORKLOAD_MAX_TIME ||
                h->tick_ns > WORKLOAD_MAX_TIME || h->progress_ns > WORKLOAD_MAX_TIME)
                return "a time is out of range";
        return NULL;
}

/** Finds the tables behind a header whose counts are bounded. @return whether they fill the image. */
static bool lay_out(struct workload_image *image, const void *bytes, size_t size)
{
        const struct workload_header *h = bytes;
        const char *p = bytes;
        size_t at = sizeof(*h);

        image->header = h;
        image->tasks = (const struct workload_task *)(const void *)(p + at);
        at += (size_t)h->task_count * sizeof(*image->tasks);
        image->phases = (const struct workload_phase *)(const void *)(p + at);
        at += (size_t)h->phase_count * sizeof(*image->phases);
        image->events = (const struct workload_event *)(const void *)(p + at);
        at += (size_t)h->event_count * sizeof(*image->events);
        image->resources = (const struct workload_resource *)(const void *)(p + at);
        at += (size_t)h->resource_count * sizeof(*image->resources);
        image->masks = (const uint64_t *)(const void *)(p + at);
        at += (size_t)h->mask_count * workload_mask_words(h->cpus) * sizeof(uint64_t);
        image->names = p + at;
        at += h->name_bytes;
        return at == size;
}

static const char *check_params(
        const struct workload_image *image, const struct workload_params *params)
{
        if (params->class_index >= image->header->policy_count)
                return "a class that is not there";
        if (params->priority > 256)
                return "a priority is out of range";
        if (params->slice_ns > WORKLOAD_MAX_TIME || params->runtime_ns > WORKLOAD_MAX_TIME ||
                params->deadline_ns > WORKLOAD_MAX_TIME || params->period_ns > WORKLOAD_MAX_TIME)
                return "a parameter's time is out of range";
        return NULL;
}

static bool name_is_good(const struct workload_image *image, uint32_t name)
{
        return name < image->header->name_bytes;
}

static bool is_resource(const struct workload_image *image, uint32_t object, uint32_t kind)
{
        return object < image->header->resource_count && image->resources[object].kind == kind;
}

static const char *check_timer(const struct workload_image *image, const struct workload_task *task,
        const struct workload_event *event)
{
        if ((event->flags & ~(WORKLOAD_UNIQUE | WORKLOAD_ABSOLUTE)) || event->second || event->size)
                return "a timer with stray bits";
        const uint32_t timers =
                (event->flags & WORKLOAD_UNIQUE) ? task->unique_timers : image->header->timer_count;
        return event->object < timers ? NULL : "a timer that is not there";
}

/** What goes to memory stays in the thread's own: the buffer has a head of 64 bytes. */
static const char *check_memory(
        const struct workload_task *task, const struct workload_event *event)
{
        const uint64_t end = ((uint64_t)event->object + 1) * 64 + event->size;

        if (event->size == 0 || end > task->buffer_bytes)
                return "memory that is not there";
        if (event->kind == WORKLOAD_MEM)
                return event->flags || event->second ? "an event with stray bits" : NULL;
        if (event->flags & ~(WORKLOAD_WRITE | WORKLOAD_CHASE | WORKLOAD_RANDOM))
                return "an event with stray bits";
        if (event->second < sizeof(uint64_t) || event->second % sizeof(uint64_t) ||
                event->second > event->size)
                return "a stride is out of range";
        return NULL;
}

/** What an event of a resource needs; 0: it has none. */
static uint32_t resource_of(uint32_t kind)
{
        switch (kind) {
        case WORKLOAD_LOCK:
        case WORKLOAD_UNLOCK:
                return WORKLOAD_MUTEX;
        case WORKLOAD_WAIT:
        case WORKLOAD_SIGNAL:
        case WORKLOAD_BROAD:
        case WORKLOAD_SYNC:
        case WORKLOAD_SUSPEND:
        case WORKLOAD_RESUME:
                return WORKLOAD_CONDITION;
        case WORKLOAD_BARRIER:
                return WORKLOAD_BARRIER_OF;
        case WORKLOAD_SEM_POST:
        case WORKLOAD_SEM_WAIT:
                return WORKLOAD_SEMAPHORE;
        default:
                return 0;
        }
}

static const char *check_event(const struct workload_image *image, const struct workload_task *task,
        const struct workload_event *event)
{
        const bool waits = event->kind == WORKLOAD_WAIT || event->kind == WORKLOAD_SYNC ||
                           event->kind == WORKLOAD_SUSPEND || event->kind == WORKLOAD_RESUME;
        const uint32_t resource = resource_of(event->kind);

        if (event->kind == 0 || event->kind >= WORKLOAD_KINDS)
                return "an event of an unknown kind";
        if (event->value > WORKLOAD_MAX_TIME)
                return "an event's time is out of range";
        if ((task->flags & WORKLOAD_USER) && !workload_user_may(event->kind))
                return "an event that user mode does not have";
        if (event->kind == WORKLOAD_TIMER)
                return check_timer(image, task, event);
        if (event->kind == WORKLOAD_MEM || event->kind == WORKLOAD_MEMRUN)
                return check_memory(task, event);
        if (event->kind == WORKLOAD_PROGRAM &&
                (event->value || task->phase_count != 1 || task->forks || task->loops != 1 ||
                        (task->flags & WORKLOAD_FUTURE)))
                return "a program beside something else";
        if (event->flags || event->size || (event->second && !waits))
                return "an event with stray bits";
        if (event->kind == WORKLOAD_FORK)
                return event->object < image->header->task_count ? NULL
                                                                 : "a task that is not there";
        if (!resource)
                return event->object ? "an event with stray bits" : NULL;
        if (!is_resource(image, event->object, resource) ||
                (waits && !is_resource(image, event->second, WORKLOAD_MUTEX)))
                return "a resource that is not there";
        return NULL;
}

/** The next phase, which is @p task's, and its events. */
static const char *check_phase(struct walk *walk, const struct workload_task *task)
{
        const struct workload_image *image = walk->image;
        const struct workload_header *h = image->header;

        if (walk->phase >= h->phase_count)
                return "a phase that is not there";
        const struct workload_phase *phase = &image->phases[walk->phase++];
        if (!name_is_good(image, phase->name))
                return "a phase's name is not there";
        if (phase->loops < WORKLOAD_FOREVER)
                return "a phase's loops are out of range";
        if (phase->mask > h->mask_count)
                return "a mask that is not there";
        if (phase->has_params > 1 || phase->reserved)
                return "a phase with stray bits";
        const char *wrong = check_params(image, &phase->params);
        if (wrong)
                return wrong;
        if (phase->event_count == 0 || phase->event_count > h->event_count - walk->event)
                return "events that are not there";
        for (uint32_t i = 0; i < phase->event_count && !wrong; i++)
                wrong = check_event(image, task, &image->events[walk->event++]);
        return wrong;
}

static const char *check_task(struct walk *walk, const struct workload_task *task)
{
        const struct workload_image *image = walk->image;

        if (!name_is_good(image, task->name))
                return "a task's name is not there";
        if (task->loops < WORKLOAD_FOREVER)
                return "a task's loops are out of range";
        if (task->mask > image->header->mask_count)
                return "a mask that is not there";
        if (task->delay_ns > WORKLOAD_MAX_TIME)
                return "a delay is out of range";
        if ((task->flags & ~(WORKLOAD_USER | WORKLOAD_FUTURE)) || task->reserved)
                return "a task with stray bits";
        if ((task->flags & WORKLOAD_USER) && (task->flags & WORKLOAD_FUTURE))
                return "a future in user mode";
        if (task->phase_count == 0)
                return "a task without phases";
        if (task->buffer_bytes > WORKLOAD_MAX_BUFFER || task->buffer_bytes % 64)
                return "a buffer is out of range";
        const char *wrong = check_params(image, &task->params);
        for (uint32_t i = 0; i < task->phase_count && !wrong; i++)
                wrong = check_phase(walk, task);
        return wrong;
}

/** Each mask allows a CPU that is there, and none that is not. */
static bool masks_are_good(const struct workload_image *image)
{
        const uint32_t cpus = image->header->cpus;
        const uint32_t words = workload_mask_words(cpus);

        for (uint32_t m = 0; m < image->header->mask_count; m++) {
                const uint64_t *mask = &image->masks[(size_t)m * words];
                uint64_t any = 0;
                for (uint32_t w = 0; w < words; w++)
                        any |= mask[w];
                if (!any || (cpus % 64 && mask[words - 1] >> (cpus % 64)))
                        return false;
        }
        return true;
}

static const char *check_resources(const struct workload_image *image)
{
        for (uint32_t i = 0; i < image->header->resource_count; i++) {
                const struct workload_resource *r = &image->resources[i];
                if (r->kind == 0 || r->kind >= WORKLOAD_RESOURCE_KINDS)
                        return "a resource of an unknown kind";
                if (!name_is_good(image, r->name))
                        return "a resource's name is not there";
                if (r->reserved || (r->flags & ~WORKLOAD_INHERIT) ||
                        (r->flags && r->kind != WORKLOAD_MUTEX))
                        return "a resource with stray bits";
                if (r->users > (r->kind == WORKLOAD_BARRIER_OF ? WORKLOAD_MAX_THREADS : 0))
                        return "a barrier's users are out of range";
        }
        return NULL;
}

static const char *check_tables(const struct workload_image *image)
{
        const struct workload_header *h = image->header;
        struct walk walk = {image, 0, 0};
        uint64_t threads = 0;
        uint64_t timers = h->timer_count;

        if (h->name_bytes == 0 || image->names[h->name_bytes - 1] != '\0')
                return "the names have no end";
        for (uint32_t i = 0; i < h->policy_count; i++)
                if (!name_is_good(image, h->policies[i]))
                        return "a policy's name is not there";
        if (!masks_are_good(image))
                return "a mask without a CPU";
        const char *bad = check_resources(image);
        if (bad)
                return bad;
        for (uint32_t i = 0; i < h->task_count; i++) {
                const struct workload_task *task = &image->tasks[i];
                const char *wrong = check_task(&walk, task);
                if (wrong)
                        return wrong;
                const uint64_t all = (uint64_t)task->instances + task->forks;
                threads += all;
                timers += all * task->unique_timers;
                if (threads > WORKLOAD_MAX_THREADS || timers > WORKLOAD_MAX_TIMERS)
                        return "too many threads or timers";
        }
        if (walk.phase != h->phase_count || walk.event != h->event_count)
                return "phases or events that belong to nobody";
        if (threads == 0 || threads != h->thread_count)
                return "the number of threads is wrong";
        return NULL;
}

bool workload_image_check(
        const void *bytes, size_t size, struct workload_image *image, const char **error)
{
        const char *wrong = NULL;

        if (!bytes || size < sizeof(struct workload_header) || size > WORKLOAD_MAX_BYTES)
                wrong = "the image is too small or too large";
        else if ((uintptr_t)bytes % sizeof(uint64_t))
                wrong = "the image is not aligned";
        else
                wrong = check_header(bytes, size);
        if (!wrong && !lay_out(image, bytes, size))
                wrong = "the tables do not fill the image";
        if (!wrong && workload_image_checksum(bytes, size) != image->header->checksum)
                wrong = "the checksum is wrong";
        if (!wrong)
                wrong = check_tables(image);
        *error = wrong;
        return !wrong;
}
