#!/bin/bash
# A disk that is full, or may not be written: one line names the file and why, the exit status is not 0, nothing stands
# half-written under its name, what was recorded stays, and the next start goes on. Where there is no root (no tmpfs
# of our own), only what /dev/full shows.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
# shellcheck source=tests/shell/job.bash
. "$FARSCALE_SOURCE/tests/shell/job.bash"

# --- stdout, in every format

full() { # WHAT ARGUMENT...
	local what=$1
	shift
	timeout "$limit" "$FARSCALE" "$@" >/dev/full 2>err </dev/null
	status=$?
	expect_status "$what >/dev/full" 1
	expect_in "$what >/dev/full" err "farscale $1: cannot write the result: No space left on device"
}

for format in table csv json; do
	full run run dgx-h100-superpod --model dp-gpt -n 64 --format $format --quiet
	full bench bench allreduce dgx-h100-superpod -n 8 --format $format --quiet
	full plan plan dgx-h100-superpod --model llama3-8b -n 8 --format $format
done
full show show dgx-h100-superpod
full help help
full version --version

# Whoever reads no more (| head) ends it; it does not go on for nobody, nor complain.
(trap - PIPE; "$FARSCALE" run dgx-h100-superpod --model dp-gpt -n 2..4096 --format json --quiet 2>err; echo $? >status) |
	head -c 1 >/dev/null
# Either all of it fitted into the pipe before the reader went, or the signal came.
grep -qxE '0|141' status || fail "a closed pipe: exit status $(cat status)"
expect_empty 'a closed pipe' err

# --- files that are named

refused() { # WHAT FILE REASON ARGUMENT...
	local what=$1 file=$2 reason=$3
	shift 3
	farscale "$@"
	[ "$status" -ne 0 ] || fail "$what: exit status 0"
	expect_lines "$what" err 1
	expect_in "$what" err "cannot write $file: $reason"
}

run=(run dgx-h100-superpod --model dp-gpt -n 8 --quiet)
refused trace /dev/full 'No space left' "${run[@]}" --trace /dev/full
refused svg /dev/full 'No space left' show dgx-h100-superpod --svg /dev/full
refused 'no such folder' none/t.json 'No such file' "${run[@]}" --trace none/t.json

# An old file stays until the new one is whole; a link stays a link; what another writes is left to it.
echo old >old.json
ln -s old.json link.json
farscale "${run[@]}" --trace link.json
expect_status 'through a link' 0
[ -L link.json ] || fail 'through a link: it is a file now'
jq -e .traceEvents old.json >/dev/null || fail 'through a link: the file is as it was'
: >t.json.part
flock t.json.part "$FARSCALE" "${run[@]}" --trace t.json 2>err >out && fail 'two writers: exit status 0'
expect_in 'two writers' err 'cannot write t.json: another process is writing it'
echo 'left by one that was killed' >t.json.part
farscale "${run[@]}" --trace t.json
jq -e .traceEvents t.json >/dev/null || fail 'a part was left: no trace'
[ ! -e t.json.part ] || fail 'a part was left: it is still there'

# --- a disk of our own

if [ "$(id -u)" -ne 0 ] || ! { mkdir disk && mount -t tmpfs -o size=512k farscale-test disk 2>why; }; then
	echo "skipped: full and read-only file systems need root and mount ($(cat why 2>/dev/null))"
	finish
fi
trap 'umount -l "$scratch/disk"; rm -rf "$scratch"; leave_places' EXIT

# leave_free KILOBYTES: of the disk.
leave_free() {
	rm -f disk/fill
	local free
	free=$(df -k --output=avail disk | tail -n 1)
	head -c $(((free - $1) * 1024)) /dev/zero >disk/fill
}

cat >sweep.yaml <<-END
	schema: farscale-sweep/1
	name: small
	systems: [dgx-h100-superpod, cloudmatrix-384]
	models: [dp-gpt]
	chips: [8, 64]
	seeds: [1, 2]
	steps: 2
END
farscale sweep sweep.yaml --output reference --quiet
expect_status 'the reference' 0

nothing_half() { # WHAT DIRECTORY
	local file
	[ -z "$(find "$2" -name '*.part')" ] || fail "$1: $(find "$2" -name '*.part')"
	[ ! -f "$2/records.jsonl" ] || jq . "$2/records.jsonl" >/dev/null || fail "$1: records.jsonl is no JSON"
	for file in "$2"/*.png; do
		[ ! -f "$file" ] || tail -c 8 "$file" | grep -q IEND || fail "$1: $file is cut"
	done
	for file in "$2"/*.svg; do
		[ ! -f "$file" ] || tail -c 10 "$file" | grep -q '</svg>' || fail "$1: $file is cut"
	done
	[ ! -f "$2/records.csv" ] || [ "$(sort "$2/records.csv")" = "$(sort reference/records.csv)" ] ||
		fail "$1: records.csv is cut"
}

# Records: those that fitted stay, and the next start runs the others.
leave_free 4
farscale sweep sweep.yaml --output disk/s --quiet
expect_status 'no room for records' 1
expect_lines 'no room for records' err 1
expect_in 'no room for records' err 'cannot write disk/s/records.jsonl: '
nothing_half 'no room for records' disk/s
kept=$(lines disk/s/records.jsonl)
[ "$kept" -gt 0 ] && [ "$kept" -lt 8 ] || fail "no room for records: $kept fitted"
cp disk/s/records.jsonl kept
rm disk/fill
farscale sweep sweep.yaml --output disk/s --quiet
expect_status 'room again' 0
head -n "$kept" disk/s/records.jsonl | cmp -s - kept || fail 'room again: what was recorded has changed'
[ "$(sort disk/s/records.jsonl)" = "$(sort reference/records.jsonl)" ] || fail 'room again: other records'

# The report: CSV, scripts, PNG, SVG; gnuplot itself says nothing of a full disk.
for free in 0 4 8 12 24 48 64 96; do
	rm -f disk/s/*.csv disk/s/*.png disk/s/*.svg disk/s/*.gnuplot
	leave_free $free
	farscale report disk/s
	[ "$status" -ne 0 ] || fail "a report with $free kB: exit status 0"
	expect_lines "a report with $free kB" err 1
	expect_in "a report with $free kB" err 'farscale report: cannot write disk/s/'
	nothing_half "a report with $free kB" disk/s
done
rm disk/fill
farscale report disk/s
expect_status 'a report, room again' 0
nothing_half 'a report, room again' disk/s
[ -s disk/s/records.csv ] || fail 'a report, room again: no CSV'

# What stands there already stays when its successor does not fit.
farscale "${run[@]}" --trace disk/t.json
cp disk/t.json t.json
leave_free 0
refused 'a trace' disk/t.json 'No space left' "${run[@]}" --trace disk/t.json --seed 2
cmp -s disk/t.json t.json || fail 'a trace: the old one is gone'
refused 'Chakra' disk/c.0.et 'No space left' "${run[@]}" --chakra disk/c
refused 'a drawing' disk/x.svg 'No space left' show dgx-h100-superpod --svg disk/x.svg
nothing_half 'single files' disk

# What is measured anew at every start is worth a warning.
export XDG_CACHE_HOME=$scratch/disk/cache
farscale calibrate --quiet
expect_in 'the cache' err "warning: the calibration of this host "
! grep 'stored in' out || fail 'the cache: said to be stored'
nothing_half 'the cache' disk/cache/farscale

mount -o remount,ro disk
refused 'read-only: trace' disk/t.json 'Read-only' "${run[@]}" --trace disk/t.json
refused 'read-only: report' disk/s/records.csv 'Read-only' report disk/s
refused 'read-only: sweep' disk/s/.lock 'Read-only' sweep sweep.yaml --output disk/s --quiet
farscale sweep sweep.yaml --output disk/new --quiet
[ "$status" -ne 0 ] || fail 'read-only: a new sweep: exit status 0'
expect_in 'read-only: a new sweep' err 'disk/new: cannot make the directory: Read-only file system'
farscale calibrate --quiet
expect_in 'read-only: the cache' err "warning: the calibration of this host will not be kept: $XDG_CACHE_HOME"

finish
