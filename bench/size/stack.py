# SPDX-License-Identifier: MIT
"""The most stack that a function of the library can use, from the call graph and the frame sizes that
gcc writes (-fcallgraph-info=su). Calls through pointers are resolved by the policies' own tables and by
bench/size/calls; one that is in neither, and any recursion, is an error."""
import os
import re
import subprocess
import sys

FLAGS = ["-std=c11", "-Os", "-ffreestanding", "-fno-pic", "-fno-pie", "-fno-stack-protector",
         "-mno-red-zone", "-mgeneral-regs-only", "-Iinclude", "-Isrc"]


class Graph:
    def __init__(self, root, work, sources):
        self.root = root
        self.frames = {}    # function -> bytes
        self.calls = {}     # function -> set of functions
        self.outside = {}   # function of the port's or the caller's -> bytes on this stack
        self.members = {}   # member of a table -> functions, None: the caller's own
        self.cuts = []      # (ancestor, function that is never entered below it)
        self.errors = []
        self.read_table()
        self.read_policies(sources)
        for source in sources:
            self.compile(source, work)

    def read_table(self):
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "calls")
        with open(path, encoding="utf-8") as file:
            for line in file:
                fields = line.split("#")[0].split()
                if fields and fields[0] == "member":
                    self.members[fields[1]] = []
                elif fields and fields[0] == "outside":
                    self.outside[fields[1]] = int(fields[2])
                elif fields:
                    self.cuts.append((fields[1], fields[2]))

    def read_policies(self, sources):
        """Every member of every `const struct rota_policy` of the library."""
        for path in sources:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            for body in re.findall(r"const struct rota_policy \w+ = \{(.*?)\n\};", text, re.S):
                for member, function in re.findall(r"\.(\w+) = ([a-z]\w*),", body):
                    self.members.setdefault(member, []).append(f"{path}:{function}")
            # A policy may call on with a function of the core's: its `each` visits.
            for function in re.findall(r"->each\([^;]*?, (\w+), ", text):
                self.members.setdefault("visit", []).append(f"{path}:{function}")

    def compile(self, source, work):
        out = os.path.join(work, source.replace("/", "_") + ".stack.o")
        subprocess.run(["gcc", *FLAGS, "-fcallgraph-info=su", "-c", source, "-o", out], check=True)
        with open(out[:-2] + ".ci", encoding="utf-8") as file:
            for line in file:
                fields = dict(re.findall(r'(\w+): "([^"]*)"', line))
                if line.startswith("node:"):
                    frame = re.search(r"\\n(\d+) bytes \((\w+)\)", fields["label"])
                    if frame:
                        self.frames[fields["title"]] = int(frame[1])
                        if frame[2] != "static":
                            self.errors.append(f"{fields['title']} has a frame without bounds")
                elif line.startswith("edge:"):
                    self.edge(source, fields)

    def edge(self, source, fields):
        caller, callee = fields["sourcename"], fields["targetname"]
        calls = self.calls.setdefault(caller, set())
        if callee != "__indirect_call":
            calls.add(callee)
            return
        path, line, column = re.match(r"(.*):(\d+):(\d+)$", fields["label"]).groups()
        with open(path, encoding="utf-8") as file:
            text = file.read().splitlines()[int(line) - 1]
        # The pointer that is called: the name before the bracket nearest to the place.
        names = [(abs(match.end() - int(column)), match[1])
                 for match in re.finditer(r"(?:->|\.|\b)(\w+)\(", text)]
        name = min((n for n in names if n[1] in self.members), default=(0, None))[1]
        if name is None:
            self.errors.append(f"{path}:{line}: nobody says what this calls: {text.strip()}")
            return
        for function in self.members[name]:
            calls.add(function)

    def resolve(self, name):
        """Titles of static functions carry their file, those of others do not."""
        if name in self.frames or ":" not in name:
            return name
        return name.split(":")[1]

    def deepest(self, name, path, known):
        if name in path:
            self.errors.append("recursion: " + " > ".join(path[path.index(name):] + [name]))
            return 0, []
        active = tuple(cut for cut in self.cuts if cut[0] in path)
        if any(function == name for _, function in active):
            return 0, []
        if (name, active) in known:
            return known[name, active]
        if name not in self.frames:
            if name not in self.outside:
                self.errors.append(f"nobody says what stack {name} uses")
            return self.outside.get(name, 0), [name]
        best, way = 0, []
        for call in sorted(self.calls.get(name, ())):
            depth, below = self.deepest(self.resolve(call), path + [name], known)
            if depth > best or not way:
                best, way = depth, below
        known[name, active] = self.frames[name] + best, [name] + way
        return known[name, active]


def report(root, work, sources, functions):
    graph = Graph(root, work, sources)
    print("worst stack, x86_64, gcc -Os (frames with return addresses; the port's functions and the")
    print("caller's callbacks come on top, but for the switch):")
    for function in functions:
        depth, way = graph.deepest(function, [], {})
        print(f"  {function:<16} {depth:6} bytes")
        if function == functions[0]:
            for step in way:
                frame = graph.frames.get(step, graph.outside.get(step, 0))
                print(f"    {frame:6}  {step}")
    for error in dict.fromkeys(graph.errors):
        print(f"not ok stack: {error}", file=sys.stderr)
    return 1 if graph.errors else 0
