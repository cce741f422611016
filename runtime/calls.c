/* SPDX-License-Identifier: MIT */
/* The system calls as functions, and where a program begins. */
#include <program/program.h>

/* What the kernel leaves at the beginning of the first thread's stack. */
struct start {
        uint64_t count;
        char *arguments[];
};

void program_start(struct start *start);

/* Called by the machine's first instructions. */
void program_start(struct start *start)
{
        sys_exit(main((int)start->count, start->arguments));
}

static uint64_t address(const void *pointer)
{
        return (uint64_t)(uintptr_t)pointer;
}

void sys_exit(int64_t code)
{
        for (;;)
                sys_call(SYS_EXIT, (uint64_t)code, 0, 0, 0, 0, 0);
}

int64_t sys_write(const void *text, size_t size)
{
        return sys_call(SYS_WRITE, address(text), size, 0, 0, 0, 0);
}

int64_t sys_yield(void)
{
        return sys_call(SYS_YIELD, 0, 0, 0, 0, 0, 0);
}

uint64_t sys_time(void)
{
        return (uint64_t)sys_call(SYS_TIME, 0, 0, 0, 0, 0, 0);
}

int64_t sys_sleep(uint64_t ns)
{
        return sys_call(SYS_SLEEP, ns, 0, 0, 0, 0, 0);
}

int64_t sys_sleep_until(uint64_t ns)
{
        return sys_call(SYS_SLEEP_UNTIL, ns, 0, 0, 0, 0, 0);
}

uint64_t sys_self(void)
{
        return (uint64_t)sys_call(SYS_SELF, 0, 0, 0, 0, 0, 0);
}

int64_t sys_spawn(const struct sys_spawn *spawn)
{
        return sys_call(SYS_SPAWN, address(spawn), 0, 0, 0, 0, 0);
}

int64_t sys_spawn_list(const char *name, const char *const *arguments)
{
        return sys_spawn_with(name, arguments, NULL, 0);
}

int64_t sys_spawn_with(
        const char *name, const char *const *arguments, const uint32_t *ends, size_t count)
{
        char all[SYS_ARGUMENTS_MAX];
        size_t size = 0;

        for (; *arguments; arguments++) {
                const size_t length = strlen(*arguments) + 1;
                if (length > sizeof(all) - size)
                        return SYS_EINVAL;
                memcpy(all + size, *arguments, length);
                size += length;
        }
        const struct sys_spawn spawn = {address(name), address(all), size, address(ends), count};
        return sys_spawn(&spawn);
}

int64_t sys_wait(uint64_t process, struct sys_end *end, uint64_t until)
{
        return sys_call(SYS_WAIT, process, address(end), until, 0, 0, 0);
}

int64_t sys_kill(uint64_t process)
{
        return sys_call(SYS_KILL, process, 0, 0, 0, 0, 0);
}

int64_t sys_get_params(struct sys_params *params)
{
        return sys_call(SYS_GET_PARAMS, address(params), 0, 0, 0, 0, 0);
}

int64_t sys_set_params(const struct sys_params *params)
{
        return sys_call(SYS_SET_PARAMS, address(params), 0, 0, 0, 0, 0);
}

int64_t sys_park(const uint32_t *word, uint32_t value, uint64_t until)
{
        return sys_call(SYS_PARK, address(word), value, until, 0, 0, 0);
}

int64_t sys_wake(const uint32_t *word, uint64_t most)
{
        return sys_call(SYS_WAKE, address(word), most, 0, 0, 0, 0);
}

int64_t sys_map(void *at, size_t size, uint32_t rights)
{
        return sys_call(SYS_MAP, address(at), size, rights, 0, 0, 0);
}

int64_t sys_unmap(void *at, size_t size)
{
        return sys_call(SYS_UNMAP, address(at), size, 0, 0, 0, 0);
}

int64_t sys_protect(void *at, size_t size, uint32_t rights)
{
        return sys_call(SYS_PROTECT, address(at), size, rights, 0, 0, 0);
}

int64_t sys_thread(void (*entry)(void *), void *stack, void *argument)
{
        return sys_call(
                SYS_THREAD, (uint64_t)(uintptr_t)entry, address(stack), address(argument), 0, 0, 0);
}

void sys_thread_exit(uint32_t *word)
{
        for (;;)
                sys_call(SYS_THREAD_EXIT, address(word), 0, 0, 0, 0, 0);
}

int64_t sys_info(struct sys_info *info)
{
        return sys_call(SYS_INFO, address(info), 0, 0, 0, 0, 0);
}

int64_t sys_requeue(
        const uint32_t *word, uint32_t value, uint64_t wake, const uint32_t *to, uint64_t move)
{
        return sys_call(SYS_REQUEUE, address(word), value, wake, address(to), move, 0);
}

int64_t sys_join(uint64_t thread, uint64_t until)
{
        return sys_call(SYS_JOIN, thread, until, 0, 0, 0, 0);
}

int64_t sys_pipe(uint32_t ends[2])
{
        return sys_call(SYS_PIPE, address(ends), 0, 0, 0, 0, 0);
}

int64_t sys_pipe_read(uint32_t end, void *to, size_t size, uint64_t until)
{
        return sys_call(SYS_PIPE_READ, end, address(to), size, until, 0, 0);
}

int64_t sys_pipe_write(uint32_t end, const void *from, size_t size, uint64_t until)
{
        return sys_call(SYS_PIPE_WRITE, end, address(from), size, until, 0, 0);
}

int64_t sys_close(uint32_t end)
{
        return sys_call(SYS_CLOSE, end, 0, 0, 0, 0, 0);
}
