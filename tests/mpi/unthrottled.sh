#!/bin/bash
# bench --clock unthrottled: every algorithm and MPI's own move all bytes as fast as they can, and every element comes out right;
# one host here, so what is measured is its memory. Over a network: mpi/ground_truth.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
limit=60

# unthrottled RANKS COLLECTIVE ALGORITHM SIZES' OPTIONS...
unthrottled() {
	local what="$2 $3 on $1 ranks"
	ranks "$1" bench "$2" dgx-h100-superpod -n "$1" --algorithm "$3" --clock unthrottled --format json --quiet "${@:4}"
	if [[ $3 == *in_network* || $3 == multicast ]]; then
		expect_status "$what" 2
		expect_in "$what" err 'switches that reduce'
		return
	fi
	expect_status "$what" 0
	[ "$(values wrong | sort -u)" = 0 ] || fail "$what: #wrong $(values wrong | tr '\n' ' ')"
	[ "$(values clock | sort -u) $(values algorithm | sort -u)" = "\"unthrottled\" \"$3\"" ] || fail "$what: $(cat out)"
	values time_s >seconds
	awk '$1 <= 0 || $1 > 1 { bad = 1 } END { exit bad || !NR }' seconds || fail "$what: $(tr '\n' ' ' <seconds)"
}

for collective in allreduce allgather reduce_scatter alltoall broadcast sendrecv; do
	for algorithm in $(algorithms $collective); do
		unthrottled 4 $collective "$algorithm" -b 999 -e 999000 -f 1000
	done
	unthrottled 4 $collective mpi -b 4096 -e 4194304 -f 1024
	[ $collective = alltoall ] || unthrottled 3 $collective mpi -b 1003 -e 1003
done
# Of 16 MB the system's own switches would reduce.
ranks 4 bench allreduce dgx-h100-superpod -n 4 -b 16M -e 16M --clock unthrottled --quiet --format json
expect_status 'no switches that reduce' 0
[ "$(values algorithm)" != '"in_network"' ] || fail "no switches that reduce: $(cat out)"
farscale bench allreduce dgx-h100-superpod -n 4 -b 16M -e 16M --format json
[ "$(values algorithm)" = '"in_network"' ] || fail "switches that reduce: $(cat out)"

# More ranks than are needed sleep; a table says what it is.
ranks 3 bench alltoall dgx-h100-superpod -n 2,3 -b 12000 -e 12000 --clock unthrottled --quiet
expect_status 'two sizes' 0
expect_in 'a table' out '# unthrottled: all bytes'
[ "$(grep -c ' OK$' out)" = 2 ] || fail "two sizes: $(cat out)"

refuse() { # RANKS TEXT ARGUMENT...
	local n=$1 text=$2
	shift 2
	ranks "$n" "$@" --quiet
	expect_status "$*" 2
	expect_lines "$*" err 1
	expect_in "$*" err "$text"
	expect_empty "$*" out
}
refuse 2 'a rank for each of 3 chips'          bench allreduce dgx-h100-superpod -n 3 --clock unthrottled
refuse 2 'only be timed with --clock unthrottled' bench allreduce dgx-h100-superpod -n 2 --algorithm mpi
refuse 3 'take multiples of 12 bytes'          bench alltoall dgx-h100-superpod -n 3 -b 1000 -e 1000 --algorithm mpi \
	--clock unthrottled
refuse 2 'of 4 GiB at most; --end is 8589934592' bench allreduce dgx-h100-superpod -n 2 -b 1K -e 8G --clock unthrottled
refuse 1 'two at least'                        bench allreduce dgx-h100-superpod -n 1 -b 1K -e 1K --clock unthrottled
farscale bench allreduce dgx-h100-superpod -n 2 --clock unthrottled
expect_status 'without mpirun' 2
expect_in 'without mpirun' err 'mpirun -n 2'

finish
