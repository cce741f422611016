/* SPDX-License-Identifier: MIT */
/* Programs: their spaces, their tasks, and what their system calls do. */
#include "user.h"

#include "base/lock.h"
#include "kernel.h"

#define PAGE         KERNEL_PAGE_SIZE
#define WORKER_STACK 8192

void space_make(struct space *space)
{
        size_t size = (size_t)(user_end - user_begin);
        static const struct kernel_space none;

        space->kernel = none;
        space->programs = 0;
        check(kernel_space_create(&space->kernel, UINT32_MAX) == ROTA_OK);
        check(kernel_space_map(&space->kernel, USER_CODE, size, KERNEL_READ | KERNEL_WRITE) ==
                ROTA_OK);
        check(kernel_copy_to_user(&space->kernel, USER_CODE, user_begin, size) == ROTA_OK);
        check(kernel_space_protect(&space->kernel, USER_CODE, size, KERNEL_READ | KERNEL_EXECUTE) ==
                ROTA_OK);
}

void space_end(struct space *space)
{
        /* No CPU has it any more: its tasks have ended. */
        check(kernel_space_destroy(&space->kernel) == ROTA_OK);
}

uintptr_t space_room(struct space *space, struct user_data **seen)
{
        uintptr_t data = USER_DATA + space->programs * PAGE;
        uintptr_t stack = USER_STACK + space->programs * PAGE;

        space->programs++;
        check(kernel_space_map(&space->kernel, data, PAGE, KERNEL_READ | KERNEL_WRITE) == ROTA_OK);
        check(kernel_space_map(&space->kernel, stack, PAGE, KERNEL_READ | KERNEL_WRITE) == ROTA_OK);
        const uint64_t *entry = kernel_pages_entry(space->kernel.root, data);
        *seen = (struct user_data *)machine_entry_physical(*entry);
        (*seen)->stack_top = stack + PAGE - 64;
        return data;
}

static void on_exit(struct rota_task *task, intptr_t code)
{
        struct program *p = (struct program *)task;

        (void)code;
        /* No CPU that could still have it loaded: this one's is another's, or the kernel's. */
        for (uint32_t i = 0; i < run.cpus; i++) {
                struct rota_cpu *cpu = run.rota.cpus[i];
                /* The two change together under the lock: another CPU may be in between. */
                rota_lock(&cpu->lock);
                const struct rota_task *other = cpu->current;
                check(cpu->space != task->space || (other && other != task));
                rota_unlock(&cpu->lock);
        }
        add(p->ended, 1);
}

struct program *program_make_with(
        struct space *space, const char *label, const struct rota_task_options *given)
{
        struct program *p = memory(sizeof(*p), _Alignof(struct program));
        struct rota_user_options options = {.task = *given, .serve = program_serve};

        options.pc = AT(label);
        options.argument = space_room(space, &p->data);
        options.sp = p->data->stack_top;
        options.task.space = &space->kernel;
        options.task.stats = &p->stats;
        options.task.on_exit = on_exit;
        check(rota_user_create(&p->user, &options, &p->handle) == ROTA_OK);
        p->context = &p->user.context;
        p->data->flags = 2;
        for (uint32_t i = 0; i < PROGRAMS_MAX; i++) {
                if (!run.programs[i]) {
                        run.programs[i] = p;
                        break;
                }
        }
        return p;
}

struct program *program_make(struct space *space, const char *label, const char *name)
{
        return program_make_with(space, label, &(struct rota_task_options){.name = name});
}

void program_start(struct program *p)
{
        check(rota_start(p->handle) == ROTA_OK);
}

intptr_t program_end(struct program *p)
{
        intptr_t code = -1000;

        check(rota_join(p->handle, rota_timeout_forever(), &code) == ROTA_OK);
        check(get(p->ended) == 1);
        return code;
}

static enum rota_serve resume(struct program *p, intptr_t value)
{
        p->user.value = (uintptr_t)value;
        return ROTA_SERVE_RESUME;
}

/* Programs, and threads and futures that wait as they do; the counts are a program's. */
static void count(struct waiting *waiting, bool dropped)
{
        struct rota_task *self = rota_current();

        if (!rota_user_is(self) || waiting != &((struct program *)self)->waiting)
                return;
        if (dropped)
                add(((struct program *)self)->drops, 1);
        else if (waiting->begun)
                add(((struct program *)self)->again, 1);
}

static enum rota_poll wait_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct waiting *w = (struct waiting *)future;
        int result = ROTA_EAGAIN;

        (void)context;
        count(w, false);
        if (w->joins && !w->begun)
                result = rota_join_begin(w->other, &w->wait, false);
        if (result == ROTA_EAGAIN)
                result =
                        w->begun ? rota_wait_disarm(&w->wait) : rota_wait_arm(&w->wait, w->timeout);
        w->begun = true;
        if (result == ROTA_EAGAIN)
                return ROTA_POLL_PENDING;
        if (w->joins)
                rota_join_finish(w->other, &w->wait);
        future->value = w->joins && result == ROTA_OK ? w->wait.value : result;
        return ROTA_POLL_READY;
}

static void wait_drop(struct rota_future *future)
{
        struct waiting *w = (struct waiting *)future;

        count(w, true);
        rota_wait_withdraw(&w->wait);
        if (w->joins)
                rota_join_finish(w->other, &w->wait);
}

struct rota_future *wait_for(struct waiting *w, struct rota_timeout timeout)
{
        rota_future_init(&w->future, wait_poll, wait_drop);
        rota_wait_init(&w->wait);
        w->timeout = timeout;
        w->joins = false;
        w->begun = false;
        return &w->future;
}

struct rota_future *wait_for_end(struct waiting *w, struct rota_handle other)
{
        wait_for(w, rota_timeout_forever());
        w->joins = true;
        w->other = other;
        return &w->future;
}

static enum rota_serve serve_join(struct program *p, const struct rota_trap *trap)
{
        const struct program *other =
                trap->args[0] < PROGRAMS_MAX ? run.programs[trap->args[0]] : NULL;

        if (!other)
                return resume(p, ROTA_EINVAL);
        return rota_user_await(&p->user, wait_for_end(&p->waiting, other->handle));
}

/* Parks once, and is ready whatever it was woken by. */
static enum rota_poll park_poll(struct rota_future *future, struct rota_poll_context *context)
{
        (void)context;
        return future->value++ ? ROTA_POLL_READY : ROTA_POLL_PENDING;
}

static enum rota_serve serve_call(struct program *p, const struct rota_trap *trap)
{
        const uintptr_t *a = trap->args;

        switch (trap->number) {
        case CALL_EXIT:
                p->user.task.exit_code = (intptr_t)a[0];
                return ROTA_SERVE_END;
        case CALL_YIELD:
                resume(p, 0);
                return ROTA_SERVE_YIELD;
        case CALL_NOTHING:
                return resume(p, 0);
        case CALL_SIX:
                check(a[1] == a[0] + 19 && a[2] == a[0] + 299 && a[3] == a[0] + 3999 &&
                        a[4] == a[0] + 49999 && a[5] == a[0] + 599999);
                return resume(p, (intptr_t)(a[0] + a[1] + a[2] + a[3] + a[4] + a[5]));
        case CALL_SLEEP:
        case CALL_EVENT:
                return rota_user_await(&p->user,
                        wait_for(&p->waiting,
                                a[0] ? rota_timeout_after(a[0]) : rota_timeout_forever()));
        case CALL_LOG:
                run.log[add(run.logged, 1) % sizeof(run.log)] = (char)a[0];
                return resume(p, 0);
        case CALL_JOIN:
                return serve_join(p, trap);
        case CALL_PARK:
                rota_future_init(&p->waiting.future, park_poll, NULL);
                return rota_user_await(&p->user, &p->waiting.future);
        case CALL_HOLD:
                rota_cancel_hold(a[0]);
                return resume(p, 0);
        default:
                return resume(p, ROTA_EINVAL);
        }
}

enum rota_serve program_serve(struct rota_user *user, const struct rota_trap *trap)
{
        struct program *p = (struct program *)user;

        check(rota_current() == &user->task && rota_user_is(&user->task));
        check(!trap->again || p->served);
        if (trap->reason == ROTA_TRAP_SYSCALL)
                add(p->calls, 1);
        if (p->served)
                return p->served(p, trap);
        switch (trap->reason) {
        case ROTA_TRAP_SYSCALL:
                return serve_call(p, trap);
        case ROTA_TRAP_EXIT:
                add(p->exits, 1);
                return ROTA_SERVE_RESUME; /* which does not help it */
        default:
                add(p->faults, 1);
                say("# %s: %s at %lx, address %lx, cause %lu\n", user->task.name,
                        rota_fault_text(trap->fault), rota_arch_user_pc(&user->context.frame),
                        trap->address, trap->number);
                user->task.exit_code = -100 - trap->fault;
                return ROTA_SERVE_END;
        }
}

static intptr_t worker_entry(void *worker)
{
        return ((struct worker *)worker)->entry(worker);
}

struct worker *worker_start(intptr_t (*entry)(struct worker *), void *argument, struct space *space,
        const struct rota_params *params)
{
        struct worker *w = memory(sizeof(*w), _Alignof(struct worker));
        struct rota_thread_options options = {
                .task = {.name = "worker",
                        .stats = &w->stats,
                        .space = space ? &space->kernel : NULL},
                .entry = worker_entry,
                .argument = w,
                .stack = memory(WORKER_STACK, 16),
                .stack_size = WORKER_STACK,
        };

        if (params)
                options.task.params = *params;
        w->entry = entry;
        w->argument = argument;
        check(rota_thread_create(&w->thread, &options, &w->handle) == ROTA_OK);
        check(rota_start(w->handle) == ROTA_OK);
        return w;
}

intptr_t worker_end(struct worker *w)
{
        intptr_t code = -1000;

        check(rota_join(w->handle, rota_timeout_forever(), &code) == ROTA_OK);
        return code;
}
