#!/bin/bash
# Records that go to the first rank by post, because their hosts do not see its folder, outlive a kill like others: they are
# there while the sweep runs, whatever the first rank and their own do by then. The hosts are launch/hosts-local's; needs root.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
# shellcheck source=tests/shell/job.bash
. "$FARSCALE_SOURCE/tests/shell/job.bash"
hosts_local=$FARSCALE_SOURCE/launch/hosts-local
if ! "$hosts_local" 2 -- true >out 2>err; then
	echo "skipped: $(head -1 err)"
	exit 77
fi
# Six, so that what all do together joins rank 3 to others than the first one. Seconds.
ranks=6 in_time=60

cat >sweep <<-'END'
	cd "$1" && mkdir -p disk
	"$HOSTS_ENTER" host-2 mount -t tmpfs tmpfs "$1/disk"
	exec mpirun --quiet -x FARSCALE_PATIENCE=600 --host host-1:1,host-2:5 -n 6 "$FARSCALE" sweep "$2" --output "$1/disk/$3" --quiet
END

# write_sweep CHIPS SEEDS STEPS: into sweep.yaml. Cases are dealt out in this order, those of one size to one rank after the other.
write_sweep() {
	cat >sweep.yaml <<-END
		schema: farscale-sweep/1
		name: posted
		systems: [dgx-h100-superpod]
		models: [dp-gpt]
		chips: $1
		seeds: [$(seq -s, 1 "$2")]
		steps: $3
	END
}

# start NAME: the sweep, in the background. Leaves its launcher in $job.
start() {
	folder=$scratch/disk/$1 records=disk/$1/records.jsonl
	"$hosts_local" 2 --once -- bash "$scratch/sweep" "$scratch" sweep.yaml "$1" >out 2>err </dev/null &
	job=$!
}

is_gone() { [ -z "$(processes "$folder")" ]; }

kill_sweep() {
	kill -9 "$job"
	wait "$job" 2>/dev/null
	wait_until 10 is_gone || fail "$records: still running"
}

# find_ranks: leaves in process[R] what rank R is; whether all are there.
find_ranks() {
	local one number
	process=()
	for one in $(processes "$folder"); do
		number=$(grep -azsx 'OMPI_COMM_WORLD_RANK=[0-9]*' "/proc/$one/environ" | tr -d '\0')
		[ -z "$number" ] || process[${number#*=}]=$one
	done
	[ ${#process[@]} -eq "$ranks" ]
}

# find_owners: of the records of cases on 8 chips, a rank a line.
find_owners() {
	[ ! -f "$records" ] || jq "select(.chips == 8) | (.seed - 1) % $ranks" "$records"
}

# have_all CASES RANK...: whether all cases of these ranks have a record.
have_all() {
	local cases=$1 rank
	shift
	find_owners >owners
	for rank; do
		[ "$(grep -cx "$rank" owners)" -eq "$cases" ] || return
	done
}

# expect_all WHAT CASES RANK...: soon.
expect_all() {
	local what=$1
	shift
	wait_until $in_time have_all "$@" && return
	fail "$what: not $1 cases of each of the ranks ${*:2} within $in_time s, but $(sort owners | uniq -c | tr -s ' \n' ' ' |
		sed 's/ \([0-9]*\) \([0-9]*\)/\1 of rank \2, /g'); $(head -c 300 err)"
}

# --- Two short cases for each rank, and then one that does not end: nobody waits for anybody. Everything is killed.
write_sweep '[8, 15488]' $((2 * ranks)) 3000
start first
expect_all 'all are busy' 2 0 1 2 3 4 5
kill_sweep
have_all 2 0 1 2 3 4 5 || fail 'all are busy: records went with the sweep'
expect_lines 'all are busy' "$records" $((2 * ranks))

# --- The first rank has done its cases before the others, and waits for one that stands still.
write_sweep '[8]' $((6 * ranks)) 20000
start second
has_record() { [ "$(lines "$records")" -gt 0 ]; }
wait_until $in_time find_ranks || fail "no ranks: $(head -c 300 err)"
wait_until $in_time has_record || fail "no record: $(head -c 300 err)"
kill -STOP "${process[@]:1}"
expect_all 'the first rank is done' 6 0
have_all 6 1 2 3 4 5 && fail 'the first rank is done: so is everybody; nothing was tested'
kill -CONT "${process[@]:1:4}"
expect_all 'the first rank is done' 6 1 2 3 4
kill_sweep
have_all 6 0 1 2 3 4 || fail 'the first rank is done: records went with the sweep'
[ -z "$(tail -c 1 "$records")" ] || fail 'a torn record'

finish
