# SPDX-License-Identifier: MIT
"""From a context that is switched out to its backtrace: for rota.py."""

import gdb
import gdb.unwinder

from rota_structures import Trouble

# Where arch/<isa>/switch.S leaves registers, in bytes from a context's sp, and how far the stack
# pointer then moves. The first layout counts whose program counter is in code.
X86 = {"r15": 0, "r14": 8, "r13": 16, "r12": 24, "rbx": 32, "rbp": 40, "rip": 48}
LAYOUTS = {
    "i386:x86-64": [(X86, 56), ({name: at + 8 for name, at in X86.items()}, 64)],
    "riscv:rv64": [({"pc": 0, **{name: 8 * i for i, name in enumerate(
        "fp s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11".split(), 1)}}, 112)],
    "aarch64": [(dict({"x%d" % (19 + i): 8 * i for i in range(12)}, pc=88), 96)],
}
FRAMES_MAX = 64


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
