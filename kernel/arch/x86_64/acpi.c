/* SPDX-License-Identifier: MIT */
/* From ACPI's tables: which CPUs there are, and where timers are. No structures are laid over the
 * tables: fields are read by their offsets, byte by byte, after their table was seen to hold them. */
#include "acpi.h"

#include "memory.h"

/* Bounds of the work, far above what a machine has. */
#define TABLES_MAX 512
#define TABLE_MAX  0x10000u

#define ROOT_SIZE          20 /* before revision 2, and what the first sum is of */
#define ROOT_REVISION      15
#define ROOT_RSDT          16
#define ROOT_LENGTH        20
#define ROOT_XSDT          24
#define ROOT_EXTENDED_SIZE 36

#define TABLE_LENGTH 4
#define TABLE_HEADER 36

#define MADT_ENTRIES    44
#define ENTRY_APIC      0 /* processor, identifier, flags of 4 bytes */
#define ENTRY_APIC_SIZE 8
#define ENTRY_X2APIC    9 /* 2 bytes of nothing, identifier, flags, processor, 4 bytes each */
#define ENTRY_X2_SIZE   16
#define ENTRY_ENABLED   1
#define APIC_ID_ALL     255

#define FADT_TIMER          76
#define FADT_TIMER_LENGTH   91
#define FADT_FLAGS          112
#define FADT_TIMER_EXTENDED 208
#define FLAG_TIMER_WIDE     0x100u
#define FLAG_REDUCED        0x100000u /* hardware-reduced: there is none */

#define HPET_ADDRESS 40

/* Addresses in tables: where it is, three bytes of how, the address. */
#define ADDRESS_SIZE   12
#define ADDRESS_VALUE  4
#define ADDRESS_MEMORY 0
#define ADDRESS_PORT   1

/* A table that was found whole. */
struct table {
        const uint8_t *bytes;
        uint32_t size;
};

static uint64_t get(const uint8_t *at, unsigned size)
{
        uint64_t value = 0;
        while (size-- > 0)
                value = value << 8 | at[size];
        return value;
}

/* @p size bytes at a physical address, NULL where there is no such memory. */
static const uint8_t *look(const struct acpi_memory *memory, uint64_t address, uint64_t size)
{
        if (address < memory->start || address > memory->end || size > memory->end - address)
                return NULL;
        return memory->bytes + (address - memory->start);
}

static bool sum_is_zero(const uint8_t *bytes, uint32_t size)
{
        uint8_t sum = 0;
        for (uint32_t i = 0; i < size; i++)
                sum += bytes[i];
        return sum == 0;
}

/* The table at @p address. False: it is not whole. Its name may be asked before. */
static bool find_table(const struct acpi_memory *memory, uint64_t address, struct table *table)
{
        table->bytes = look(memory, address, TABLE_HEADER);
        if (!table->bytes)
                return false;
        table->size = (uint32_t)get(table->bytes + TABLE_LENGTH, 4);
        return table->size >= TABLE_HEADER && table->size <= TABLE_MAX &&
               look(memory, address, table->size) && sum_is_zero(table->bytes, table->size);
}

static void add_cpu(struct acpi *acpi, uint64_t id, uint64_t flags)
{
        if (!(flags & ENTRY_ENABLED))
                return;
        if (id >= APIC_ID_ALL) {
                acpi->cpus_beyond++;
                return;
        }
        for (uint32_t i = 0; i < acpi->cpus; i++)
                if (acpi->apic_ids[i] == id)
                        return;
        acpi->apic_ids[acpi->cpus++] = (uint8_t)id; /* fewer identifiers than room */
}

static const char *read_madt(struct acpi *acpi, struct table madt)
{
        for (uint32_t at = MADT_ENTRIES; at < madt.size;) {
                const uint8_t *entry = madt.bytes + at;
                uint32_t left = madt.size - at;
                if (left < 2 || entry[1] < 2 || entry[1] > left)
                        return "its list of CPUs does not end well";
                if (entry[0] == ENTRY_APIC && entry[1] >= ENTRY_APIC_SIZE &&
                        entry[3] != APIC_ID_ALL)
                        add_cpu(acpi, entry[3], get(entry + 4, 4));
                if (entry[0] == ENTRY_X2APIC && entry[1] >= ENTRY_X2_SIZE)
                        add_cpu(acpi, get(entry + 4, 4), get(entry + 8, 4));
                at += entry[1];
        }
        return NULL;
}

static const char *read_fadt(struct acpi *acpi, struct table fadt)
{
        struct acpi_timer timer = {0, true, false};

        if (fadt.size < FADT_FLAGS + 4)
                return "its fixed table is too short";
        uint64_t flags = get(fadt.bytes + FADT_FLAGS, 4);
        if (flags & FLAG_REDUCED)
                return NULL;
        timer.is_wide = flags & FLAG_TIMER_WIDE;
        if (fadt.bytes[FADT_TIMER_LENGTH] == 4)
                timer.address = get(fadt.bytes + FADT_TIMER, 4);
        if (fadt.size >= FADT_TIMER_EXTENDED + ADDRESS_SIZE) {
                const uint8_t *extended = fadt.bytes + FADT_TIMER_EXTENDED;
                uint64_t address = get(extended + ADDRESS_VALUE, 8);
                if (address && extended[0] <= ADDRESS_PORT) {
                        timer.address = address;
                        timer.is_port = extended[0] == ADDRESS_PORT;
                }
        }
        if (timer.is_port && timer.address > UINT16_MAX - 3)
                return "its timer is nowhere";
        acpi->timer = timer;
        return NULL;
}

static const char *read_hpet(struct acpi *acpi, struct table hpet)
{
        if (hpet.size < HPET_ADDRESS + ADDRESS_SIZE || hpet.bytes[HPET_ADDRESS] != ADDRESS_MEMORY)
                return "its event timer is nowhere";
        acpi->hpet = get(hpet.bytes + HPET_ADDRESS + ADDRESS_VALUE, 8);
        return NULL;
}

static const struct {
        char name[5];
        const char *(*read)(struct acpi *acpi, struct table table);
} readers[] = {{"APIC", read_madt}, {"FACP", read_fadt}, {"HPET", read_hpet}};

#define READERS (sizeof(readers) / sizeof(*readers))

/* The table at @p address, where it is one of those that are read: the first whole one of each. */
static const char *read_table(
        struct acpi *acpi, const struct acpi_memory *memory, uint64_t address, bool seen[READERS])
{
        const uint8_t *name = look(memory, address, TABLE_HEADER);
        struct table table;

        if (!name)
                return "a table of it lies outside of memory";
        for (unsigned i = 0; i < READERS; i++) {
                if (memcmp(name, readers[i].name, 4) != 0 || seen[i])
                        continue;
                if (!find_table(memory, address, &table))
                        return "a table of it is damaged";
                seen[i] = true;
                return readers[i].read(acpi, table);
        }
        return NULL;
}

/* The list of tables: the one of wide addresses, or where there is none, of narrow ones. */
static const char *find_list(const struct acpi_memory *memory, uint64_t address, struct table *list,
        uint32_t *entry_size)
{
        const uint8_t *root = look(memory, address, ROOT_SIZE);

        if (!address || !root || memcmp(root, "RSD PTR ", 8) != 0)
                return "there is no root pointer";
        if (!sum_is_zero(root, ROOT_SIZE))
                return "the root pointer is damaged";
        *entry_size = 8;
        if (root[ROOT_REVISION] >= 2 && look(memory, address, ROOT_EXTENDED_SIZE)) {
                uint32_t length = (uint32_t)get(root + ROOT_LENGTH, 4);
                uint64_t xsdt = get(root + ROOT_XSDT, 8);
                if (xsdt && length >= ROOT_EXTENDED_SIZE && length <= TABLE_MAX &&
                        look(memory, address, length) && sum_is_zero(root, length) &&
                        find_table(memory, xsdt, list) && memcmp(list->bytes, "XSDT", 4) == 0)
                        return NULL;
        }
        *entry_size = 4;
        if (!find_table(memory, get(root + ROOT_RSDT, 4), list) ||
                memcmp(list->bytes, "RSDT", 4) != 0)
                return "its list of tables is damaged";
        return NULL;
}

const char *acpi_read(struct acpi *acpi, const struct acpi_memory *memory, uint64_t root)
{
        bool seen[READERS] = {false};
        struct table list;
        uint32_t entry_size;

        memset(acpi, 0, sizeof(*acpi));
        const char *wrong = find_list(memory, root, &list, &entry_size);
        if (wrong)
                return wrong;
        uint32_t count = (list.size - TABLE_HEADER) / entry_size;
        for (uint32_t i = 0; i < count && i < TABLES_MAX; i++) {
                uint64_t address = get(list.bytes + TABLE_HEADER + i * entry_size, entry_size);
                const char *found = read_table(acpi, memory, address, seen);
                if (!wrong)
                        wrong = found;
        }
        return wrong;
}
