#!/bin/bash
# Whole collectives on SimGrid and on farscale: the same platform, the same rounds, the same bytes.
# "beside_simgrid.sh all" prints a line for every case, not only for families of them.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
# shellcheck source=tests/agreement/systems.bash
. "$FARSCALE_SOURCE/tests/agreement/systems.bash"

if [ -z "${SIMGRID_COLLECTIVE:-}" ]; then
	echo "skipped: SimGrid was not there when this was built (apt-get install libsimgrid-dev)"
	exit 77
fi

median_bar=1 # %
most_bar=5
bytes=1000000000
GBps=50
each_case=${1:-}

# Tori have odd sizes, where no two ways around are equally long: of two such, SimGrid and farscale take different ones.
# Powers of two are for halving and doubling, whose members send to partners and not a distance on.
declare -A platforms=(
	['switch']='switch:16 switch:17 switch:64 switch:256'
	['2:1 Clos']='clos:16:4:2 clos:40:8:2 clos:64:16:2 clos:144:12:2 clos:256:16:2'
	['7:1 Clos']='clos:21:7:7 clos:28:14:7 clos:56:14:7 clos:112:14:7 clos:252:28:7'
	['3-D torus']='torus:3x3x3 torus:5x5x3 torus:3x5x7 torus:7x3x5 torus:5x5x5 torus:5x7x7'
	['2-D full mesh']='full_mesh:4x4 full_mesh:3x7 full_mesh:8x8 full_mesh:4x16 full_mesh:16x16'
	['powers of two']='switch:64 clos:64:16:2 clos:256:16:2 full_mesh:8x8 full_mesh:16x16'
)

# latencies PLATFORM, in us: without latency, and with some, where SimGrid's routes are all equally long
latencies() {
	case $1 in
	switch:* | clos:*) echo 0 20 ;;
	*) echo 0 ;;
	esac
}

# ours ALGORITHM: on the system in system.yaml
ours() {
	local collective=allreduce chips
	case $1 in
	permutation:* | incast) "$FARSCALE_ROUND" "$1" $bytes system.yaml ;;
	*)
		[ "$1" = pairwise ] && collective=alltoall
		chips=$(sed -n 's/^deployed_chips: //p' system.yaml)
		farscale bench $collective ./system.yaml --algorithm "$1" -n "$chips" -b $bytes -e $bytes --format json --quiet
		values time_s
		;;
	esac
}

# compare ALGORITHM FAMILY: a line "ALGORITHM PLATFORM US OURS THEIRS DIFFERENCE-IN-%" each
compare() {
	local algorithm=$1 platform us mine theirs
	for platform in ${platforms[$2]}; do
		for us in $(latencies "$platform"); do
			write_system "$platform" $GBps "$us" >system.yaml
			mine=$(ours "$algorithm") || fail "$algorithm on $platform: farscale ended with status $?"
			theirs=$("$SIMGRID_COLLECTIVE" "$algorithm" $bytes "$platform" $GBps "$us") ||
				fail "$algorithm on $platform: SimGrid ended with status $?"
			awk -v what="$algorithm $platform $us" -v ours="${mine:-0}" -v theirs="${theirs:-0}" 'BEGIN {
				print what, ours, theirs, (ours > 0 && theirs > 0 ? 100 * (ours / theirs - 1) : 999) }'
		done
	done
}

# verdict NAME FILE: a row of the table
verdict() {
	local cases median most
	cases=$(wc -l <"$2")
	[ "$cases" -gt 0 ] || fail "$1: no cases"
	awk '{ print ($6 < 0 ? -$6 : $6), $1, $2, $3 }' "$2" | sort -g >sorted
	median=$(sed -n "$(((cases + 2) / 2))p" sorted | cut -d ' ' -f 1)
	most=$(tail -n 1 sorted)
	# shellcheck disable=SC2086
	printf '%-26s %4d cases: median difference %.2g %%, largest %.2g %% (%s on %s, %s us)\n' "$1" "$cases" "$median" $most
	holds "\$1 <= $median_bar && \$2 <= $most_bar" "$median" "${most%% *}" ||
		fail "$1: more than $median_bar % in the median, or $most_bar %"
}

: >all
for algorithm in ring pairwise permutation incast; do
	seeds=('')
	[ $algorithm = permutation ] && seeds=(:1 :2 :3)
	for family in switch '2:1 Clos' '7:1 Clos' '3-D torus' '2-D full mesh'; do
		for seed in "${seeds[@]}"; do
			compare $algorithm"$seed" "$family"
		done >cases
		verdict "$algorithm, $family" cases
		cat cases >>all
	done
done
compare halving_doubling 'powers of two' >cases
verdict 'halving_doubling' cases
cat cases >>all
verdict 'all' all
[ -z "$each_case" ] || column -t all
finish
