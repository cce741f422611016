#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Has gdb and tools/gdb/rota.py look at program.c where it stands still, and compares.

    check.py WORLD PROGRAM CPUS

A kernel through QEMU's stub; on the host a process, then a core dump of it. On x86_64 and the host tasks,
queues and CPUs once more without debug information. What is damaged is damaged in memory by gdb.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "..", "..", "tools", "gdb", "rota.py")
LIMIT = 120

DAMAGE = """
python
def damaged(title, address, value, size, command):
    memory = gdb.selected_inferior()
    before = bytes(memory.read_memory(address, size))
    memory.write_memory(address, value.to_bytes(size, "little"))
    gdb.write("@@%s\\n" % title)
    gdb.execute(command)
    memory.write_memory(address, before)

r = Rota()
word = r.memory.word
cpu = r.cpu(0)
queue = r.memory.pointer(cpu + r["cpu.queues"] + word)
head = queue + r.field(r.pointer(queue, "queue.policy"), "policy.lists_at", 2)
first = r.memory.pointer(head)
task = first - r["task.policy_state"]
table = int(gdb.parse_and_eval("(unsigned long) &rota_gdb_table"))
root = r.memory.pointer(table + 8)
sleeper = next(t for t in r.tasks() if t.name == "sleeper")
slot = r.slots_at + (sleeper.number - 1) * r["slot.size"]
top = (1 << (8 * word)) - 8
damaged("version", table, 99, 4, "rota tasks")
damaged("count", table + 4, 3, 4, "rota tasks")
damaged("none", root, 0, word, "rota cpus")
damaged("wild", root, top, word, "rota cpus")
damaged("counts", r.at + r["rota.cpu_count"], 70000, 4, "rota cpus")
damaged("slots", r.at + r["rota.slot_count"], 0, 4, "rota tasks")
damaged("table", r.at + r["rota.slots"], top, word, "rota tasks")
damaged("nocpu", r.cpus_at, 0, word, "rota queues")
damaged("round", first, first, word, "rota queues")
damaged("away", first, top, word, "rota queues")
damaged("stranger", first, r.at, word, "rota queues")
damaged("current", cpu + r["cpu.current"], r.at, word, "rota cpus")
damaged("name", sleeper.at + r["task.name"], top, word, "rota tasks")
damaged("slot", slot + r["slot.value"], r.at, word, "rota tasks")
damaged("sp", sleeper.on + r["context.sp"], 16, word, "rota stacks sleeper")
damaged("frame", sleeper.on + r["context.sp"],
        r.memory.pointer(sleeper.on + r["context.stack"]) & ~7, word, "rota stacks sleeper")
end
"""

# What each of them has gdb say, and what it may not.
DAMAGED = {
    "version": r"rota: the program's table is version 99, this script knows \d+",
    "count": r"rota: the program's table is damaged: 3 numbers",
    "none": r"rota: there is no instance",
    "wild": r"rota: memory at 0x\w+ cannot be read",
    "counts": r"rota: the instance at 0x\w+ is none, or is broken: 70000 CPUs",
    "slots": r"rota: the instance at 0x\w+ is none, or is broken: .* 0 slots",
    "table": r"cannot be read",
    "nocpu": r"rota: CPU 0 has no structure",
    "round": r"CPU 0, class 1, rr: churner\nCPU 0, class 1, rr: broken behind churner: a list goes round",
    "away": r"CPU 0, class 1, rr: broken behind churner: memory at 0x\w+ cannot be read",
    "stranger": r"CPU 0, class 1, rr: broken behind churner: .* is no task",
    "current": r"^0 .* is no task",
    "name": r"^2 +\? +parked",
    "slot": r"^2 +slot 2 does not hold its task|^2 .* is no task|^2 +memory at",
    "sp": r"sp 0x10 is not on its stack",
    "frame": r"its stack at 0x\w+ is not as a switch leaves it",
}

failed = 0


def case(name, missing, output=""):
    global failed
    print("%s gdb: %s%s" % ("not ok" if missing else "ok", name,
                            ": missing: " + ", ".join(missing) if missing else ""))
    if missing:
        failed = 1
        for line in output.splitlines():
            print("#   " + line)
    sys.stdout.flush()


def look(name, output, patterns):
    case(name, [pattern for pattern in patterns if not re.search(pattern, output, re.M)], output)


def expected(cpus):
    """What is to be seen of program.c, by command."""
    others = range(1, cpus)
    tasks = [r"^1 +leader +running +thread +0 +0 +(token, )?guard 1$", r"^2 +sleeper +parked +thread +0 +0$",
             r"^3 +- +dead +code 7$", r"^4 +unborn +new +thread", r" churner +ready +thread +0 +1$",
             r" low +ready +thread +0 +0$", r" higher +ready +thread +0 +0 +token, cancel$"]
    queues = [r"^CPU 0, class 0, prio: \[10\] high higher\nCPU 0, class 0, prio: \[200\] low\n"
              r"CPU 0, class 1, rr: churner last$"]
    seen = [r"^0 +online +leader +0 +5 .*active"]
    stacks = [r"^task 1 leader, running: on CPU 0$",
              r"^task 2 sleeper, parked:\n( +#.*\n)* +#\d+ +\S+ rota_park\b.*\n( +#.*\n)*"
              r" +#\d+ +\S+ wait_for_ever\b.*\n +#\d+ +\S+ sleeper\b.*\n( +#.*\n)*? +#\d+ +\S+ rota_arch_start",
              r"^task \d+ churner, ready:\n( +#.*\n)* +#\d+ +\S+ churn\b.*\n( +#.*\n)*? +#\d+ +\S+ rota_arch_start",
              r"^task \d+ high, ready:\n +#0 +\S+ rota_arch_start"]
    for cpu in others:
        tasks += [r" busy%d +running +thread +%d +0$" % (cpu, cpu),
                  r" first%d +ready +thread +%d +0$" % (cpu, cpu)]
        queues += [r"^CPU %d, class 0, prio: \[20\] first%d second%d\nCPU %d, class 1, rr: nobody waits$" %
                   (cpu, cpu, cpu, cpu)]
        seen += [r"^%d +online +busy%d +0 +2 " % (cpu, cpu)]
        stacks += [r"^task \d+ busy%d, running: on CPU %d$" % (cpu, cpu)]
    return {"cpus": seen, "tasks": tasks, "queues": queues, "stacks": stacks}


def sections(output):
    parts = re.split(r"^@@(\w+)\n", output, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def listens(socket):
    """Whether somebody does there; the file alone is there a moment before."""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
        rows = [line.split() for line in file]
    return any(row[-1] == socket and int(row[3], 16) & 0x10000 for row in rows[1:])


class Session:
    """One run of gdb in batch mode."""

    def __init__(self, gdb, world, program, cpus, work):
        self.gdb, self.world, self.program, self.cpus, self.work = gdb, world, program, cpus, work

    def run(self, symbols, commands, core=None):
        text = ["set pagination off", "set confirm off", "set width 0", "set debuginfod enabled off",
                "set remotetimeout %d" % LIMIT,
                "source " + SCRIPT]
        emulator = None
        if self.world == "host" and not core:
            text += ["handle all nostop noprint pass", "handle SIGTRAP stop", "set startup-with-shell off",
                     "@@before", "rota tasks", "break stand_still", "run --cpus %d" % self.cpus]
        elif not core:
            socket = os.path.join(self.work, "stub")
            emulator = subprocess.Popen(
                [os.path.join(HERE, "..", "emulator"), self.world, self.program, str(self.cpus),
                 "--limit", str(LIMIT), "--", "-S", "-chardev",
                 "socket,path=%s,server=on,wait=off,id=stub" % socket, "-gdb", "chardev:stub"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(LIMIT * 10):
                if listens(socket) or emulator.poll() is not None:
                    break
                subprocess.run(["sleep", "0.1"], check=True)
            text += ["target remote " + socket, "hbreak stand_still", "continue"]
        text += commands + ([] if core else ["kill"])
        path = os.path.join(self.work, "commands")
        with open(path, "w", encoding="ascii") as file:
            for line in text:
                file.write("echo %s\\n\n" % line if line.startswith("@@") else line + "\n")
        try:
            done = subprocess.run(
                [self.gdb, "-q", "-nx", "-batch", "-x", path, symbols] + ([core] if core else []),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT,
                check=False)
            return done.stdout.decode("utf-8", "replace")
        except subprocess.TimeoutExpired as late:
            return "gdb took too long\n" + (late.stdout or b"").decode("utf-8", "replace")
        finally:
            if emulator:
                emulator.terminate()
                emulator.wait()


SHORT = ["@@cpus", "rota cpus", "@@tasks", "rota tasks", "@@queues", "rota queues"]
LOOKS = SHORT + ["@@stacks", "rota stacks", "@@one", "rota stacks sleeper"]


def compare(title, output, cpus, words):
    told = sections(output)
    for word in words:
        look("%s, %d CPUs, rota %s" % (title, cpus, word), told.get(word, output), expected(cpus)[word])
    return told


def main():
    world, program, cpus = sys.argv[1], sys.argv[2], int(sys.argv[3])
    gdb = shutil.which("gdb-multiarch") or (world == "host" and shutil.which("gdb"))
    if not gdb:
        print("skip gdb: there is no gdb-multiarch")
        return 0
    with tempfile.TemporaryDirectory() as work:
        session = Session(gdb, world, program, cpus, work)
        core = os.path.join(work, "core")
        commands = LOOKS + ["source " + os.path.join(work, "damage")]
        with open(os.path.join(work, "damage"), "w", encoding="ascii") as file:
            file.write(DAMAGE)
        if world == "host":
            commands = LOOKS + ["generate-core-file " + core] + commands[len(LOOKS):]
        output = session.run(program, commands)
        if "ptrace: Operation not permitted" in output:
            print("skip gdb: processes may not be looked at here")
            return 0
        told = compare(world, output, cpus, ["cpus", "tasks", "queues", "stacks"])
        case("%s, %d CPUs, one task's stack" % (world, cpus),
             [] if len(re.findall("^task", told.get("one", ""), re.M)) == 1 else ["one"], output)
        missing = [name for name, pattern in DAMAGED.items()
                   if not re.search(pattern, told.get(name, ""), re.M)]
        case("%s, %d CPUs, what is broken is said" % (world, cpus), missing,
             "\n".join("%s: %s" % (name, told.get(name, "-")) for name in missing) or output)
        if world != "host" and (cpus > 1 or world != "x86_64"):
            return failed
        if world == "host":
            look("before there is an instance", told.get("before", output), ["there is no instance"])
            compare("core dump", session.run(program, LOOKS, core), cpus,
                    ["cpus", "tasks", "queues", "stacks"])
        bare = os.path.join(work, "bare")
        strip = shutil.which("llvm-objcopy") or shutil.which("objcopy")
        if strip:
            subprocess.run([strip, "--strip-debug", program, bare], check=True)
            compare("without debug information", session.run(
                bare, SHORT, core if world == "host" else None), cpus, ["cpus", "tasks", "queues"])
        return failed


if __name__ == "__main__":
    sys.exit(main())
