/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Linux adds up per thread how long it was ready and did not run; and, in a virtual machine, how long the
 * processors were taken away. A wait is added when it ends.
 */
#include "delay.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** Number @p index, from 0, of a small file's first line; a word that is no number counts too. */
static uint64_t number_in(const char *name, unsigned index)
{
        char text[256];
        const int file = open(name, O_RDONLY | O_CLOEXEC);
        const ssize_t length = file < 0 ? -1 : read(file, text, sizeof(text) - 1);

        if (file >= 0)
                close(file);
        if (length <= 0)
                return 0;
        text[length] = '\0';
        const char *at = text;
        for (; index; index--) {
                while (*at == ' ')
                        at++;
                while (*at > ' ')
                        at++;
        }
        return strtoull(at, NULL, 10);
}

/** How much longer this thread has waited than at the latest look. */
static uint64_t growth(struct delay *delay, unsigned long id)
{
        char name[256];
        uint32_t i = 0;

        while (i < delay->threads && delay->thread[i].id != id)
                i++;
        if (i == DELAY_THREADS)
                return 0;
        if (i == delay->threads) {
                delay->thread[i].id = id;
                delay->thread[i].waited_ns = 0;
                delay->threads++;
        }
        snprintf(
                name, sizeof(name), "%s/%ld/task/%lu/schedstat", delay->proc, (long)delay->pid, id);
        const uint64_t was = delay->thread[i].waited_ns, is = number_in(name, 1);
        if (is <= was)
                return 0; /* it has ended, or there is no such file */
        delay->thread[i].waited_ns = is;
        return is - was;
}

/** How much more was stolen: the eighth number of all processors, in ticks. */
static uint64_t stolen(struct delay *delay)
{
        char name[256];

        snprintf(name, sizeof(name), "%s/stat", delay->proc);
        const uint64_t was = delay->stolen_ns;
        delay->stolen_ns =
                number_in(name, 8) * (UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK));
        return delay->looks && delay->stolen_ns > was ? delay->stolen_ns - was : 0;
}

void delay_open(struct delay *delay, const char *proc, pid_t pid)
{
        *delay = (struct delay){.pid = pid};
        snprintf(delay->proc, sizeof(delay->proc), "%s", proc);
        delay_look(delay);
}

void delay_look(struct delay *delay)
{
        char name[256];
        uint64_t longest = 0;

        snprintf(name, sizeof(name), "%s/%ld/task", delay->proc, (long)delay->pid);
        DIR *folder = opendir(name);
        for (const struct dirent *entry; folder && (entry = readdir(folder));) {
                const unsigned long id = strtoul(entry->d_name, NULL, 10);
                const uint64_t more = id ? growth(delay, id) : 0;
                longest = more > longest ? more : longest;
        }
        if (folder)
                closedir(folder);
        longest += stolen(delay);
        delay->looks++;
        if (longest > delay->longest_ns)
                delay->longest_ns = longest;
}
