#!/bin/bash
# Ctrl-C, a batch system's SIGTERM, a rank that dies: the job ends soon and says so by its exit status, records are whole,
# nothing is left behind.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
# shellcheck source=tests/shell/job.bash
. "$FARSCALE_SOURCE/tests/shell/job.bash"
set -m # as from a terminal: background jobs take signals

# Everything that Open MPI makes lies in places of our own.
mkdir tmp shm
export TMPDIR=$scratch/tmp OMPI_MCA_orte_tmpdir_base=$scratch/tmp OMPI_MCA_btl_vader_backing_directory=$scratch/shm

cat >sweep.yaml <<-END
	schema: farscale-sweep/1
	name: long
	systems: [dgx-h100-superpod, cloudmatrix-384]
	models: [dp-gpt, dp-moe]
	chips: [8, 3000]
	seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
	steps: 100
	live: {chips: [2, 4], seeds: [1, 2, 3, 4], steps: 3}
END

has_records() { [ "$(lines "$1/records.jsonl")" -ge "$2" ]; }
is_gone() { [ -z "$(processes "$scratch/$1")" ]; }

# start DIRECTORY: the sweep, until its second live record is there. Leaves its mpirun's id in $job.
start() {
	mpirun -n 4 "$FARSCALE" sweep sweep.yaml --output "$scratch/$1" >out 2>err </dev/null &
	job=$!
	wait_until 60 has_records "$1" 2 || fail "$1: no two records after a minute: $(head -c 500 err)"
	kill -0 $job 2>/dev/null || fail "$1: ended too early: $(head -c 500 err)"
}

# expect_end DIRECTORY: after some seconds nothing is left, and what was recorded is whole.
expect_end() {
	if ! wait_until 15 is_gone "$1"; then
		fail "$1: still running after 15 s"
		processes "$scratch/$1" | xargs -r kill -9
	fi
	wait $job 2>/dev/null
	status=$?
	[ $status -ne 0 ] || fail "$1: exit status 0"
	expect_empty "$1: shared memory left behind" <(ls shm)
	expect_empty "$1: temporary files left behind" <(find tmp -type f)
	[ -z "$(tail -c 1 "$1/records.jsonl")" ] || fail "$1: a torn record"
	"$FARSCALE" report "$1" --format csv >report.csv 2>report.err ||
		fail "$1: records that cannot be read: $(cat report.err)"
	expect_lines "$1" report.csv $(($(wc -l <"$1/records.jsonl") + 1))
	grep -qiE 'assert|stack trace|segmentation' err && fail "$1: a crash: $(head -c 500 err)"
}

advice='keeps every case that was done, the same command goes on from there'

# mpirun itself says 1, whatever it was ended by; it ends the ranks with SIGTERM, and a second later with SIGKILL, so on a
# busy host one may not get to say anything.
said=0
for signal in INT TERM; do
	start $signal
	kill -$signal $job
	expect_end $signal
	grep -qF "farscale sweep: ended by SIGTERM; $scratch/$signal/records.jsonl $advice" err && said=$((said + 1))
done
[ $said -gt 0 ] || fail "mpirun: no word of how to go on: $(head -c 300 err)"

# To the ranks, as Slurm does with a job's time limit, or as its notice beforehand.
start ranks
processes "$scratch/ranks" | tail -n +2 | xargs kill -USR1
expect_end ranks
expect_in 'ranks' err 'farscale sweep: ended by SIGUSR1; '
[ $status -eq $((128 + $(kill -l USR1))) ] || fail "ranks: exit status $status"

start rank
kill -9 "$(processes "$scratch/rank" | tail -n 1)"
expect_end rank

# Without mpirun.
for signal in INT TERM; do
	"$FARSCALE" sweep sweep.yaml --output "$scratch/alone-$signal" >out 2>err </dev/null &
	job=$!
	wait_until 60 has_records "alone-$signal" 1 || fail "alone, $signal: no record after a minute"
	kill -$signal $job
	expect_end "alone-$signal"
	[ $status -eq $((128 + $(kill -l $signal))) ] || fail "alone, $signal: exit status $status"
	expect_in "alone, $signal" err "farscale sweep: ended by SIG$signal; "
done

# Under nohup a terminal that goes away ends nothing.
(trap '' HUP && exec "$FARSCALE" sweep sweep.yaml --output "$scratch/nohup") >out 2>err </dev/null &
job=$!
wait_until 60 has_records nohup 1 || fail 'nohup: no record after a minute'
kill -HUP $job
sleep 0.5
kill -0 $job 2>/dev/null || fail 'nohup: ended by SIGHUP'
kill -TERM $job
expect_end nohup

finish
