#!/bin/bash
# A case that takes longer than a minute says so at once, with an estimate; --quiet and short cases say nothing.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

# Minutes of work on any machine: 1,048,576 chips * 1,048,575 iterations = 1.1 T chip-steps.
long='bench alltoall nvl72-gb200 -n 1048576 --algorithm pairwise -b 1M -e 1M'

# start ARGUMENT...: in the background, until it has said how long it will take.
start() {
	local tenths=100
	"$FARSCALE" "$@" >out 2>err </dev/null &
	job=$!
	until grep -qF 'this will take about' err; do
		((tenths-- > 0)) || break
		sleep 0.1
	done
	grep -qF 'this will take about' err || fail "$1: no estimate within 10 s: $(head -c 500 err)"
	kill -0 $job || fail "$1: it ended before its time"
}

# stop WHAT: Ctrl-C ends it soon.
stop() {
	local start
	start=$(date +%s%N)
	kill -INT $job
	wait $job
	status=$?
	[ $status -gt 128 ] || fail "$1: exit status $status after Ctrl-C"
	[ $(($(date +%s%N) - start)) -lt 2000000000 ] || fail "$1: took more than 2 s to end"
	expect_empty "$1" out
}
set -m # as from a terminal: background jobs take signals

# shellcheck disable=SC2086
start $long
expect_in 'bench' err 'farscale bench: alltoall, 1048576 chips, 1048576 bytes: this will take about'
expect_in 'bench' err 'for 1.1 T chip-steps, so far at'
expect_in 'bench' err ' chip-steps/s'
expect_lines 'bench' err 1
stop 'bench'

start run nvl72-gb200 --model dp-gpt -n 1048576 --steps 10000
expect_in 'run' err 'farscale run: nvl72-gb200, 1048576 chips, virtual clock: this will take about'
stop 'run'

# The longest case comes first.
cat >sweep.yaml <<-END
	schema: farscale-sweep/1
	name: long
	systems: [nvl72-gb200]
	models: [dp-gpt]
	chips: [2, 262144]
	seeds: [1]
	steps: 10000
END
start sweep sweep.yaml --output sweep
expect_in 'sweep' err 'farscale sweep: nvl72-gb200 dp-gpt, 262144 chips, at scale: this will take about'
stop 'sweep'
set +m

# On a terminal the bar is redrawn in its line, which is not wider than the terminal.
limit=4
# shellcheck disable=SC2086
timeout $limit script -qec "stty columns 70; exec '$FARSCALE' $long" /dev/null >screen </dev/null
expect_in 'terminal' screen 'this will take about'
tr '\r' '\n' <screen >lines
grep -qE '\[#*\.+\] +[0-9]+ % .* left .* chip-steps/s' lines || fail "terminal: no bar: $(head -c 500 lines)"
sed 's/^\x1b\[K//' lines | awk '/ %/ && length($0) > 69 { exit 1 }' || fail 'terminal: a bar is too wide'

# What a bench has found is printed before it goes on.
"$FARSCALE" bench alltoall nvl72-gb200 -n 8,1048576 --algorithm pairwise -b 1M -e 1M --quiet >out 2>err </dev/null &
job=$!
tenths=100
until grep -q '  pairwise$' out || ((tenths-- == 0)); do
	sleep 0.1
done
kill -9 $job || fail 'rows: it ended before its time'
wait $job 2>/dev/null
expect_in 'rows' out ': 8 chips, '
grep -q '  pairwise$' out || fail "rows: none after 10 s: $(head -c 500 out)"

# Silence.
limit=3
# shellcheck disable=SC2086
farscale $long --quiet
expect_status 'quiet, cut off' 124
expect_empty 'quiet' err
limit=20
farscale bench alltoall nvl72-gb200 -n 8..4096 --algorithm pairwise -b 1M -e 1M
expect_status 'short' 0
expect_empty 'short' err

finish
