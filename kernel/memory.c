/* SPDX-License-Identifier: MIT */
/* What the program gets of the machine's RAM, and the region it shares with who started it. */
#include "kernel.h"
#include "machine.h"
#include "memory.h"
#include <world.h>

#define PAGE ((uintptr_t)4096)

/* The program's memory, where `rota.memory=SIZE` does not say otherwise. Zeroing all RAM would take
 * most of the time of a boot, and make an emulator's host find memory for all of it. */
#define MEMORY_DEFAULT ((uintptr_t)64 << 20)

/* Reads a number as C writes it, moves *text behind it. */
static uintptr_t number(const char **text)
{
        uintptr_t value = 0, base = 10;
        const char *at = *text;

        if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
                base = 16;
                at += 2;
        }
        for (;; at++) {
                uintptr_t digit = base;
                if (*at >= '0' && *at <= '9')
                        digit = (uintptr_t)(*at - '0');
                else if ((*at | 32) >= 'a' && (*at | 32) <= 'f')
                        digit = (uintptr_t)((*at | 32) - 'a') + 10;
                if (digit >= base)
                        break;
                value = value * base + digit;
        }
        *text = at;
        return value;
}

/* The value of the word "key=value" on the command line, or NULL. */
static const char *option(const char *command, const char *key)
{
        for (const char *at = command; *at;) {
                while (*at == ' ')
                        at++;
                size_t n = 0;
                while (key[n] && at[n] == key[n])
                        n++;
                if (!key[n] && at[n] == '=')
                        return at + n + 1;
                while (*at && *at != ' ')
                        at++;
        }
        return NULL;
}

/* The region that the word "key=ADDRESS,SIZE" names; empty where it is not given. */
static struct kernel_range region(const char *command, const char *key)
{
        struct kernel_range range = {0, 0};
        const char *text = option(command, key);

        if (!text)
                return range;
        range.start = number(&text);
        if (*text++ != ',')
                kernel_fatal("%s needs ADDRESS,SIZE", key);
        range.end = range.start + number(&text);
        if ((*text && *text != ' ') || range.end <= range.start)
                kernel_fatal("%s needs ADDRESS,SIZE", key);
        return range;
}

static bool overlap(const struct kernel_range *a, const struct kernel_range *b)
{
        return a->start < b->end && b->start < a->end;
}

/* The largest piece of @p ram that is outside every one of the @p count ranges in @p taken. */
static struct kernel_range largest_gap(
        const struct kernel_range *ram, const struct kernel_range *taken, uint32_t count)
{
        struct kernel_range best = {0, 0};
        uintptr_t at = ram->start;

        while (at < ram->end) {
                /* The next taken range at or behind `at` ends the gap that begins there. */
                struct kernel_range next = {ram->end, ram->end};
                for (uint32_t i = 0; i < count; i++)
                        if (taken[i].end > at && taken[i].start < next.start)
                                next = taken[i];
                if (next.start > at && next.start - at > best.end - best.start)
                        best = (struct kernel_range){at, next.start};
                at = next.end;
        }
        return best;
}

void kernel_image_find(struct kernel_boot *boot)
{
        const struct kernel_range image = region(boot->command, "rota.image");
        bool is_ram = !image.end;

        for (uint32_t i = 0; i < boot->ram_count && !is_ram; i++)
                is_ram = image.start >= boot->ram[i].start && image.end <= boot->ram[i].end;
        if (!is_ram)
                kernel_fatal("rota.image is not in RAM");
        if (image.end)
                boot->image = image;
}

void kernel_memory_init(const struct kernel_boot *boot, struct world *world)
{
        struct kernel_range report = region(boot->command, "rota.report");
        const char *limit_text = option(boot->command, "rota.memory");
        uintptr_t limit = limit_text ? number(&limit_text) & ~(PAGE - 1) : MEMORY_DEFAULT;
        struct kernel_range best = {0, 0};
        struct kernel_range taken[4];
        uint32_t count = 0;
        bool report_is_ram = false;

        taken[count++] = (struct kernel_range){0, MACHINE_RAM_LOW};
        taken[count++] =
                (struct kernel_range){(uintptr_t)kernel_image_start, (uintptr_t)kernel_image_end};
        if (boot->image.end)
                taken[count++] = boot->image;
        if (report.end) {
                for (uint32_t i = 0; i < count; i++)
                        if (overlap(&report, &taken[i]))
                                kernel_fatal("rota.report lies over the kernel or its module");
                taken[count++] = report;
        }

        for (uint32_t i = 0; i < boot->ram_count; i++) {
                const struct kernel_range *ram = &boot->ram[i];
                struct kernel_range gap = largest_gap(ram, taken, count);
                if (report.end && report.start >= ram->start && report.end <= ram->end)
                        report_is_ram = true;
                gap.start = (gap.start + PAGE - 1) & ~(PAGE - 1);
                gap.end &= ~(PAGE - 1);
                if (gap.start < gap.end && gap.end - gap.start > best.end - best.start)
                        best = gap;
        }
        if (report.end && !report_is_ram)
                kernel_fatal("rota.report is not in RAM");

        world->report = report.end ? (void *)report.start : NULL;
        world->report_size = report.end - report.start;
        world->memory = (void *)best.start;
        world->memory_size = best.end - best.start;
        if (world->memory_size > limit)
                world->memory_size = limit;
        kernel_frames_init(best.start + world->memory_size, best.end);
        memset(world->memory, 0, world->memory_size);
}
