/* SPDX-License-Identifier: MIT */
#include "channels.h"

struct rota_channel channels[CHANNELS];
uint64_t contents[CHANNELS][CAPACITY];
uint32_t used[CHANNELS];
bool closed[CHANNELS];
struct entry entries[TASKS * CASES];
uint32_t entry_count;
struct actor actors[TASKS + 1];

/* ---- The model. ---- */

static bool waits(uint32_t task)
{
        return actors[task].wait && actors[task].wait->result == ROTA_WAIT_PENDING &&
               !actors[task].served;
}

struct entry *model_next(enum what what, uint32_t channel, uint8_t order)
{
        struct entry *best = NULL;

        for (uint32_t i = 0; i < entry_count; i++) {
                struct entry *e = &entries[i];
                if (e->what != what || e->channel != channel || !waits(e->task))
                        continue;
                if (!best || (order == ROTA_WAIT_URGENCY &&
                                     urgency_before(urgency_of(&v.tasks[e->task].task),
                                             urgency_of(&v.tasks[best->task].task))))
                        best = e;
        }
        return best;
}

void model_serve(const struct entry *e, int result, uint64_t message)
{
        struct actor *a = &actors[e->task];
        a->served = true;
        a->number = e->number;
        a->result = result;
        a->message = message;
}

int model_send(uint32_t c, uint64_t message)
{
        const struct entry *e;

        if (closed[c])
                return ROTA_ECLOSED;
        if ((e = model_next(RECEIVE, c, channels[c].receivers.order)) != NULL)
                model_serve(e, ROTA_OK, message);
        else if (used[c] < channels[c].capacity)
                contents[c][used[c]++] = message;
        else
                return ROTA_EAGAIN;
        return ROTA_OK;
}

int model_receive(uint32_t c, uint64_t *message)
{
        const struct entry *e = model_next(SEND, c, channels[c].senders.order);

        if (used[c]) {
                *message = contents[c][0];
                memmove(&contents[c][0], &contents[c][1], --used[c] * sizeof(contents[c][0]));
                if (e)
                        contents[c][used[c]++] = e->message;
        } else if (e) {
                *message = e->message;
        } else {
                return closed[c] ? ROTA_ECLOSED : ROTA_EAGAIN;
        }
        if (e)
                model_serve(e, ROTA_OK, 0);
        return ROTA_OK;
}

void model_add(uint32_t task, uint32_t number, enum what what, uint32_t c, uint64_t message)
{
        entries[entry_count++] = (struct entry){task, number, c, what, message};
}

void model_forget(uint32_t task)
{
        uint32_t kept = 0;
        for (uint32_t i = 0; i < entry_count; i++)
                if (entries[i].task != task)
                        entries[kept++] = entries[i];
        entry_count = kept;
}

void model_verify(void)
{
        for (uint32_t i = 0; i < TASKS; i++) {
                const struct actor *a = &actors[i];
                if (!a->wait)
                        continue;
                uintptr_t word = a->wait->result;
                bool is = word != ROTA_WAIT_PENDING && (word & WAIT_SERVED);
                if (is != a->served)
                        virtual_fail("task %u is%s served", i, is ? "" : " not");
                if (is && (wait_decode(word) != a->result ||
                                  word >> WAIT_INDEX_SHIFT != (a->count ? a->number : 0)))
                        virtual_fail("task %u is served with another thing", i);
        }
}
