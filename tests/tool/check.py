# SPDX-License-Identifier: MIT
"""Reads what `rota run` wrote as strangers would: check.py FOLDER report|chrome|ftrace."""

import json
import re
import sys

folder, what = sys.argv[1:]
TOP = ["rota", "world", "cpus", "policy", "slice_ns", "duration_ns", "seed", "tasks", "cpus_stats",
       "dropped_events", "checks"]
TASK = ["name", "id", "class", "priority", "affinity", "run_ns", "wait_ns", "sleep_ns", "switches",
        "preemptions", "migrations", "activations", "missed", "wake_p50_ns", "wake_p99_ns",
        "wake_max_ns", "exit_code"]
CPU = ["cpu", "busy_ns", "idle_ns", "switches", "steals", "kicks", "timer_irqs"]


def report():
    with open(folder + "/report.json", encoding="utf-8") as file:
        r = json.load(file)
    assert list(r) == TOP, list(r)
    assert r["rota"] == 1 and r["world"] == "host" and r["cpus"] == 2 and r["policy"] == "rr"
    assert r["slice_ns"] == 1000000 and r["seed"] == 7, (r["slice_ns"], r["seed"])
    assert r["checks"] == "ok" and r["dropped_events"] == 0, r["checks"]
    assert [t["name"] for t in r["tasks"]] == ['t"1é x-0', 't"1é x-1', "once"]
    assert [t["id"] for t in r["tasks"]] == [1, 2, 3]
    for t in r["tasks"]:
        assert list(t) == TASK, list(t)
        assert t["class"] == "rr" and t["exit_code"] == 0 and t["priority"] == 129
    assert [t["affinity"] for t in r["tasks"]] == [[0, 1], [0, 1], [0]]
    assert [t["activations"] for t in r["tasks"]] == [5, 5, 1]
    assert all(t["run_ns"] >= 10000000 for t in r["tasks"][:2])
    for c in r["cpus_stats"]:
        assert list(c) == CPU, list(c)
        assert c["busy_ns"] + c["idle_ns"] == r["duration_ns"]
    busy = sum(c["busy_ns"] for c in r["cpus_stats"])
    run = sum(t["run_ns"] for t in r["tasks"])
    assert run <= busy * 1.01 + 1000000, (run, busy)


def chrome():
    with open(folder + "/t.json", encoding="utf-8") as file:
        trace = json.load(file)
    events = trace["traceEvents"]
    slices = [e for e in events if e["ph"] == "X"]
    assert slices and all(e["dur"] >= 0 and "ts" in e and "name" in e for e in slices)
    names = [e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"]
    assert "CPU 0" in names and "CPU 1" in names and 't"1é x-0' in names
    for cpu in 0, 1:
        end = -1e18
        for e in sorted((e for e in slices if (e["pid"], e["tid"]) == (1, cpu)),
                        key=lambda e: e["ts"]):
            assert e["ts"] >= end - 0.0015, "slices of a CPU overlap"
            end = e["ts"] + e["dur"]


def ftrace():
    with open(folder + "/t.txt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert lines[0] == "# tracer: nop"
    line = re.compile(r"^ *(\S+)-(\d+) +\[(\d{3})\] \S{5} +(\d+)\.(\d{9}): (\w+): (.*)$")
    switch = re.compile(r"^prev_comm=(\S+) prev_pid=(\d+) prev_prio=\d+ prev_state=(R\+?|S|X) ==> "
                        r"next_comm=(\S+) next_pid=(\d+) next_prio=\d+$")
    current, last, seen = {}, 0, set()
    for text in lines:
        if text.startswith("#"):
            continue
        found = line.match(text)
        assert found, text
        comm, pid, cpu, seconds, ns, event, rest = found.groups()
        time = int(seconds) * 10**9 + int(ns)
        assert time >= last, text
        last = time
        seen.add(event)
        if event != "sched_switch":
            continue
        found = switch.match(rest)
        assert found, text
        assert found[1] == comm and found[2] == pid, text
        assert current.get(cpu, found[2]) == found[2], text
        current[cpu] = found[5]
        assert found[5] != "0" or found[4] == "swapper/%d" % int(cpu), text
    assert {"sched_switch", "sched_wakeup", "sched_waking", "sched_wakeup_new"} <= seen, seen


def accurate():
    """spread.json: 50 periods of 1 ms, then 50 of 5 ms, and the other way round."""
    with open(folder + "/report.json", encoding="utf-8") as file:
        r = json.load(file)
    for t, first, then in (r["tasks"][0], 1, 5), (r["tasks"][1], 5, 1):
        asked, n = 0, t["activations"]
        for i in range(n):
            asked += (first if i // 50 % 2 == 0 else then) * 1000000
        part = (first if n // 50 % 2 == 0 else then) * 1000000
        assert asked * 0.999 <= t["run_ns"] <= (asked + part) * 1.02, (t["name"], asked, t["run_ns"])


{"report": report, "chrome": chrome, "ftrace": ftrace, "accurate": accurate}[what]()
