# SPDX-License-Identifier: MIT
"""Which instructions of arch/ a kernel executed under QEMU, from its logs of translated blocks
(-d in_asm: a block is translated when it is first executed).

    arch.py ROOT ISA KERNEL LOG...

Every instruction of the switch, by function, and every line of the header's inline functions
that the kernel has code of. What was not executed is listed with its reason from tests/coverage/left;
fails where it has none.
"""
import os
import re
import subprocess
import sys


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main():
    root, isa, kernel, *logs = sys.argv[1:]
    executed = set()
    for log in logs:
        with open(log, encoding="utf-8", errors="replace") as file:
            for line in file:
                match = re.match(r"0x([0-9a-f]+):  ", line)
                if match:
                    executed.add(int(match[1], 16))
    reasons = {}
    with open(os.path.join(root, "tests/coverage/left"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("arch/"):
                path, name, reason = line.strip().split(None, 2)
                reasons[path, name] = reason

    bad = False
    symbols = {fields[3]: (int(fields[0], 16), int(fields[1], 16))
               for fields in (line.split() for line in run("nm", "-S", kernel).splitlines())
               if len(fields) == 4}
    path = f"arch/{isa}/switch.S"
    with open(os.path.join(root, path), encoding="utf-8") as file:
        names = re.findall(r"\.globl (\w+)", file.read())
    for name in names:
        if name not in symbols:
            sys.exit(f"not ok arch coverage: the kernel has no {name}")
        start, size = symbols[name]
        text = run("llvm-objdump", "-d", "--no-show-raw-insn", f"--start-address={start}",
                   f"--stop-address={start + size}", kernel)
        code = [(int(at, 16), what) for at, what in
                re.findall(r"^\s*([0-9a-f]+):\s+(.*)$", text, re.M)]
        left = [(at, what) for at, what in code if at not in executed]
        print(f"{path} {name}: {len(code) - len(left)} of {len(code)} instructions executed")
        bad |= tell(path, name, [what for _, what in left], reasons)

    path = f"arch/{isa}/rota_arch.h"
    lines = {}
    for line in run("readelf", "--debug-dump=decodedline", kernel).splitlines():
        match = re.match(r"(?:.*/)?rota_arch\.h\s+(\d+)\s+0x([0-9a-f]+)", line)
        if match:
            lines.setdefault(int(match[1]), set()).add(int(match[2], 16))
    if not lines:
        sys.exit("not ok arch coverage: the kernel has no line table of rota_arch.h")
    with open(os.path.join(root, path), encoding="utf-8") as file:
        text = file.read().splitlines()
    left = {}
    for number, places in sorted(lines.items()):
        if not places & executed:
            function = next((match[1] for match in (
                re.match(r"(?:static inline|ROTA_NORETURN static inline) .*?(\w+)\($", above + "$")
                or re.match(r"static inline .*?\b(\w+)\(", above)
                for above in reversed(text[:number])) if match), "?")
            left.setdefault(function, []).append(f"{number}: {text[number - 1].strip()}")
    print(f"{path}: {len(lines) - sum(map(len, left.values()))} of {len(lines)} lines executed")
    for function, places in left.items():
        bad |= tell(path, function, places, reasons)
    print("not ok arch coverage: what is left has no reason" if bad else
          "ok arch coverage: every instruction is executed or named")
    return bad


def tell(path, name, places, reasons):
    if not places:
        return False
    reason = reasons.get((path, name))
    print(f"  left of {name}: {reason or '(no reason is given)'}")
    for place in places:
        print(f"    {place}")
    return reason is None


sys.exit(main())
