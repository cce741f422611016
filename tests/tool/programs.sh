#!/bin/sh
# SPDX-License-Identifier: MIT
# User programs instead of a workload: in every machine's world that can be had, and what is refused.
#
#   programs.sh ROTA SOURCE
set -u
# shellcheck source=tests/tool/begin
. "$2/tests/tool/begin"

# says NAME CODE WORDS ARGUMENT...: the exit status, and words in what was said.
says() {
        name=$1 want=$2 words=$3
        shift 3
        code=0
        "$rota" run "$@" >"$work/out" 2>"$work/err" || code=$?
        if [ "$code" = "$want" ] && grep -a -q -e "$words" "$work/out" "$work/err"; then
                good "programs: $name"
        else
                bad "programs: $name: exit $code, wanted $want and \"$words\""
        fi
}
# refuses NAME WORDS ARGUMENT...: one line, exit status 2.
refuses() {
        name=$1 words=$2
        shift 2
        says "$name" 2 "$words" "$@"
        if [ "$(wc -l <"$work/err")" != 1 ] || [ -s "$work/out" ]; then
                bad "programs: $name: one line"
        fi
}

printf 'not a program' >"$work/text"
head -c 17000000 /dev/zero >"$work/large"
mkdir "$work/folder"
refuses 'the host world has none' 'the world host has no user mode' --program "$work/text"
refuses 'beside a workload' 'instead of a workload' --on x86_64 --program "$work/text" w.json
refuses 'a file that is not there' 'none: No such file' --on x86_64 --program "$work/none"
refuses 'no program' 'text: no program for x86_64: too short' --on x86_64 --program "$work/text"
refuses 'a folder' 'folder: Is a directory' --on x86_64 --program "$work/folder"
refuses 'a file that is too large' 'larger than 16 MiB' --on x86_64 --program "$work/large"
refuses 'no name' 'no file is named' --on x86_64 --program ,
refuses 'a program of Linux' 'no program for x86_64: position-independent' --on x86_64 \
        --program "$rota"
for isa in x86_64 aarch64 riscv64; do
        letters=$source/build/$isa/examples/user-programs
        tests=$source/build/$isa/tests/programs/user
        kernel=$source/build/$isa/workload/rota-$isa.elf
        if [ ! -f "$letters/A" ] || [ ! -f "$tests/calls" ] || [ ! -f "$kernel" ] ||
                ! command -v "qemu-system-$isa" >/dev/null 2>&1; then
                echo "skip programs on $isa: there is no build of it"
                continue
        fi
        says "three that take turns, $isa" 0 '^ABCABCABCABCABCABCABCABC$' --on $isa --icount --cpus 1 \
                --program "$letters/A,$letters/B,$letters/C" --json "$work/report.json"
        if grep -q '"name":"B"' "$work/report.json"; then
                good "programs: the report has them, $isa"
        else
                bad "programs: the report has them, $isa"
        fi
        other=aarch64
        [ $isa != aarch64 ] || other=riscv64
        refuses "a program of another machine, $isa" 'for another machine' --on $other \
                --program "$letters/A"
        refuses "the same name twice, $isa" 'two programs are called "A"' --on $isa \
                --program "$letters/A,$letters/../user-programs/A"
        cp "$tests/bad" "$work/kernel-write.elf"
        says "a fault, $isa" 1 'program kernel-write was ended by a fault' --on $isa --cpus 2 \
                --program "$work/kernel-write.elf,$tests/worker"
        says "threads and children of programs, $isa" 0 '^bad: 0 failed' --on $isa --cpus 2 \
                --program "$tests/bad,$tests/worker"
        # What they wait for are futures of the kernel's, and the trace tells their polls.
        for what in calls polls; do
                trace=$work/t.json
                [ $what = calls ] || trace=$work/t.txt
                [ $what = calls ] || [ $isa = x86_64 ] || continue
                says "a trace of calls that wait, $what, $isa" 0 'checks: ok' --on $isa --cpus 2 \
                        --program "$tests/waits,$tests/worker" --trace "$trace"
                if ! command -v python3 >/dev/null 2>&1; then
                        echo "skip programs: the trace of calls, $what, $isa: no python3"
                elif python3 "$source/tests/tool/check.py" "$work" $what >"$work/err" 2>&1; then
                        good "programs: the trace of calls is as it should be, $what, $isa"
                else
                        bad "programs: the trace of calls is as it should be, $what, $isa"
                fi
        done
        says "an end for its time, $isa" 0 'checks: ok' --on $isa --cpus 2 --duration 300ms \
                --program "$tests/endless,$letters/A"
done
exit $failed
