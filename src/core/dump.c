/* SPDX-License-Identifier: MIT */
/* The state of all CPUs and tasks as text, for a kernel that is about to die: no locks, nothing is
 * trusted more than it must be. */
#include "core/core.h"

struct writer {
        void (*putc)(char);
};

static void text(const struct writer *w, const char *s)
{
        for (uint32_t i = 0; s && s[i] && i < 64; i++)
                w->putc(s[i] >= ' ' && s[i] <= '~' ? s[i] : '?');
}

static void line(const struct writer *w)
{
        w->putc('\n');
}

static void number(const struct writer *w, const char *label, uint64_t value)
{
        char digits[20];
        uint32_t n = 0;

        text(w, label);
        do {
                /* Division by ten without a 64-bit divide: this also runs on 32-bit machines. */
                uint64_t rest = 0;
                uint64_t quotient = 0;
                for (int bit = 63; bit >= 0; bit--) {
                        rest = rest * 2 + ((value >> bit) & 1);
                        if (rest >= 10) {
                                rest -= 10;
                                quotient |= (uint64_t)1 << bit;
                        }
                }
                digits[n++] = (char)('0' + (char)rest);
                value = quotient;
        } while (value);
        while (n)
                w->putc(digits[--n]);
}

static const char *where_name(uint8_t where)
{
        static const char *const names[] = {"new", "ready", "running", "parked", "moving", "ended"};
        return where < sizeof(names) / sizeof(names[0]) ? names[where] : "?";
}

void rota_dump(void (*putc)(char))
{
        struct writer w = {putc};
        struct rota *rota = core_instance();

        if (!rota) {
                text(&w, "rota: no instance");
                line(&w);
                return;
        }
        number(&w, "rota: cpus ", rota->cpu_count);
        number(&w, ", slots used ", rota->slot_used);
        number(&w, " of ", rota->slot_count);
        if (rota->fallbacks) {
                number(&w, ", policies replaced ", rota->fallbacks);
                text(&w, ": ");
                text(&w, rota_atomic_load(&rota->fallback_reason));
        }
        line(&w);
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                const struct rota_cpu *cpu = rota->cpus[i];
                number(&w, "cpu ", i);
                text(&w, cpu->online ? " online" : " offline");
                number(&w, ", waiting ", cpu->ready);
                number(&w, ", need ", cpu->need);
                number(&w, ", idle state ", cpu->idle);
                number(&w, ", switches ", cpu->stats.switches);
                text(&w, ", runs ");
                text(&w, cpu->current ? cpu->current->name : "home");
                if (cpu->lock)
                        text(&w, ", locked");
                line(&w);
        }
        for (uint32_t i = 0; i < rota->slot_count; i++) {
                uintptr_t word = rota->slots[i].word;
                uintptr_t state = word_state(word);
                if (state == WORD_FREE || state == WORD_DEAD)
                        continue;
                const struct rota_task *task = slot_task(&rota->slots[i]);
                number(&w, "task ", i + 1);
                text(&w, " ");
                text(&w, task->name);
                text(&w, ": ");
                text(&w, where_name(task->where));
                number(&w, ", cpu ", task->cpu);
                number(&w, ", class ", task->class_index);
                number(&w, ", guard ", task->guard);
                if (word & WORD_TOKEN)
                        text(&w, ", token");
                if (word & WORD_CANCEL)
                        text(&w, ", cancelled");
                if (word & WORD_PIN)
                        text(&w, ", pinned");
                line(&w);
        }
}
