/* SPDX-License-Identifier: MIT */
/* What the kernel's reader of device trees makes of properties, in trees that the test writes. */
#include "devicetree_test.h"

static void devices_are_found_by_what_they_are(void **state)
{
        (void)state;
        open_machine();
        uint32_t intc = devicetree_compatible(&tree, DEVICETREE_NONE, "arm,cortex-a15-gic");
        assert_int_equal(intc, find("/soc/intc"));
        assert_int_equal(intc, devicetree_compatible(&tree, DEVICETREE_NONE, "arm,gic-400"));
        assert_int_equal(devicetree_compatible(&tree, intc, "arm,gic-400"), DEVICETREE_NONE);
        assert_int_equal(devicetree_compatible(&tree, DEVICETREE_NONE, "arm,gic-40"), //
                DEVICETREE_NONE);
        assert_int_equal(devicetree_compatible(&tree, DEVICETREE_NONE, "gic-400"), //
                DEVICETREE_NONE);

        flat_start(&flat);
        flat_node(&flat, "");
        static const struct {
                const char *status;
                bool enabled;
        } statuses[] = {{"okay", true}, {"ok", true}, {"disabled", false}, {"fail", false},
                {"okay2", false}, {"", false}};
        for (size_t i = 0; i < 6; i++) {
                flat_node(&flat, "device");
                flat_text(&flat, "compatible", "x");
                flat_text(&flat, "status", statuses[i].status);
                flat_end(&flat);
        }
        flat_end(&flat);
        flat_token(&flat, FLAT_END);
        open_flat();
        uint32_t node = devicetree_child(&tree, tree.root), found = 0, next = DEVICETREE_NONE;
        for (size_t i = 0; i < 6; i++, node = devicetree_sibling(&tree, node))
                assert_int_equal(devicetree_enabled(&tree, node), statuses[i].enabled);
        while ((next = devicetree_compatible(&tree, next, "x")) != DEVICETREE_NONE)
                found++;
        assert_int_equal(found, 2);
}

static void values_are_read(void **state)
{
        (void)state;
        uint64_t number;

        flat_start(&flat);
        flat_node(&flat, "");
        FLAT(&flat, "one", 0x81234567);
        FLAT(&flat, "two", 0x81234567, 0x89abcdef);
        FLAT(&flat, "three", 1, 2, 3);
        flat_bytes(&flat, "odd", "\1\2\3\4\5", 5);
        flat_bytes(&flat, "none", NULL, 0);
        flat_bytes(&flat, "list", "first\0\0third\0open", 17);
        flat_end(&flat);
        flat_token(&flat, FLAT_END);
        open_flat();
        uint32_t root = tree.root;
        assert_int_equal(devicetree_u32(&tree, root, "one", 7), 0x81234567);
        assert_int_equal(devicetree_u32(&tree, root, "two", 7), 7);
        assert_int_equal(devicetree_u32(&tree, root, "none", 7), 7);
        assert_int_equal(devicetree_u32(&tree, root, "absent", 7), 7);
        assert_true(devicetree_u64(&tree, root, "one", &number) && number == 0x81234567);
        assert_true(devicetree_u64(&tree, root, "two", &number) && number == 0x8123456789abcdef);
        assert_false(devicetree_u64(&tree, root, "three", &number));
        assert_false(devicetree_u64(&tree, root, "odd", &number));
        assert_false(devicetree_u64(&tree, root, "none", &number));
        struct devicetree_property three = devicetree_property(&tree, root, "three");
        assert_true(devicetree_number(three, 1, 2, &number) && number == 0x200000003);
        assert_true(devicetree_number(three, 2, 1, &number) && number == 3);
        assert_false(devicetree_number(three, 2, 2, &number));
        assert_false(devicetree_number(three, 3, 1, &number));
        assert_false(devicetree_number(three, UINT32_MAX, 1, &number));
        assert_false(devicetree_number(three, 0, 3, &number));
        assert_false(devicetree_number(three, 0, 0, &number));
        struct devicetree_property odd = devicetree_property(&tree, root, "odd");
        assert_true(devicetree_number(odd, 0, 1, &number) && number == 0x01020304);
        assert_false(devicetree_number(odd, 1, 1, &number));
        assert_true(devicetree_property(&tree, root, "none").data != NULL);
        assert_null(devicetree_string(&tree, root, "none", 0));
        assert_string_equal(devicetree_string(&tree, root, "list", 0), "first");
        assert_string_equal(devicetree_string(&tree, root, "list", 1), "");
        assert_string_equal(devicetree_string(&tree, root, "list", 2), "third");
        assert_null(devicetree_string(&tree, root, "list", 3)); /* it does not end */
        assert_null(devicetree_string(&tree, root, "list", UINT32_MAX));
}

static void addresses_are_translated(void **state)
{
        (void)state;
        struct devicetree_range range;
        uint64_t id;

        open_machine();
        uint32_t serial = find("serial0"), intc = find("/soc/intc");
        assert_true(devicetree_reg(&tree, intc, 0, &range));
        assert_range(range, 0x8000000, 0x10000);
        assert_true(devicetree_reg(&tree, intc, 1, &range));
        assert_range(range, 0x8010000, 0x10000);
        assert_false(devicetree_reg(&tree, intc, 2, &range));
        assert_true(devicetree_reg(&tree, serial, 0, &range));
        assert_range(range, 0x10000100, 0x20);
        assert_true(devicetree_reg(&tree, serial, 1, &range));
        assert_range(range, 0x420000010, 0x10);
        assert_false(devicetree_reg(&tree, serial, 2, &range)); /* across the range's end */
        assert_false(devicetree_reg(&tree, serial, 3, &range) && range.start == 0x9000);
        assert_true(devicetree_id(&tree, serial, 3, &id) && id == 0x9000);
        assert_false(devicetree_id(&tree, serial, 4, &id));
        assert_false(devicetree_reg(&tree, find("/cpus/cpu@100"), 0, &range));
        assert_false(devicetree_reg(&tree, tree.root, 0, &range));
        assert_false(devicetree_reg(&tree, find("/psci"), 0, &range));
}

/* One device on a bus under the root of 2 and 2 cells: the bus's cells, its ranges, and "reg". */
static void write_bus(uint32_t address, uint32_t size, size_t ranges_count, const uint32_t *ranges,
        size_t reg_count, const uint32_t *reg)
{
        flat_start(&flat);
        flat_node(&flat, "");
        FLAT(&flat, "#address-cells", 2);
        FLAT(&flat, "#size-cells", 2);
        flat_node(&flat, "bus");
        FLAT(&flat, "#address-cells", address);
        FLAT(&flat, "#size-cells", size);
        flat_cells(&flat, "ranges", ranges_count, ranges);
        flat_node(&flat, "device");
        flat_cells(&flat, "reg", reg_count, reg);
        flat_end(&flat);
        flat_end(&flat);
        flat_end(&flat);
        flat_token(&flat, FLAT_END);
        open_flat();
}

static void addresses_do_not_wrap(void **state)
{
        (void)state;
        const uint32_t high = UINT32_MAX;
        struct devicetree_range range;

#define CELLS(...)                                                                                 \
        sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), (const uint32_t[]){__VA_ARGS__}
        write_bus(2, 2, 0, NULL, CELLS(high, high, 0, 1));
        assert_false(devicetree_reg(&tree, find("/bus/device"), 0, &range));
        write_bus(2, 2, 0, NULL, CELLS(high, 0, 0, high));
        assert_true(devicetree_reg(&tree, find("/bus/device"), 0, &range));
        assert_range(range, 0xffffffff00000000, 0xffffffff);
        write_bus(1, 1, CELLS(0, high, high - 0xff, 0x1000), CELLS(0, 0x100));
        assert_false(devicetree_reg(&tree, find("/bus/device"), 0, &range));
        write_bus(1, 1, CELLS(0, high, high - 0xff, 0x1000), CELLS(0, 0xff));
        assert_true(devicetree_reg(&tree, find("/bus/device"), 0, &range));
        write_bus(1, 1, CELLS(0, high, high - 0xff, 0x1000), CELLS(0x100, 0x10));
        assert_false(devicetree_reg(&tree, find("/bus/device"), 0, &range));
        /* Cells that nobody can have, and a size as large as the whole space. */
        write_bus(3, 2, 0, NULL, CELLS(1, 2, 3, 4, 5));
        assert_false(devicetree_reg(&tree, find("/bus/device"), 0, &range));
        write_bus(0, 1, 0, NULL, CELLS(1, 2));
        assert_false(devicetree_reg(&tree, find("/bus/device"), 0, &range));
        write_bus(high, high, 0, NULL, CELLS(1, 2));
        assert_false(devicetree_reg(&tree, find("/bus/device"), 0, &range));
        write_bus(1, 0, CELLS(0, 0, 0, 1), CELLS(7));
        assert_false(devicetree_reg(&tree, find("/bus/device"), 0, &range));
        write_bus(1, 1, CELLS(0, 0, 0), CELLS(7, 1)); /* half a range */
        assert_false(devicetree_reg(&tree, find("/bus/device"), 0, &range));
#undef CELLS
}

static void interrupts_are_read(void **state)
{
        (void)state;
        struct devicetree_interrupt interrupt;
        uint32_t cursor = 0;

        open_machine();
        uint32_t serial = find("serial0"), clint = find("/soc/clint"), intc = find("/soc/intc");
        for (uint32_t i = 0; i < 2; i++) {
                assert_true(devicetree_interrupt(&tree, serial, &cursor, &interrupt));
                assert_int_equal(interrupt.controller, intc);
                assert_int_equal(interrupt.count, 3);
                assert_int_equal(interrupt.cells[1], 33 + i);
        }
        assert_false(devicetree_interrupt(&tree, serial, &cursor, &interrupt));
        const uint32_t phandles[] = {10, 10, 0, 12, 1}, cells[] = {3, 7, 0, UINT32_MAX, 1};
        cursor = 0;
        for (uint32_t i = 0; i < 5; i++) {
                assert_true(devicetree_interrupt(&tree, clint, &cursor, &interrupt));
                assert_int_equal(interrupt.controller, devicetree_phandle(&tree, phandles[i]));
                assert_int_equal(interrupt.cells[0], cells[i]);
                assert_int_equal(interrupt.count, i == 2 ? 0 : i == 4 ? 3 : 1);
        }
        assert_false(devicetree_interrupt(&tree, clint, &cursor, &interrupt));
        cursor = UINT32_MAX;
        assert_false(devicetree_interrupt(&tree, clint, &cursor, &interrupt));
        cursor = 0;
        assert_false(devicetree_interrupt(&tree, find("/psci"), &cursor, &interrupt));
}

/* Interrupts that cannot be read: of no controller, cut off, of too many cells. */
static void wrong_interrupts_end_the_list(void **state)
{
        (void)state;
        struct devicetree_interrupt interrupt;

        flat_start(&flat);
        flat_node(&flat, "");
        flat_node(&flat, "pic");
        flat_bytes(&flat, "interrupt-controller", NULL, 0);
        FLAT(&flat, "#interrupt-cells", 2);
        FLAT(&flat, "phandle", 1);
        flat_node(&flat, "inside");
        FLAT(&flat, "interrupts", 5, 6);
        flat_end(&flat);
        flat_end(&flat);
        flat_node(&flat, "wide");
        FLAT(&flat, "#interrupt-cells", 5);
        FLAT(&flat, "phandle", 2);
        flat_end(&flat);
        static const char *const names[] = {"cut", "nobody", "toowide", "orphan"};
        for (size_t i = 0; i < 4; i++) {
                flat_node(&flat, names[i]);
                if (i == 0)
                        FLAT(&flat, "interrupts-extended", 1, 5);
                else if (i == 1)
                        FLAT(&flat, "interrupts-extended", 9, 5, 6);
                else if (i == 2)
                        FLAT(&flat, "interrupts-extended", 2, 1, 2, 3, 4, 5);
                else
                        FLAT(&flat, "interrupts", 5, 6);
                flat_end(&flat);
        }
        flat_end(&flat);
        flat_token(&flat, FLAT_END);
        open_flat();
        for (size_t i = 0; i < 4; i++) {
                uint32_t node = devicetree_find(&tree, "/pic"), cursor = 0;
                while (strcmp(devicetree_name(&tree, node), names[i]) != 0)
                        node = devicetree_sibling(&tree, node);
                assert_false(devicetree_interrupt(&tree, node, &cursor, &interrupt));
                assert_int_equal(cursor, 0);
        }
        uint32_t cursor = 0;
        assert_true(devicetree_interrupt(&tree, find("/pic/inside"), &cursor, &interrupt));
        assert_int_equal(interrupt.controller, find("/pic"));
}

static void memory_is_listed(void **state)
{
        (void)state;
        static const uint64_t memory[][2] = {
                {0x80000000, 0x10000000}, {0x100000000, 0x8000000}, {0x200000000, 0x100000000}};
        static const uint64_t reserved[][2] = {
                {0x88000000, 0x2000}, {0x8fff0000, 0x10000}, {0x80000000, 0x80000}};
        struct devicetree_range range;

        open_machine();
        for (uint32_t i = 0; i < 3; i++) {
                assert_true(devicetree_memory(&tree, i, &range));
                assert_range(range, memory[i][0], memory[i][1]);
                assert_true(devicetree_reserved(&tree, i, &range));
                assert_range(range, reserved[i][0], reserved[i][1]);
        }
        assert_false(devicetree_memory(&tree, 3, &range));
        assert_false(devicetree_memory(&tree, UINT32_MAX, &range));
        assert_false(devicetree_reserved(&tree, 3, &range));
        assert_false(devicetree_reserved(&tree, UINT32_MAX, &range));
}

static void cpus_are_listed(void **state)
{
        (void)state;
        static const uint64_t ids[] = {0, 0x100, 0x101};
        uint32_t cpu = DEVICETREE_NONE;
        uint64_t id;

        open_machine();
        for (size_t i = 0; i < 3; i++) {
                cpu = devicetree_cpu(&tree, cpu);
                assert_true(devicetree_id(&tree, cpu, 0, &id));
                assert_int_equal(id, ids[i]);
                assert_int_equal(devicetree_enabled(&tree, cpu), i != 1);
                assert_string_equal(devicetree_string(&tree, cpu, "enable-method", 0), "psci");
                assert_int_equal(devicetree_child(&tree, cpu), devicetree_phandle(&tree, 10 + i));
        }
        assert_int_equal(devicetree_cpu(&tree, cpu), DEVICETREE_NONE);
        assert_int_equal(devicetree_u32(&tree, find("/cpus"), "timebase-frequency", 0), 10000000);
}

static void what_was_chosen_is_told(void **state)
{
        (void)state;
        struct devicetree_range range;

        open_machine();
        assert_string_equal(devicetree_command(&tree), "turns rota.report=0x1000");
        assert_true(devicetree_initrd(&tree, &range));
        assert_range(range, 0x84000000, 0x1234);
        assert_int_equal(devicetree_console(&tree), find("/soc/inner/serial"));

        flat_start(&flat);
        flat_node(&flat, "");
        flat_node(&flat, "chosen");
        flat_bytes(&flat, "bootargs", "open", 4);
        FLAT(&flat, "linux,initrd-start", 5, 6);
        FLAT(&flat, "linux,initrd-end", 6);
        flat_text(&flat, "stdout-path", "serial9");
        flat_end(&flat);
        flat_end(&flat);
        flat_token(&flat, FLAT_END);
        open_flat();
        assert_string_equal(devicetree_command(&tree), "");
        assert_false(devicetree_initrd(&tree, &range)); /* ends before it begins */
        assert_int_equal(devicetree_console(&tree), DEVICETREE_NONE);
        flat_start(&flat);
        flat_node(&flat, "");
        flat_end(&flat);
        flat_token(&flat, FLAT_END);
        open_flat();
        assert_string_equal(devicetree_command(&tree), "");
        assert_false(devicetree_initrd(&tree, &range));
        assert_int_equal(devicetree_cpu(&tree, DEVICETREE_NONE), DEVICETREE_NONE);
        assert_false(devicetree_memory(&tree, 0, &range));
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_are_found_by_what_they_are),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(addresses_are_translated),
        cmocka_unit_test(addresses_do_not_wrap),
        cmocka_unit_test(interrupts_are_read),
        cmocka_unit_test(wrong_interrupts_end_the_list),
        cmocka_unit_test(memory_is_listed),
        cmocka_unit_test(cpus_are_listed),
        cmocka_unit_test(what_was_chosen_is_told),
};

RUN(tests)
