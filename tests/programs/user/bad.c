/* SPDX-License-Identifier: MIT */
/*
 * A program that does what it may not: the deed that its first word, or its own name, names. Else it has children
 * do them all, one after the other and then all at once, and looks how each ends.
 */
#include "bad.h"

#define DEEDS_MAX 64

static volatile uint32_t sink;
static uint32_t data[4] = {0, 0, 0, 0};

static volatile uint32_t *at(uintptr_t address)
{
        return (volatile uint32_t *)address;
}

static void jump(uintptr_t address)
{
        ((void (*)(void))address)();
}

static void read_kernel(void)
{
        sink = *at(bad_kernel);
}

static void write_kernel(void)
{
        *at(bad_kernel) = 1;
}

static void jump_kernel(void)
{
        jump(bad_kernel);
}

static void read_zero(void)
{
        uintptr_t zero = 0;

        __asm__ volatile("" : "+r"(zero));
        sink = *at(zero);
}

static void jump_zero(void)
{
        uintptr_t zero = 0;

        __asm__ volatile("" : "+r"(zero));
        jump(zero);
}

static void read_stacks(void)
{
        sink = *at((uintptr_t)32 << 30); /* where the kernel's stacks are */
}

static void read_beyond(void)
{
        sink = *at((uintptr_t)128 << 30); /* just behind the users' addresses */
}

static void write_last(void)
{
        *at(~(uintptr_t)7) = 1;
}

static void write_text(void)
{
        *at((uintptr_t)write_text & ~(uintptr_t)3) = 1;
}

static void write_constant(void)
{
        static const uint32_t constant[4] = {1, 2, 3, 4};

        *at((uintptr_t)constant) = 5;
}

static void execute_data(void)
{
        jump((uintptr_t)data);
}

static void execute_stack(void)
{
        uint32_t code[4] = {0, 0, 0, 0};

        __asm__ volatile("" : : "r"(code) : "memory");
        jump((uintptr_t)code);
}

static void read_unmapped(void)
{
        const int64_t page = sys_map(NULL, 4096, SYS_READ | SYS_WRITE_TO);

        *at((uintptr_t)page) = 1;
        sys_unmap((void *)(uintptr_t)page, 4096);
        sink = *at((uintptr_t)page);
}

static void write_protected(void)
{
        const int64_t page = sys_map(NULL, 4096, SYS_READ | SYS_WRITE_TO);

        *at((uintptr_t)page) = 1;
        sys_protect((void *)(uintptr_t)page, 4096, SYS_READ);
        *at((uintptr_t)page) = 2;
}

static uint64_t deeper(uint64_t depth)
{
        volatile char frame[512];

        frame[depth % sizeof(frame)] = (char)depth;
        return depth ? deeper(depth - 1) + (uint64_t)frame[depth % sizeof(frame)] : 0;
}

static void overflow(void)
{
        sink = (uint32_t)deeper(1 << 20);
}

static void thread_faults(void *argument)
{
        (void)argument;
        write_kernel();
}

static void of_a_thread(void)
{
        static char stack[4096] __attribute__((aligned(16)));

        sys_thread(thread_faults, stack + sizeof(stack), NULL);
        for (;;) /* it takes its process with it */
                __asm__ volatile("");
}

static const struct bad common[] = {
        {"kernel-read", read_kernel, SYS_FAULT_READ},
        {"kernel-write", write_kernel, SYS_FAULT_WRITE},
        {"kernel-jump", jump_kernel, SYS_FAULT_EXECUTE},
        {"zero-read", read_zero, SYS_FAULT_READ},
        {"zero-jump", jump_zero, SYS_FAULT_EXECUTE},
        {"kernel-stacks", read_stacks, SYS_FAULT_READ},
        {"beyond", read_beyond, SYS_FAULT_READ},
        {"last-word", write_last, SYS_FAULT_WRITE},
        {"write-text", write_text, SYS_FAULT_WRITE},
        {"write-constant", write_constant, SYS_FAULT_WRITE},
        {"execute-data", execute_data, SYS_FAULT_EXECUTE},
        {"execute-stack", execute_stack, SYS_FAULT_EXECUTE},
        {"unmapped", read_unmapped, SYS_FAULT_READ},
        {"protected", write_protected, SYS_FAULT_WRITE},
        {"stack-overflow", overflow, SYS_FAULT_WRITE},
        {"thread", of_a_thread, SYS_FAULT_WRITE},
        {NULL, NULL, 0},
};

static const struct bad *find(const struct bad *list, const char *name)
{
        while (list->name && strcmp(list->name, name) != 0)
                list++;
        return list->name ? list : NULL;
}

static const struct bad *deed(const char *name)
{
        const struct bad *found = find(common, name);

        return found ? found : find(bad_machine, name);
}

static uint64_t begin(const char *name)
{
        const char *const words[] = {"bad", name, NULL};
        const int64_t id = sys_spawn_list("bad", words);

        if (id < 0)
                print("not ok bad %s: spawn: %ld\n", name, id);
        return id < 0 ? 0 : (uint64_t)id;
}

static int judge(const struct bad *bad, const struct sys_end *end)
{
        const bool good = bad->fault ? end->kind == SYS_END_FAULT &&
                                               (end->fault == bad->fault || bad->fault == BAD_ANY)
                                     : end->kind == SYS_END_EXIT && end->code == 7;

        print("%s bad %s: %s %u at %lx\n", good ? "ok" : "not ok", bad->name,
                end->kind == SYS_END_FAULT ? "fault" : "code",
                end->kind == SYS_END_FAULT ? end->fault : (unsigned)end->code, end->address);
        return !good;
}

static int one_by_one(const struct bad *list)
{
        struct sys_end end;
        int failed = 0;

        for (; list->name; list++) {
                const uint64_t id = begin(list->name);
                if (!id || sys_wait(id, &end, SYS_NEVER) != (int64_t)id)
                        failed++;
                else
                        failed += judge(list, &end);
        }
        return failed;
}

static int together(void)
{
        const struct bad *of[DEEDS_MAX];
        uint64_t ids[DEEDS_MAX];
        unsigned count = 0;
        struct sys_end end;
        int failed = 0;

        for (int part = 0; part < 2; part++)
                for (const struct bad *b = part ? bad_machine : common;
                        b->name && count < DEEDS_MAX; b++, count++) {
                        of[count] = b;
                        ids[count] = begin(b->name);
                        failed += !ids[count];
                }
        for (unsigned i = 0; i < count && !failed; i++) {
                const int64_t id = sys_wait(0, &end, SYS_NEVER);
                unsigned which = 0;
                while (which < count && ids[which] != (uint64_t)id)
                        which++;
                failed += which == count || judge(of[which], &end);
        }
        return failed + (sys_wait(0, &end, SYS_NEVER) != SYS_ESTALE);
}

int main(int count, char **words)
{
        if (count > 1 || deed(words[0])) {
                const struct bad *bad = deed(words[count > 1]);
                if (!bad)
                        return 2;
                bad->act();
                return 7; /* still here */
        }
        const int failed = one_by_one(common) + one_by_one(bad_machine) + together();
        print("bad: %d failed\n", failed);
        return failed != 0;
}
