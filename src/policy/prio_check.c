/* SPDX-License-Identifier: MIT */
/* prio's invariants, for rota_check(): the lines, the bitmap of levels, the counts, what is published. */
#include "base/bitmap.h"
#include "base/list.h"
#include "policy/line.h"
#include "policy/prio.h"

const char *prio_check(const struct rota_queue *queue)
{
        struct prio_queue *q = queue_of(queue);
        size_t n = 0;
        uint32_t sliced = 0;
        bool turn = !q->ahead.turn; /* who is first in turn was seen */

        for (uint32_t i = 0; i < LEVELS; i++) {
                size_t length = rota_list_verify(&q->lines[i], queue->ready);
                if (length == SIZE_MAX)
                        return "prio: a line's links or length";
                if ((length != 0) != rota_bitmap_test(q->levels, i))
                        return "prio: the bitmap of levels";
                n += length;
                rota_list_each (node, &q->lines[i]) {
                        const struct prio_task *t = state_of(line_task(node));
                        if (t->level != i)
                                return "prio: a task in another level's line";
                        if (!t->here)
                                return "prio: a waiting task is not counted here";
                        sliced += !t->fifo;
                        turn |= node == q->ahead.turn;
                }
        }
        if (!turn || (q->ahead.turn && q->ahead.count > LINE_AHEAD_MOST))
                return "prio: who went ahead";
        if (n != queue->ready)
                return "prio: the number of waiting tasks";
        if (queue->current)
                sliced += !state_of(queue->current)->fifo;
        if (sliced != q->sliced)
                return "prio: the number of tasks with slices";
        if (q->waiting != rota_bitmap_first(q->levels, LEVELS))
                return "prio: the published waiting level";
        if (q->running != (queue->current ? state_of(queue->current)->level : LEVELS))
                return "prio: the published running level";
        if (queue->line != round_of(q))
                return "prio: where a yield goes round";
        return NULL;
}
