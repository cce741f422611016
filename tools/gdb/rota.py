# SPDX-License-Identifier: MIT
"""Rota's tasks, stacks, run queues and CPUs of a program that stands still: a kernel behind a gdb stub,
a process, or a core dump.

    (gdb) source tools/gdb/rota.py
    (gdb) rota tasks | stacks [NAME or NUMBER] | queues | cpus

Everything but `stacks` needs the symbol rota_gdb_table and memory, no debug information; `stacks` shows
what gdb's own backtrace could. Nothing is written, nothing is called. What is in memory is not believed:
each list is followed as far as there are tasks, and what is broken is said in a line.
"""

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from rota_stacks import backtrace, saved_registers  # noqa: E402
from rota_structures import Rota, Task, Trouble  # noqa: E402


def say(line=""):
    gdb.write(line.rstrip() + "\n")


def show_cpus(rota, _):
    say("%-4s %-8s %-20s %5s %8s %-14s %-8s %7s %9s" % (
        "CPU", "is", "runs", "class", "waiting", "need", "idle", "nesting", "switches"))
    for index, cpu in rota.cpus():
        try:
            current = rota.pointer(cpu, "cpu.current")
            runs = rota.task_at(current).name if current else "-"
            running = rota.field(cpu, "cpu.running_class", 1)
            say("%-4d %-8s %-20s %5s %8d %-14s %-8s %7d %9d%s" % (
                index, rota.named("online", rota.field(cpu, "cpu.online", 1)), runs,
                running if running < rota["classes_max"] else "-", rota.field(cpu, "cpu.ready"),
                rota.bits("need", rota.field(cpu, "cpu.need")),
                rota.named("idle", rota.field(cpu, "cpu.idle")), rota.field(cpu, "cpu.nesting"),
                rota.field(cpu, "cpu.switches", 8),
                "  locked" if rota.pointer(cpu, "cpu.lock") else ""))
        except Trouble as trouble:
            say("%-4d %s" % (index, trouble.args[0]))
    if rota.field(rota.at, "rota.stopping", 1):
        say("the instance stops")
    if rota.field(rota.at, "rota.world_stop"):
        say("CPU %d has stopped the world" % (rota.field(rota.at, "rota.world_stop") - 1))
    if rota.field(rota.at, "rota.fallbacks"):
        say("policies replaced: %d" % rota.field(rota.at, "rota.fallbacks"))


def each_task(rota, show):
    """Calls show for each, and says which cannot be shown."""
    count = 0
    for index in range(rota.slot_count):
        try:
            task = Task(rota, index)
            if task.state != "free":
                count += 1
                show(task)
        except Trouble as trouble:
            say("%-5d %s" % (index + 1, trouble.args[0]))
            if not readable(rota, index):
                break
    return count


def readable(rota, index):
    try:
        rota.memory.number(rota.slots_at + index * rota["slot.size"], 1)
        return True
    except Trouble:
        return False


def show_tasks(rota, _):
    def show(task):
        if task.state == "dead":
            say("%-5d %-20s %-8s code %d" % (task.number, task.name, task.state, task.code))
            return
        say("%-5d %-20s %-8s %-8s %4d %6d  %s" % (
            task.number, task.name, task.state, task.kind, task.cpu, task.class_index,
            task.notes()))

    say("%-5s %-20s %-8s %-8s %4s %6s" % ("TASK", "name", "is", "kind", "CPU", "class"))
    if not each_task(rota, show):
        say("no tasks")


def show_queues(rota, _):
    for index, cpu in rota.cpus():
        for class_index in range(rota.class_count):
            try:
                policy, lists, waiting, wrong = rota.queue(cpu, class_index)
            except Trouble as trouble:
                say("CPU %d, class %d: %s" % (index, class_index, trouble.args[0]))
                continue
            head = "CPU %d, class %d, %s:" % (index, class_index, policy)
            if not lists:
                names = [task.name for task in rota.tasks() if task.state == "ready" and
                         task.cpu == index and task.class_index == class_index]
                say("%s %s" % (head, " ".join(names) + " (in the order of their slots)" if names else
                               "nobody waits"))
                continue
            for rank, names in waiting:
                say("%s %s%s" % (head, "[%d] " % (rank + 1) if lists > 1 else "", " ".join(names)))
            if wrong:
                say("%s %s" % (head, wrong))
            elif not waiting:
                say("%s nobody waits" % head)
        if rota.pointer(cpu, "cpu.lock"):
            say("CPU %d: its queues are locked, somebody may be in the middle of a change" % index)


def show_stacks(rota, wanted):
    executing = {rota.pointer(cpu, "cpu.on"): index for index, cpu in rota.cpus()}

    def show(task):
        if task.state == "dead" or wanted and wanted not in (task.name, str(task.number)):
            return
        head = "task %d %s, %s" % (task.number, task.name, task.state)
        if not task.on:
            say("%s: a %s without a stack of its own" % (head, task.kind))
        elif task.on in executing:
            say("%s: on CPU %d" % (head, executing[task.on]))
        else:
            say("%s:" % head)
            try:
                for line in backtrace(saved_registers(rota, task)):
                    say("    " + line)
            except Trouble as trouble:
                say("    " + trouble.args[0])

    if not each_task(rota, show):
        say("no tasks")


class Command(gdb.Command):
    """One word behind `rota`."""

    def __init__(self, word, show, text):
        self.__doc__ = text
        self.show = show
        super().__init__("rota " + word, gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        del from_tty
        try:
            self.show(Rota(), argument.strip())
        except Trouble as trouble:
            say("rota: %s" % trouble.args[0])


class Prefix(gdb.Command):
    """Rota's tasks, stacks, run queues and CPUs of a program that stands still."""

    def __init__(self):
        super().__init__("rota", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE, True)


Prefix()
Command("tasks", show_tasks, "Every task: number, name, state, kind, CPU, class.")
Command("stacks", show_stacks, "Backtraces of the tasks that are switched out, or of one: its name or number.")
Command("queues", show_queues, "Who waits for a CPU, per CPU and class, the next one first.")
Command("cpus", show_cpus, "Every CPU: what it runs, how many wait, what it is to do next.")
