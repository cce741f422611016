/* SPDX-License-Identifier: MIT */
/* Which CPUs there are. A hart's number says nothing of its CPU's: the firmware lets any of them boot, and
 * that one is CPU 0; the others follow by their numbers. */
#include "machine.h"
#include "memory.h"
#include "riscv.h"

uint64_t harts_id[KERNEL_CPUS_MAX];
static uint32_t count;

/* Whether a kernel can run on it: not on a small one for firmware, without address translation. */
static bool usable(const struct devicetree *tree, uint32_t node)
{
        const char *mmu = devicetree_string(tree, node, "mmu-type", 0);

        return devicetree_enabled(tree, node) && mmu && memcmp(mmu, "riscv,sv", 8) == 0;
}

uint32_t harts_init(const struct devicetree *tree, uint64_t self)
{
        uint32_t node = DEVICETREE_NONE;

        harts_id[0] = self;
        count = 1;
        while ((node = devicetree_cpu(tree, node)) != DEVICETREE_NONE) {
                uint64_t hart;
                if (!usable(tree, node) || !devicetree_id(tree, node, 0, &hart) || hart == self ||
                        count == KERNEL_CPUS_MAX)
                        continue;
                uint32_t at = count++;
                for (; at > 1 && harts_id[at - 1] > hart; at--)
                        harts_id[at] = harts_id[at - 1];
                harts_id[at] = hart;
        }
        return count;
}

uint32_t harts_cpu(uint64_t hart)
{
        for (uint32_t i = 0; i < count; i++)
                if (harts_id[i] == hart)
                        return i;
        return UINT32_MAX;
}

static size_t length(const char *text)
{
        size_t n = 0;
        while (text[n])
                n++;
        return n;
}

/* Whether a string such as "rv64imafdc_zicsr_sstc" has a word, or a letter of the first word behind rv64. */
static bool in_isa(const char *isa, const char *extension)
{
        size_t size = length(extension);

        if (length(isa) < 4)
                return false;
        for (isa += 4; *isa && *isa != '_'; isa++)
                if (size == 1 && *isa == *extension)
                        return true;
        while (*isa == '_') {
                const char *word = ++isa;
                while (*isa && *isa != '_')
                        isa++;
                if ((size_t)(isa - word) == size && memcmp(word, extension, size) == 0)
                        return true;
        }
        return false;
}

/* The newer way is a list of strings, the older one a string. */
static bool has(const struct devicetree *tree, uint32_t node, const char *extension)
{
        const char *text = devicetree_string(tree, node, "riscv,isa", 0);
        size_t size = length(extension) + 1;

        if (text && in_isa(text, extension))
                return true;
        for (uint32_t i = 0; (text = devicetree_string(tree, node, "riscv,isa-extensions", i)); i++)
                if (length(text) + 1 == size && memcmp(text, extension, size) == 0)
                        return true;
        return false;
}

bool harts_have(const struct devicetree *tree, const char *extension)
{
        uint32_t node = DEVICETREE_NONE, seen = 0;

        while ((node = devicetree_cpu(tree, node)) != DEVICETREE_NONE) {
                if (!usable(tree, node))
                        continue;
                if (!has(tree, node, extension))
                        return false;
                seen++;
        }
        return seen != 0;
}
