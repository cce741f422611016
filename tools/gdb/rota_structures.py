# SPDX-License-Identifier: MIT
"""Rota's structures in a program's memory, by the library's table rota_gdb_table: for rota.py."""

import struct

import gdb

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
        if guard & 0x8000:
            notes.append("with a home stack")
        guard &= 0x7fff
        if guard:
            notes.append("guard %d" % guard)
        if rota.field(self.at, "task.marks", 1) & rota["mark.overflown"]:
            notes.append("stack overflown")
        return ", ".join(notes)
