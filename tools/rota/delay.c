/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Linux adds up per thread how long it was ready and did not run; and, in a virtual machine, how long the
 * processors were taken away. A wait is added when it ends; one that goes on is seen by a thread that is
 * ready, look after look, and has not run: a world's end comes soon after its threads' last waits.
 */
#include "delay.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/** The begin of a small file; "" where it cannot be read. */
struct text {
        char at[256];
};

static struct text text_of(const char *name)
{
        struct text text;
        const int file = open(name, O_RDONLY | O_CLOEXEC);
        const ssize_t length = file < 0 ? -1 : read(file, text.at, sizeof(text.at) - 1);

        if (file >= 0)
                close(file);
        text.at[length > 0 ? length : 0] = '\0';
        return text;
}

/** Number @p index, from 0, of a text; a word that is no number counts too. */
static uint64_t number_in(const char *at, unsigned index)
{
        for (; index; index--) {
                while (*at == ' ')
                        at++;
                while (*at > ' ')
                        at++;
        }
        return strtoull(at, NULL, 10);
}

/** A file of a thread's. */
static struct text text_of_thread(const struct delay *delay, unsigned long id, const char *what)
{
        char name[256];

        snprintf(name, sizeof(name), "%s/%ld/task/%lu/%s", delay->proc, (long)delay->pid, id, what);
        return text_of(name);
}

/** Whether it is running or waits for that: the letter behind its name, which may have brackets in it. */
static bool is_ready(const struct delay *delay, unsigned long id)
{
        const struct text stat = text_of_thread(delay, id, "stat");
        const char *end = strrchr(stat.at, ')');

        return end && strncmp(end, ") R", 3) == 0;
}

/** How much longer this thread has waited than at the latest look; where it still does, since when it does. */
static uint64_t growth(struct delay *delay, unsigned long id, uint64_t since_ns)
{
        uint32_t i = 0;

        while (i < delay->threads && delay->thread[i].id != id)
                i++;
        if (i == DELAY_THREADS)
                return 0;
        if (i == delay->threads) {
                memset(&delay->thread[i], 0, sizeof(delay->thread[i]));
                delay->thread[i].id = id;
                delay->threads++;
        }
        const struct text told = text_of_thread(delay, id, "schedstat");
        const uint64_t ran = number_in(told.at, 0), waited = number_in(told.at, 1);
        const uint64_t was = delay->thread[i].waited_ns;
        const bool same = *told.at && waited == was && ran == delay->thread[i].ran_ns;
        const bool kept = same && is_ready(delay, id);
        delay->thread[i].kept_ns = kept ? delay->thread[i].kept_ns + since_ns : 0;
        delay->thread[i].ran_ns = ran;
        if (waited <= was) /* it waits yet; or has ended, or there is no such file */
                return delay->thread[i].kept_ns;
        delay->thread[i].waited_ns = waited;
        return waited - was;
}

/** How much more was stolen: the eighth number of all processors, in ticks. */
static uint64_t stolen(struct delay *delay)
{
        char name[256];

        snprintf(name, sizeof(name), "%s/stat", delay->proc);
        const uint64_t was = delay->stolen_ns;
        delay->stolen_ns = number_in(text_of(name).at, 8) *
                           (UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK));
        return delay->looks && delay->stolen_ns > was ? delay->stolen_ns - was : 0;
}

void delay_open(struct delay *delay, const char *proc, pid_t pid)
{
        *delay = (struct delay){.pid = pid, .looked_ns = now_ns()};
        snprintf(delay->proc, sizeof(delay->proc), "%s", proc);
        delay_look(delay);
}

void delay_look(struct delay *delay)
{
        const uint64_t now = now_ns(), since = now - delay->looked_ns;
        char name[256];
        uint64_t longest = 0;

        delay->looked_ns = now;
        snprintf(name, sizeof(name), "%s/%ld/task", delay->proc, (long)delay->pid);
        DIR *folder = opendir(name);
        for (const struct dirent *entry; folder && (entry = readdir(folder));) {
                const unsigned long id = strtoul(entry->d_name, NULL, 10);
                const uint64_t more = id ? growth(delay, id, since) : 0;
                longest = more > longest ? more : longest;
        }
        if (folder)
                closedir(folder);
        longest += stolen(delay);
        delay->looks++;
        if (longest > delay->longest_ns)
                delay->longest_ns = longest;
}
