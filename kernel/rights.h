/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a page may be used for.
 */
#ifndef KERNEL_RIGHTS_H
#define KERNEL_RIGHTS_H

/** Where a machine cannot say less, a page may have KERNEL_READ besides what is asked. */
enum kernel_rights {
        KERNEL_READ = 1,
        KERNEL_WRITE = 2,
        KERNEL_EXECUTE = 4,
        KERNEL_USER =
                8, /**< from user mode, which then has all the rights; without it the page is the
                             * same in every space */
        KERNEL_DEVICE = 16, /**< registers: uncached, in order */
};

#endif
