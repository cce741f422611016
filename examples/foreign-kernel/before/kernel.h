/* SPDX-License-Identifier: MIT */
/* A small teaching kernel: threads, channels, processes with fork, wait and kill. */
#ifndef KERNEL_H
#define KERNEL_H

/* Sizes, and what boot.S and entry.S must know as well. */
#define CPUS        64
#define THREADS     96
#define STACK       8192
#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_DATA   0x1b
#define USER_CODE   0x23
#define CPU_TASK    0x28
#define TRAMPOLINE  0x8000

#define VECTOR_TIMER    32
#define VECTOR_SPURIOUS 63
#define VECTOR_SYSCALL  64
#define VECTORS         65

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TICK_NS 10000000u /* the tick: 100 Hz */

/* What entry.S leaves on the stack; the part from rip on by the processor. */
struct frame {
        uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
        uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

struct spinlock {
        uint32_t held;
};

/* Runnable says nothing about who has the CPU: that is current(). */
enum thread_state { UNUSED, NEW, RUNNABLE, SLEEPING, ZOMBIE };

struct thread {
        void *sp; /* while it does not run */
        enum thread_state state;
        const char *name;
        char *stack;         /* a frame's place at its end, below it the kernel's part */
        const void *channel; /* what it sleeps on */
        struct thread *parent;
        struct space *space; /* of a process, NULL: none */
        void (*entry)(void *);
        void *argument;
        int code;
        bool killed;
};

struct __attribute__((packed)) task_state {
        uint32_t reserved0;
        uint64_t rsp0, rsp1, rsp2, reserved1, ist[7], reserved2;
        uint16_t reserved3, io_map;
};

struct cpu {
        struct cpu *self;      /* read as gs:0 */
        struct thread *thread; /* read as gs:8 */
        uint32_t locks;        /* spinlocks held by the running thread, interrupts on */
        uint32_t off;          /* depth of push_off() */
        bool was_on;           /* interrupts, before the outermost push_off() */
        uint32_t index;
        uint32_t apic_id;
        uint32_t up;
        uint64_t switches; /* threads that began to run */
        uint64_t timer_irqs;
        uint64_t gdt[7];
        struct task_state task;
} __attribute__((aligned(128)));

/* ---- cpu.c ---- */
extern struct cpu cpus[CPUS];
extern uint32_t cpu_count;
void cpu_init(uint32_t index);
void cpu_start_others(void);

static inline struct cpu *this_cpu(void)
{
        struct cpu *cpu;
        __asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
        return cpu;
}

static inline struct thread *current(void)
{
        struct thread *thread;
        __asm__ volatile("movq %%gs:8, %0" : "=r"(thread));
        return thread;
}

static inline uint64_t irq_save(void)
{
        uint64_t flags;
        __asm__ volatile("pushfq\n\tpopq %0\n\tcli" : "=r"(flags) : : "memory");
        return flags;
}

static inline void irq_restore(uint64_t flags)
{
        __asm__ volatile("pushq %0\n\tpopfq" : : "r"(flags) : "memory", "cc");
}

static inline bool irq_was_on(uint64_t flags)
{
        return (flags & 0x200) != 0;
}

static inline void irq_on(void)
{
        __asm__ volatile("sti" : : : "memory");
}

/* Interrupts are off, and are so again afterwards. */
static inline void irq_wait(void)
{
        __asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

static inline void cpu_relax(void)
{
        __asm__ volatile("pause" : : : "memory");
}

static inline void out8(uint16_t port, uint8_t value)
{
        __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
        uint8_t value;
        __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
        return value;
}

static inline void write_msr(uint32_t number, uint64_t value)
{
        __asm__ volatile("wrmsr"
                         :
                         : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                         : "memory");
}

static inline void write_cr3(uint64_t table)
{
        __asm__ volatile("movq %0, %%cr3" : : "r"(table) : "memory");
}

/* ---- console.c ---- */
/* %s %d %u %x %c; 64-bit values with %u and %x as well. */
void kprintf(const char *format, ...);
_Noreturn void panic(const char *text);
_Noreturn void power_off(int code);

/* ---- lock.c ---- */
/* For what threads share: interrupts stay on. */
void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);
/* For what interrupts touch as well. */
void spin_lock_irq(struct spinlock *lock);
void spin_unlock_irq(struct spinlock *lock);
void push_off(void);
void pop_off(void);

/* ---- memory.c ---- */
void memory_init(void);
char *stack_alloc(void);
void stack_free(char *stack);
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);

/* ---- apic.c ---- */
extern volatile uint64_t ticks;
void apic_init(void);
void apic_end(void);
void apic_send(uint32_t to, uint32_t command);
void timer_init(void);
void timer_interrupt(void);
uint64_t clock_ns(void);

#define IPI_INIT    0x4500
#define IPI_STARTUP 0x4600
#define IPI_FIXED   0x4000
#define IPI_OTHERS  0xc0000

/* ---- thread.c ---- */
extern struct thread threads[THREADS];
/* The running context becomes the first thread. */
void thread_init(void);
/* A new thread, not runnable yet; NULL: none left. */
struct thread *thread_create(const char *name, void (*entry)(void *), void *argument);
void thread_start(struct thread *thread);
/* Its registers above the stack: the CPU's are set for it. NULL: nobody runs. */
void thread_load(struct thread *thread);
_Noreturn void thread_exit(int code);
void yield(void);
/* Waits on a channel; the lock is released meanwhile. Ends early for who is killed. */
void sleep(const void *channel, struct spinlock *lock);
void wakeup(const void *channel);
void sleep_ticks(uint64_t count);
/* Waits until a child has ended: returns it (its memory is free for others), or NULL. */
struct thread *wait(int *code);
void kill(struct thread *thread);
bool killed(void);

static inline struct frame *thread_frame(struct thread *thread)
{
        return (struct frame *)(thread->stack + STACK) - 1;
}

/* ---- process.c ---- */
/* A process that begins at a program of user.S. */
struct thread *process_create(const char *name, const void *program);
void system_call(struct frame *frame);
void space_load(struct space *space);
void space_free(struct space *space);

/* ---- demo.c ---- */
void demo(void);

/* ---- entry.S, boot.S, user.S ---- */
extern char vectors[VECTORS][16], trampoline[], trampoline_end[];
extern char user_begin[], user_end[], user_sums[], user_spins[], user_sleeps[], user_faults[];
extern uint64_t kernel_level4[512];
void switch_to(void **from, void *to);
/* Lays out a stack for switch_to(): entry(argument), interrupts off. */
void *stack_init(char *stack, size_t size, void (*entry)(void *), void *argument);
_Noreturn void enter_user(struct frame *frame);
#endif
#endif
