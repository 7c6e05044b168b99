#!/bin/bash
# Many ranks: what they do together is right for any number of them, each knows few others, takes no more memory, and finds the
# same.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
# shellcheck source=tests/shell/ranks.bash
. "$FARSCALE_SOURCE/tests/shell/ranks.bash"
limit=60

# --- Team work, and whether #wrong counts what is wrong.
for n in 1 2 3 7 16; do
	timeout $limit mpirun --quiet -n $n "$CHECK_RANKS" >out 2>err </dev/null
	status=$?
	expect_status "$n ranks together" 0
done

# --- Connections and memory, for 16 ranks and 64. Each knows those at the distances 1, 2, 4, ... before and after it, and a few
# more: 3 log2(ranks) at most, of the 15 and 63 that there could be.
# few WHAT ARGUMENT...: with RANKS for their number
few() {
	local what=$1 n least_KB=0
	shift
	for n in 16 64; do
		# shellcheck disable=SC2086
		watch_ranks $over_tcp -n $n "$FARSCALE" "${@//RANKS/$n}" --quiet --format json
		grep -q 'host was too busy' err || expect_status "$what, $n ranks" 0 # how right it is, others see to
		cp out "$n"
		holds '$1 >= 2 && $1 <= 3 * log($2) / log(2)' "$most" "$n" || fail "$what: $most connections of a rank with $n"
		((least_KB)) || least_KB=$memory_KB
		holds '$1 <= 1.1 * $2 + 4000' "$memory_KB" "$least_KB" || fail "$what: $memory_KB KB with $n ranks, $least_KB with 16"
		holds '$1 * 1000 >= 0.8 * $2 && $1 > 5 && $1 < 500' "$(values rank_memory_MB)" "$memory_KB" ||
			fail "$what: rank_memory_MB $(values rank_memory_MB) where $memory_KB KB were seen"
	done
}
# Long enough to be looked at some times.
case=(bench allreduce dgx-h100-superpod -n 262144 -b 8 -e 1G -f 2 --algorithm halving_doubling)
few 'virtual clock' "${case[@]}"
farscale "${case[@]}" --format json --quiet
result() { sed -E 's/"ranks": [0-9]+, //; s/, "rank_memory_MB": [^,}]*//' "$1"; }
for n in 16 64; do
	[ "$(result $n)" = "$(result out)" ] || fail "$n ranks find something else: $(result $n) instead of $(result out)"
done
few 'wall clock' bench broadcast dgx-h100-superpod -n RANKS -b 1M -e 1M --algorithm binomial --clock wall
finish
