/* SPDX-License-Identifier: MIT */
/* The kernel's reader of device trees: their structure, whole and damaged. */
#include "ask.h"
#include "damage.h"
#include "devicetree_test.h"

/* A tree that is refused has no nodes and answers nothing. */
static void assert_refused(const char *word)
{
        struct devicetree_range range;
        const char *wrong = devicetree_open(&tree, flat.bytes, flat.size);

        assert_non_null(wrong);
        if (!strstr(wrong, word))
                fail_msg("refused because %s, not because of \"%s\"", wrong, word);
        assert_int_equal(devicetree_next(&tree, DEVICETREE_NONE), DEVICETREE_NONE);
        assert_int_equal(devicetree_find(&tree, "/"), DEVICETREE_NONE);
        assert_false(devicetree_memory(&tree, 0, &range));
        assert_false(devicetree_reserved(&tree, 0, &range));
        assert_string_equal(devicetree_command(&tree), "");
}

static void refuse_header(size_t at, uint32_t value, const char *word)
{
        flat_machine(&flat);
        flat_put(flat.bytes + at, value);
        assert_refused(word);
}

static void headers_are_checked(void **state)
{
        (void)state;
        flat_machine(&flat);
        uint32_t size = (uint32_t)flat.size;
        uint32_t structure = flat_get(flat.bytes + FLAT_AT_STRUCTURE);
        uint32_t strings = flat_get(flat.bytes + FLAT_AT_STRINGS);

        refuse_header(FLAT_AT_MAGIC, 0xedfe0dd0, "no device tree");
        refuse_header(FLAT_AT_SIZE, 0, "no device tree");
        refuse_header(FLAT_AT_SIZE, 39, "size");
        refuse_header(FLAT_AT_SIZE, size + 1, "cut off");
        refuse_header(FLAT_AT_SIZE, UINT32_MAX, "cut off");
        refuse_header(FLAT_AT_SIZE, size - 1, "outside");
        refuse_header(FLAT_AT_VERSION, 16, "version");
        refuse_header(FLAT_AT_COMPATIBLE, 18, "version");
        refuse_header(FLAT_AT_STRUCTURE, structure + 2, "aligned");
        refuse_header(FLAT_AT_STRUCTURE, 36, "outside");
        refuse_header(FLAT_AT_STRUCTURE, size + 4, "outside");
        refuse_header(FLAT_AT_STRUCTURE, UINT32_MAX - 3, "outside");
        refuse_header(FLAT_AT_STRUCTURE_SIZE, size - structure + 1, "outside");
        refuse_header(FLAT_AT_STRUCTURE_SIZE, UINT32_MAX, "outside");
        refuse_header(FLAT_AT_STRUCTURE_SIZE, 0, "token");
        refuse_header(FLAT_AT_STRINGS, 0, "outside");
        refuse_header(FLAT_AT_STRINGS, UINT32_MAX, "outside");
        refuse_header(FLAT_AT_STRINGS_SIZE, size - strings + 1, "outside");
        refuse_header(FLAT_AT_STRINGS_SIZE, 0, "token");
        refuse_header(FLAT_AT_RESERVED, 44, "aligned");
        refuse_header(FLAT_AT_RESERVED, 32, "outside");
        refuse_header(FLAT_AT_RESERVED, size & ~7u, "does not end");
        refuse_header(FLAT_AT_RESERVED, UINT32_MAX - 7, "does not end");
        assert_non_null(devicetree_open(&tree, flat.bytes, 39));
        assert_non_null(devicetree_open(&tree, flat.bytes, 0));
        flat_machine(&flat);
        flat_put(flat.bytes + FLAT_AT_MAGIC, 0);
        assert_int_equal(devicetree_size(flat.bytes), 0);
}

/* Letters: ( opens a node, ) closes it, p is a property, n nothing, . the end, x no token. */
static void write_shape(const char *shape)
{
        flat_start(&flat);
        for (; *shape; shape++) {
                if (*shape == '(')
                        flat_node(&flat, "node");
                else if (*shape == ')')
                        flat_end(&flat);
                else if (*shape == 'p')
                        flat_text(&flat, "name", "value");
                else
                        flat_token(&flat, *shape == 'n' ? FLAT_NOP : *shape == '.' ? FLAT_END : 5);
        }
        flat_finish(&flat);
}

static void structures_are_checked(void **state)
{
        (void)state;
        static const char *const sound[] = {"().", "n(n)n.", "(p).", "(p(p)(p)).", "(((p)(p)))..x",
                "(npn(npn)n)n.", "((((((((((((((((p))))))))))))))))."};
        static const struct {
                const char *shape, *word;
        } wrong[] = {{"", "token"}, {".", "empty"}, {"n.", "empty"}, {"(", "token"},
                {"(.", "does not end"}, {"()", "token"}, {"().x", NULL}, {"()().", "root"},
                {").", "place"}, {"p().", "place"}, {"()p.", "place"}, {"((.)).", "not end"},
                {"(()p).", "place"}, {"(()np).", "place"}, {"()).", "place"}, {"(x).", "token"},
                {"(((((((((((((((((p))))))))))))))))).", "deep"}};

        for (size_t i = 0; i < sizeof(sound) / sizeof(*sound); i++) {
                write_shape(sound[i]);
                assert_null(devicetree_open(&tree, flat.bytes, flat.size));
        }
        for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
                write_shape(wrong[i].shape);
                if (wrong[i].word)
                        assert_refused(wrong[i].word);
        }
}

/* A property longer than what is left, by as little as may be; a name behind the strings. */
static void lengths_are_checked(void **state)
{
        (void)state;
        for (uint32_t size = 0; size < 24; size++) {
                write_shape("(p).");
                uint32_t at = flat_get(flat.bytes + FLAT_AT_STRUCTURE) + 16;
                flat_put(flat.bytes + at, size); /* of the property: 8, then 4 and 4 */
                const char *wrong = devicetree_open(&tree, flat.bytes, flat.size);
                assert_int_equal(wrong == NULL, size > 4 && size <= 8);
        }
        for (uint32_t name = 0; name < 9; name++) {
                write_shape("(p).");
                uint32_t at = flat_get(flat.bytes + FLAT_AT_STRUCTURE) + 20;
                flat_put(flat.bytes + at, name);
                const char *wrong = devicetree_open(&tree, flat.bytes, flat.size);
                assert_int_equal(wrong == NULL, name < sizeof("name"));
        }
        write_shape("(p).");
        flat_put(flat.bytes + flat_get(flat.bytes + FLAT_AT_STRUCTURE) + 16, UINT32_MAX);
        assert_refused("token");
}

static void names_end_with_the_strings(void **state)
{
        (void)state;
        write_shape("(p).");
        assert_null(devicetree_open(&tree, flat.bytes, flat.size));
        assert_non_null(devicetree_property(&tree, tree.root, "name").data);
        assert_null(devicetree_property(&tree, tree.root, "nam").data);
        assert_null(devicetree_property(&tree, tree.root, "names").data);
        flat.bytes[flat.size - 1] = 's'; /* the last name has no end */
        assert_null(devicetree_open(&tree, flat.bytes, flat.size));
        assert_null(devicetree_property(&tree, tree.root, "name").data);
        assert_null(devicetree_property(&tree, tree.root, "names").data);
}

static void nodes_are_walked(void **state)
{
        (void)state;
        open_machine();
        uint32_t count = 0, node = DEVICETREE_NONE, children = 0;
        while ((node = devicetree_next(&tree, node)) != DEVICETREE_NONE)
                count++;
        assert_int_equal(count, 23);
        assert_string_equal(devicetree_name(&tree, tree.root), "");
        assert_int_equal(devicetree_parent(&tree, tree.root), DEVICETREE_NONE);
        assert_int_equal(devicetree_sibling(&tree, tree.root), DEVICETREE_NONE);
        for (node = devicetree_child(&tree, tree.root); node != DEVICETREE_NONE;
                node = devicetree_sibling(&tree, node)) {
                assert_int_equal(devicetree_parent(&tree, node), tree.root);
                children++;
        }
        assert_int_equal(children, 9);
        uint32_t serial = find("/soc/inner@10000000/serial@100");
        assert_string_equal(devicetree_name(&tree, serial), "serial@100");
        assert_int_equal(devicetree_child(&tree, serial), DEVICETREE_NONE);
        assert_string_equal(devicetree_name(&tree, devicetree_parent(&tree, serial)), //
                "inner@10000000");
        assert_int_equal(devicetree_child(&tree, DEVICETREE_NONE), DEVICETREE_NONE);
        assert_int_equal(devicetree_parent(&tree, serial + 4), DEVICETREE_NONE);
        assert_string_equal(devicetree_name(&tree, DEVICETREE_NONE), "");
}

/* Found by damage: a last token in the middle. */
static void nothing_is_behind_the_end(void **state)
{
        (void)state;
        write_shape("(p)n.(p(p)).");
        assert_null(devicetree_open(&tree, flat.bytes, flat.size));
        assert_int_equal(devicetree_next(&tree, tree.root), DEVICETREE_NONE);
        assert_int_equal(devicetree_find(&tree, "/node"), DEVICETREE_NONE);
        assert_int_equal(devicetree_sibling(&tree, tree.root), DEVICETREE_NONE);
}

static void paths_are_followed(void **state)
{
        (void)state;
        open_machine();
        uint32_t serial = find("/soc/inner@10000000/serial@100");

        assert_int_equal(find("/"), tree.root);
        assert_int_equal(find("/soc/inner/serial"), serial);
        assert_int_equal(find("//soc//inner/serial@100/"), serial);
        assert_int_equal(find("/soc/inner/serial:115200/n8"), serial);
        assert_int_equal(find("serial0"), serial);
        assert_int_equal(find("serial0:115200n8"), serial);
        assert_int_equal(find("bus/inner/serial"), serial);
        assert_int_equal(find("/cpus/cpu@101/interrupt-controller"), devicetree_phandle(&tree, 12));
        static const char *const none[] = {"/so", "/socs", "/soc@1", "/soc/inner@1", "", "again",
                "serial1", "serial", "/soc/inner/serial/x", "bus/none", ":",
                "/soc/inner/serial@10"};
        for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
                assert_int_equal(devicetree_find(&tree, none[i]), DEVICETREE_NONE);
        assert_int_equal(devicetree_phandle(&tree, 99), DEVICETREE_NONE);
        assert_int_equal(devicetree_phandle(&tree, 0), DEVICETREE_NONE);
}

static void what_is_cut_off_is_refused(void **state)
{
        (void)state;
        flat_machine(&flat);
        assert_int_equal(ask_devicetree(flat.bytes, flat.size), 1);
        assert_int_equal(damage_cut(flat.bytes, flat.size, ask_devicetree), 0);
}

/* Found sound often enough for the questions to have been asked. */
static void damage_is_survived(void **state)
{
        (void)state;
        size_t many = getenv("ROTA_TEST_ALL") ? 100 : 1;

        flat_machine(&flat);
        size_t pieces = damage_bits(flat.bytes, flat.size, NULL, many > 1 ? 1 : 7);
        size_t sound = damage_bits(flat.bytes, flat.size, ask_devicetree, many > 1 ? 1 : 7);
        assert_in_range(sound, pieces / 8, pieces - 1);
        sound = damage_words(flat.bytes, flat.size, ask_devicetree, 1, 1000 * many);
        assert_in_range(sound, 100 * many, 1000 * many - 1);
}

/* Whatever is written into the header's own words. */
static void damaged_headers_are_survived(void **state)
{
        (void)state;
        flat_machine(&flat);
        for (uint32_t at = FLAT_AT_SIZE; at < 40; at += 4) {
                uint32_t was = flat_get(flat.bytes + at);
                for (uint32_t value = 0; value <= flat.size + 8; value++) {
                        flat_put(flat.bytes + at, value < 4 ? UINT32_MAX - value : value);
                        const char *wrong = devicetree_open(&tree, flat.bytes, flat.size);
                        if (!wrong && value % 64 == 0)
                                ask_devicetree(flat.bytes, flat.size);
                }
                flat_put(flat.bytes + at, was);
        }
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_checked),
        cmocka_unit_test(structures_are_checked),
        cmocka_unit_test(lengths_are_checked),
        cmocka_unit_test(names_end_with_the_strings),
        cmocka_unit_test(nodes_are_walked),
        cmocka_unit_test(nothing_is_behind_the_end),
        cmocka_unit_test(paths_are_followed),
        cmocka_unit_test(what_is_cut_off_is_refused),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(damaged_headers_are_survived),
};

RUN(tests)
