/* SPDX-License-Identifier: MIT */
/* Circular doubly linked list; the head is a node of its own. */
#ifndef ROTA_BASE_LIST_H
#define ROTA_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rota_list {
        struct rota_list *next;
        struct rota_list *prev;
};

#define rota_container(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#define rota_list_each(node, head)                                                                 \
        for (struct rota_list *node = (head)->next; node != (head); node = node->next)

static inline void rota_list_init(struct rota_list *head)
{
        head->next = head;
        head->prev = head;
}

static inline bool rota_list_empty(const struct rota_list *head)
{
        return head->next == head;
}

static inline void rota_list_insert(
        struct rota_list *node, struct rota_list *before, struct rota_list *after)
{
        node->prev = before;
        node->next = after;
        before->next = node;
        after->prev = node;
}

static inline void rota_list_push_head(struct rota_list *head, struct rota_list *node)
{
        rota_list_insert(node, head, head->next);
}

static inline void rota_list_push_tail(struct rota_list *head, struct rota_list *node)
{
        rota_list_insert(node, head->prev, head);
}

/* Puts a node at the tail and takes the first out, which is answered; the list is not empty. */
static inline struct rota_list *rota_list_rotate(struct rota_list *head, struct rota_list *node)
{
        struct rota_list *first = head->next;
        struct rota_list *last = head->prev;
        node->prev = last;
        node->next = head;
        head->prev = node;
        last->next = node;
        struct rota_list *second = first->next; /* the node itself where first was last */
        head->next = second;
        second->prev = head;
        return first;
}

static inline void rota_list_remove(struct rota_list *node)
{
        node->prev->next = node->next;
        node->next->prev = node->prev;
}

/* Nodes of a list whose links agree in both directions, SIZE_MAX where they do not or where there
 * are more than most. */
static inline size_t rota_list_verify(const struct rota_list *head, size_t most)
{
        size_t n = 0;
        for (const struct rota_list *node = head->next; node != head; node = node->next) {
                if (n++ > most || node->next->prev != node || node->prev->next != node)
                        return SIZE_MAX;
        }
        return n;
}

#endif
