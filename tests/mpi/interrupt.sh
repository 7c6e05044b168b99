#!/bin/bash
# Ctrl-C, a batch system's SIGTERM, a rank that dies: the job ends soon and says so by its exit status, records are whole,
# nothing is left behind.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
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

# The processes of the job that writes into DIRECTORY, mpirun first.
processes() { # DIRECTORY
	echo "$scratch/$1" >pattern # in a file: grep must not find itself
	grep -laF -f pattern /proc/[0-9]*/cmdline 2>/dev/null | tr -dc '0-9\n' | sort -n
}

lines() { # FILE, which may not be there yet
	if [ -f "$1" ]; then wc -l <"$1"; else echo 0; fi
}

# wait_until SECONDS COMMAND...: whether it becomes true in time.
wait_until() {
	local tenths=$(($1 * 10))
	shift
	until "$@"; do
		((tenths-- > 0)) || return 1
		sleep 0.1
	done
}
has_records() { [ "$(lines "$1/records.jsonl")" -ge "$2" ]; }
is_gone() { [ -z "$(processes "$1")" ]; }

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
		processes "$1" | xargs -r kill -9
	fi
	wait $job 2>/dev/null
	status=$?
	[ $status -ne 0 ] || fail "$1: exit status 0"
	expect_empty "$1: shared memory left behind" <(ls shm)
	expect_empty "$1: temporary files left behind" <(find tmp -type f)
	[ -z "$(tail -c 1 "$1/records.jsonl")" ] || fail "$1: a torn record"
	"$FARSCALE" report "$1" --format csv >report.csv 2>err || fail "$1: records that cannot be read: $(cat err)"
	expect_lines "$1" report.csv $(($(wc -l <"$1/records.jsonl") + 1))
	grep -qiE 'assert|stack trace|segmentation' err && fail "$1: a crash: $(head -c 500 err)"
}

for signal in INT TERM; do
	start $signal
	kill -$signal $job
	expect_end $signal
done

start rank
kill -9 "$(processes rank | tail -n 1)"
expect_end rank

# Without mpirun.
for signal in INT TERM; do
	"$FARSCALE" sweep sweep.yaml --output "$scratch/alone-$signal" >out 2>err </dev/null &
	job=$!
	wait_until 60 has_records "alone-$signal" 1 || fail "alone, $signal: no record after a minute"
	kill -$signal $job
	expect_end "alone-$signal"
	[ $status -gt 128 ] || fail "alone, $signal: exit status $status"
done

finish
