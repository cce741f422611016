/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Reads cpio archives of the "newc" format, as `cpio -o -H newc` writes them. An archive comes from
 * outside: nothing beyond its bytes is read, whatever it says. It needs no kernel, so it is tested on
 * the host.
 *
 * After: the manual page cpio(5), "New ASCII Format" and "New CRC Format".
 */
#ifndef KERNEL_CPIO_H
#define KERNEL_CPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of the longest name that is taken, its end included. */
#define CPIO_NAME_MAX 256

/** An archive that is being read; zero but for `bytes` and `size` before the first call. */
struct cpio {
        const unsigned char *bytes; /**< in any alignment */
        size_t size;
        size_t at;         /**< where the next header is */
        const char *wrong; /**< what is wrong with it, one line; NULL: nothing so far */
};

/** A file of it: all pointers into the archive. */
struct cpio_file {
        const char *name; /**< ends with NUL; without "./" or "/" before it */
        const void *bytes;
        size_t size;
        uint32_t mode; /**< type and permissions, as in stat(2) */
};

/** Whether a file is a plain one: not a directory, a link or a device. */
static inline bool cpio_is_plain(const struct cpio_file *file)
{
        return (file->mode & 0170000) == 0100000;
}

/** Whether bytes begin as an archive does. */
bool cpio_is_archive(const void *bytes, size_t size);

/** The next file. @return false at the archive's end, or where it is damaged: `wrong` tells.
 * Context: any. */
bool cpio_next(struct cpio *cpio, struct cpio_file *file);

/** Finds the first plain file of that name. @return false where there is none, or the archive is
 * damaged before it. Context: any. */
bool cpio_find(const void *bytes, size_t size, const char *name, struct cpio_file *file);

/** Reads an archive to its end. @return NULL: it is whole; else what is wrong. Context: any. */
const char *cpio_check(const void *bytes, size_t size);

#endif
