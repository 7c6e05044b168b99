#!/bin/bash
# kill -9 of a rank, of mpirun, of the whole tree, at twenty random moments of a sweep: what the next start ends with is
# what a sweep has that nobody disturbed, and of what was killed nothing is left. FARSCALE_SEED=N repeats a run's moments.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
# shellcheck source=tests/shell/job.bash
. "$FARSCALE_SOURCE/tests/shell/job.bash"
kills=20
seed=${FARSCALE_SEED:-$(($(date +%s) % 32768))}
echo "FARSCALE_SEED=$seed"
RANDOM=$seed

cat >sweep.yaml <<-END
	schema: farscale-sweep/1
	name: killed
	systems: [dgx-h100-superpod, cloudmatrix-384]
	models: [dp-moe]
	chips: [64, 1000]
	seeds: [1, 2]
	steps: 20
	live: {chips: 2, steps: 1}
END
virtual=8 live=2

# As a user starts it; its places lie here.
mkdir tmp
start() { # DIRECTORY
	TMPDIR=$scratch/tmp "$FARSCALE_SOURCE/launch/laptop" -n 3 sweep sweep.yaml --output "$1" --quiet >out 2>err </dev/null &
	job=$!
}

# finish_sweep DIRECTORY: a live case that a busy host spoiled is run by another start.
finish_sweep() {
	for _ in 1 2 3 4 5; do
		start "$1"
		wait "$job" && return
		grep -qE 'woke|stood still' err || break
	done
	fail "$1: $(head -c 500 err)"
}

# Milliseconds, 0 to $1.
random_up_to() { echo $(((RANDOM * 32768 + RANDOM) % ($1 + 1))); }

children() { pgrep -P "$job"; }

# kill_some WHO: of the job that runs. Whoever is no child of mpirun's yet is not there.
kill_some() {
	local ranks
	mapfile -t ranks < <(children)
	case $1 in
	rank) [ ${#ranks[@]} -eq 0 ] || kill -9 "${ranks[RANDOM % ${#ranks[@]}]}" ;;
	mpirun) kill -9 "$job" ;;
	tree) kill -9 "$job" "${ranks[@]}" ;;
	esac 2>/dev/null
}

virtual_records() { grep '"clock": "virtual"' "$1/records.jsonl" | sort; }

# What is deterministic of the live ones: what was run, and that nothing was wrong.
live_records() {
	jq -c 'select(.clock == "wall") | [.system, .stack, .model, .layout, .chips, .live_chips, .seed, .steps, .wrong]' \
		"$1/records.jsonl" | sort
}

expect_same() { # DIRECTORY
	expect_lines "$1" "$1/records.jsonl" $((virtual + live))
	cmp -s <(virtual_records reference) <(virtual_records "$1") || fail "$1: other virtual records"
	cmp -s <(live_records reference) <(live_records "$1") || fail "$1: other live records: $(live_records "$1")"
	[ "$(find "$1" -name '*.part' | wc -l)" -eq 0 ] || fail "$1: parts of files: $(find "$1" -name '*.part')"
	for plot in "$1"/*.png; do
		tail -c 8 "$plot" | grep -q IEND || fail "$1: $plot is cut"
	done
}

# What nobody holds in places of ours; another's start beside this one may just be making its own.
left() {
	local place
	for place in tmp/* /dev/shm/farscale-"$(id -u)".*; do
		[ -d "$place" ] && flock -n "$place" true && echo "$place" && find "$place" -mindepth 1
	done
}

# expect_nothing_left WHAT: once another has started.
expect_nothing_left() {
	(TMPDIR=$scratch/tmp . "$FARSCALE_SOURCE/launch/environment" && left && leave_places) >remains
	expect_empty "$1: left behind" remains
}

begun=$(date +%s%N)
finish_sweep reference
whole_ms=$((($(date +%s%N) - begun) / 1000000))
[ "$(virtual_records reference | wc -l) $(live_records reference | wc -l)" = "$virtual $live" ] ||
	fail "the reference: $(head -c 300 err)"

victims=(rank mpirun tree)
killed=0 round=1 starts=0
while [ $killed -lt $kills ]; do
	[ $((starts += 1)) -le $((4 * kills)) ] || {
		fail "only $killed kills in $starts starts: $(head -c 300 err)"
		break
	}
	start "round$round"
	victim=${victims[killed % 3]} after_ms=$(random_up_to $whole_ms)
	sleep "$((after_ms / 1000)).$(printf %03d $((after_ms % 1000)))"
	if ! has_ended "$job"; then
		ls /dev/shm/farscale-"$(id -u)".*/vader_segment* >>segments 2>/dev/null
		kill_some "$victim"
		killed=$((killed + 1))
	fi
	wait "$job" 2>/dev/null
	status=$?
	[ $status -eq 0 ] || continue
	expect_same "round$round"
	expect_nothing_left "round$round"
	round=$((round + 1))
done
finish_sweep "round$round"
expect_same "round$round"
expect_nothing_left 'at the end'
[ -s segments ] || [ ! -w /dev/shm ] || fail 'no shared memory in a place of its own: nothing was tested'
[ $failures -eq 0 ] || echo "seed $seed, $killed kills, $round rounds, $whole_ms ms each" >&2

finish
