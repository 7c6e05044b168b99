#!/bin/bash
# farscale validate --fit: numbers that are known in advance are found again; leave-one-out; mistakes.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

# What a machine whose links have 2 us of latency and 70 % of their bandwidth would have measured.
truth=(--set tier.nvlink4.latency_us=2 --set tier.nvlink4.efficiency=0.7)
measured() { # GPUS BYTES: us
	"$FARSCALE" bench allgather hgx-h200 -n "$1" -b "$2" -e "$2" --format json "${truth[@]}" | jq '.[0].time_s * 1e6'
}
{
	cat <<'HEAD'
schema: farscale-validation/1
name: mine
label: "By hand"
source: "tests/cli/validate_fit.sh"
trust: D
quantity: collective
unit: us
system: hgx-h200
stack: nccl
chips: "{gpus}"
collective: allgather
bytes: "{bytes}"
measured: "{us}"
row: "{gpus} {bytes}"
groups_of: "{gpus} GPUs"
fits: ["tier.nvlink4.latency_us=0.2..10", "tier.nvlink4.efficiency=0.5..1"]
table: |
  gpus  bytes      us
HEAD
	for gpus in 2 4 8; do
		for bytes in 1000000 900000000; do
			echo "  $gpus $bytes $(measured $gpus $bytes)"
		done
	done
} >mine.yaml

# found FILTER NUMBER: what jq finds of the fit's lines is within 1 % of the number.
found() {
	local value
	value=$(jq -s "$1" out)
	# shellcheck disable=SC2016
	holds '$1 > 0.99 * $2 && $1 < 1.01 * $2' "$value" "$2" || fail "$1 is $value, not $2"
}

farscale validate ./mine.yaml --fit --format json
expect_status 'fit' 0
expect_empty 'fit' err
expect_lines 'fit' out 3
found '.[0].in_file'        0.6
found '.[0].fitted'         2
found '.[0].held_out_least' 2
found '.[0].held_out_most'  2
found '.[1].in_file'        0.8
found '.[1].fitted'         0.7
found '.[2].rows'           6
found '.[2].groups'         3
# Nothing is left of errors that were large; either number can be told; arithmetic and engine agree about collectives.
jq -es '.[2] | .estimate_before > 0.1 and .estimate_after < 0.003 and .estimate_held_out < 0.01 and
	.engine_before == .estimate_before and .engine_after == .estimate_after and
	.engine_held_out == .estimate_held_out' out >/dev/null || fail "errors: $(cat out)"
jq -es '.[0].settled and .[0].grows_less > 0.01 and .[0].grows_more > 0.01 and .[1].grows_less > 0.02' out >/dev/null ||
	fail "growth: $(cat out)"
cp out first

# The same again, to the last digit.
farscale validate ./mine.yaml --fit --format json
cmp -s out first || fail "fits differ: $(diff out first)"

# One number on the command line, for a chip alone; the other is right already.
farscale validate ./mine.yaml --set tier.nvlink4.efficiency=0.7 --free h200-sxm:tier.nvlink4.latency_us=0.2..10 --format csv
expect_status 'free' 0
expect_lines 'free' out 3
expect_in 'free' out 'kind,name,settled,rows,groups,in_file,fitted,'
expect_in 'free' out 'number,h200-sxm:tier.nvlink4.latency_us,true,,,0.59999'
# What the data do not know: the number does not matter, and that is what is said.
farscale validate ./mine.yaml --free stack.launch_us=1..50 --estimate
expect_status 'no matter' 0
expect_in 'no matter' out 'stack.launch_us'
expect_in 'no matter' out '+0.00      +0.00'

# Bounds that do not hold the truth: the nearest one is found, and said.
farscale validate ./mine.yaml --set tier.nvlink4.latency_us=2 --free tier.nvlink4.efficiency=0.8..1 --estimate
expect_status 'bound' 0
expect_in 'bound' out '0.8..1'
expect_in 'bound' out 'at a bound'

# Leave-one-out beside each set's mean; after it, the file's numbers hold again.
farscale validate ./mine.yaml --leave-one-out --format json
expect_status 'leave-one-out' 0
expect_lines 'leave-one-out' out 6
jq -es 'all(.[]; .held_out | fabs < 0.02) and any(.[]; .error | fabs > 0.1)' out >/dev/null ||
	fail "leave-one-out: $(cat out)"
farscale validate ./mine.yaml --leave-one-out
expect_in 'leave-one-out' out 'leave-one-out'

# One group alone cannot be left out.
sed 's/^groups_of.*/groups_of: "all"/' mine.yaml >single.yaml
farscale validate ./single.yaml --fit --format json
expect_status 'one group' 0
jq -es '.[2].groups == 1 and .[2].engine_held_out == null and .[0].held_out_least == null' out >/dev/null ||
	fail "one group: $(cat out)"

# refuse TEXT ARGUMENT...
refuse() {
	local text=$1
	shift
	farscale validate ./mine.yaml "$@"
	expect_refused "$*" "$text"
}
refuse 'tier.nvlink4.latncy_us: hgx-h200 has no such number; did you mean tier.nvlink4.latency_us?' --free tier.nvlink4.latncy_us=1..2
refuse "--free: 'stack.launch_us=5..1': the range 5..1 must rise"        --free stack.launch_us=5..1
refuse 'stack.nccl.ring_base_us: a single number is needed, not a list'  --free stack.nccl.ring_base_us=1..2
refuse 'chip.cores: a number that may have a fraction is needed'         --free chip.cores=10..100
refuse '[WHERE:]PATH=LOW..HIGH is needed, for example'                   --free stack.launch_us
refuse '0.5..2: a number between'                                        --free tier.nvlink4.efficiency=0.5..2
refuse 'none of the systems, chips and stacks of the sets is called a1'  --free a1:stack.launch_us=1..2
refuse 'are the same number in hgx-h200'       --free nccl:stack.launch_us=1..2,stack.launch_us=1..2
refuse 'leave out --rows'                      --fit --rows
refuse 'leave out --plot'                      --fit --plot x.png
refuse '--free needs a value'                  --free

# says MESSAGE SCRIPT ARGUMENT...: the file as sed changes it.
says() {
	local text=$1
	sed "$2" mine.yaml >changed.yaml
	shift 2
	farscale validate ./changed.yaml "$@"
	expect_status "$text" 2
	expect_lines "$text" err 1
	expect_in "$text" err "$text"
}
says '--fit: no set names numbers to fit'                   '/^fits/d' --fit
says '--leave-one-out: no set names the numbers'            '/^fits/d' --leave-one-out
says 'changed.yaml:16:7: fits: a list such as'              's/^fits: .*/fits: all/'
says "changed.yaml:16:8: fits: 'x': [WHERE:]PATH=LOW..HIGH" 's/^fits: .*/fits: ["x"]/'
says "mine: fits: x: hgx-h200 has no such number"           's/^fits: .*/fits: ["x=1..2"]/' --leave-one-out
says 'groups_of: {gpu} is no column'                        's/{gpus} GPUs/{gpu}/'

# Two machines that do not agree about a number: which one is meant?
sed 's/^system: .*/system: "{system}"/; s/  gpus /  system gpus /; s/^  \([248]\) /  hgx-h200 \1 /
	s/^  hgx-h200 8 1000000 /  nvl72-gb200 8 1000000 /' mine.yaml >two.yaml
farscale validate ./two.yaml --free chip.memory_TBps=1..10
expect_status 'two systems' 2
expect_in 'two systems' err 'which is meant? for example h200-sxm:chip.memory_TBps=1..10'

finish
