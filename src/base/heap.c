/* SPDX-License-Identifier: MIT */
#include "base/heap.h"

/* Length of the shortest way down to a missing child. */
static uint32_t rank_of(const struct rota_heap_node *node)
{
        return node ? node->rank : 0;
}

/* Restores rank and leftness of a node; returns whether its rank changed. */
static bool settle(struct rota_heap_node *node)
{
        if (rank_of(node->left) < rank_of(node->right)) {
                struct rota_heap_node *left = node->left;
                node->left = node->right;
                node->right = left;
        }
        uint32_t rank = rank_of(node->right) + 1;
        bool changed = rank != node->rank;
        node->rank = rank;
        return changed;
}

/* Joins two heaps along their right spines. The result's parent is NULL. */
static struct rota_heap_node *merge(struct rota_heap_node *a, struct rota_heap_node *b)
{
        struct rota_heap_node *root = NULL;
        struct rota_heap_node **link = &root;
        struct rota_heap_node *parent = NULL;

        while (a && b) {
                if (b->key < a->key) {
                        struct rota_heap_node *swap = a;
                        a = b;
                        b = swap;
                }
                *link = a;
                a->parent = parent;
                parent = a;
                link = &a->right;
                a = a->right;
        }
        struct rota_heap_node *rest = a ? a : b;
        *link = rest;
        if (rest)
                rest->parent = parent;
        for (; parent; parent = parent->parent)
                settle(parent);
        return root;
}

void rota_heap_insert(struct rota_heap_node **root, struct rota_heap_node *node)
{
        node->left = NULL;
        node->right = NULL;
        node->parent = NULL;
        node->rank = 1;
        /* The old root first: among equal keys the earlier one stays above. */
        *root = merge(*root, node);
}

void rota_heap_remove(struct rota_heap_node **root, struct rota_heap_node *node)
{
        struct rota_heap_node *parent = node->parent;
        struct rota_heap_node *rest = merge(node->left, node->right);

        if (rest)
                rest->parent = parent;
        if (!parent) {
                *root = rest;
                return;
        }
        if (parent->left == node)
                parent->left = rest;
        else
                parent->right = rest;
        while (parent && settle(parent))
                parent = parent->parent;
}

size_t rota_heap_verify(const struct rota_heap_node *root)
{
        /* Depth-first by parent links, so that a long left spine needs no stack. */
        size_t n = 0;
        const struct rota_heap_node *node = root;
        const struct rota_heap_node *from = NULL;

        if (root && root->parent)
                return SIZE_MAX;
        while (node) {
                if (from == node->parent) {
                        n++;
                        if (rank_of(node->left) < rank_of(node->right) ||
                                node->rank != rank_of(node->right) + 1)
                                return SIZE_MAX;
                        if (node->parent && node->key < node->parent->key)
                                return SIZE_MAX;
                        if (node->left && node->left->parent != node)
                                return SIZE_MAX;
                        if (node->right && node->right->parent != node)
                                return SIZE_MAX;
                        from = node;
                        node = node->left ? node->left : node->parent;
                        continue;
                }
                bool from_left = from == node->left;
                from = node;
                node = from_left && node->right ? node->right : node->parent;
        }
        return n;
}
