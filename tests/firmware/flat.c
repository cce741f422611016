/* SPDX-License-Identifier: MIT */
#include "flat.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 40

void flat_put(uint8_t *at, uint32_t value)
{
        for (int i = 0; i < 4; i++)
                at[i] = (uint8_t)(value >> (24 - 8 * i));
}

uint32_t flat_get(const uint8_t *at)
{
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void flat_start(struct flat *flat)
{
        memset(flat, 0, sizeof(*flat));
}

void flat_reserve(struct flat *flat, uint64_t start, uint64_t size)
{
        flat->reserved[flat->reserved_count][0] = start;
        flat->reserved[flat->reserved_count++][1] = size;
}

/* Bytes of the structure, filled up to whole cells. */
static void put(struct flat *flat, const void *bytes, size_t size)
{
        if (flat->structure_size + size + 4 > FLAT_MAX)
                abort();
        if (size)
                memcpy(flat->structure + flat->structure_size, bytes, size);
        flat->structure_size = (flat->structure_size + size + 3) / 4 * 4;
}

void flat_token(struct flat *flat, uint32_t token)
{
        uint8_t cell[4];
        flat_put(cell, token);
        put(flat, cell, sizeof(cell));
}

void flat_node(struct flat *flat, const char *name)
{
        flat_token(flat, FLAT_NODE);
        put(flat, name, strlen(name) + 1);
}

void flat_end(struct flat *flat)
{
        flat_token(flat, FLAT_END_NODE);
}

/* Where a name is among the strings; a tail of another one serves, as writers do it. */
static uint32_t name_at(struct flat *flat, const char *name)
{
        size_t length = strlen(name) + 1;

        for (size_t at = 0; at + length <= flat->strings_size; at++)
                if (memcmp(flat->strings + at, name, length) == 0)
                        return (uint32_t)at;
        if (flat->strings_size + length > FLAT_MAX)
                abort();
        memcpy(flat->strings + flat->strings_size, name, length);
        flat->strings_size += length;
        return (uint32_t)(flat->strings_size - length);
}

void flat_bytes(struct flat *flat, const char *name, const void *bytes, size_t size)
{
        flat_token(flat, FLAT_PROPERTY);
        flat_token(flat, (uint32_t)size);
        flat_token(flat, name_at(flat, name));
        put(flat, bytes, size);
}

void flat_text(struct flat *flat, const char *name, const char *text)
{
        flat_bytes(flat, name, text, strlen(text) + 1);
}

void flat_cells(struct flat *flat, const char *name, size_t count, const uint32_t *cells)
{
        uint8_t bytes[256];

        if (4 * count > sizeof(bytes))
                abort();
        for (size_t i = 0; i < count; i++)
                flat_put(bytes + 4 * i, cells[i]);
        flat_bytes(flat, name, bytes, 4 * count);
}

void flat_finish(struct flat *flat)
{
        size_t structure = HEADER + 16 * (flat->reserved_count + 1);
        size_t strings = structure + flat->structure_size;
        uint8_t *bytes = flat->bytes;

        flat->size = strings + flat->strings_size;
        if (flat->size > FLAT_MAX)
                abort();
        flat_put(bytes + FLAT_AT_MAGIC, 0xd00dfeed);
        flat_put(bytes + FLAT_AT_SIZE, (uint32_t)flat->size);
        flat_put(bytes + FLAT_AT_STRUCTURE, (uint32_t)structure);
        flat_put(bytes + FLAT_AT_STRINGS, (uint32_t)strings);
        flat_put(bytes + FLAT_AT_RESERVED, HEADER);
        flat_put(bytes + FLAT_AT_VERSION, 17);
        flat_put(bytes + FLAT_AT_COMPATIBLE, 16);
        flat_put(bytes + FLAT_AT_STRINGS_SIZE, (uint32_t)flat->strings_size);
        flat_put(bytes + FLAT_AT_STRUCTURE_SIZE, (uint32_t)flat->structure_size);
        for (size_t i = 0; i < flat->reserved_count; i++)
                for (size_t word = 0; word < 2; word++) {
                        uint8_t *at = bytes + HEADER + 16 * i + 8 * word;
                        flat_put(at, (uint32_t)(flat->reserved[i][word] >> 32));
                        flat_put(at + 4, (uint32_t)flat->reserved[i][word]);
                }
        memcpy(bytes + structure, flat->structure, flat->structure_size);
        memcpy(bytes + strings, flat->strings, flat->strings_size);
}

static void put_cpus(struct flat *flat)
{
        flat_node(flat, "cpus");
        FLAT(flat, "#address-cells", 1);
        FLAT(flat, "#size-cells", 0);
        FLAT(flat, "timebase-frequency", 10000000);
        flat_node(flat, "cpu-map");
        flat_end(flat);
        for (uint32_t i = 0; i < 3; i++) {
                flat_node(flat, i == 0 ? "cpu@0" : i == 1 ? "cpu@100" : "cpu@101");
                flat_text(flat, "device_type", "cpu");
                FLAT(flat, "reg", i == 0 ? 0 : 0xff + i);
                flat_text(flat, "enable-method", "psci");
                flat_text(flat, "riscv,isa", "rv64imafdc_sstc");
                if (i == 1)
                        flat_text(flat, "status", "disabled");
                flat_node(flat, "interrupt-controller");
                FLAT(flat, "#interrupt-cells", 1);
                flat_bytes(flat, "interrupt-controller", NULL, 0);
                FLAT(flat, "phandle", 10 + i);
                flat_end(flat);
                flat_end(flat);
        }
        flat_end(flat);
}

/* Two buses inside one another, the outer of wide addresses, the inner of narrow ones. */
static void put_buses(struct flat *flat)
{
        flat_node(flat, "soc");
        FLAT(flat, "#address-cells", 2);
        FLAT(flat, "#size-cells", 2);
        flat_text(flat, "compatible", "simple-bus");
        flat_bytes(flat, "ranges", NULL, 0);
        flat_node(flat, "intc@8000000");
        flat_bytes(flat, "compatible", "arm,gic-400\0arm,cortex-a15-gic", 31);
        FLAT(flat, "reg", 0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000);
        flat_bytes(flat, "interrupt-controller", NULL, 0);
        FLAT(flat, "#interrupt-cells", 3);
        FLAT(flat, "phandle", 1);
        flat_end(flat);
        flat_node(flat, "inner@10000000");
        FLAT(flat, "#address-cells", 1);
        FLAT(flat, "#size-cells", 1);
        FLAT(flat, "ranges", 0, 0, 0x10000000, 0x1000, 0x2000, 4, 0x20000000, 0x10000);
        flat_node(flat, "serial@100");
        flat_text(flat, "compatible", "ns16550a");
        FLAT(flat, "reg", 0x100, 0x20, 0x2010, 0x10, 0xff8, 0x10, 0x9000, 0x10);
        FLAT(flat, "interrupts", 0, 33, 4, 0, 34, 4);
        flat_token(flat, FLAT_NOP);
        flat_end(flat);
        flat_end(flat);
        flat_node(flat, "clint@2000000");
        flat_text(flat, "compatible", "riscv,clint0");
        FLAT(flat, "reg", 0, 0x2000000, 0, 0x10000);
        FLAT(flat, "interrupts-extended", 10, 3, 10, 7, 0, 12, 0xffffffff, 1, 1, 2, 3);
        flat_end(flat);
        flat_end(flat);
}

static void put_memory(struct flat *flat)
{
        flat_node(flat, "memory@80000000");
        flat_text(flat, "device_type", "memory");
        FLAT(flat, "reg", 0, 0x80000000, 0, 0x10000000, 0, 0, 0, 0, 1, 0, 0, 0x8000000);
        flat_end(flat);
        flat_node(flat, "memory@200000000");
        flat_text(flat, "device_type", "memory");
        FLAT(flat, "reg", 2, 0, 1, 0);
        flat_end(flat);
        flat_node(flat, "secram@e000000");
        flat_text(flat, "device_type", "memory");
        flat_text(flat, "status", "disabled");
        FLAT(flat, "reg", 0, 0xe000000, 0, 0x1000000);
        flat_end(flat);
        flat_node(flat, "reserved-memory");
        FLAT(flat, "#address-cells", 2);
        FLAT(flat, "#size-cells", 2);
        flat_bytes(flat, "ranges", NULL, 0);
        flat_node(flat, "firmware@80000000");
        FLAT(flat, "reg", 0, 0x80000000, 0, 0x80000);
        flat_end(flat);
        flat_node(flat, "pool");
        FLAT(flat, "size", 0, 0x100000);
        flat_end(flat);
        flat_end(flat);
}

void flat_machine(struct flat *flat)
{
        flat_start(flat);
        flat_reserve(flat, 0x88000000, 0x2000);
        flat_reserve(flat, 0x88010000, 0);
        flat_reserve(flat, 0x8fff0000, 0x10000);
        flat_token(flat, FLAT_NOP);
        flat_node(flat, "");
        FLAT(flat, "#address-cells", 2);
        FLAT(flat, "#size-cells", 2);
        flat_text(flat, "compatible", "linux,dummy-virt");
        FLAT(flat, "interrupt-parent", 1);
        flat_node(flat, "aliases");
        flat_text(flat, "serial0", "/soc/inner@10000000/serial@100");
        flat_text(flat, "bus", "/soc");
        flat_text(flat, "again", "serial0");
        flat_end(flat);
        flat_node(flat, "chosen");
        flat_text(flat, "bootargs", "turns rota.report=0x1000");
        flat_text(flat, "stdout-path", "serial0:115200n8");
        FLAT(flat, "linux,initrd-start", 0x84000000);
        FLAT(flat, "linux,initrd-end", 0, 0x84001234);
        flat_end(flat);
        flat_node(flat, "psci");
        flat_text(flat, "method", "hvc");
        flat_end(flat);
        put_memory(flat);
        put_cpus(flat);
        put_buses(flat);
        flat_end(flat);
        flat_token(flat, FLAT_END);
        flat_finish(flat);
}
