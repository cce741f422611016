# SPDX-License-Identifier: MIT
"""What the benchmarks and the coverage report count, on pieces of which the answer is known.

    check.py ROOT BUILD
"""
import os
import subprocess
import sys
import tempfile

ROOT, BUILD = sys.argv[1:]
FAILED = []


def case(name, ok, text=""):
    print(("ok " if ok else "not ok ") + name)
    if not ok:
        print(text)
        FAILED.append(name)


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def stepping():
    """The trap flag's counts, where they are exact: field 5 is atomic operations in hundredths."""
    program = os.path.join(BUILD, "bench", "rota-bench")
    expected = {"floor: uncontended atomic exchange": "100", "floor: clock read": "0",
                "floor: bare switch": "0"}
    rows = {}
    for name, atomics in expected.items():
        out = run(program, "time", "only", name).stdout
        rows[name] = out.rstrip("\n").split("\t")
        case(f"atomic operations: {name}",
             len(rows[name]) > 6 and rows[name][5] == atomics, out)
    again = run(program, "time", "only", "floor: bare switch").stdout.split("\t")
    case("the same instructions each time",
         len(again) > 6 and again[6] == rows["floor: bare switch"][6], str(again))
    out = run(program, "where", "yield, fifo, 2").stdout
    case("one yield, instruction by instruction", out.count("\npc\t") > 20, out)
    out = run(program, "where", "no such row")
    case("a row that is not there", out.returncode != 0 and "no row" in out.stdout, out.stdout)


def stack_of(root, sources, function):
    """The words of bench/size/stack.py on a library of those sources, with the real table."""
    for path, text in sources.items():
        write(root, path, text)
    os.makedirs(os.path.join(root, "work"), exist_ok=True)
    code = ("import sys; sys.path.insert(0, sys.argv[1]); import stack;"
            "sys.exit(stack.report('.', 'work', sys.argv[3:], [sys.argv[2]]))")
    return run(sys.executable, "-B", "-c", code, os.path.join(ROOT, "bench/size"), function,
               *sources, cwd=root)


POLICY = """struct rota_policy { int (*next)(int); };
static int next(int n) { volatile char room[200]; room[n] = 1; return room[n]; }
extern const struct rota_policy p;
const struct rota_policy rota_policy_p = {
        .next = next,
};
"""
CALLER = """struct rota_policy { int (*next)(int); };
void rota_port_relax(void);
int top(const struct rota_policy *p)
{
        rota_port_relax();
        return p->next(3) + 1;
}
"""


def stacks():
    with tempfile.TemporaryDirectory() as root:
        out = stack_of(root, {"src/policy/p.c": POLICY, "src/core/a.c": CALLER}, "top")
        case("stack: a policy's function is found through its table",
             out.returncode == 0 and "src/policy/p.c:next" in out.stdout, out.stdout + out.stderr)
        depth = [int(line.split()[1]) for line in out.stdout.splitlines()
                 if line.split()[:1] == ["top"]]
        case("stack: its frame counts", depth and 200 < depth[0] < 300, out.stdout)
    with tempfile.TemporaryDirectory() as root:
        out = stack_of(root, {"src/core/a.c": "int b(int);\nint top(int n)\n{\n"
                              "        return n ? b(n - 1) * 3 : 1;\n}\n",
                              "src/core/b.c": "int top(int);\nint b(int n)\n{\n"
                              "        return top(n) * 2 + 1;\n}\n"}, "top")
        case("stack: recursion is an error",
             out.returncode == 1 and "recursion: top > b > top" in out.stderr, out.stderr)
    with tempfile.TemporaryDirectory() as root:
        out = stack_of(root, {"src/core/a.c": "int (*secret)(int);\nint top(int n)\n{\n"
                              "        return secret(n) + 1;\n}\n"}, "top")
        case("stack: a pointer that nobody names is an error",
             out.returncode == 1 and "nobody says what this calls" in out.stderr, out.stderr)
    with tempfile.TemporaryDirectory() as root:
        out = stack_of(root, {"src/core/a.c": "int far(int);\nint top(int n)\n{\n"
                              "        volatile char room[n];\n        room[0] = 1;\n"
                              "        return far(room[0]) + 1;\n}\n"}, "top")
        case("stack: a frame without bounds, and a stranger, are errors",
             "without bounds" in out.stderr and "what stack far uses" in out.stderr, out.stderr)


HALF = """int half(int n);
int half(int n)
{
        if (n > 3)
                return 1;
        return 2;
}
"""


def coverage():
    with tempfile.TemporaryDirectory() as root:
        write(root, "src/core/half.c", HALF)
        write(root, "main.c", "int half(int);\nint main(void)\n{\n        return half(4) - 1;\n}\n")
        build = os.path.join(root, "build")
        os.makedirs(build)
        source = os.path.join(root, "src/core/half.c")
        made = run("gcc", "-O0", "--coverage", "-o", "half", source, "../main.c", cwd=build)
        case("coverage: a program that does half", made.returncode == 0 and
             run("./half", cwd=build).returncode == 0, made.stderr)

        def report(left, *options):
            write(root, "tests/coverage/left", left)
            return run(sys.executable, os.path.join(ROOT, "tests/coverage/report.py"), root, build,
                       *options)

        out = report("")
        case("coverage: 3 of 4 lines and 1 of 2 branches are too few", out.returncode == 1 and
             "not ok coverage: 75.00 % of lines" in out.stdout and
             "not ok coverage: 50.00 % of branches" in out.stdout, out.stdout + out.stderr)
        case("coverage: the line that is left is shown", "return 2;" in out.stdout and
             "(no reason is given)" in out.stdout, out.stdout)
        out = report("src/core/half.c half it is half\nsrc/core/half.c gone it went\n",
                     "--lines", "70", "--branches", "50")
        case("coverage: enough, with its reason", out.returncode == 0 and
             "half(): it is half" in out.stdout, out.stdout)
        case("coverage: a reason for nothing is told", "gone(): nothing is left" in out.stdout,
             out.stdout)


stepping()
stacks()
coverage()
sys.exit(1 if FAILED else 0)
