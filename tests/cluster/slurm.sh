#!/bin/bash
# launch/slurm.sbatch and launch/slurm-array.sbatch on a real Slurm of three nodes: what runs undisturbed, in one job or an
# array, what is requeued, and what runs out of time all leave the same records.
# shellcheck disable=SC2317 # what wait_until calls
set -u
# shellcheck source=tests/cluster/cluster.bash
. "$FARSCALE_SOURCE/tests/cluster/cluster.bash"
enter_island "$0"
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
limit=60
# As on a cluster: nothing of what launch/environment sets for one machine, but that root may start ranks.
for variable in "${!OMPI_MCA_@}" TMPDIR; do unset "$variable"; done
export HOME=$scratch

cat >sweep.yaml <<-END
	schema: farscale-sweep/1
	name: small
	systems: [dgx-h100-superpod, cloudmatrix-384]
	models: [dp-gpt]
	chips: [8, 1000]
	seeds: [1, 2, 3, 4, 5, 6]
	steps: 4
END
cases=24

# The program that jobs run notes where it runs, and as what, first.
program=$FARSCALE
cat >noting <<-END
	#!/bin/bash
	echo "\$(</proc/sys/kernel/hostname) \${OMPI_COMM_WORLD_RANK:-\${PMIX_RANK:-alone}} \$SLURM_JOB_ID \$\$" >>$scratch/noted
	exec $program "\$@"
END
chmod +x noting

# submit OPTION... SCRIPT ARGUMENT...: leaves the job's number in $job.
submit() {
	job=$(FARSCALE=$scratch/noting sbatch --parsable "$@" 2>err) || fail "sbatch $*: $(cat err)"
}

state() { # JOB
	scontrol --oneliner show job "$1" 2>/dev/null | grep -oP ' JobState=\K\w+' | sort -u
}
is_state() { [ "$(state "$1")" = "$2" ]; }
has_ended() { [[ $(state "$1") =~ ^(COMPLETED|FAILED|TIMEOUT|CANCELLED|NODE_FAIL)$ ]]; }

expect_completed() { # WHAT JOB OUTPUT
	wait_until 60 "$1" has_ended "$2"
	is_state "$2" COMPLETED || fail "$1: $(state "$2"), $(tail -n 20 "$3")"
}

# All but what says where it was computed, in any order.
records_of() { # DIRECTORY
	jq -cS 'del(.ranks, .hosts, .rank_memory_MB) | with_entries(select(.key | startswith("clock_") | not))' "$1"/records*.jsonl | sort
}

expect_same() { # WHAT DIRECTORY
	records_of "$2" >sorted
	cmp -s undisturbed sorted || fail "$1: other records than undisturbed: $(diff undisturbed sorted | cut -c 1-200 | head -n 4)"
}

count() { cat "$1"/records*.jsonl 2>/dev/null | wc -l; }
has_records() { [ "$(count "$1")" -ge "$2" ]; } # DIRECTORY NUMBER

farscale sweep sweep.yaml --output whole --quiet
records_of whole >undisturbed
expect_lines 'undisturbed' undisturbed $cases
farscale run dgx-h100-superpod --model dp-gpt -n 512 --format json
fingerprint=$(values fingerprint)

start_cluster
scripts=$FARSCALE_SOURCE/launch

# A minute is the shortest limit, and the notice comes half a minute early, more or less; meanwhile this one is
# held in the middle of its work.
: >noted
submit --nodes=3 --ntasks-per-node=1 --time=1 --output=limited.out "$scripts/slurm.sbatch" sweep sweep.yaml --output limited
limited=$job
wait_until 60 'a job with a limit: two records' has_records limited 2
mapfile -t held < <(awk -v job="$limited" '$3 == job { print $4 }' noted)
kill -STOP "${held[@]}"
[ "$(count limited)" -lt $cases ] || fail 'a job with a limit: done before it was held'

# One command on all nodes, by mpirun and by srun. Open MPI started by srun with PMIx may crash in MPI_Init, once in some
# 50 starts of a busy machine (open-mpi/ompi issue 12495 has the like); that alone is tried again.
start_on_all() { # LAUNCHER
	: >noted
	: >run.out
	FARSCALE_LAUNCHER=$1 submit --nodes=3 --ntasks-per-node=1 --output=run.out \
		"$scripts/slurm.sbatch" run dgx-h100-superpod --model dp-gpt -n 512 --format json
	wait_until 60 "$1" has_ended "$job"
}
for launcher in mpirun 'srun --mpi=pmix --kill-on-bad-exit=1'; do
	start_on_all "$launcher"
	for try in 2 3; do
		[[ $launcher == srun* ]] || break
		grep -q 'Segmentation fault' run.out || break
		echo "srun: Open MPI crashed as it started; try $try" >&2
		start_on_all "$launcher"
	done
	expect_completed "$launcher" "$job" run.out
	[ "$(awk -v job="$job" '$3 == job { print $1, $2 }' noted | sort | tr '\n' ',')" = 'node1 0,node2 1,node3 2,' ] ||
		fail "$launcher: not a rank on each node: $(cat noted)"
	cp run.out out
	[ "$(values fingerprint) $(values ranks)" = "$fingerprint 3" ] || fail "$launcher: another result: $(cat run.out)"
done

# The job's exit status is the command's.
submit --nodes=1 --ntasks-per-node=2 --output=bad.out "$scripts/slurm.sbatch" run nowhere --model dp-gpt -n 8
wait_until 30 'a bad command' has_ended "$job"
scontrol --oneliner show job "$job" | grep -q ' ExitCode=2:0' || fail "a bad command: $(scontrol --oneliner show job "$job")"
expect_in 'a bad command' bad.out "nowhere"

# An array; one of its tasks is requeued in the middle.
submit --array=1-4 --output=array-%a.out "$scripts/slurm-array.sbatch" sweep.yaml --output array --quiet
array=$job
wait_until 30 'task 2: a record' test -s array/records-2-of-4.jsonl
scontrol requeue "${array}_2" || fail 'task 2 cannot be requeued'

# A job that is requeued in the middle.
submit --nodes=3 --ntasks-per-node=1 --output=requeued.out "$scripts/slurm.sbatch" sweep sweep.yaml --output requeued
requeued=$job
wait_until 60 'a job to be requeued: two records' has_records requeued 2
scontrol requeue "$requeued" || fail 'the job cannot be requeued'

expect_completed 'an array' "$array" array-2.out
expect_same 'an array' array
[ "$(find array -name 'records-?-of-4.jsonl' | wc -l)" -eq 4 ] || fail "an array: $(ls array)"
"$program" report array --format csv >array.csv 2>err || fail "an array, report: $(cat err)"
expect_lines 'an array, report' array.csv $((cases + 1))

expect_completed 'a requeued job' "$requeued" requeued.out
expect_same 'a requeued job' requeued
for again in "${array}_2" "$requeued"; do
	scontrol --oneliner show job "$again" | grep -q ' Restarts=1 ' || fail "$again: was not requeued while it ran"
done

# Tasks counted from 0, on several ranks each, find all of it done.
submit --array=0-2 --ntasks-per-node=2 --output=again.out "$scripts/slurm-array.sbatch" sweep.yaml --output array --quiet
expect_completed 'another array' "$job" again.out
expect_same 'another array' array

# Out of time: told, ended, whole; submitted again it goes on.
wait_until 90 'a job with a limit: its end' has_ended "$limited"
is_state "$limited" FAILED || fail "a job with a limit: $(state "$limited"), not ended by itself: $(cat limited.out)"
done_by_then=$(count limited)
cp limited/records.jsonl kept
[ "$done_by_then" -lt $cases ] || fail 'a job with a limit: it was not interrupted'
[ "$(records_of limited | comm -23 - undisturbed | wc -l)" -eq 0 ] || fail 'a job with a limit: other records'
submit --nodes=3 --ntasks-per-node=1 --output=limited.out "$scripts/slurm.sbatch" sweep sweep.yaml --output limited
expect_completed 'submitted again' "$job" limited.out
expect_same 'submitted again' limited
head -n "$done_by_then" limited/records.jsonl | cmp -s - kept || fail 'submitted again: records of before have changed'

# Nothing outlives a job.
pgrep -f "$program" >/dev/null && fail "still running: $(pgrep -af "$program")"
finish
