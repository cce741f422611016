# SPDX-License-Identifier: MIT
"""Code, data and structures of the library, by level, policy and architecture, compiled by clang at
-Os; then the worst stack of what a kernel calls from an interrupt.

    size.py ROOT WORK_DIRECTORY [TARGET]        TARGET: of the architectures only this one
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stack  # noqa: E402

TARGETS = [
    ("thumbv7em", ["--target=thumbv7em-none-eabi", "-mcpu=cortex-m4"]),
    ("thumbv6m", ["--target=thumbv6m-none-eabi", "-mcpu=cortex-m0"]),
    ("riscv32imac", ["--target=riscv32-none-elf", "-march=rv32imac", "-mabi=ilp32"]),
    ("x86_64", ["--target=x86_64-none-elf", "-mno-red-zone", "-mgeneral-regs-only"]),
]
FLAGS = ["-std=c11", "-Os", "-ffunction-sections", "-fdata-sections", "-ffreestanding", "-nostdlibinc", "-fno-pic", "-fno-stack-protector",
         "-fno-asynchronous-unwind-tables", "-Wno-atomic-alignment", "-Iinclude", "-Isrc"]
# What is promised, in bytes of code and constants: name of the row, bytes.
PROMISED = {"level 1, rr": 8192, "level 3, rr and prio": 16384}
# What a small kernel calls: the linker leaves the rest out (-ffunction-sections, --gc-sections).
CALLED = ["rota_init", "rota_bytes", "rota_cpu_run", "rota_irq_enter", "rota_irq_exit", "rota_timer",
          "rota_resched", "rota_guard_begin", "rota_guard_end", "rota_thread_create", "rota_start",
          "rota_exit", "rota_join", "rota_self", "rota_yield", "rota_park", "rota_wake",
          "rota_sleep_for"]
# What the names of some of them end with: the settings (include/rota/config.h).
SETTINGS = r"(_w\d+c\d+n\d+p\d+)?"
STRUCTURES = ["rota_task", "rota_thread", "rota_slot", "rota_wait", "rota_timer", "rota_task_stats",
              "rota_cpu", "rota", "rota_future_task", "rota_spare"]


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def lists():
    """The lists of rota.mk: name -> files."""
    found = {}
    with open("rota.mk", encoding="utf-8") as file:
        for line in file:
            match = re.match(r"rota_(\w+) \+= (\S+\.c)$", line.rstrip())
            if match:
                found.setdefault(match[1], []).append(match[2])
    return found


def rows():
    """Names of what is summed up, each with its files."""
    found = lists()
    result = []
    for level in range(1, 5):
        files = set(found["policy_rr"])
        for n in range(1, 5):
            files |= set(found.get(f"level_{n}" if n <= level else f"below_{n}", []))
        result.append((f"level {level}, rr", sorted(files)))
        if level == 3:
            result.append(("level 3, rr and prio", sorted(files | set(found["policy_prio"]))))
    for name in sorted(found):
        if name.startswith("policy_"):
            result.append((f"policy {name[7:]} alone", sorted(set(found[name]))))
    result.append(("rota_check, rota_dump", found.get("debug", [])))
    return result


def object_of(source, work):
    return os.path.join(work, source.replace("/", "_") + ".o")


def measure(out):
    code = data = 0
    for line in run("llvm-size", "-A", out).splitlines():
        fields = line.split()
        if len(fields) == 3 and fields[0].startswith((".text", ".rodata", ".srodata")):
            code += int(fields[1])
        elif len(fields) == 3 and fields[0].startswith((".data", ".bss", ".sdata", ".sbss")):
            data += int(fields[1])
    return code, data


def linked(files, work):
    """What is left where a kernel that calls CALLED and knows these policies links the files."""
    out = os.path.join(work, "linked")
    objects = [object_of(file, work) for file in files]
    wanted = CALLED + [symbol for name, symbol in (("rr.c", "rota_policy_rr"),
                                                   ("prio.c", "rota_policy_prio"))
                       if any(file.endswith("/" + name) for file in files)]
    symbols = run("llvm-nm", "--defined-only", "--extern-only", "--just-symbol-name", *objects)
    roots = [re.search(f"^{name}{SETTINGS}$", symbols, re.M) for name in wanted]
    missing = [name for name, root in zip(wanted, roots) if not root]
    if missing:
        sys.exit(f"size: the library has no {', '.join(missing)}")
    run("ld.lld", "--gc-sections", "-e", "0", "--unresolved-symbols=ignore-all", "-o", out,
        *[option for root in roots for option in ("-u", root[0])], *objects)
    return measure(out)


def structure_sizes(flags, work):
    source, out = os.path.join(work, "sizes.c"), os.path.join(work, "sizes.o")
    with open(source, "w", encoding="utf-8") as file:
        file.write("#include <rota/rota.h>\n#include <rota/futures.h>\n")
        for name in STRUCTURES:
            file.write(f"char size_of_{name}[sizeof(struct {name})];\n")
    run("clang", *flags, *FLAGS, "-c", source, "-o", out)
    sizes = {}
    for line in run("llvm-nm", "-S", out).splitlines():
        fields = line.split()
        sizes[fields[3].replace("size_of_", "", 1)] = int(fields[1], 16)
    return [sizes[name] for name in STRUCTURES]


def table(title, targets, names, columns):
    print(f"{title:<26}" + "".join(f"{name:>14}" for name in targets))
    for i, name in enumerate(names):
        print(f"{name:<26}" + "".join(f"{column[i]:>14}" for column in columns))
    print()


def main():
    root, work = sys.argv[1:3]
    os.chdir(root)
    targets = [target for target in TARGETS if sys.argv[3:] in ([], [target[0]])]
    names, columns, missed = rows(), [], []
    whole = {name for name, _ in names if name.startswith("level")}
    for target, flags in targets:
        sizes, column = {}, []
        for name, files in names:
            for file in files:
                if file not in sizes:
                    run("clang", *flags, *FLAGS, "-c", file, "-o", object_of(file, work))
                    sizes[file] = measure(object_of(file, work))
            code = sum(sizes[file][0] for file in files)
            data = sum(sizes[file][1] for file in files)
            over = code > PROMISED.get(name, code)
            column.append(f"{code} + {data}" + ("*" if over else ""))
            if over:
                missed.append((name, target, code))
            if name in whole:
                code, data = linked(files, work)
                column.append(f"{code} + {data}")
        columns.append(column)
    titles = []
    for name, _ in names:
        titles += [name, "  of it in a small kernel"] if name in whole else [name]
    print(run("clang", "--version").splitlines()[0] + ", -Os")
    table("code + data, bytes", [name for name, _ in targets], titles, columns)
    for name, target, code in missed:
        print(f"* {name} on {target}: {code} bytes of code, {PROMISED[name]} are promised")
    table("structures, bytes", [name for name, _ in targets],
          ["struct " + name for name in STRUCTURES],
          [structure_sizes(flags, work) for _, flags in targets])
    # All of a kernel's library, but not what stands in for a part below its level.
    sources = sorted({file for name, files in lists().items()
                      if name.startswith(("level_", "policy_")) for file in files})
    return stack.report(root, work, sources, ["rota_irq_exit", "rota_timer", "rota_kicked", "rota_yield",
                                     "rota_park", "rota_wake", "home_main"])


sys.exit(main())
