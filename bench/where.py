# SPDX-License-Identifier: MIT
"""Where the instructions of one operation are: the sum per function, then each instruction that was
executed, with how often per operation.

    where.py PROGRAM STEPS
"""
import re
import subprocess
import sys


def main():
    program, steps = sys.argv[1:]
    name, counts = "", {}
    with open(steps, encoding="utf-8") as file:
        for line in file:
            fields = line.rstrip("\n").split("\t")
            if fields[0] == "row":
                name = fields[1]
            elif fields[0] == "pc" and int(fields[2]) >= 50:  # else begin and end of the stepping
                counts[int(fields[1])] = int(fields[2]) / 100
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "-w", program], check=True,
                          capture_output=True, text=True).stdout
    function, functions, listing = "", {}, []
    for line in text.splitlines():
        label = re.match(r"[0-9a-f]+ <(.*)>:$", line)
        if label:
            function = label[1]
            continue
        code = re.match(r"\s*([0-9a-f]+):\s+(.*)$", line)
        if code and int(code[1], 16) in counts:
            count = counts.pop(int(code[1], 16))
            functions[function] = functions.get(function, 0) + count
            listing.append((function, count, code[1], code[2]))
    elsewhere = sum(counts.values())
    print(f"{name}: instructions of one operation")
    for function, count in sorted(functions.items(), key=lambda item: -item[1]):
        print(f"{count:9.1f}  {function}")
    if elsewhere:
        print(f"{elsewhere:9.1f}  outside the program's text")
    print(f"{sum(functions.values()) + elsewhere:9.1f}  in all")
    before = None
    for function, count, address, code in listing:
        if function != before:
            print(f"\n{function}:")
            before = function
        print(f"{count:9.1f}  {address}  {code}")


main()
