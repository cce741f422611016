#!/bin/sh
# SPDX-License-Identifier: MIT
# What tasks of a workload do with each other, and what the log of activations says of it.
#
#   events.sh ROTA SOURCE
set -u
# shellcheck source=tests/tool/begin
. "$2/tests/tool/begin"
examples=$source/examples/workloads

# judged NAME WHAT FILE ARGUMENT...: a run whose report is as check.py says.
judged() {
        name=$1
        what=$2
        file=$3
        shift 3
        if ! command -v python3 >/dev/null 2>&1; then
                echo "skip $name: no python3"
        elif "$rota" run "$@" --json "$work/report.json" "$file" >"$work/out" 2>"$work/err" &&
                python3 "$source/tests/tool/check.py" "$work" "$what" >>"$work/err" 2>&1; then
                good "$name"
        else
                bad "$name"
        fi
}
checked() {
        if ! command -v python3 >/dev/null 2>&1; then
                echo "skip $1: no python3"
        elif python3 "$source/tests/tool/check.py" "$work" "$2" >"$work/err" 2>&1; then
                good "$1"
        else
                bad "$1"
        fi
}
# says NAME CODE WORDS ARGUMENT...: an exit status, and words on standard error.
says() {
        name=$1
        want=$2
        words=$3
        shift 3
        code=0
        "$rota" run --on host --cpus 2 "$@" >"$work/out" 2>"$work/err" || code=$?
        if [ $code = "$want" ] && grep -qF -- "$words" "$work/err"; then
                good "$name"
        else
                bad "$name (exit $code)"
        fi
}

# shellcheck source=tests/tool/worlds
. "$source/tests/tool/worlds"

for world in $worlds; do
        for cpus in 1 4; do
                judged "what tasks share adds up on $world with $cpus CPUs" shared \
                        "$examples/shared.json" --on "$world" --cpus $cpus --duration 60s
                judged "forks run, and end, on $world with $cpus CPUs" forks \
                        "$examples/forks.json" --on "$world" --cpus $cpus --duration 60s
        done
done

printf '{ "tasks" : { "a" : { "run" : 1000, "suspend" : "a" },
        "b" : { "lock" : "m", "wait" : { "ref" : "q", "mutex" : "m" }, "unlock" : "m" } } }' \
        >"$work/stall.json"
says 'who can never go on is named, and the run ends' 0 \
        'nobody could go on in the end: a waited for the condition "a", b waited for the condition "q"' \
        "$work/stall.json"
printf '{ "tasks" : { "a" : { "loop" : 3, "run" : 100, "resume" : "nobody", "sleep" : 100 } } }' \
        >"$work/lost.json"
says 'lost resumes are told' 0 'were lost, for nobody waited: 3 for "nobody"' "$work/lost.json"
printf '{ "tasks" : { "a" : { "lock" : "m", "run" : 100, "sleep" : 100 } } }' >"$work/twice.json"
says 'a mutex that is locked twice' 1 'the task "a" cannot lock "m": ' "$work/twice.json"
printf '{ "tasks" : { "a" : { "lock" : "m", "unlock" : "m", "unlock" : "m" } } }' >"$work/other.json"
says 'a mutex that is unlocked twice' 1 'the task "a" cannot unlock "m": ' "$work/other.json"
printf '{ "tasks" : { "a" : { "lock" : "m", "sleep" : 20000, "lock" : "n", "unlock" : "n", "unlock" : "m" },
        "b" : { "lock" : "n", "sleep" : 20000, "lock" : "m", "unlock" : "m", "unlock" : "n" } } }' \
        >"$work/circle.json"
says 'two that wait for each other' 1 'cannot lock "' "$work/circle.json"
printf '{ "tasks" : { "a" : { "loop" : 1, "fork" : "a", "run" : 10 } } }' >"$work/bomb.json"
says 'forks of forks without an end' 1 'too many forks of the task "a"' "$work/bomb.json"

if ! has_world x86_64; then
        echo 'skip times to the microsecond: no world that counts instructions'
        exit $failed
fi
exact='--on x86_64 --icount --cpus 1 --policy prio'

jobs='"one" : { "loop" : 2, "run" : 10000, TIMER }, "two" : { "run" : 30000, TIMER },
        "three" : { "loop" : 4, "run" : 10000, TIMER }'
for mode in relative absolute; do
        echo "$jobs" | sed "s/TIMER/\"timer\" : { \"ref\" : \"unique\", \"period\" : 20000, \"mode\" : \"$mode\" }/g" \
                >"$work/$mode"
done
printf '{ "tasks" : { "relative" : { "loop" : 1, "phases" : { %s } },
        "absolute" : { "delay" : 200000, "loop" : 1, "phases" : { %s } } } }' \
        "$(cat "$work/relative")" "$(cat "$work/absolute")" >"$work/timers.json"
# shellcheck disable=SC2086
judged 'activations of timers, their slack and how late they wake' timers "$work/timers.json" $exact \
        --log "$work/t.log"
checked 'the log as a table' table

twice='{ "tasks" : { "last" : { "loop" : 5, "run" : 2000, "timer" : { "ref" : "a", "period" : 10000 },
        "run" : 2000, "timer" : { "ref" : "b", "period" : 20000 } } },
        "global" : { "cumulative_slack" : WHICH } }'
echo "$twice" | sed s/WHICH/false/ >"$work/last.json"
echo "$twice" | sed s/WHICH/true/ >"$work/sum.json"
# shellcheck disable=SC2086
judged 'slack of the last timer' slack "$work/last.json" $exact
# shellcheck disable=SC2086
judged 'slack of all timers' cumulative "$work/sum.json" $exact

# shellcheck disable=SC2086
judged 'an owner inherits where the file asks for it' inherits "$examples/inversion.json" $exact \
        --trace "$work/t.txt"
checked 'the trace tells who waits for what, who has it, and what it inherits' pi
sed 's/"pi_enabled" : true/"pi_enabled" : false/' "$examples/inversion.json" >"$work/i.json"
# shellcheck disable=SC2086
judged 'and not where it does not' inverts "$work/i.json" $exact

player=${ROTA_SHARED:-/nowhere}/workloads/mp3-short.json
if [ ! -e "$player" ]; then
        echo 'skip the recorded player: set ROTA_SHARED'
        exit $failed
fi
for cpus in 1 4; do
        judged "a recorded player misses no tick with $cpus CPUs" player "$player" --on x86_64 \
                --icount --cpus $cpus --policy prio --duration 1s
done
exit $failed
