#!/bin/bash
# Of several ranks, the first alone tells that a case will take long; a live one before its first step.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

# shellcheck disable=SC2034 # of ranks()
limit=5
long='bench alltoall nvl72-gb200 -n 1048576 --algorithm pairwise -b 1M -e 1M'
# shellcheck disable=SC2086
ranks 2 $long
expect_status 'cut off' 124
[ "$(grep -c 'this will take about' err)" -eq 1 ] || fail "not one estimate: $(head -c 500 err)"
# shellcheck disable=SC2086
ranks 2 $long --quiet
expect_status 'quiet, cut off' 124
! grep -q 'farscale bench' err || fail "quiet: $(head -c 500 err)"

ranks 2 run dgx-h100-superpod --model dp-gpt -n 2 --clock wall --dilation 1e6
expect_status 'live, cut off' 124
[ "$(grep -cE 'dgx-h100-superpod, .* this will take [0-9.]+ (h|days) or more' err)" -eq 1 ] || fail "live: $(head -c 500 err)"

finish
