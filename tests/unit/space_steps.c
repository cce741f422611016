/* SPDX-License-Identifier: MIT */
/* Random calls for spaces, each against a model of all pages' rights and contents, while four CPUs load and
 * use them. */
#include "space_tests.h"

/* A page of the model. */
struct page {
        unsigned rights;
        uint32_t first; /* its first word */
};

static const unsigned some_rights[] = {
        KERNEL_READ, KERNEL_READ | KERNEL_WRITE, KERNEL_READ | KERNEL_EXECUTE};

static void step_map(struct kernel_space *space, struct page *model, uint32_t at, uint32_t count)
{
        unsigned rights = some_rights[dice(3)];
        bool taken = false;

        for (uint32_t i = at; i < at + count; i++)
                taken |= model[i].rights != 0;
        assert_int_equal(kernel_space_map(space, address_of(at), count * P, rights),
                taken ? ROTA_EBUSY : ROTA_OK);
        for (uint32_t i = at; i < at + count && !taken; i++)
                model[i] = (struct page){rights, 0};
}

static void step_protect(
        struct kernel_space *space, struct page *model, uint32_t at, uint32_t count)
{
        unsigned rights = some_rights[dice(3)];
        bool all = true;

        for (uint32_t i = at; i < at + count; i++)
                all &= model[i].rights != 0;
        assert_int_equal(kernel_space_protect(space, address_of(at), count * P, rights),
                all ? ROTA_OK : ROTA_EINVAL);
        for (uint32_t i = at; i < at + count && all; i++)
                model[i].rights = rights;
}

/* Writes and reads a stretch across pages at any alignment. */
static void step_copy(struct kernel_space *space, struct page *model, uint32_t at, uint32_t count)
{
        char bytes[3 * 4096 + 8], back[sizeof(bytes)];
        uint32_t pages = count < 3 ? count : 3, value = dice(1u << 30);
        uintptr_t from = address_of(at) + P - dice(8);
        size_t size = (pages - 1) * P + 4 + dice(4);
        uintptr_t last = from + size - 1;
        bool may_write = true, may_read = true;

        for (uintptr_t page = from & ~(P - 1); page <= last; page += P) {
                uint32_t i = (uint32_t)((page - BASE) / P);
                unsigned rights = i < WINDOW ? model[i].rights : 0;
                may_read &= (rights & KERNEL_READ) != 0;
                may_write &= (rights & KERNEL_WRITE) != 0;
        }
        assert_int_equal(
                kernel_copy_from_user(space, bytes, from, size), may_read ? ROTA_OK : ROTA_EINVAL);
        if (!may_write) {
                /* Nothing is written of the page that refuses; those before it may be: not in the model. */
                if (!(model[at].rights & KERNEL_WRITE))
                        assert_int_equal(
                                kernel_copy_to_user(space, from, bytes, size), ROTA_EINVAL);
                return;
        }
        for (size_t i = 0; i < size; i++)
                bytes[i] = (char)(value + i);
        for (uint32_t i = 0; i < WINDOW;
                i++) { /* page beginnings that it goes over keep the model's word */
                uintptr_t begin = address_of(i);
                for (uintptr_t b = begin; b < begin + 4; b++)
                        if (b >= from && b <= last)
                                bytes[b - from] = (char)(model[i].first >> 8 * (b - begin));
        }
        assert_int_equal(kernel_copy_to_user(space, from, bytes, size), ROTA_OK);
        assert_int_equal(kernel_copy_from_user(space, back, from, size), ROTA_OK);
        assert_memory_equal(bytes, back, size);
}

static void step_word(struct kernel_space *space, struct page *model, uint32_t at)
{
        uint32_t value = dice(1u << 30), read = 0;

        assert_int_equal(kernel_load_user_word(space, address_of(at), &read),
                model[at].rights ? ROTA_OK : ROTA_EINVAL);
        assert_int_equal(read, model[at].rights ? model[at].first : 0);
        int result = kernel_copy_to_user(space, address_of(at), &value, sizeof(value));
        assert_int_equal(result, model[at].rights & KERNEL_WRITE ? ROTA_OK : ROTA_EINVAL);
        if (result == ROTA_OK)
                model[at].first = value;
}

static void expect(uint64_t entry, const struct page *page)
{
        assert_int_equal(machine_entry_present(entry), page->rights != 0);
        if (!page->rights)
                return;
        assert_int_equal(machine_entry_rights(entry), page->rights | KERNEL_USER);
        assert_int_equal(*(const uint32_t *)machine_entry_physical(entry), page->first);
}

/* What a CPU has of the space that it has loaded, remembered or not, is what the tables say now. */
static void look_at_caches(struct kernel_space *space, const struct page *model)
{
        for (uint32_t index = 0; index < TABLES_CPUS; index++) {
                const struct tables_cpu *cpu = &tables_cpus[index];
                if (kernel_cpus[index].space != space)
                        continue;
                for (int i = 0; i < TABLES_CACHED; i++)
                        if (cpu->cached[i].entry && cpu->cached[i].asid == cpu->asid)
                                expect(cpu->cached[i].entry,
                                        &model[(cpu->cached[i].page - BASE) / P]);
                tables_be(index);
                for (int i = 0; i < 20; i++) {
                        uint32_t page = dice(WINDOW);
                        expect(tables_access(address_of(page) + dice(4096)), &model[page]);
                }
        }
        tables_be(0);
}

static void random_steps(uint32_t asids)
{
        enum { SPACES = 12 };
        struct kernel_space spaces[SPACES];
        static struct page model[SPACES][WINDOW];
        struct kernel_pages_report report;

        tables_asids = asids;
        kernel_spaces_init(TABLES_CPUS);
        memset(model, 0, sizeof(model));
        for (int i = 0; i < SPACES; i++)
                assert_int_equal(kernel_space_create(&spaces[i], 100000), ROTA_OK);
        for (int step = 0; step < 6000; step++) {
                uint32_t which = dice(SPACES), at = dice(WINDOW);
                uint32_t count = 1 + dice(dice(8) ? 6 : 300);
                struct kernel_space *space = &spaces[which];
                count = at + count > WINDOW ? WINDOW - at : count;
                switch (dice(6)) {
                case 0:
                        step_map(space, model[which], at, count);
                        break;
                case 1:
                        assert_int_equal(
                                kernel_space_unmap(space, address_of(at), count * P), ROTA_OK);
                        memset(&model[which][at], 0, count * sizeof(**model));
                        break;
                case 2:
                        step_protect(space, model[which], at, count);
                        break;
                case 3:
                        step_copy(space, model[which], at, count);
                        break;
                case 4:
                        step_word(space, model[which], at);
                        break;
                default:
                        tables_be(dice(TABLES_CPUS));
                        kernel_space_load(dice(5) ? space : NULL);
                        tables_be(0);
                }
                look_at_caches(space, model[which]);
        }
        for (uint32_t cpu = 0; cpu < TABLES_CPUS; cpu++) {
                tables_be(cpu);
                kernel_space_load(&spaces[0]);
        }
        assert_int_equal(kernel_space_destroy(&spaces[0]), ROTA_EBUSY);
        for (uint32_t cpu = 0; cpu < TABLES_CPUS; cpu++) {
                tables_be(cpu);
                kernel_space_load(NULL);
        }
        for (int i = 0; i < SPACES; i++) {
                uint32_t pages = 0;
                for (uint32_t page = 0; page < WINDOW; page++)
                        pages += model[i][page].rights != 0;
                kernel_pages_check(spaces[i].root, &report);
                assert_int_equal(report.first_bad, 0);
                assert_true(spaces[i].pages >= pages + 1 && spaces[i].pages <= pages + 6);
                assert_int_equal(kernel_space_destroy(&spaces[i]), ROTA_OK);
        }
        assert_int_equal(tables_frames_out, 0);
        assert_true(tables_fetches > 0 && tables_written >= tables_fetches);
}

void steps_with_identifiers(void **state)
{
        (void)state;
        random_steps(TABLES_ASIDS);
}

void steps_without_identifiers(void **state)
{
        (void)state;
        random_steps(1);
}
