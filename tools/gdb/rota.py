# SPDX-License-Identifier: MIT
"""Rota's tasks, stacks, run queues and CPUs of a program that stands still: a kernel behind a gdb stub,
a process, or a core dump.

    (gdb) source tools/gdb/rota.py
    (gdb) rota tasks | stacks [NAME or NUMBER] | queues | cpus

Everything but `stacks` needs the symbol rota_gdb_table and memory, no debug information; `stacks` shows
what gdb's own backtrace could. Nothing is written, nothing is called. What is in memory is not believed:
each list is followed as far as there are tasks, and what is broken is said in a line.
"""

import struct

import gdb
import gdb.unwinder

VERSION = 1
END = 0x524F

# The numbers of src/core/gdb.c, in its order.
NUMBERS = """
cpus_max classes_max
rota.cpus rota.slots rota.cpu_count rota.slot_count rota.class_count rota.stopping rota.world_stop
rota.fallbacks
cpu.lock cpu.current cpu.on cpu.need cpu.nesting cpu.index cpu.running_class cpu.ready cpu.rota cpu.queues
cpu.online cpu.idle cpu.home cpu.switches
slot.size slot.word slot.value
task.kind task.index task.generation task.name task.on task.cpu task.where task.class task.marks task.guard
task.policy_state
kind.name
context.sp context.stack context.stack_size
queue.policy queue.ready
policy.name policy.lists policy.lists_at
list.next
word.state word.free word.new word.runnable word.parked word.dead word.token word.cancel word.pin
word.detached word.generation_shift
where.none where.ready where.running where.parked where.moving where.ended
mark.overflown
need.resched need.pull need.rearm need.slice need.stop need.look need.tick need.timers
idle.active idle.looking idle.halted idle.left
online.offline online.online online.leaving online.joining
end
""".split()

# Where arch/<isa>/switch.S leaves registers, in bytes from a context's sp, and how far the stack
# pointer then moves. The first layout counts whose program counter is in code.
X86 = {"r15": 0, "r14": 8, "r13": 16, "r12": 24, "rbx": 32, "rbp": 40, "rip": 48}
LAYOUTS = {
    "i386:x86-64": [(X86, 56), ({name: at + 8 for name, at in X86.items()}, 64)],
    "aarch64": [(dict({"x%d" % (19 + i): 8 * i for i in range(12)}, pc=88), 96)],
}
FRAMES_MAX = 64


class Trouble(Exception):
    """What is said instead of an answer."""


class Memory:
    """The program's memory, by numbers."""

    def __init__(self):
        self.inferior = gdb.selected_inferior()
        self.order = ">" if "big endian" in gdb.execute("show endian", to_string=True) else "<"
        self.word = gdb.lookup_type("void").pointer().sizeof

    def number(self, address, size):
        try:
            raw = bytes(self.inferior.read_memory(address, size))
        except (gdb.MemoryError, gdb.error, OverflowError):
            raise Trouble("memory at %#x cannot be read" % address) from None
        return struct.unpack(self.order + {1: "B", 2: "H", 4: "I", 8: "Q"}[size], raw)[0]

    def pointer(self, address):
        return self.number(address, self.word)

    def text(self, address, most=48):
        if not address:
            return "-"
        letters = []
        try:
            while len(letters) < most:
                byte = self.number(address + len(letters), 1)
                if not byte:
                    break
                letters.append(chr(byte) if 32 < byte < 127 else "?")
        except Trouble:
            letters.append("?")
        return "".join(letters) or '""'


class Rota:
    """The latest instance, as far as it can be believed."""

    def __init__(self):
        self.memory = Memory()
        self.numbers = {}
        table = self.find_table()
        root = self.memory.pointer(table + 8)
        self.at = self.memory.pointer(root)
        if not self.at:
            raise Trouble("there is no instance (yet)")
        self.cpu_count = self.field(self.at, "rota.cpu_count")
        self.slot_count = self.field(self.at, "rota.slot_count")
        self.class_count = self.field(self.at, "rota.class_count")
        if (not 0 < self.cpu_count <= self["cpus_max"] or not 0 < self.slot_count < 1 << 28 or
                not 0 < self.class_count <= self["classes_max"]):
            raise Trouble("the instance at %#x is none, or is broken: %d CPUs, %d slots, %d classes" %
                          (self.at, self.cpu_count, self.slot_count, self.class_count))
        self.cpus_at = self.pointer(self.at, "rota.cpus")
        self.slots_at = self.pointer(self.at, "rota.slots")

    def __getitem__(self, name):
        return self.numbers[name]

    def find_table(self):
        try:
            table = int(gdb.parse_and_eval("(unsigned long) &rota_gdb_table"))
        except gdb.error:
            raise Trouble("this program has no rota_gdb_table: no Rota, or no symbols") from None
        version, count = self.memory.number(table, 4), self.memory.number(table + 4, 4)
        if version != VERSION:
            raise Trouble("the program's table is version %d, this script knows %d: take the script "
                          "that came with its library" % (version, VERSION))
        values = [self.memory.number(table + 8 + self.memory.word + 2 * i, 2)
                  for i in range(min(count, len(NUMBERS)))]
        if count != len(NUMBERS) or values[-1] != END:
            raise Trouble("the program's table is damaged: %d numbers" % count)
        self.numbers = dict(zip(NUMBERS, values))
        return table

    def field(self, at, name, size=4):
        return self.memory.number(at + self[name], size)

    def pointer(self, at, name):
        return self.memory.pointer(at + self[name])

    def named(self, group, value):
        """A value's name: of "where", "idle" ..."""
        for name, number in self.numbers.items():
            if name.startswith(group + ".") and number == value:
                return name.split(".")[1]
        return "?%d" % value

    def bits(self, group, value):
        names = []
        for name, number in self.numbers.items():
            if name.startswith(group + ".") and value & number:
                names.append(name.split(".")[1])
                value &= ~number
        return "+".join(names + (["?%#x" % value] if value else [])) or "-"

    def cpu(self, index):
        at = self.memory.pointer(self.cpus_at + index * self.memory.word)
        if not at:
            raise Trouble("CPU %d has no structure" % index)
        return at

    def cpus(self):
        return [(index, self.cpu(index)) for index in range(self.cpu_count)]

    def tasks(self):
        for index in range(self.slot_count):
            task = Task(self, index)
            if task.state != "free":
                yield task

    def task_at(self, address):
        """The task that a pointer means: it says its slot, and its slot must say it."""
        task = Task(self, self.field(address, "task.index"), address)
        if task.at != address:
            raise Trouble("%#x is no task" % address)
        return task

    def queue(self, cpu, class_index):
        """A queue's policy, and the names of who waits there, with what is broken in `wrong`."""
        queue = self.memory.pointer(cpu + self["cpu.queues"] + class_index * self.memory.word)
        policy = self.pointer(queue, "queue.policy")
        lists = self.field(policy, "policy.lists", 2)
        first = queue + self.field(policy, "policy.lists_at", 2)
        waiting, wrong, seen = [], None, set()
        for rank in range(lists):
            try:
                names = self.line(first + rank * 2 * self.memory.word, seen)
            except Trouble as trouble:
                names, wrong = trouble.args[1], trouble.args[0]
            if names:
                waiting.append((rank, names))
        return self.memory.text(self.pointer(policy, "policy.name")), lists, waiting, wrong

    def line(self, head, seen):
        names, node = [], head
        try:
            while (node := self.memory.pointer(node + self["list.next"])) != head:
                if node in seen or len(seen) >= self.slot_count:
                    raise Trouble("a list goes round")
                seen.add(node)
                names.append(self.task_at(node - self["task.policy_state"]).name)
        except Trouble as trouble:
            raise Trouble("broken behind %s: %s" % (names[-1] if names else "its head",
                                                   trouble.args[0]), names) from None
        return names


class Task:
    """A slot, and who is in it."""

    def __init__(self, rota, index, expected=None):
        if index >= rota.slot_count:
            raise Trouble("%#x is no task" % (expected or 0))
        self.rota, self.number = rota, index + 1
        slot = rota.slots_at + index * rota["slot.size"]
        word = rota.memory.pointer(slot + rota["slot.word"])
        value = rota.memory.pointer(slot + rota["slot.value"])
        self.at, self.word = 0, word
        self.generation = word >> rota["word.generation_shift"]
        self.state = rota.named("word", word & rota["word.state"])
        self.name = "-"
        if self.state == "free":
            return
        if self.state == "dead":
            self.code = value - (1 << 8 * rota.memory.word if value >> (8 * rota.memory.word - 1) else 0)
            return
        self.at = value
        if rota.field(value, "task.index") != index:
            raise Trouble("slot %d does not hold its task" % self.number)
        self.name = rota.memory.text(rota.pointer(value, "task.name"))
        self.where = rota.named("where", rota.field(value, "task.where", 1))
        if self.state == "runnable" and self.where != "none":
            self.state = "woken" if self.where == "parked" else self.where
        self.cpu = rota.field(value, "task.cpu")
        self.class_index = rota.field(value, "task.class", 1)
        self.kind = rota.memory.text(rota.pointer(rota.pointer(value, "task.kind"), "kind.name"))
        self.on = rota.pointer(value, "task.on")

    def notes(self):
        rota = self.rota
        notes = [name for name in ("token", "cancel", "pin", "detached") if
                 self.word & rota["word." + name]]
        guard = rota.field(self.at, "task.guard", 2)
        if guard:
            notes.append("guard %d" % guard)
        if rota.field(self.at, "task.marks", 1) & rota["mark.overflown"]:
            notes.append("stack overflown")
        return ", ".join(notes)


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


class Switched(gdb.unwinder.Unwinder):
    """Makes gdb take the context that is looked at for the caller of the newest frame: it then goes on
    from there by itself, in a core dump too, and no register is written."""

    def __init__(self):
        super().__init__("rota")
        self.registers = None

    def __call__(self, pending):
        # The first frame that is asked about after the others were forgotten is the newest.
        if not self.registers:
            return None
        info = pending.create_unwind_info(FrameId(self.registers["sp"] - 8, 0))
        word = gdb.lookup_type("unsigned long")
        for name, value in self.registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(word))
        self.registers = None
        return info


class FrameId:
    """What gdb wants to know a frame by."""

    def __init__(self, sp, pc):
        word = gdb.lookup_type("unsigned long")
        self.sp, self.pc = gdb.Value(sp).cast(word), gdb.Value(pc).cast(word)


switched = Switched()
gdb.unwinder.register_unwinder(None, switched, replace=True)


def symbol(address, code=False):
    """The name of what is there; None where nothing is, or nothing of a section of code."""
    text = gdb.execute("info symbol %#x" % address, to_string=True)
    name, _, section = text.partition(" in section ")
    return None if text.startswith("No symbol") or code and "text" not in section else name.strip()


def saved_registers(rota, task):
    """Registers of a context that is switched out, or a line that says why not."""
    machine = gdb.selected_inferior().architecture().name()
    sp = rota.pointer(task.on, "context.sp")
    stack, size = rota.pointer(task.on, "context.stack"), rota.pointer(task.on, "context.stack_size")
    if machine not in LAYOUTS:
        raise Trouble("how a switch saves registers on %s is not known" % machine)
    if stack and not stack <= sp < stack + size:
        raise Trouble("sp %#x is not on its stack" % sp)
    for layout, length in LAYOUTS[machine]:
        registers = {name: rota.memory.number(sp + at, 8) for name, at in layout.items()}
        if symbol(registers.get("rip", registers.get("pc")), code=True):
            registers["sp"] = sp + length
            return registers
    raise Trouble("its stack at %#x is not as a switch leaves it" % sp)


def backtrace(registers):
    """Lines of the frames from these registers on, by gdb's own means."""
    lines = []
    gdb.invalidate_cached_frames()
    switched.registers = registers
    try:
        frame = gdb.newest_frame().older()
        while frame is not None and len(lines) < FRAMES_MAX:
            sal = frame.find_sal()
            place = " at %s:%d" % (sal.symtab.filename, sal.line) if sal and sal.symtab else ""
            name = frame.name() or symbol(frame.pc()) or "?"
            lines.append("#%-2d %#x %s%s" % (len(lines), frame.pc(), name, place))
            frame = None if name == "rota_arch_start" else frame.older()
    except (gdb.error, gdb.MemoryError) as error:
        lines.append("(%s)" % error)
    finally:
        switched.registers = None
        gdb.invalidate_cached_frames()
    return lines


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
