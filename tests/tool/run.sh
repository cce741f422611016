#!/bin/sh
# SPDX-License-Identifier: MIT
# Whole runs: every example in every world that can be had, what tasks get against what they ask
# for, an interrupt, a world that dies.
#
#   run.sh ROTA SOURCE host|machines
set -u
# shellcheck source=tests/tool/begin
. "$2/tests/tool/begin"

# shellcheck source=tests/tool/worlds
. "$source/tests/tool/worlds"
where=$3 # the host's times are those of who runs beside it, the machines' are not

field=
if [ -n "${ROTA_SHARED:-}" ] && [ -d "$ROTA_SHARED/workloads" ]; then
        # All but a deadline, which no class has, and "merge": pieces in a dialect before this one.
        field=$(find "$ROTA_SHARED/workloads" -name '*.json' ! -name custom-slice.json ! -path '*/merge/*' |
                sort)
else
        echo 'skip workloads of the field: set ROTA_SHARED'
fi
# in_turn N WORD...: the word whose turn it is.
in_turn() {
        shift $(($1 % ($# - 1) + 1))
        echo "$1"
}
turn=0
for world in $worlds; do
        case $where,$world in
        host,host | machines,x86_64) ;;
        *) continue ;; # aarch64, riscv64: below
        esac
        # An emulator with four CPUs on a busy machine is late for everything; by its count it is not.
        by=
        all_policies='rr prio,rr fifo'
        [ "$world" = host ] || by=--icount all_policies='rr prio,rr'
        policies=$all_policies
        for file in $field; do
                name=$(basename "$file" .json)
                # shellcheck disable=SC2086
                if "$rota" run --on "$world" $by --cpus 4 --policy prio --duration 300ms "$file" \
                        >"$work/out" 2>"$work/err"; then
                        good "$name on $world"
                else
                        bad "$name on $world"
                fi
        done
        for file in "$source"/examples/workloads/*.json; do
                name=$(basename "$file" .json)
                [ "$world $name" != 'host user' ] || continue # refused: user.sh
                # Each file and each policy, in one world and the next: all of all with ROTA_TEST_ALL.
                turn=$((turn + 1))
                # shellcheck disable=SC2086
                [ -n "${ROTA_TEST_ALL:-}" ] || policies=$(in_turn $turn $all_policies)
                for policy in $policies; do
                        if "$rota" run --on "$world" --cpus 2 --policy "$policy" --duration 200ms \
                                "$file" >"$work/out" 2>"$work/err"; then
                                good "$name on $world under $policy"
                        else
                                bad "$name on $world under $policy"
                        fi
                done
        done
done

# The tool and the workload's program are the same in every bare world; what differs is the way there.
for world in aarch64 riscv64; do
        if [ "$where" != machines ] || ! has_world $world; then
                continue
        fi
        for name in demo memory policies; do
                if "$rota" run --on $world --cpus 2 --policy prio,rr --duration 200ms \
                        "$source/examples/workloads/$name.json" >"$work/out" 2>"$work/err"; then
                        good "$name on $world"
                else
                        bad "$name on $world"
                fi
        done
done

[ "$where" = host ] || exit $failed

# What tasks get. Another program on the machine takes time that is charged to a task, and so does another
# machine on its processors: some tries.
stolen() {
        awk '$1 == "cpu" { print $9 + 0 }' /proc/stat
}
stolen_before=$(stolen)
accurate() {
        for _ in 1 2 3 4 5 6; do
                "$rota" run "$@" --json "$work/report.json" >"$work/out" 2>"$work/err" || return 1
                python3 "$source/tests/tool/check.py" "$work" accurate >>"$work/err" 2>&1 &&
                        return 0
        done
        return 1
}
if ! command -v python3 >/dev/null 2>&1; then
        echo "skip what tasks get: no python3"
elif [ -n "${ROTA_NO_TIMES:-}" ]; then
        echo "skip what tasks get: not asked for"
elif accurate --on host --cpus 2 --duration 2s "$source/examples/workloads/spread.json"; then
        good 'on the host tasks run for what they ask for, within 2 %'
elif [ "$(awk '{ print int($1 * 10) }' /proc/loadavg)" -ge 5 ] || [ "$(stolen)" != "$stolen_before" ]; then
        echo 'skip on the host tasks run for what they ask for: the machine is not idle, or not all there'
else
        bad 'on the host tasks run for what they ask for, within 2 %'
fi

# world_of PID: the world of that run, once it is at work: its workers have used some time. Nothing where it ends.
world_of() {
        patience=600
        while kill -0 "$1" 2>/dev/null && [ $patience -gt 0 ]; do
                world=$(cat "/proc/$1/task/$1/children")
                # Its name has no spaces: hundredths of a second in the program, as field 14.
                # shellcheck disable=SC2086
                if [ -n "$world" ] && [ "$(cut -d ' ' -f 14 /proc/${world% }/stat)" -ge 20 ]; then
                        echo ${world% }
                        return
                fi
                sleep 0.1
                patience=$((patience - 1))
        done
}

# Ctrl-C: the run ends early, with its report.
"$rota" run --on host --cpus 2 --duration 60s --json "$work/i.json" \
        "$source/examples/workloads/demo.json" >"$work/out" 2>"$work/err" &
pid=$!
[ -z "$(world_of $pid)" ] || kill -INT $pid
code=0
wait $pid || code=$?
if [ $code = 0 ] && grep -q '"checks":"ok"' "$work/i.json"; then
        good 'an interrupt ends a run with its report'
else
        bad "an interrupt ends a run with its report (exit $code)"
fi

# A world that is killed: exit 1, the reason, the last events.
"$rota" run --on host --cpus 2 --duration 60s "$source/examples/workloads/demo.json" \
        >"$work/out" 2>"$work/err" &
pid=$!
child=$(world_of $pid)
[ -z "$child" ] || kill -KILL "$child"
code=0
wait $pid || code=$?
if [ $code = 1 ] && grep -q 'the world crashed: killed by signal 9' "$work/err" &&
        grep -q 'sched_switch' "$work/err"; then
        good 'a world that dies: the reason and the last events'
else
        bad "a world that dies: the reason and the last events (exit $code)"
fi

# The tool dies: so does the world.
"$rota" run --on host --cpus 2 --duration 60s "$source/examples/workloads/demo.json" \
        >"$work/out" 2>"$work/err" &
pid=$!
child=$(world_of $pid)
kill -KILL $pid
wait $pid 2>/dev/null
# Dead, but perhaps not yet buried; and its memory takes a while to give back. It would run for a
# minute.
lives() {
        grep -s '^State' "/proc/$child/status" | grep -qv Z
}
patience=600
while lives && [ $patience -gt 0 ]; do
        sleep 0.1
        patience=$((patience - 1))
done
if [ -n "$child" ] && ! lives; then
        good 'a world does not outlive the tool'
else
        bad 'a world does not outlive the tool'
fi
exit $failed
