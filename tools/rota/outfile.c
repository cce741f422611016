/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Atomic output files, and the one JSON value that needs thought.
 */
#include "outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

/** Devices and pipes cannot be replaced and need not be. */
static bool is_special(const char *name)
{
        struct stat info;
        return stat(name, &info) == 0 && !S_ISREG(info.st_mode);
}

bool outfile_open(struct outfile *file, const char *name, struct error *error)
{
        memset(file, 0, sizeof(*file));
        file->name = name;
        if (strcmp(name, "-") == 0) {
                file->stream = stdout;
                return true;
        }
        if (is_special(name)) {
                file->stream = fopen(name, "w");
        } else {
                const size_t size = strlen(name) + 8;
                file->temporary = memory_get(size, 1);
                snprintf(file->temporary, size, "%s.XXXXXX", name);
                const int fd = mkstemp(file->temporary);
                if (fd >= 0) {
                        const mode_t mask = umask(0);
                        umask(mask);
                        fchmod(fd, 0666 & ~mask);
                        file->stream = fdopen(fd, "w");
                }
        }
        if (file->stream)
                return true;
        error_set(error, "%s: %s", name, strerror(errno));
        free(file->temporary);
        file->temporary = NULL;
        return false;
}

bool outfile_close(struct outfile *file, struct error *error)
{
        bool good = fflush(file->stream) == 0 && !ferror(file->stream);

        if (file->stream != stdout)
                good = fclose(file->stream) == 0 && good;
        file->stream = NULL;
        if (good && file->temporary)
                good = rename(file->temporary, file->name) == 0;
        if (!good)
                error_set(error, "%s: %s", strcmp(file->name, "-") ? file->name : "standard output",
                        strerror(errno));
        if (!good && file->temporary)
                unlink(file->temporary);
        free(file->temporary);
        file->temporary = NULL;
        return good;
}

void outfile_drop(struct outfile *file)
{
        if (file->stream && file->stream != stdout)
                fclose(file->stream);
        if (file->temporary)
                unlink(file->temporary);
        free(file->temporary);
        memset(file, 0, sizeof(*file));
}

/** Length of the UTF-8 sequence at @p p, 0 where it is none. */
static size_t utf8_length(const unsigned char *p)
{
        const size_t length = p[0] < 0x80                   ? 1
                              : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
                              : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
                              : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                                            : 0;

        for (size_t i = 1; i < length; i++)
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
        if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
                (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
                return 0;
        return length;
}

void json_string(FILE *stream, const char *text)
{
        const unsigned char *p = (const unsigned char *)text;

        putc('"', stream);
        while (*p) {
                const size_t length = utf8_length(p);
                if (*p == '"' || *p == '\\')
                        fprintf(stream, "\\%c", *p++);
                else if (*p < ' ' || *p == 0x7f)
                        fprintf(stream, "\\u%04x", *p++);
                else if (length == 0)
                        fprintf(stream, "\\ufffd"), p++;
                else
                        for (size_t i = 0; i < length; i++)
                                putc(*p++, stream);
        }
        putc('"', stream);
}
