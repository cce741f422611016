#!/bin/sh
# SPDX-License-Identifier: MIT
# Tasks of a workload that work in user mode, beside others, in every machine's world that can be had; and what
# is refused.
#
#   user.sh ROTA SOURCE
set -u
# shellcheck source=tests/tool/begin
. "$2/tests/tool/begin"
part='user: '

refuses 'the host world has none' 'the task "a" is to run in user mode, which the world host does not' \
        '"user" : true, "run" : 1' --on host
for value in 1 '"true"' null '[ true ]' '{}'; do
        refuses "a value $value" '"user" should be true or false' \
        "\"user\" : $value, \"run\" : 1" --on x86_64
done
refuses 'no value' '"user" should be true or false' \
        '"user", "run" : 1' --on x86_64
refuses 'of a phase' 'unknown key "user" in the phase "p"' \
        '"phases" : { "p" : { "user" : true, "run" : 1 } }' --on x86_64
refuses 'mem' 'the task "a" runs in user mode, where there is no event "mem"' \
        '"user" : true, "mem" : 64' --on x86_64
refuses 'memrun, said before' 'the task "a" runs in user mode, where there is no event "memrun"' \
        '"memrun" : { "type" : "read", "size" : 4096, "count" : 5 }, "user" : true' --on riscv64

# shellcheck source=tests/tool/worlds
. "$source/tests/tool/worlds"

cat >"$work/mixed.json" <<'W'
{ "tasks" : {
        "user" : { "user" : true, "cpus" : [ 0 ], "run" : 1000 },
        "kernel" : { "user" : false, "cpus" : [ 0 ], "run" : 1000 },
        "beat" : { "user" : true, "policy" : "SCHED_FIFO", "priority" : 50,
                "run" : 1000, "timer" : { "ref" : "unique", "period" : 10000 } },
        "pair" : { "user" : true, "instance" : 2, "delay" : 1000, "policy" : "SCHED_RR", "phases" : {
                "meet" : { "loop" : 2, "runtime" : 200, "barrier" : "b" },
                "share" : { "cpus" : [ 0 ], "lock" : "m", "run" : 300, "yield", "unlock" : "m", "sleep" : 2000 } } },
        "parent" : { "user" : true, "loop" : 3, "fork" : "child", "sleep" : 5000 },
        "child" : { "user" : true, "instance" : 0, "loop" : 2, "policy" : "SCHED_RR", "run" : 500, "iorun" : 1000 }
} }
W
for world in $worlds; do
        [ "$world" != host ] || continue
        for cpus in 1 4; do
                # Exact where the machine's time counts instructions, which is for one CPU.
                by=
                [ $cpus != 1 ] || by=--icount
                name="beside others, on $world with $cpus CPUs"
                if ! command -v python3 >/dev/null 2>&1; then
                        echo "skip $name: no python3"
                elif patiently user "$work/mixed.json" --on "$world" --cpus $cpus --policy prio ${by:+"$by"}; then
                        good "$name"
                else
                        bad "$name"
                fi
        done
done
exit $failed
