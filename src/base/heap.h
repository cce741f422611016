/* SPDX-License-Identifier: MIT */
/*
 * Leftist heap (C. A. Crane, "Linear lists and priority queues as balanced binary trees", 1972),
 * intrusive, smallest key first, with parent links so that any node can be taken out. The right
 * spine has at most log2(n + 1) nodes: insert, take and remove are O(log n) in the worst case;
 * half of all nodes are leaves, so an average remove is O(1).
 */
#ifndef ROTA_BASE_HEAP_H
#define ROTA_BASE_HEAP_H

#include <rota/timer.h>

/* Puts node, whose key is set, into the heap at *root. */
void rota_heap_insert(struct rota_heap_node **root, struct rota_heap_node *node);

/* Takes a node that is in the heap out of it. */
void rota_heap_remove(struct rota_heap_node **root, struct rota_heap_node *node);

/* Nodes of a heap that is in order, SIZE_MAX where it is not. */
size_t rota_heap_verify(const struct rota_heap_node *root);

#endif
