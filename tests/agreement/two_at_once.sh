#!/bin/bash
# Two collectives in flight at once, of all hosts, on SimGrid and on farscale: when does each end? Rule 5 of the rules of
# time is an approximation; src/README.md says how good a one. The bars here are what it is, and a little.
# "two_at_once.sh all" prints a line for every case as well.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
# shellcheck source=tests/agreement/systems.bash
. "$FARSCALE_SOURCE/tests/agreement/systems.bash"

if [ -z "${SIMGRID_COLLECTIVE:-}" ]; then
	echo "skipped: SimGrid was not there when this was built (apt-get install libsimgrid-dev)"
	exit 77
fi

GBps=50
unit=100000 # bytes of a message of the first: 2 us
each_case=${1:-}

# pair PLATFORM US FIRST SECOND RATIO LATER_US: the second's messages are RATIO times as large. Two lines, of the first
# and the second: "PLATFORM US FIRST SECOND RATIO LATER WHICH OURS THEIRS DIFFERENCE-IN-%", from the beginning of each.
pair() {
	local hosts first second
	write_system "$1" $GBps "$2" >system.yaml
	hosts=$(sed -n 's/^deployed_chips: //p' system.yaml)
	first=$((hosts * unit))
	second=$(awk "BEGIN { printf \"%d\", $hosts * int($unit * $5) }")
	"$FARSCALE_PAIR" system.yaml "$3" "$first" "$4" "$second" "$6" >ours || fail "$*: farscale ended with status $?"
	"$SIMGRID_COLLECTIVE" "$3" "$first" "$1" $GBps "$2" "$4" "$second" "$6" >theirs ||
		fail "$*: SimGrid ended with status $?"
	paste -d ' ' ours theirs | awk -v what="$*" -v later_us="$6" '{
		begin = NR == 2 ? later_us * 1e-6 : 0
		print what, NR, $1 - begin, $2 - begin, ($2 > begin ? 100 * (($1 - begin) / ($2 - begin) - 1) : 999) }'
}

# pairs PLATFORM "US ..." "RATIO ..." "FIRST SECOND" ...: begun at once, and not
pairs() {
	local platform=$1 latencies=$2 ratios=$3 both ratio later us
	shift 3
	for us in $latencies; do
		for later in 0 7.1; do
			for ratio in $ratios; do
				for both in "$@"; do
					# shellcheck disable=SC2086
					pair "$platform" "$us" $both "$ratio" "$later"
				done
			done
		done
	done
}

# verdict NAME FILE MEDIAN NINETIETH MOST: a row of the table, held to these bars in %
verdict() {
	local cases median ninetieth most
	cases=$(wc -l <"$2")
	[ "$cases" -gt 0 ] || fail "$1: no cases"
	awk '{ print ($10 < 0 ? -$10 : $10), $10, $3, $4, $1, $2, $5, $6 }' "$2" | sort -g >sorted
	median=$(sed -n "$(((cases + 2) / 2))p" sorted | cut -d ' ' -f 1)
	ninetieth=$(sed -n "$((cases * 9 / 10))p" sorted | cut -d ' ' -f 1)
	read -r most signed what < <(tail -n 1 sorted)
	printf '%-22s %4d ends: difference %.2g %% in the median, %.2g %% in 9 of 10, largest %+.2g %% (%s)\n' \
		"$1" "$cases" "$median" "$ninetieth" "$signed" "$what"
	holds "\$1 <= $3 && \$2 <= $4 && \$3 <= $5" "$median" "$ninetieth" "$most" ||
		fail "$1: more than $3 %, $4 % or $5 %"
}

# Latencies that leave a message of the first all, 0.8, 0.5, 0.29 and 0.09 of its round. Begun at once, rounds that are
# alike stay in step and meet every time; begun half a round apart, each has the port for itself, for ever.
{
	pairs switch:16 '0 0.5 2 5 20' '1 1.07 1.7 3.3 10' 'ring ring' 'ring pairwise'
	pairs switch:64 '2 5' '1 1.07 1.7 3.3 10' 'ring ring' 'ring pairwise'
	pair switch:16 2 ring ring 1 2
	pair switch:16 5 ring ring 1 3.5
} >switches
verdict 'on a switch' switches 1 9 25.5

# Rounds of a pairwise all-to-all are unlike each other here, and a short collective meets few of a long one's.
for platform in clos:64:16:2 clos:56:14:7 torus:5x5x3 full_mesh:8x8; do
	latencies='0 2'
	[[ $platform == clos:* ]] || latencies=0 # elsewhere routes differ in length
	pairs $platform "$latencies" '1 1.7 10' 'ring ring' 'ring pairwise' 'pairwise pairwise'
done >blocked
verdict 'where links are shared' blocked 3 20 90
[ -z "$each_case" ] || column -t switches blocked
finish
