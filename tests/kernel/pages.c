/* SPDX-License-Identifier: MIT */
/* The page tables of the machine that this runs on. */
#include "pages.h"

#include "flush.h"
#include "kernel.h"
#include "machine.h"
#include "rota_arch.h"

#define P       KERNEL_PAGE_SIZE
#define SPACES  10000u
#define PROGRAM (3 * P) /* code, data, stack: one page of each, all in one table */
#define CHECK(is)                                                                                  \
        do {                                                                                       \
                if (!(is)) {                                                                       \
                        kernel_print("pages.c:%d: not so: %s\n", __LINE__, #is);                   \
                        return 1;                                                                  \
                }                                                                                  \
        } while (0)

static struct kernel_space spaces[SPACES];
static const uint64_t constant[2] = {0x600dc0de, 1};
static uint32_t data[64] = {1}; /* in .data */

static unsigned rights_at(const void *at)
{
        const uint64_t *entry = kernel_pages_entry(machine_root, (uintptr_t)at);
        return entry && machine_entry_present(*entry) ? machine_entry_rights(*entry) : 0;
}

static int check_kernel(const struct world *world)
{
        struct kernel_pages_report report;
        uintptr_t code = (uintptr_t)pages_main;
        struct rota_stack stack;

        kernel_pages_check(machine_root, &report);
        kernel_print(
                "kernel: %lu pages, %lu tables, writable code %lu, user's %lu, device code %lu\n",
                report.pages, report.tables, report.writable_code, report.user_kernel,
                report.executable_devices);
        CHECK(report.first_bad == 0 && report.writable_code == 0);
        CHECK(report.pages * P >= world->memory_size);
        CHECK(rights_at((const void *)code) == (KERNEL_READ | KERNEL_EXECUTE));
        CHECK(rights_at(constant) == KERNEL_READ);
        CHECK(rights_at(data) == (KERNEL_READ | KERNEL_WRITE));
        CHECK(rights_at(spaces) == (KERNEL_READ | KERNEL_WRITE));
        CHECK(rights_at(world->memory) == (KERNEL_READ | KERNEL_WRITE));
        CHECK(rights_at(world->home_stacks[0].memory) == (KERNEL_READ | KERNEL_WRITE));
        CHECK(rights_at((char *)world->home_stacks[0].memory - 1) == 0);
        CHECK(rights_at(NULL) == 0);
        CHECK(world_stack_map(2 * P, &stack) == ROTA_OK);
        CHECK(rights_at(stack.memory) == (KERNEL_READ | KERNEL_WRITE));
        CHECK(rights_at((char *)stack.memory - 1) == 0);
        CHECK(kernel_readable((uintptr_t)stack.memory, 2 * P));
        world_stack_unmap(&stack);
        CHECK(!kernel_readable((uintptr_t)stack.memory, 1));
        return 0;
}

/* Loaded and changed on this machine; tests/unit/space.c has the rest. */
static int check_space(void)
{
        const uintptr_t at =
                KERNEL_USER_START + KERNEL_ROOT_SIZE - P; /* in two tables of the first */
        struct kernel_space *a = &spaces[0], *b = &spaces[1];
        struct kernel_pages_report report;
        size_t free = kernel_frames_free();
        uint64_t value = 0;
        uint32_t word;

        CHECK(kernel_space_create(a, 100) == ROTA_OK && kernel_space_create(b, 100) == ROTA_OK);
        CHECK(kernel_space_map(a, at, 2 * P, KERNEL_READ | KERNEL_WRITE) == ROTA_OK);
        CHECK(kernel_copy_to_user(a, at + P - 4, constant, 8) == ROTA_OK);
        CHECK(kernel_copy_from_user(a, &value, at + P - 4, 8) == ROTA_OK && value == constant[0]);
        CHECK(kernel_load_user_word(a, at + P - 4, &word) == ROTA_OK && word == 0x600dc0de);
        CHECK(kernel_space_protect(a, at, 2 * P, KERNEL_READ | KERNEL_EXECUTE) == ROTA_OK);
        CHECK(kernel_copy_to_user(a, at, constant, 8) == ROTA_EINVAL);
        CHECK(kernel_copy_from_user(b, &value, at, 8) == ROTA_EINVAL);

        uintptr_t flags = rota_arch_irq_save();
        struct kernel_space *const order[] = {a, b, a, NULL, b, NULL, a};
        for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
                kernel_space_load(order[i]);
                data[1]++; /* the kernel is in each */
                CHECK(kernel_space_loaded(a) == (order[i] == a));
        }
        CHECK(kernel_space_destroy(a) == ROTA_EBUSY);
        CHECK(kernel_space_unmap(a, at, P) == ROTA_OK); /* while it is loaded */
        kernel_pages_check(a->root, &report);
        CHECK(report.first_bad == 0 && report.kernel_user == 0);
        kernel_space_load(NULL);
        rota_arch_irq_restore(flags);
        CHECK(data[1] == 7);
        CHECK(kernel_copy_from_user(a, &value, at, 8) == ROTA_EINVAL);
        CHECK(kernel_copy_from_user(a, &value, at + P, 8) == ROTA_OK);
        CHECK(kernel_space_destroy(a) == ROTA_OK && kernel_space_destroy(b) == ROTA_OK);
        CHECK(kernel_frames_free() == free);
        return 0;
}

int pages_main(const struct world *world)
{
        int result = check_kernel(world);

        return result ? result : check_space();
}

int pages_many(const struct world *world)
{
        size_t free = kernel_frames_free();

        (void)world;
        for (uint32_t i = 0; i < SPACES; i++) {
                CHECK(kernel_space_create(&spaces[i], 16) == ROTA_OK);
                CHECK(kernel_space_map(&spaces[i], KERNEL_USER_START, PROGRAM,
                              KERNEL_READ | KERNEL_WRITE) == ROTA_OK);
                CHECK(spaces[i].pages == PROGRAM / P + 3);
        }
        size_t used = free - kernel_frames_free();
        kernel_print("%u spaces: %zu bytes each in the kernel's memory, and pages: %zu of tables, "
                     "%zu of "
                     "programs\n",
                SPACES, sizeof(spaces[0]), used / SPACES - PROGRAM / P, PROGRAM / P);
        CHECK(used == SPACES * (PROGRAM / P + 3));
        uintptr_t flags = rota_arch_irq_save();
        for (uint32_t i = 0; i < SPACES; i++)
                kernel_space_load(&spaces[i]);
        kernel_space_load(NULL);
        rota_arch_irq_restore(flags);
        for (uint32_t i = 0; i < SPACES; i++)
                CHECK(kernel_space_destroy(&spaces[i]) == ROTA_OK);
        CHECK(kernel_frames_free() == free);
        return 0;
}

/* The kernel uses a program's address itself, which it never has a reason to: read, or execute. */
static void use_users(bool execute)
{
        struct kernel_space *space = &spaces[0];
        const uintptr_t at = KERNEL_USER_START;

        if (kernel_space_create(space, 16) != ROTA_OK ||
                kernel_space_map(space, at, P, KERNEL_READ | (execute ? KERNEL_EXECUTE : 0)) !=
                        ROTA_OK)
                return;
        rota_arch_irq_disable();
        kernel_space_load(space);
        if (execute)
                ((void (*)(void))at)();
        else
                kernel_print("%u\n", *(const volatile unsigned *)at);
}

void pages_fault(const char *word, bool (*is)(const char *, const char *))
{
        /* By way of integers: the compiler is not to know what this is. */
        uintptr_t code = (uintptr_t)pages_main, memory = (uintptr_t)data;

        __asm__ volatile("" : "+r"(code), "+r"(memory));
        if (is(word, "constant"))
                *(volatile uint64_t *)(uintptr_t)constant = 0;
        if (is(word, "text"))
                *(volatile uint32_t *)code = 0;
        if (is(word, "data"))
                ((void (*)(void))memory)();
        if (is(word, "touch"))
                use_users(false);
        if (is(word, "call"))
                use_users(true);
}
