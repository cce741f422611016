/* SPDX-License-Identifier: MIT */
/* Processes: address spaces, fork, system calls. */
#include "kernel.h"

#define USER       0x8000000000u /* the second entry of the top table */
#define USER_BYTES 8192

struct space {
        uint64_t level4[512], level3[512], level2[512], level1[512];
        char memory[USER_BYTES]; /* programs and their data, at the end the stack */
        bool used;
} __attribute__((aligned(4096)));

static struct space spaces[16];
/* Held while memory is copied, which takes its time: interrupts stay on. */
static struct spinlock space_lock;

void space_load(struct space *space)
{
        write_cr3((uint64_t)(space ? space->level4 : kernel_level4));
}

static struct space *space_create(const void *memory, size_t size)
{
        struct space *space = spaces;

        spin_lock(&space_lock);
        while (space < spaces + 16 && space->used)
                space++;
        if (space == spaces + 16) {
                spin_unlock(&space_lock);
                return NULL;
        }
        space->used = true;
        space->level4[0] = kernel_level4[0];
        space->level4[1] = (uint64_t)space->level3 | 7;
        space->level3[0] = (uint64_t)space->level2 | 7;
        space->level2[0] = (uint64_t)space->level1 | 7;
        for (unsigned i = 0; i < USER_BYTES / 4096; i++)
                space->level1[i] = ((uint64_t)space->memory + i * 4096) | 7;
        memcpy(space->memory, memory, size);
        spin_unlock(&space_lock);
        return space;
}

void space_free(struct space *space)
{
        if (!space)
                return;
        spin_lock(&space_lock);
        space->used = false;
        spin_unlock(&space_lock);
}

/* Where a process begins, in the kernel: its registers lie at the end of its stack. */
static void process_main(void *frame)
{
        irq_save();
        enter_user(frame);
}

static struct thread *create(
        const char *name, const void *memory, size_t size, const struct frame *frame)
{
        struct space *space = space_create(memory, size);
        struct thread *thread = space ? thread_create(name, process_main, NULL) : NULL;

        if (!thread) {
                space_free(space);
                return NULL;
        }
        thread->space = space;
        thread->argument = thread_frame(thread);
        *thread_frame(thread) = *frame;
        return thread;
}

struct thread *process_create(const char *name, const void *program)
{
        struct frame frame = {.cs = USER_CODE, .ss = USER_DATA, .rflags = 0x202};

        frame.rip = USER + ((uintptr_t)program - (uintptr_t)user_begin);
        frame.rsp = USER + USER_BYTES;
        struct thread *thread = create(
                name, user_begin, (size_t)((uintptr_t)user_end - (uintptr_t)user_begin), &frame);
        if (thread)
                thread_start(thread);
        return thread;
}

/* The child is the parent but for the answer: its memory, its registers, its place. */
static int fork(const struct frame *frame)
{
        struct thread *me = current();
        struct frame copy = *frame;

        copy.rax = 0;
        struct thread *child = create(me->name, me->space->memory, USER_BYTES, &copy);
        if (!child)
                return -1;
        thread_start(child);
        return (int)(child - threads);
}

void system_call(struct frame *frame)
{
        int code = -1;

        switch (frame->rax) {
        case 0:
                thread_exit((int)frame->rdi);
        case 1:
                frame->rax = (uint64_t)fork(frame);
                break;
        case 2:
                wait(&code);
                frame->rax = (uint64_t)code;
                break;
        case 3:
                sleep_ticks(frame->rdi);
                frame->rax = 0;
                break;
        default:
                frame->rax = (uint64_t)-1;
        }
}
