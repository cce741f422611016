/* SPDX-License-Identifier: MIT */
/* The console, polled, and the ways to end the machine: devices of the device tree, else the firmware. */
#include "machine.h"
#include "riscv.h"
#include "rota_arch.h"

/* Registers of a 16550, by number, and the bit that says that there is room for a byte. */
#define UART_DATA   0u
#define UART_STATUS 5u
#define UART_EMPTY  0x20u

/* What to tell the test device ("sifive,test0"), with a code in the upper half where it failed. */
#define TEST_PASS 0x5555u
#define TEST_FAIL 0x3333u

static struct {
        uintptr_t base; /* 0: none */
        unsigned shift; /* registers are 1 << shift bytes apart, */
        uint32_t width; /* and that many bytes wide */
} uart;
static volatile uint32_t *test;

void devices_map(const struct devicetree_range *range)
{
        uintptr_t start = range->start & ~(KERNEL_PAGE_SIZE - 1);
        uintptr_t end = range->start + range->size + KERNEL_PAGE_SIZE - 1;

        kernel_pages_identity(
                start, end & ~(KERNEL_PAGE_SIZE - 1), KERNEL_READ | KERNEL_WRITE | KERNEL_DEVICE);
}

static void find_console(const struct devicetree *tree)
{
        static const char *const names[] = {"ns16550a", "ns16550", "snps,dw-apb-uart"};
        uint32_t device = devicetree_console(tree);
        struct devicetree_range range;
        bool known = false;

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                known = known || devicetree_is_compatible(tree, device, names[i]);
        if (!known || !devicetree_reg(tree, device, 0, &range))
                return;
        devices_map(&range);
        uart.shift = devicetree_u32(tree, device, "reg-shift", 0) & 7;
        uart.width = devicetree_u32(tree, device, "reg-io-width", 1);
        uart.base = range.start + devicetree_u32(tree, device, "reg-offset", 0);
}

void devices_init(const struct devicetree *tree)
{
        uint32_t device = devicetree_compatible(tree, DEVICETREE_NONE, "sifive,test0");
        struct devicetree_range range;

        find_console(tree);
        if (devicetree_reg(tree, device, 0, &range)) {
                devices_map(&range);
                test = (volatile uint32_t *)range.start;
        }
}

static uint32_t uart_read(unsigned number)
{
        uintptr_t at = uart.base + (number << uart.shift);
        return uart.width == 4 ? *(volatile uint32_t *)at : *(volatile uint8_t *)at;
}

static void uart_write(unsigned number, uint8_t value)
{
        uintptr_t at = uart.base + (number << uart.shift);
        if (uart.width == 4)
                *(volatile uint32_t *)at = value;
        else
                *(volatile uint8_t *)at = value;
}

static void put_byte(char c)
{
        if (!uart.base) {
                sbi_putc(c);
                return;
        }
        while (!(uart_read(UART_STATUS) & UART_EMPTY))
                rota_arch_pause();
        uart_write(UART_DATA, (uint8_t)c);
}

void machine_putc(char c)
{
        if (c == '\n')
                put_byte('\r');
        put_byte(c);
}

void machine_exit(int code)
{
        if (test) {
                /* What was stored, in memory that is shared with who started the machine, say, and what
                 * was sent to the console come before the end. */
                __asm__ volatile("fence iorw, o" : : : "memory");
                *test = code == 0 ? TEST_PASS : (uint32_t)code << 16 | TEST_FAIL;
        }
        sbi_shut_down(code != 0);
        machine_halt();
}

void machine_halt(void)
{
        rota_arch_irq_disable();
        for (;;)
                __asm__ volatile("wfi");
}
