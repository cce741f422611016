#!/bin/sh
# SPDX-License-Identifier: MIT
# Workloads whose tasks are threads, futures, or some of each: what is refused, what both do with each other,
# the trace of polls, and, where the machine's time counts instructions, that futures do what threads do.
#
#   kinds.sh ROTA SOURCE
set -u
# shellcheck source=tests/tool/begin
. "$2/tests/tool/begin"
part='kinds: '
examples=$source/examples/workloads

refuses 'a kind that there is not' '"kind" of the task "a" should be "thread" or "future", not "fiber"' \
        '"kind" : "fiber", "run" : 1'
refuses 'a kind that is no name' '"kind" should be a string' '"kind" : 1, "run" : 1'
refuses 'a future in user mode' 'the task "a" runs in user mode, and so cannot be a future' \
        '"kind" : "future", "user" : true, "run" : 1' --on x86_64
refuses 'a phase with a kind' 'unknown key "kind" in the phase "p"' \
        '"phases" : { "p" : { "kind" : "future", "run" : 1 } }'

if ! command -v python3 >/dev/null 2>&1; then
        echo 'skip what runs: no python3'
        exit $failed
fi
# checked NAME WHAT: what the last run wrote is as check.py says.
checked() {
        if python3 "$source/tests/tool/check.py" "$work" "$2" >>"$work/err" 2>&1; then
                good "$1"
        else
                bad "$1"
        fi
}
# judged NAME WHAT FILE ARGUMENT...
judged() {
        name=$1
        what=$2
        file=$3
        shift 3
        if "$rota" run "$@" --json "$work/report.json" "$file" >"$work/out" 2>"$work/err"; then
                checked "$name" "$what"
        else
                bad "$name"
        fi
}

# shellcheck source=tests/tool/worlds
. "$source/tests/tool/worlds"

for world in $worlds; do
        name="threads and futures together, on $world with 2 CPUs"
        if patiently mixed "$examples/mixed.json" --on "$world" --cpus 2 --policy prio --trace "$work/t.json"
        then
                good "$name"
        else
                bad "$name"
        fi
        checked "its polls and wakes for a viewer, on $world" flows
        # The way there is what differs between machines.
        case $world in
        aarch64 | riscv64) continue ;;
        esac
        judged "what futures share adds up, on $world with 2 CPUs" shared "$examples/shared.json" \
                --on "$world" --cpus 2 --kind future --duration 60s --trace "$work/t.txt"
        checked "its polls as text, on $world" polls
done

printf '{ "tasks" : { "a" : { "run" : 1000, "suspend" : "a" },
        "b" : { "lock" : "m", "wait" : { "ref" : "q", "mutex" : "m" }, "unlock" : "m" } } }' \
        >"$work/stall.json"
name='who can never go on is named, and the run ends'
if "$rota" run --on host --cpus 2 --kind future "$work/stall.json" >"$work/out" 2>"$work/err" &&
        grep -qF 'a waited for the condition "a", b waited for the condition "q"' "$work/err"; then
        good "$name"
else
        bad "$name"
fi

# Everything as futures: all files, in every world, with ROTA_TEST_ALL.
files="$examples/demo.json $examples/phases.json"
field=
if [ -n "${ROTA_SHARED:-}" ] && [ -d "$ROTA_SHARED/workloads" ]; then
        # As in run.sh.
        field=$(find "$ROTA_SHARED/workloads" -name '*.json' ! -name custom-slice.json ! -path '*/merge/*' | sort)
else
        echo 'skip workloads of the field: set ROTA_SHARED'
fi
if [ -n "${ROTA_TEST_ALL:-}" ]; then
        files="$field $(find "$examples" -name '*.json' ! -name mixed.json | sort)"
fi
for world in $worlds; do
        [ -n "${ROTA_TEST_ALL:-}" ] || [ "$world" = host ] || continue
        for file in $files; do
                name=$(basename "$file" .json)
                [ "$world $name" != 'host user' ] || continue
                # By the emulator's count CPUs that never rest keep others from running (CAVEATS.md).
                case "$world $file" in
                *" $examples"/*) by='--cpus 2' ;;
                x86_64*) by='--cpus 4 --icount' ;;
                *) by='--cpus 4' ;;
                esac
                # shellcheck disable=SC2086
                judged "$name as futures, on $world" futures "$file" --on "$world" $by \
                        --policy prio --kind future --duration 300ms
        done
done

if ! has_world x86_64; then
        echo 'skip futures against threads: no world that counts instructions'
        exit $failed
fi
judged 'threads and futures together, by counted instructions' mixed "$examples/mixed.json" --on x86_64 \
        --icount --cpus 1 --policy prio --duration 300ms
# A slice that is no multiple of anybody's times: where a slice, a run and a timer end at the same moment, what a
# switch costs decides who is first, and threads and futures differ in that.
if [ -z "${ROTA_TEST_ALL:-}" ]; then
        files="$examples/demo.json $examples/shared.json $(echo "$field" | grep '/mp3-short\.json$')"
fi
for file in $files; do
        name=$(basename "$file" .json)
        cpus=1
        # It names CPUs that share tasks: who pulls first is again such a moment.
        [ "$name" != affinity ] || continue
        for many in dvfs example5 example8; do
                [ "$name" != $many ] || cpus=4 # it names CPUs
        done
        exact="--on x86_64 --icount --cpus $cpus --policy prio --slice 3700us --duration 300ms"
        # shellcheck disable=SC2086
        "$rota" run $exact --json "$work/threads.json" "$file" >"$work/out" 2>"$work/err" ||
                bad "$name as threads"
        # shellcheck disable=SC2086
        judged "$name as futures does what it does as threads" same "$file" $exact --kind future
done
exit $failed
