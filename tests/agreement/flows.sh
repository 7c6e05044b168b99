#!/bin/bash
# Sets of flows that all start at once: does each end when SimGrid's flow model says that it does? SimGrid knows no flow
# that passes a link with a share of its data, so all shares are 1 here.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
here=$FARSCALE_SOURCE/tests/agreement

if [ -z "${SIMGRID_FLOWS:-}" ]; then
	echo "skipped: SimGrid was not there when this was built (apt-get install libsimgrid-dev)"
	exit 77
fi

median_bar=1e-6
most_bar=1e-4

# one KIND N SEED: the relative differences, a line for each flow, on to the file `differences`
one() {
	awk -v kind="$1" -v n="$2" -v seed="$3" -f "$here/flows.awk" >flows
	"$FARSCALE_FLOWS" <flows >ours || fail "$*: farscale ended with status $?"
	"$SIMGRID_FLOWS" <flows >theirs || fail "$*: SimGrid ended with status $?"
	[ "$(wc -l <ours)" -eq "$(grep -c ^flow flows)" ] || fail "$*: $(wc -l <ours) flows"
	paste -d ' ' ours theirs |
		awk '$1 != $3 || !($4 > 0) { print "inf"; next } { d = $2 / $4 - 1; print d < 0 ? -d : d }' >>differences
}

# verdict KIND: prints median and largest of `differences`, and empties it
verdict() {
	local flows median most
	flows=$(wc -l <differences)
	sort -g differences >sorted
	median=$(sed -n "$((flows / 2 + 1))p" sorted)
	most=$(tail -n 1 sorted)
	printf '%-8s %6d flows: median difference %s, largest %s\n' "$1" "$flows" "$median" "$most"
	holds "\$1 <= $median_bar && \$2 <= $most_bar" "$median" "$most" ||
		fail "$1: more than $median_bar in the median, or $most_bar"
	: >differences
}

: >differences
for n in 5 20 60 128; do for seed in 1 2 3 4 5 6; do one random $n $seed; done; done
verdict random
for n in 1 2 7 16 64 256; do one incast $n 0; done
verdict incast
for n in 3 8 32; do for seed in 1 2 3; do one parking $n $seed; done; done
verdict parking
for n in 4 8 16; do for seed in 1 2 3; do one clos $n $seed; done; done
verdict clos
finish
