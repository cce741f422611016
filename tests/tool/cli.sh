#!/bin/sh
# SPDX-License-Identifier: MIT
# The command line from outside: what it refuses and how, and the files it writes.
#
#   cli.sh ROTA SOURCE
set -u
# shellcheck source=tests/tool/begin
. "$2/tests/tool/begin"
demo=$source/examples/workloads/demo.json

# refused NAME WORDS ARGUMENT...: exit status 2 and one line that has the words.
refused() {
        name=$1
        words=$2
        shift 2
        code=0
        "$rota" "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
        if [ "$code" = 2 ] && [ "$(wc -l <"$work/err")" = 1 ] && grep -qF -- "$words" "$work/err" &&
                [ ! -s "$work/out" ]; then
                good "refused: $name"
        else
                bad "refused: $name (exit $code)"
        fi
}

refused 'a command' 'there is no command "fly"' fly
refused 'no workload' 'which workload?' run
refused 'two workloads' 'one workload at a time' run a b
refused 'an option' 'there is no option --fly' run --fly "$demo"
refused 'an option without its value' '--cpus needs a value' run "$demo" --cpus
refused 'a world' 'there is no world "moon"' run --on moon "$demo"
refused 'no CPU' '"0" is no number from 1 to 1024' run --cpus 0 "$demo"
refused 'too many CPUs' 'has at most 64' run --on x86_64 --cpus 65 "$demo"
refused 'too many CPUs of another machine' 'riscv64 has at most 64' run --on riscv64 --cpus 65 "$demo"
refused 'a policy' 'there is no policy "fair"' run --policy fair "$demo"
refused 'too many policies' 'at most 3 classes' run --policy rr,rr,rr,rr "$demo"
refused 'a kind of task' '--kind: there is no kind "fiber"; there are thread, future' run --kind fiber "$demo"
refused 'no kind of task' '--kind needs a value' run "$demo" --kind
refused "a program's kind" "--kind: of a workload's tasks, not of programs" \
        run --on x86_64 --kind future --program "$demo"
refused 'a duration without a unit' '--slice: 5 has no unit; write 5ms' run --slice 5 "$demo"
refused 'no duration at all' '"soon" is no duration' run --duration soon "$demo"
refused 'a seed' '--seed: "x" is no number' run --seed x "$demo"
refused "a trace's ending" 'should end in .txt' run --trace "$work/t.xml" "$demo"
refused 'a missing file' 'missing.json: No such file' run "$work/missing.json"
refused 'a folder' "$work: " run "$work"
refused 'a place without access' 'cannot be written there' run --json /nowhere/x.json "$demo"
printf '{ "tasks" : {\n"a" : { "run" : 1,\n"barrier" : 7 } } }' >"$work/b.json"
refused 'an event without its name' 'b.json:3: "barrier" should be the name of a barrier' \
        run "$work/b.json"
refused 'instructions that nobody counts' 'the world host does not count' run --icount "$demo"
refused 'two outputs in one place' '--json and --log name the same file: -' \
        run --json - --log - "$demo"
printf '{ "tasks" : { "a" : { "cpus" : [ 1 ], "run" : 1 } } }' >"$work/c.json"
refused 'a CPU that is not there' 'c.json:1: CPU 1 is asked for' run --cpus 1 "$work/c.json"

for words in '--help' 'run --help' '--version' 'help'; do
        # shellcheck disable=SC2086
        if "$rota" $words >"$work/out" 2>"$work/err" && [ -s "$work/out" ] && [ ! -s "$work/err" ]
        then
                good "rota $words"
        else
                bad "rota $words"
        fi
done

# A run: the report, both traces, and what a pipe gets.
printf '{ "tasks" : { "t\\"1\\u00e9 x" : { "instance" : 2, "loop" : 5, "run" : 2000, "sleep" : 1000 },
        "once" : { "cpus" : [ 0 ], "loop" : 1, "run" : 500 } } }' >"$work/w.json"
run() {
        "$rota" run --on host --cpus 2 "$@" "$work/w.json" >"$work/out" 2>"$work/err"
}
python() {
        if ! command -v python3 >/dev/null 2>&1; then
                echo "skip $1: no python3"
        elif python3 - "$work" "$2" <"$source/tests/tool/check.py" >"$work/err" 2>&1; then
                good "$1"
        else
                bad "$1"
        fi
}

if run --json - --trace "$work/t.json" --seed 7 --slice 1ms && [ ! -s "$work/err" ]; then
        good 'a run with its report on standard output'
else
        bad 'a run with its report on standard output'
fi
cp "$work/out" "$work/report.json"
python 'the report has the keys of the format, in order, and adds up' report
python 'the trace is one that Chrome opens' chrome
if run --json "$work/report.json" --trace "$work/t.txt" && grep -q 'checks: ok' "$work/out"; then
        good 'a run with tables'
else
        bad 'a run with tables'
fi
python 'the trace is one that reads as ftrace' ftrace
if [ "$(find "$work" -name '*.json.*' -o -name '*.txt.*' | wc -l)" = 0 ]; then
        good 'no temporary file is left'
else
        bad 'no temporary file is left'
fi
if ! grep -q "$(printf '\033')" "$work/out"; then
        good 'a pipe gets no colours'
else
        bad 'a pipe gets no colours'
fi
wide=0
for columns in 40 57 80 120; do
        wide=$columns
        COLUMNS=$columns run || break
        awk -v most="$columns" '{ gsub(/[\200-\277]/, ""); if (length($0) > most) exit 1 }' \
                "$work/out" || break
        wide=0
done
if [ "$wide" = 0 ]; then
        good 'lines are as wide as the terminal at most'
else
        bad "lines are as wide as the terminal at most (not at $wide)"
fi

# missing WORLD VARIABLE: there is no kernel where the variable says.
missing() {
        command -v "qemu-system-$1" >/dev/null 2>&1 || return 0
        code=0
        env "$2=/nowhere" "$rota" run --on "$1" "$work/w.json" >"$work/out" 2>"$work/err" || code=$?
        if [ "$code" = 1 ] && grep -q "the kernel is missing: /nowhere; build the preset $1" "$work/err"
        then
                good "a missing kernel is named, $1"
        else
                bad "a missing kernel is named, $1 (exit $code)"
        fi
}
missing x86_64 ROTA_KERNEL_X86_64
missing aarch64 ROTA_KERNEL_AARCH64
missing riscv64 ROTA_KERNEL_RISCV64
exit $failed
