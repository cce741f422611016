/* SPDX-License-Identifier: MIT */
/* The first serial port, polled, and the ways to end the machine. */
#include "machine.h"
#include "rota_arch.h"
#include "x86.h"

#define COM1 0x3f8

/* The emulator's device that ends it with 2 * value + 1; no port of a PC's. */
#define DEBUG_EXIT 0xf4
/* Added to a code, so that no success can be taken for the emulator's own. */
#define EXIT_BASE 0x10

void serial_init(void)
{
        outb(COM1 + 1, 0x00); /* no interrupts */
        outb(COM1 + 3, 0x80); /* the divisor: */
        outb(COM1 + 0, 1);    /* 115200 baud */
        outb(COM1 + 1, 0);
        outb(COM1 + 3, 0x03); /* 8 bits, no parity, 1 stop */
        outb(COM1 + 2, 0x07); /* FIFOs on and empty */
        outb(COM1 + 4, 0x03); /* ready */
}

static void put_byte(char c)
{
        while (!(inb(COM1 + 5) & 0x20))
                rota_arch_pause();
        outb(COM1, (uint8_t)c);
}

void machine_putc(char c)
{
        if (c == '\n')
                put_byte('\r');
        put_byte(c);
}

void machine_exit(int code)
{
        outl(DEBUG_EXIT, EXIT_BASE + (uint32_t)code);
        machine_halt(); /* no such device: stay where the console can be read */
}

void machine_halt(void)
{
        for (;;)
                __asm__ volatile("cli\n\thlt");
}
