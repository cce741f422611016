/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The beginning and the end of a run: the image is checked, the report opened, the instance made and
 * run.
 */
#include "perform.h"

#include <world_programs.h>

/** Everything hangs on this; one run per world. */
static struct perform run;

/** Appends to a text of fixed size. @return the new length */
static size_t append(char *text, size_t length, const char *more)
{
        while (*more && length < WORKLOAD_REPORT_TEXT - 1)
                text[length++] = *more++;
        text[length] = '\0';
        return length;
}

void perform_fail_with(struct perform *perform, const char *const *words)
{
        char *message = perform->report->message;
        uint32_t nobody = 0;
        size_t length = 0;

        if (!__atomic_compare_exchange_n(
                    &perform->failing, &nobody, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
                return;
        while (*words)
                length = append(message, length, *words++);
        /* Release: the message is whole; partner: the acquire in watch(). */
        __atomic_store_n(&perform->failed, 1, __ATOMIC_RELEASE);
}

void perform_fail(struct perform *perform, const char *what, uint32_t number)
{
        char digits[12];
        size_t at = sizeof(digits) - 1;

        digits[at] = '\0';
        for (uint32_t left = number; left; left /= 10)
                digits[--at] = (char)('0' + left % 10);
        const char *const words[] = {what, number ? " " : "", digits + at, NULL};
        perform_fail_with(perform, words);
}

void *perform_allocate(struct perform *perform, size_t size, size_t align)
{
        const size_t gap = (size_t)(-(uintptr_t)perform->memory & (align - 1));

        if (gap > perform->memory_left || size > perform->memory_left - gap)
                return NULL;
        char *piece = perform->memory + gap;
        perform->memory = piece + size;
        perform->memory_left -= gap + size;
        return piece;
}

/** Without somebody who reads it the report still has to be somewhere. */
static struct workload_report *open_report(struct perform *perform)
{
        const struct world *world = perform->world;
        struct workload_report *report = world->report;

        perform->layout = workload_report_layout(perform->image.header);
        if (!report)
                report = perform_allocate(perform, perform->layout.total, 64);
        else if (world->report_size < perform->layout.total)
                report = NULL;
        if (!report)
                return NULL;
        report->magic = WORKLOAD_REPORT_MAGIC;
        report->version = WORKLOAD_REPORT_VERSION;
        __atomic_store_n(&report->state, WORKLOAD_STATE_BEGUN, __ATOMIC_RELEASE);
        return report;
}

static void say(const char *text)
{
        while (*text)
                world_putc(*text++);
        world_putc('\n');
}

/** The image is all of the boot module, or a file of it, which its name makes aligned. */
static bool check_image(const struct world *world, struct workload_image *image, const char **wrong)
{
        const void *bytes = world->image;
        size_t size = world->image_size;

        world_file(world, WORKLOAD_FILE, &bytes, &size);
        return workload_image_check(bytes, size, image, wrong);
}

int world_main(const struct world *world)
{
        const char *wrong = NULL;

        run.world = world;
        run.memory = world->memory;
        run.memory_left = world->memory_size;
        if (!check_image(world, &run.image, &wrong)) {
                say(wrong);
                return 2;
        }
        run.report = open_report(&run);
        if (!run.report) {
                say("the report does not fit into its memory");
                return 2;
        }
        if (perform_set_up(&run)) {
                const int error = world_run(world, run.rota, run.image.header->tick_ns);
                if (error)
                        perform_fail(&run, rota_error_text(error), 0);
        }
        const bool good = run.report->message[0] == '\0';
        if (!good) {
                run.report->message[WORKLOAD_REPORT_TEXT - 1] = '\0';
                say(run.report->message);
        }
        __atomic_store_n(&run.report->state, good ? WORKLOAD_STATE_DONE : WORKLOAD_STATE_FAILED,
                __ATOMIC_RELEASE);
        return good ? 0 : 1;
}
