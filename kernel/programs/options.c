/* SPDX-License-Identifier: MIT */
#include "options.h"

bool options_same(const char *a, const char *b)
{
        while (*a && *a == *b) {
                a++;
                b++;
        }
        return *a == *b;
}

/* The value of "key=value" where the word at @p word is one of that key; else NULL. */
static const char *value_of(const char *word, const char *key)
{
        while (*key && *word == *key) {
                word++;
                key++;
        }
        return !*key && *word == '=' ? word + 1 : NULL;
}

/* A decimal number that ends with its word. */
static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
        if (*text < '0' || *text > '9')
                return false;
        for (*value = 0; *text >= '0' && *text <= '9'; text++) {
                if (*value > UINT64_MAX / 10 - 1)
                        return false;
                *value = *value * 10 + (uint64_t)(*text - '0');
        }
        return (!*text || *text == ' ') && *value >= least && *value <= most;
}

static const char *read_word(struct options *o, const char *word, uint32_t cpus)
{
        struct {
                const char *key;
                uint64_t least, most;
                const char *wrong;
                uint64_t value;
        } numbers[] = {
                {"cpus", 1, cpus, "cpus= is 1 to what the machine has", o->cpus},
                {"slice", 1, ROTA_S, "slice= is ns, up to a second", o->slice_ns},
                {"copies", 1, 100000, "copies= is 1 to 100000", o->copies},
                {"until", 1, ROTA_NEVER / 4, "until= is ns", o->until},
                {"threads", 1, 65536, "threads= is 1 to 65536", o->limits.threads},
                {"pages", 8, 1 << 20, "pages= is 8 to 1048576", o->limits.pages},
                {"children", 0, 65536, "children= is 0 to 65536", o->limits.children},
                {"stack", 4096, 512 << 10, "stack= is 4096 to 524288", o->limits.stack},
                {"fifo", 0, 1, "fifo= is 0 or 1", o->limits.fifo},
                {"priority", 1, ROTA_PRIO_LEVELS, "priority= is a level", o->limits.priority},
                {"slots", 2, 1 << 20, "slots= is 2 to 1048576", o->slots},
                {"quiet", 0, 1, "quiet= is 0 or 1", o->quiet},
        };
        const char *wrong =
                "run=, policy=, cpus=, slice=, copies=, until=, threads=, pages=, children=, "
                "stack=, fifo=, priority=, slots= and quiet= are the words";
        const char *text = value_of(word, "run");

        if (text) {
                o->run = text;
                return NULL;
        }
        text = value_of(word, "policy");
        if (text) {
                size_t i = 0;
                for (; text[i] && text[i] != ' ' && i < sizeof(o->policy) - 1; i++)
                        o->policy[i] = text[i];
                o->policy[i] = '\0';
                return NULL;
        }
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
                text = value_of(word, numbers[i].key);
                if (!text)
                        continue;
                wrong = read_number(text, numbers[i].least, numbers[i].most, &numbers[i].value)
                                ? NULL
                                : numbers[i].wrong;
        }
        o->cpus = (uint32_t)numbers[0].value;
        o->slice_ns = numbers[1].value;
        o->copies = (uint32_t)numbers[2].value;
        o->until = numbers[3].value;
        o->limits.threads = (uint32_t)numbers[4].value;
        o->limits.pages = (uint32_t)numbers[5].value;
        o->limits.children = (uint32_t)numbers[6].value;
        o->limits.stack = (uint32_t)numbers[7].value;
        o->limits.fifo = numbers[8].value;
        o->limits.priority = (uint16_t)numbers[9].value;
        o->slots = (uint32_t)numbers[10].value;
        o->quiet = numbers[11].value;
        return wrong;
}

const char *options_read(struct options *options, const struct world *world)
{
        const char *wrong = NULL;

        *options =
                (struct options){.policy = "rr", .cpus = world->cpus, .copies = 1, .slots = 1024};
        options->limits = (struct kernel_limits){.pages = 4096,
                .stack = 65536,
                .threads = 256,
                .children = 256,
                .priority = ROTA_PRIO_DEFAULT,
                .class_first = 1,
                .class_count = 1};
        for (const char *at = world->command; *at && !wrong;) {
                /* "rota." words are the kernel's own. */
                if (*at != ' ' && !(at[0] == 'r' && at[1] == 'o' && at[2] == 't' && at[3] == 'a'))
                        wrong = read_word(options, at, world->cpus);
                while (*at && *at != ' ')
                        at++;
                while (*at == ' ')
                        at++;
        }
        return wrong;
}
