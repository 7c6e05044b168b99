#!/bin/bash
# Ranks on several hosts, whose clocks start thousands of seconds apart and whose disks are their own: offsets are found as they
# were set, the wall clock is as good as on one host (live.sh), and a sweep's records all end up with the first host. The hosts
# are launch/hosts-local's; needs root.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
# shellcheck source=tests/shell/live.bash
. "$FARSCALE_SOURCE/tests/shell/live.bash"
hosts_local=$FARSCALE_SOURCE/launch/hosts-local
limit=60
if ! "$hosts_local" 2 --clocks 7 -- true >out 2>err; then
	echo "skipped: $(head -1 err)"
	exit 77
fi
if ! [ -e /proc/self/ns/time ]; then
	echo "skipped: this kernel has one monotonic clock for all"
	exit 77
fi

# hosts ARGUMENT...: launch/hosts-local; leaves `out`, `err` and $status.
hosts() {
	timeout "$limit" "$hosts_local" "$@" >out 2>err </dev/null
	status=$?
}

# expect_clocks WHAT HOSTS SECONDS: the record's hosts, and an offset that is as it was set, to within the printed bound, which
# is short.
expect_clocks() {
	[ "$(values hosts | sort -u)" = "$2" ] || fail "$1: hosts $(values hosts)"
	paste -d' ' <(values clock_offset_s) <(values clock_bound_s) >clocks
	awk -v set="$3" '{ off = $1 - set; if (off < 0) off = -off; if (off > $2 + 1e-9 || $2 > 0.02 || $2 <= 0 && set > 0) bad = 1 }
		END { exit bad || !NR }' clocks || fail "$1: clocks $3 s apart, found $(tr '\n' ' ' <clocks)"
}

# --- bench: busbw on the wall clock against the virtual one's.
# bench HOSTS RANKS_EACH CLOCKS "OPTION..." COLLECTIVE ALGORITHM
bench() {
	local hosts=$1 ranks=$(($1 * $2)) what="$5 $6 on $1 hosts of $2 ranks $4" try advice=
	local options=("$hosts" --ranks-per-host "$2" --clocks "$3")
	read -ra network <<<"$4"
	set -- bench "$5" dgx-h100-superpod -n "$ranks" -b 8M -e 8M --algorithm "$6" --format json --quiet
	local clocks=$(((hosts - 1) * options[4]))
	farscale "$@"
	expect_status "$what, virtual" 0
	values busbw_GBps >predicted
	for try in $tries; do
		# shellcheck disable=SC2086
		hosts "${options[@]}" ${network[@]+"${network[@]}"} -- farscale "$@" --clock wall $advice
		advice=$(advised)
		paste -d' ' <(values busbw_GBps) predicted | awk '{ print $1 / $2 - 1 }' >differences
		[ $status -eq 0 ] && near 0.05 && break
	done
	expect_status "$what" 0
	[ "$(values wrong)" = 0 ] || fail "$what: #wrong $(values wrong)"
	near 0.05 || fail "$what: differs by $(tr '\n' ' ' <differences) in $try tries"
	expect_clocks "$what" "$hosts" "$clocks"
}
bench 2 1 3000 '' allreduce ring
bench 2 2 7    '' alltoall pairwise
bench 3 1 5000 '' allreduce halving_doubling
bench 4 1 9999 '' allgather ring
bench 4 2 0    '' allreduce ring
bench 2 2 3000 '--delay 1ms' allreduce ring
bench 3 1 1000 '--delay 300us' alltoall direct

# --- run: real training.
# train HOSTS RANKS_EACH MODEL OPTION...
train() {
	local hosts=$1 ranks=$(($1 * $2)) what="$3 on $1 hosts of $2 ranks ${*:4}" try advice=
	local options=("$hosts" --ranks-per-host "$2" --clocks 4321 "${@:4}") model=$3
	for try in $tries; do
		# shellcheck disable=SC2086
		hosts "${options[@]}" -- farscale run dgx-h100-superpod --model "$model" -n "$ranks" --clock wall --steps 3 \
			--format json --quiet $advice
		advice=$(advised)
		values difference >differences
		[ $status -eq 0 ] && near 0.08 && break
	done
	expect_status "$what" 0
	[ "$(values wrong)" = 0 ] || fail "$what: wrong $(values wrong)"
	near 0.08 || fail "$what: differs by $(cat differences) in $try tries"
	expect_clocks "$what" "$hosts" $(((hosts - 1) * 4321))
	holds '$2 < $1' "$(values loss_first)" "$(values loss_last)" || fail "$what does not learn: $(cat out)"
}
train 2 1 dp-gpt
train 2 2 dp-moe
train 2 1 dp-gpt --delay 500us

# --- What is said, and refused.
hosts 2 -- farscale bench allreduce dgx-h100-superpod -n 2 -b 8M -e 8M --clock wall
expect_in 'what is said' err '2 hosts, whose clocks are up to '
expect_in 'what is said' out '; 2 hosts, whose clocks are known to '
expect_in 'what is said' out '# Memory of a rank     : '
hosts 2 --delay 2ms -- farscale bench allreduce dgx-h100-superpod -n 2 -b 8M -e 8M --clock wall --dilation 50 --quiet
expect_status 'a dilation that clocks are too far apart for' 2
expect_in 'a dilation that clocks are too far apart for' err 'a dilation of 50 is below what 2 hosts, whose clocks are known to 2.'
holds '$1 > 1000' "$(advised | cut -d' ' -f2)" || fail "no dilation that would do in: $(cat err)"

# --- Hosts unlike each other, and chips on some of them. Ranks that are not needed sleep.
cat >unlike <<-'END'
	mpirun --quiet --host host-1:1,host-2:3 -n 4 "$FARSCALE" bench allreduce dgx-h100-superpod -n 4,1,2 -b 8M -e 8M --clock wall \
		--algorithm ring --format json --quiet
END
for try in $tries; do
	hosts 2 --once -- bash "$scratch/unlike"
	[ $status -eq 0 ] && break
done
expect_status 'one rank here, three there' 0
[ "$(values hosts | tr '\n' ' ')" = '2 1 2 ' ] || fail "one rank here, three there: on hosts $(values hosts)"
[ "$(values wrong | sort -u)" = 0 ] || fail "one rank here, three there: #wrong $(values wrong)"

# --- A sweep with a disk for each host: every record is the first host's, virtual ones as without mpirun; it goes on from there.
cat >sweep.yaml <<-'END'
	schema: farscale-sweep/1
	name: across
	systems: [dgx-h100-superpod]
	models: [dp-gpt, dp-moe]
	chips: [8, 64]
	seeds: [1, 2]
	steps: 2
END
cat >sweep <<-'END'
	cd "$1" && mkdir -p disk
	for host in host-1 host-2; do
		"$HOSTS_ENTER" $host mount -t tmpfs tmpfs "$1/disk"
	done
	for start in first second; do
		mpirun --quiet --host host-1:2,host-2:2 -n 4 "$FARSCALE" sweep sweep.yaml --output disk/out || exit
		"$HOSTS_ENTER" host-1 cat "$1/disk/out/records.jsonl" >records-$start
	done
	! "$HOSTS_ENTER" host-2 ls "$1/disk/out" 2>other || echo "the second host wrote, too"
END
farscale sweep sweep.yaml --output alone --quiet
expect_status 'the sweep alone' 0
hosts 2 --once -- bash "$scratch/sweep" "$scratch"
expect_status 'a sweep with a disk for each host' 0
expect_in 'a sweep with a disk for each host' err '2 ranks do not see disk/out; the first host writes their records'
expect_lines 'a sweep with a disk for each host' records-first 8
[ "$(sort records-first)" = "$(sort alone/records.jsonl)" ] || fail 'a sweep with a disk for each host: other records'
cmp -s records-first records-second || fail 'a sweep with a disk for each host: a second start changed the records'
! grep -q 'the second host wrote' out || fail 'a sweep with a disk for each host: both wrote'

# With a disk for all, live cases too.
echo 'live: {chips: 2, steps: 1}' >>sweep.yaml
hosts 2 --ranks-per-host 2 --once -- sh -c "cd $scratch && mpirun --quiet --host host-1:1,host-2:1 -n 2 $FARSCALE sweep sweep.yaml --output shared"
expect_status 'a sweep with a disk for all' 0
expect_lines 'a sweep with a disk for all' shared/records.jsonl 10
[ "$(grep -c '"clock": "wall".*"hosts": 2' shared/records.jsonl)" -eq 2 ] || fail "live cases: $(grep -c wall shared/records.jsonl)"
! grep -q 'do not see' err || fail "a sweep with a disk for all: $(cat err)"

finish
