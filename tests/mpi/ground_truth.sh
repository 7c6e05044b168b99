#!/bin/bash
# The emulator against a network that is really slow (tests/bench/ground_truth says how): some of its rows, within its bars.
# Needs root. results/ground-truth.md has all rows.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
limit=200

PATH=$PATH:/usr/sbin:/sbin
if [ "$(id -u)" -ne 0 ]; then
	echo "skipped: not root"
	exit 77
fi
for tool in ip tc nsenter unshare setpriv; do
	command -v $tool >/dev/null && continue
	echo "skipped: no $tool here"
	exit 77
done
if ! "$FARSCALE_SOURCE/launch/hosts-local" 2 --rate 100mbit --once -- true 2>err; then
	echo "skipped: $(cat err)"
	exit 77
fi

QUIET_S=10 timeout $limit "$FARSCALE_SOURCE/tests/bench/ground_truth" some "$scratch/some" >out 2>err
status=$?
expect_status 'ground truth' 0
"$FARSCALE_SOURCE/tests/hosts/verdict" some/rows.csv >verdict || {
	fail "$(cat verdict)"
	cat some/rows.csv >&2
}
[ "$(tail -n +2 some/rows.csv | wc -l)" -ge 7 ] || fail "rows are missing: $(cat some/rows.csv)"

# What is above the bars is said to be.
sed 's/^\(wide,8,allreduce,ring,ours,131072,\)[0-9.]*/\19/' some/rows.csv >off.csv
"$FARSCALE_SOURCE/tests/hosts/verdict" off.csv >verdict && fail "a row that is far off passes: $(cat verdict)"

awk -F, 'NR == 3 { $9 = "nan" } 1' OFS=, some/rows.csv >none.csv
"$FARSCALE_SOURCE/tests/hosts/verdict" none.csv >verdict && fail "a row without a number passes: $(cat verdict)"

finish
