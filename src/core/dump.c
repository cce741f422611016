/* SPDX-License-Identifier: MIT */
/* The state of all CPUs and tasks as text, for a kernel that is about to die: no locks, nothing is
 * trusted more than it must be. */
#include "core/account.h"
#include "core/core.h"
#include "core/text.h"

static const char *where_name(uint8_t where)
{
        static const char *const names[] = {"new", "ready", "running", "parked", "moving", "ended"};
        return where < sizeof(names) / sizeof(names[0]) ? names[where] : "?";
}

void rota_dump(void (*putc)(char))
{
        struct text w = {putc, NULL, NULL};
        struct rota *rota = core_instance();

        if (!rota) {
                text_put(&w, "rota: no instance");
                text_char(&w, '\n');
                return;
        }
        text_number(&w, "rota: cpus ", rota->cpu_count);
        text_number(&w, ", slots used ", slot_in_use(rota));
        text_number(&w, " of ", rota->slot_count);
        if (rota->fallbacks) {
                text_number(&w, ", policies replaced ", rota->fallbacks);
                text_put(&w, ": ");
                text_put(&w, rota_atomic_load(&rota->fallback_reason));
        }
        if (rota->overflows)
                text_number(&w, ", stacks overflowed ", rota->overflows);
        if (rota->starvations)
                text_number(&w, ", starved ", rota->starvations);
        if (rota->spare_count) {
                text_number(&w, ", spare stacks ", rota->spare_left);
                text_number(&w, " of ", rota->spare_count);
        }
        text_char(&w, '\n');
        if (rota->starvations)
                watchdog_show(&w, rota);
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                const struct rota_cpu *cpu = rota->cpus[i];
                text_number(&w, "cpu ", i);
                text_put(&w, cpu->online == CPU_LEAVING  ? " leaving"
                             : cpu->online == CPU_ONLINE ? " online"
                                                         : " offline");
                text_number(&w, ", waiting ", cpu->ready);
                text_number(&w, ", need ", cpu->need);
                text_number(&w, ", idle state ", cpu->idle);
                text_number(&w, ", switches ", cpu->stats.switches);
                text_put(&w, ", runs ");
                text_put(&w, cpu->current ? cpu->current->name : "home");
                if (cpu->lock)
                        text_put(&w, ", locked");
                text_char(&w, '\n');
                trace_show(&w, cpu);
        }
        for (uint32_t i = 0; i < rota->slot_count; i++) {
                uintptr_t word = rota->slots[i].word;
                uintptr_t state = word_state(word);
                if (state == WORD_FREE || state == WORD_DEAD)
                        continue;
                const struct rota_task *task = slot_task(&rota->slots[i]);
                text_number(&w, "task ", i + 1);
                text_put(&w, " ");
                text_put(&w, task->name);
                text_put(&w, ": ");
                text_put(&w, where_name(task->where));
                text_number(&w, ", cpu ", task->cpu);
                text_number(&w, ", class ", task->class_index);
                text_number(&w, ", guard ", task_guards(task));
                if (task_lent(task))
                        text_put(&w, ", with a home stack");
                if (word & WORD_TOKEN)
                        text_put(&w, ", token");
                if (word & WORD_CANCEL)
                        text_put(&w, ", cancelled");
                if (word & WORD_PIN)
                        text_put(&w, ", pinned");
                text_char(&w, '\n');
        }
}
