# SPDX-License-Identifier: MIT
"""Which lines and branches of src/ the tests executed, from a build tree with gcc's --coverage whose
tests have run. All programs of the tree count together: the library is compiled into several.

    report.py ROOT BUILD [--lines PERCENT] [--branches PERCENT]

Prints a table per file, then what was not executed, by function, each with its reason from
tests/coverage/left. Fails below the percentages; says where a line is left that has no reason there,
and where a reason names a function that is wholly executed.
"""
import argparse
import json
import os
import subprocess
import sys


class Line:
    def __init__(self):
        self.count = 0
        self.function = ""
        self.branches = {}  # by how many there are: one list of counts for each way to compile it

    def add(self, line):
        self.count += line["count"]
        self.function = line.get("function_name", self.function)
        counts = [branch["count"] for branch in line["branches"]]
        if counts:
            known = self.branches.setdefault(len(counts), [0] * len(counts))
            for i, count in enumerate(counts):
                known[i] += count

    def best(self):
        """The counts of the branches; of several compilations the one most of which was executed."""
        return max(self.branches.values(), default=[],
                   key=lambda counts: sum(1 for count in counts if count) / len(counts))


def read(root, build):
    files = {}
    data = [os.path.join(directory, name) for directory, _, names in os.walk(build)
            for name in names if name.endswith(".gcda")]
    if not data:
        sys.exit(f"coverage: no test has run in {build}")
    for at in range(0, len(data), 40):
        out = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities"]
                             + data[at:at + 40], check=True, cwd=build, capture_output=True,
                             text=True).stdout
        for text in out.splitlines():
            for file in json.loads(text)["files"]:
                path = os.path.relpath(os.path.join(root, file["file"]), root)
                if path.startswith("src" + os.sep):
                    lines = files.setdefault(path, {})
                    for line in file["lines"]:
                        lines.setdefault(line["line_number"], Line()).add(line)
    return files


def reasons(root):
    """FILE FUNCTION reason ..., a line each."""
    known = {}
    with open(os.path.join(root, "tests/coverage/left"), encoding="utf-8") as file:
        for line in file:
            line = line.strip()
            if line.startswith("src/"):
                path, function, reason = line.split(None, 2)
                known[path, function] = reason
    return known


def percent(part, whole):
    return 100 * part / whole if whole else 100


def row(name, lines, lines_hit, branches, branches_hit):
    print(f"{name:<28} {lines_hit:6}/{lines:<6} {percent(lines_hit, lines):6.1f} %"
          f" {branches_hit:8}/{branches:<6} {percent(branches_hit, branches):6.1f} %")


def table(files):
    print(f"{'file':<28} {'lines':>13} {'':>8} {'branches':>15}")
    total = [0, 0, 0, 0]
    for path in sorted(files):
        lines = files[path].values()
        branches = [count for line in lines for count in line.best()]
        numbers = [len(lines), sum(1 for line in lines if line.count), len(branches),
                   sum(1 for count in branches if count)]
        row(path, *numbers)
        total = [a + b for a, b in zip(total, numbers)]
    row("src/", *total)
    return percent(total[1], total[0]), percent(total[3], total[2])


def left(root, files):
    """By file and function: lines not executed, and lines with branches never taken."""
    found = {}
    for path in sorted(files):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read().splitlines()
        for number, line in sorted(files[path].items()):
            missing = sum(1 for count in line.best() if not count)
            if line.count and not missing:
                continue
            what = "not executed" if not line.count else \
                f"{missing} of {len(line.best())} branches not taken"
            found.setdefault((path, line.function), []).append(
                (not line.count, f"  {number:4} {text[number - 1].strip():<70.70} {what}"))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("build")
    parser.add_argument("--lines", type=float, default=95)
    parser.add_argument("--branches", type=float, default=90)
    options = parser.parse_args()
    root = os.path.abspath(options.root)
    files = read(root, os.path.abspath(options.build))
    lines, branches = table(files)
    known = reasons(root)
    found = left(root, files)
    bad, odd = [], []
    print("\nwhat is left:")
    for (path, function), places in found.items():
        reason = known.pop((path, function), None)
        some = any(line for line, _ in places)
        print(f"{path} {function}(): "
              f"{reason or ('(no reason is given)' if some else 'branches only')}")
        for _, place in places:
            print(place)
        if not reason and some:
            odd.append(f"{path} {function}(): lines are left, and tests/coverage/left has no reason")
    for path, function in known:
        if path in files:
            odd.append(f"{path} {function}(): nothing is left of what tests/coverage/left names")
        else:
            odd.append(f"{path}: tests/coverage/left names it, and it was not compiled")
    print()
    for text in odd:
        print(f"note: {text}")
    if lines < options.lines:
        bad.append(f"{lines:.2f} % of lines, fewer than {options.lines:g} %")
    if branches < options.branches:
        bad.append(f"{branches:.2f} % of branches, fewer than {options.branches:g} %")
    for text in bad:
        print(f"not ok coverage: {text}")
    if not bad:
        print(f"ok coverage: {lines:.2f} % of lines, {branches:.2f} % of branches")
    return 1 if bad else 0


sys.exit(main())
