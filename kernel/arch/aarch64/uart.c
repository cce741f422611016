/* SPDX-License-Identifier: MIT */
/* The console, a PL011 (Arm DDI 0183), polled; and the ways to end the machine. */
#include "arm.h"
#include "devicetree.h"
#include "machine.h"
#include "rota_arch.h"

/* Registers, by offset. */
enum {
        UART_DATA = 0x00,
        UART_FLAGS = 0x18,
        UART_LINE = 0x2c,
        UART_CONTROL = 0x30,
        UART_MASK = 0x38
};
#define FLAGS_FULL     0x20u
#define FLAGS_BUSY     0x08u
#define LINE_8_BITS    0x70u  /* and FIFOs */
#define CONTROL_ENABLE 0x301u /* receives and sends */

/* Arm's semihosting: a debugger or emulator that listens ends the program, with a code. */
#define SEMIHOSTING_EXIT     0x20u
#define SEMIHOSTING_END_CODE 0x20026u

static uintptr_t uart; /* 0: none */

void uart_init(const struct devicetree *tree)
{
        struct devicetree_range registers;
        uint32_t node = devicetree_console(tree);

        if (!devicetree_is_compatible(tree, node, "arm,pl011"))
                node = devicetree_compatible(tree, DEVICETREE_NONE, "arm,pl011");
        if (!devicetree_reg(tree, node, 0, &registers))
                return;
        mmu_map_device(registers.start, registers.size);
        /* The speed is what firmware left. */
        while (device_read(registers.start + UART_FLAGS) & FLAGS_BUSY)
                rota_arch_pause();
        device_write(registers.start + UART_CONTROL, 0);
        device_write(registers.start + UART_MASK, 0);
        device_write(registers.start + UART_LINE, LINE_8_BITS);
        device_write(registers.start + UART_CONTROL, CONTROL_ENABLE);
        uart = registers.start;
}

static void put_byte(char c)
{
        while (device_read(uart + UART_FLAGS) & FLAGS_FULL)
                rota_arch_pause();
        device_write(uart + UART_DATA, (uint8_t)c);
}

void machine_putc(char c)
{
        if (!uart)
                return;
        if (c == '\n')
                put_byte('\r');
        put_byte(c);
}

/* Returns where nobody listens: the instruction is undefined then, and trap_dispatch() steps over it. */
__attribute__((noinline)) static void semihosting_exit(int code)
{
        uint64_t block[2] = {SEMIHOSTING_END_CODE, (uint64_t)code};
        register uint64_t x0 __asm__("x0") = SEMIHOSTING_EXIT;
        register uint64_t *x1 __asm__("x1") = block;

        __asm__ volatile(".globl machine_exit_call\nmachine_exit_call:\n\thlt #0xf000"
                         : "+r"(x0)
                         : "r"(x1)
                         : "memory");
}

void machine_exit(int code)
{
        while (uart && device_read(uart + UART_FLAGS) & FLAGS_BUSY)
                rota_arch_pause(); /* the last words are out */
        semihosting_exit(code);
        psci_off();
        machine_halt();
}

void machine_halt(void)
{
        for (;;)
                __asm__ volatile("msr daifset, #15\n\twfi");
}
