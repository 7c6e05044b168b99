#!/bin/bash
# A rank that stops (SIGSTOP) is found, named and ended with its job, wherever it stops; a job that is stopped as a whole
# and goes on is not taken for that, nor is a live result of it reported.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
# shellcheck source=tests/shell/job.bash
. "$FARSCALE_SOURCE/tests/shell/job.bash"
patience=2
export FARSCALE_PATIENCE=$patience

long_sweep >sweep.yaml

# start ARGUMENT...: four ranks in the background. Leaves their launcher in $job.
start() {
	mpirun -n 4 "$FARSCALE" "$@" >out 2>err </dev/null &
	job=$!
}

ranks_of_job() { pgrep -P "$job" -x farscale; }
are_started() { [ "$(ranks_of_job | wc -l)" -eq 4 ]; }

# stop_one WHAT SECONDS RANK: some seconds after the ranks were started.
stop_one() {
	wait_until 20 are_started || fail "$1: not started: $(head -c 300 err)"
	sleep "$2"
	victim=$(for process in $(ranks_of_job); do
		grep -qzx "OMPI_COMM_WORLD_RANK=$3" "/proc/$process/environ" && echo "$process"
	done)
	kill -STOP "$victim"
}

# expect_named WHAT RANK: the job ends by itself, and says of whom it waited for how long.
expect_named() {
	local all
	all=$(ranks_of_job)
	wait_until $((patience + 10)) has_ended "$job" || fail "$1: still running $((patience + 10)) s later"
	kill -9 "$job" 2>/dev/null
	wait "$job" 2>/dev/null
	status=$?
	expect_status "$1" 1
	expect_in "$1" err "rank $2 (process $victim on $(uname -n)) has been stopped for $patience s"
	for process in $all; do
		wait_until 5 has_ended "$process" || fail "$1: process $process stays"
	done
}

# WHAT RANK SECONDS ARGUMENT...
stopped() {
	local what=$1 rank=$2 after=$3
	shift 3
	start "$@"
	stop_one "$what" "$after" "$rank"
	expect_named "$what" "$rank"
}

farscale calibrate --quiet # beforehand, so that the ranks come to what they are stopped in
stopped 'while MPI starts' 2 0 bench allreduce dgx-h100-superpod -n 8
stopped 'virtual clock' 1 1 run dgx-h100-superpod --model dp-moe -n 15488 --steps 3000 --compute model --quiet
stopped 'virtual clock, the first rank' 0 1 run dgx-h100-superpod --model dp-moe -n 15488 --steps 3000 --compute model
stopped 'wall clock' 3 1.5 run dgx-h100-superpod --model dp-gpt -n 4 --clock wall --steps 200 --quiet
stopped 'bench' 1 1.5 bench allreduce dgx-h100-superpod -n 4 --clock wall --quiet
stopped 'unthrottled' 1 1.5 bench allreduce dgx-h100-superpod -n 4 -b 16M -e 512M --clock unthrottled --quiet
stopped 'sweep' 2 1.5 sweep sweep.yaml --output stopped.d --quiet
XDG_CACHE_HOME=$scratch/cache stopped 'calibrate' 0 0.5 calibrate --again --quiet

# stop_all SECONDS, then all go on.
stop_all() {
	local all
	all=$(ranks_of_job)
	# shellcheck disable=SC2086
	kill -STOP "$job" $all
	sleep "$1"
	# shellcheck disable=SC2086
	kill -CONT $all "$job"
}

# expect_own_end WHAT: soon enough. Leaves $status.
expect_own_end() {
	wait_until 90 has_ended "$job" || fail "$1: still running"
	kill -9 "$job" 2>/dev/null
	wait "$job"
	status=$?
}

# Longer than the patience, but everybody: the virtual clock does not notice.
start run dgx-h100-superpod --model dp-gpt -n 256 --steps 100 --compute model --quiet --format json
wait_until 20 are_started || fail 'all stopped: not started'
sleep 0.5
stop_all $((patience + 1))
expect_own_end 'all stopped, virtual'
expect_status 'all stopped, virtual' 0
grep farscale: err && fail 'all stopped, virtual: a false alarm'

start bench allreduce dgx-h100-superpod -n 4 -b 16M -e 64M --algorithm ring --clock unthrottled --quiet
wait_until 20 are_started || fail 'all stopped: not started'
sleep 2
stop_all $((patience + 1))
expect_own_end 'all stopped, unthrottled'
expect_status 'all stopped, unthrottled' 0
grep farscale: err && fail 'all stopped, unthrottled: a false alarm'

# A live result in which one of many steps took seconds too long is none.
start run dgx-h100-superpod --model dp-gpt -n 4 --clock wall --steps 30 --quiet
wait_until 20 are_started || fail 'all stopped: not started'
sleep 2
stop_all $((patience + 1))
expect_own_end 'all stopped, live'
expect_status 'all stopped, live' 1
grep -qE 'a rank stood still for [3-9]|woke .* of a step late' err || fail "all stopped, live: $(head -c 300 err)"
expect_empty 'all stopped, live' out

# A rank whose launcher was killed does not live on.
start run dgx-h100-superpod --model dp-moe -n 15488 --steps 3000 --compute model --quiet
wait_until 20 are_started || fail 'mpirun killed: not started'
sleep 1
all=$(ranks_of_job)
kill -9 "$job"
wait "$job" 2>/dev/null
for process in $all; do
	wait_until 3 has_ended "$process" || fail "mpirun killed: process $process lives on"
done

for wrong in 0 -1 abc 3s 1e9; do
	FARSCALE_PATIENCE=$wrong farscale run dgx-h100-superpod --model dp-gpt -n 2
	expect_status "patience $wrong" 2
	expect_in "patience $wrong" err "FARSCALE_PATIENCE=$wrong is not a number of seconds from 1 to 86400"
done

finish
