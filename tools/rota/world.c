/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What all worlds' processes have in common: a console that is read, an end that is told.
 */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool child_console(int console[2], struct error *error)
{
        if (pipe2(console, O_CLOEXEC) == 0) {
                fcntl(console[0], F_SETFL, O_NONBLOCK);
                return true;
        }
        return error_set(error, "pipe: %s", strerror(errno));
}

void child_become(struct child *child, const int console[2], pid_t parent)
{
        const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
                _exit(127); /* it died before it could be noticed */
        /* Not in the terminal's foreground group: an interrupt is the tool's to handle. */
        setpgid(0, 0);
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        dup2(null, STDIN_FILENO);
        dup2(console[1], STDOUT_FILENO);
        dup2(console[1], STDERR_FILENO);
        (void)child;
}

/** Keeps the end of what the world prints. */
static void keep(struct child *child, const char *text, size_t length)
{
        const size_t room = sizeof(child->tail) - 1;

        if (length > room) {
                text += length - room;
                length = room;
        }
        if (child->tail_length + length > room) {
                const size_t away = child->tail_length + length - room;
                memmove(child->tail, child->tail + away, child->tail_length - away);
                child->tail_length -= away;
        }
        memcpy(child->tail + child->tail_length, text, length);
        child->tail_length += length;
        child->tail[child->tail_length] = '\0';
}

static void read_console(struct child *child)
{
        char text[4096];
        ssize_t got = 0;

        while (child->console >= 0 && (got = read(child->console, text, sizeof(text))) > 0)
                keep(child, text, (size_t)got);
}

static void decode_emulator(struct child *child, int status)
{
        child->code = child->machine->code(status);
        if (child->code >= 0) {
                child->end = CHILD_EXITED;
                return;
        }
        child->end = CHILD_CRASHED;
        if (status == 0)
                snprintf(child->text, sizeof(child->text),
                        "the machine was reset (a fault while handling a fault)");
        else
                snprintf(child->text, sizeof(child->text), "the emulator gave up, status %d",
                        status);
}

static void decode(struct child *child, int status)
{
        if (WIFSIGNALED(status)) {
                child->end = CHILD_CRASHED;
                snprintf(child->text, sizeof(child->text), "killed by signal %d (%s)",
                        WTERMSIG(status), strsignal(WTERMSIG(status)));
        } else if (child->machine) {
                decode_emulator(child, WEXITSTATUS(status));
        } else {
                child->end = CHILD_EXITED;
                child->code = WEXITSTATUS(status);
        }
}

const char *child_said(const struct child *child)
{
        const char *said = child->tail;
        const char *last = child->machine && child->machine->firmware
                                   ? strstr(said, child->machine->firmware)
                                   : NULL;
        const char *end = last ? strchr(last, '\n') : NULL;

        if (!end)
                return said;
        return end + 1 + strspn(end + 1, "\r\n");
}

void child_poll(struct child *child)
{
        int status = 0;

        read_console(child);
        if (child->end != CHILD_RUNS || waitpid(child->pid, &status, WNOHANG) != child->pid)
                return;
        decode(child, status);
        read_console(child);
}

void child_kill(struct child *child)
{
        int status = 0;

        if (child->end != CHILD_RUNS || child->pid <= 0)
                return;
        kill(child->pid, SIGKILL);
        while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
                ;
        child->end = CHILD_CRASHED;
        read_console(child);
}

void child_free(struct child *child)
{
        child_kill(child);
        if (child->console >= 0)
                close(child->console);
        if (child->region)
                munmap(child->region, child->region_size);
        memset(child, 0, sizeof(*child));
        child->console = -1;
}
