/* SPDX-License-Identifier: MIT */
/* What the tests of the device tree's reader share: one tree, opened. */
#ifndef DEVICETREE_TEST_H
#define DEVICETREE_TEST_H

#include "devicetree.h"

#include "flat.h"
#include "../unit/unit.h"

static struct flat flat;
static struct devicetree tree;

static inline void open_flat(void)
{
        flat_finish(&flat);
        assert_null(devicetree_open(&tree, flat.bytes, flat.size));
}

static inline void open_machine(void)
{
        flat_machine(&flat);
        assert_null(devicetree_open(&tree, flat.bytes, flat.size));
        assert_int_equal(devicetree_size(flat.bytes), flat.size);
}

static inline uint32_t find(const char *path)
{
        uint32_t node = devicetree_find(&tree, path);
        assert_int_not_equal(node, DEVICETREE_NONE);
        return node;
}

static inline void assert_range(struct devicetree_range range, uint64_t start, uint64_t size)
{
        assert_int_equal(range.start, start);
        assert_int_equal(range.size, size);
}

#endif
