/* SPDX-License-Identifier: MIT */
/* Flattened device trees. All reading of tokens goes through read_token(), which is where a blob that
 * lies about lengths is stopped; devicetree_open() has seen every token once, so that the walks below
 * can only end where a sound tree ends. */
#include "devicetree.h"

#define MAGIC   0xd00dfeedu
#define VERSION 17 /* the one that says the structure's size; all since 2007 */

/* Offsets in the header. */
#define HEADER_MAGIC          0
#define HEADER_SIZE           4
#define HEADER_STRUCTURE      8
#define HEADER_STRINGS        12
#define HEADER_RESERVED       16
#define HEADER_VERSION        20
#define HEADER_COMPATIBLE     24
#define HEADER_STRINGS_SIZE   32
#define HEADER_STRUCTURE_SIZE 36

enum token_kind {
        TOKEN_BAD = 0,
        TOKEN_NODE = 1,
        TOKEN_END_NODE,
        TOKEN_PROPERTY,
        TOKEN_NOP,
        TOKEN_END = 9
};

struct token {
        enum token_kind kind;
        uint32_t next;                    /* the token behind it */
        const char *name;                 /* a node's, terminated */
        uint32_t name_at;                 /* a property's: where its name is in the blob */
        struct devicetree_property value; /* a property's */
};

static uint32_t be32(const uint8_t *at)
{
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t be64(const uint8_t *at)
{
        return (uint64_t)be32(at) << 32 | be32(at + 4);
}

/* The length of the text at @p text, of which @p room bytes may be read: room where it does not end. */
static size_t text_length(const char *text, size_t room)
{
        size_t length = 0;
        while (length < room && text[length])
                length++;
        return length;
}

/* Whether @p a begins with @p length characters of @p b. These are none of them an end: so nothing
 * behind the end of @p a is read. */
static bool text_equal(const char *a, const char *b, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (a[i] != b[i])
                        return false;
        return true;
}

/* The length of a path's next part. */
static size_t part_length(const char *path)
{
        size_t length = 0;
        while (path[length] && path[length] != '/' && path[length] != ':')
                length++;
        return length;
}

/* Token @p at, with all that belongs to it; TOKEN_BAD where it does not lie within the structure. */
static struct token read_token(const struct devicetree *tree, uint32_t at)
{
        struct token token = {.kind = TOKEN_BAD};
        uint32_t end = tree->structure_end;

        if (at % 4 || at < tree->structure || at >= end || end - at < 4)
                return token;
        uint32_t kind = be32(tree->blob + at), room = end - at - 4, size = 0;
        const uint8_t *body = tree->blob + at + 4;
        if (kind == TOKEN_NODE) {
                token.name = (const char *)body;
                size = (uint32_t)text_length(token.name, room) + 1;
        } else if (kind == TOKEN_PROPERTY) {
                if (room < 8 || be32(body) > room - 8 ||
                        be32(body + 4) >= tree->strings_end - tree->strings)
                        return token;
                token.value = (struct devicetree_property){.data = body + 8, .size = be32(body)};
                token.name_at = tree->strings + be32(body + 4);
                size = 8 + token.value.size;
        } else if (kind != TOKEN_END_NODE && kind != TOKEN_NOP && kind != TOKEN_END) {
                return token;
        }
        size = (size + 3) & ~3u; /* at most room, a multiple of 4, where the token fits */
        if (size > room)
                return token;
        token.kind = (enum token_kind)kind;
        token.next = at + 4 + size;
        return token;
}

/* The next token that is not there for nothing. */
static struct token next_token(const struct devicetree *tree, uint32_t *at)
{
        struct token token = read_token(tree, *at);
        while (token.kind == TOKEN_NOP) {
                *at = token.next;
                token = read_token(tree, *at);
        }
        return token;
}

static bool is_node(const struct devicetree *tree, uint32_t node)
{
        return read_token(tree, node).kind == TOKEN_NODE;
}

uint32_t devicetree_size(const void *blob)
{
        const uint8_t *header = blob;
        return be32(header + HEADER_MAGIC) == MAGIC ? be32(header + HEADER_SIZE) : 0;
}

/* A block's bounds; false where it leaves the blob. */
static bool read_block(
        struct devicetree *tree, uint32_t start, uint32_t size, uint32_t *from, uint32_t *to)
{
        *from = start;
        *to = start + size;
        return start >= DEVICETREE_HEADER && start <= tree->size && size <= tree->size - start;
}

static const char *check_header(struct devicetree *tree, size_t readable)
{
        const uint8_t *header = tree->blob;

        if (readable < DEVICETREE_HEADER || !devicetree_size(header))
                return "no device tree is there";
        tree->size = devicetree_size(header);
        if (tree->size < DEVICETREE_HEADER || tree->size > readable)
                return "its size is wrong, or it is cut off";
        if (be32(header + HEADER_VERSION) < VERSION || be32(header + HEADER_COMPATIBLE) > VERSION)
                return "its version is unknown";
        tree->reserved = be32(header + HEADER_RESERVED);
        if (!read_block(tree, be32(header + HEADER_STRUCTURE), be32(header + HEADER_STRUCTURE_SIZE),
                    &tree->structure, &tree->structure_end) ||
                !read_block(tree, be32(header + HEADER_STRINGS), be32(header + HEADER_STRINGS_SIZE),
                        &tree->strings, &tree->strings_end))
                return "a block of it lies outside";
        if (tree->structure % 4 || tree->reserved % 8)
                return "a block of it is not aligned";
        return NULL;
}

/* The list of reserved memory ends within the blob. */
static const char *check_reserved(const struct devicetree *tree)
{
        if (tree->reserved < DEVICETREE_HEADER)
                return "a block of it lies outside";
        for (uint32_t at = tree->reserved; at <= tree->size && tree->size - at >= 16; at += 16)
                if (be64(tree->blob + at) == 0 && be64(tree->blob + at + 8) == 0)
                        return NULL;
        return "its list of reserved memory does not end";
}

/* One root; nodes closed as often as opened; properties before the nodes inside. */
static const char *check_structure(struct devicetree *tree)
{
        uint32_t at = tree->structure, depth = 0;
        enum token_kind before = TOKEN_END_NODE;

        for (;;) {
                struct token token = next_token(tree, &at);
                if (token.kind == TOKEN_BAD)
                        return "a token of it is wrong, or is cut off";
                if (token.kind == TOKEN_END) {
                        tree->structure_end = token.next; /* what is behind it is nothing */
                        break;
                }
                if (token.kind == TOKEN_NODE) {
                        if (depth == 0 && tree->root != DEVICETREE_NONE)
                                return "it has more than one root";
                        if (depth == DEVICETREE_DEPTH_MAX)
                                return "it is too deep";
                        if (depth++ == 0)
                                tree->root = at;
                } else if (depth == 0 ||
                           (token.kind == TOKEN_PROPERTY && before == TOKEN_END_NODE)) {
                        return "something of it is at the wrong place";
                } else if (token.kind == TOKEN_END_NODE) {
                        depth--;
                }
                before = token.kind;
                at = token.next;
        }
        return depth                           ? "a node of it does not end"
               : tree->root == DEVICETREE_NONE ? "it is empty"
                                               : NULL;
}

const char *devicetree_open(struct devicetree *tree, const void *blob, size_t readable)
{
        *tree = (struct devicetree){.blob = blob, .root = DEVICETREE_NONE};
        const char *wrong = check_header(tree, readable);
        if (!wrong)
                wrong = check_reserved(tree);
        if (!wrong)
                wrong = check_structure(tree);
        if (wrong)
                *tree = (struct devicetree){.blob = blob, .root = DEVICETREE_NONE};
        return wrong;
}

uint32_t devicetree_next(const struct devicetree *tree, uint32_t node)
{
        if (node == DEVICETREE_NONE)
                return tree->root;
        for (struct token token = read_token(tree, node); token.kind != TOKEN_BAD;
                token = read_token(tree, node)) {
                node = token.next;
                if (is_node(tree, node))
                        return node;
        }
        return DEVICETREE_NONE;
}

/* Behind a node's properties: where its first child begins, or where it ends. */
static uint32_t behind_properties(const struct devicetree *tree, uint32_t node)
{
        uint32_t at = node;
        struct token token = read_token(tree, node);
        do {
                at = token.next;
                token = next_token(tree, &at);
        } while (token.kind == TOKEN_PROPERTY);
        return at;
}

uint32_t devicetree_child(const struct devicetree *tree, uint32_t node)
{
        if (!is_node(tree, node))
                return DEVICETREE_NONE;
        uint32_t at = behind_properties(tree, node);
        return is_node(tree, at) ? at : DEVICETREE_NONE;
}

uint32_t devicetree_sibling(const struct devicetree *tree, uint32_t node)
{
        uint32_t at = node, depth = 0;

        if (!is_node(tree, node))
                return DEVICETREE_NONE;
        do {
                struct token token = next_token(tree, &at);
                if (token.kind == TOKEN_BAD || token.kind == TOKEN_END)
                        return DEVICETREE_NONE;
                depth += token.kind == TOKEN_NODE;
                depth -= token.kind == TOKEN_END_NODE;
                at = token.next;
        } while (depth > 0);
        (void)next_token(tree, &at);
        return is_node(tree, at) ? at : DEVICETREE_NONE;
}

uint32_t devicetree_parent(const struct devicetree *tree, uint32_t node)
{
        uint32_t above[DEVICETREE_DEPTH_MAX], at = tree->structure, depth = 0;

        for (;;) {
                struct token token = next_token(tree, &at);
                if (token.kind == TOKEN_BAD || token.kind == TOKEN_END ||
                        depth == DEVICETREE_DEPTH_MAX)
                        return DEVICETREE_NONE;
                if (token.kind == TOKEN_NODE) {
                        if (at == node)
                                return depth ? above[depth - 1] : DEVICETREE_NONE;
                        above[depth++] = at;
                }
                if (token.kind == TOKEN_END_NODE && depth-- == 0)
                        return DEVICETREE_NONE;
                at = token.next;
        }
}

const char *devicetree_name(const struct devicetree *tree, uint32_t node)
{
        struct token token = read_token(tree, node);
        return token.kind == TOKEN_NODE ? token.name : "";
}

/* The property whose name is the first @p length characters of @p name. */
static struct devicetree_property find_property(
        const struct devicetree *tree, uint32_t node, const char *name, size_t length)
{
        struct devicetree_property none = {0};

        if (!is_node(tree, node))
                return none;
        for (uint32_t at = read_token(tree, node).next;;) {
                struct token token = next_token(tree, &at);
                if (token.kind != TOKEN_PROPERTY)
                        return none;
                const char *text = (const char *)tree->blob + token.name_at;
                size_t room = tree->strings_end - token.name_at;
                if (length < room && text_equal(text, name, length) && !text[length])
                        return token.value;
                at = token.next;
        }
}

struct devicetree_property devicetree_property(
        const struct devicetree *tree, uint32_t node, const char *name)
{
        return find_property(tree, node, name, text_length(name, SIZE_MAX));
}

/* The child whose name is the first @p length characters of @p name, with or without its address. */
static uint32_t find_child(
        const struct devicetree *tree, uint32_t node, const char *name, size_t length)
{
        uint32_t child = devicetree_child(tree, node);
        for (; child != DEVICETREE_NONE; child = devicetree_sibling(tree, child)) {
                const char *text = devicetree_name(tree, child);
                if (text_equal(text, name, length) && (!text[length] || text[length] == '@'))
                        return child;
        }
        return child;
}

/* Down from @p node as a path says, which may begin with a '/'. */
static uint32_t follow(const struct devicetree *tree, uint32_t node, const char *path)
{
        while (node != DEVICETREE_NONE && *path && *path != ':') {
                size_t length = part_length(path);
                if (length)
                        node = find_child(tree, node, path, length);
                path += length;
                path += *path == '/';
        }
        return node;
}

uint32_t devicetree_find(const struct devicetree *tree, const char *path)
{
        if (*path == '/')
                return follow(tree, tree->root, path);
        size_t length = part_length(path);
        struct devicetree_property alias =
                find_property(tree, follow(tree, tree->root, "/aliases"), path, length);
        if (!alias.size || alias.data[alias.size - 1] || alias.data[0] != '/')
                return DEVICETREE_NONE;
        return follow(tree, follow(tree, tree->root, (const char *)alias.data), path + length);
}
