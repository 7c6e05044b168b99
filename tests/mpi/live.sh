#!/bin/bash
# The wall clock: a rank for each chip, real payload over throttled links, real training; checked element by element and
# against the virtual clock. Other programs on this host can make a run late: a case has some tries, each as slow as the
# one before advised.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
# shellcheck source=tests/shell/live.bash
. "$FARSCALE_SOURCE/tests/shell/live.bash"
limit=60

# --- bench: time on the wall clock against time on the virtual one.
# live_bench RANKS SIZES COLLECTIVE ALGORITHM: SIZES are options.
live_bench() {
	local n=$1 sizes=$2 collective=$3 algorithm=$4 what="$3 $4 on $1 chips" try advice=
	# shellcheck disable=SC2086
	set -- bench "$collective" dgx-h100-superpod -n "$n" $sizes --algorithm "$algorithm" --format json --quiet
	farscale "$@"
	expect_status "$what, virtual" 0
	values time_s >predicted
	for try in $tries; do
		# shellcheck disable=SC2086
		ranks "$n" "$@" --clock wall $advice
		advice=$(advised)
		paste -d' ' <(values time_s) predicted | awk '{ print $1 / $2 - 1 }' >differences
		grep -q '"wrong": [1-9]' out && break
		[ $status -eq 0 ] && near 0.05 && break
	done
	expect_status "$what" 0
	[ "$(values wrong | sort -u)" = 0 ] || fail "$what: #wrong $(values wrong | tr '\n' ' ')"
	[ "$(values live_chips | sort -u)" = "$n" ] || fail "$what: live chips $(values live_chips)"
	near 0.05 || fail "$what: the wall clock differs by $(tr '\n' ' ' <differences) in $try tries"
}

for collective in allreduce allgather reduce_scatter alltoall broadcast sendrecv; do
	for algorithm in $(algorithms $collective); do
		live_bench 8 '-b 8M -e 8M' $collective "$algorithm"
		live_bench 3 '-b 999 -e 1M -f 1000' $collective "$algorithm"
	done
done
for n in 2 4 5; do
	live_bench $n '-b 1000003 -e 1000003' allreduce ring
	live_bench $n '-b 1000003 -e 1000003' alltoall pairwise
done

# Levels with a part of the buffer each: nodes of two, and switches that reduce outside of them, or in both.
fabric='--set tier.nvlink4.group=2 --set tier.ib_ndr_leaf.reduction=0.5'
live_bench 6 "-b 8M -e 8M $fabric" allreduce hierarchical_in_network
live_bench 8 "-b 1000003 -e 1000003 $fabric --set tier.nvlink4.reduction=0" allreduce hierarchical_in_network
# Trees of nodes, three and four of two chips, whose levels overlap as NCCL's do.
for algorithm in hierarchical_tree in_network_tree; do
	live_bench 6 '-b 8M -e 8M --set tier.nvlink4.group=2' allreduce $algorithm
	live_bench 8 '-b 1000003 -e 1000003 --set tier.nvlink4.group=2' allreduce $algorithm
done

# --- run: real training.
# train SYSTEM MODEL RANKS [OPTION...]
train() {
	local what="$2 on $3 chips of $1" try advice=
	for try in $tries; do
		# shellcheck disable=SC2086
		ranks "$3" run "$1" --model "$2" -n "$3" --clock wall --format json --quiet "${@:4}" $advice
		advice=$(advised)
		values difference >differences
		[ $status -eq 0 ] && near 0.08 && break
	done
	expect_status "$what" 0
	[ "$status" -eq 0 ] || return
	[ "$(values wrong)" = 0 ] || fail "$what: wrong $(values wrong)"
	[ "$(values clock) $(values compute) $(values live_chips) $(values modelled_chips)" = "\"wall\" \"blas\" $3 0" ] ||
		fail "$what: ran as $(cat out)"
	near 0.08 || fail "$what: the wall clock differs by $(cat differences) in $try tries"
	holds '$1 >= 1 && $2 > 0 && $3 > 0' "$(values dilation)" "$(values resolution_s)" "$(values step_s)" ||
		fail "$what: dilation or resolution: $(cat out)"
}

expect_learning() { # MODEL
	holds '$1 > 0 && $1 < 20 && $2 > 0 && $2 < $1' "$(values loss_first)" "$(values loss_last)" ||
		fail "$1 does not learn: loss from $(values loss_first) to $(values loss_last)"
}

train dgx-h100-superpod dp-gpt 2 --steps 8
expect_learning dp-gpt
train cloudmatrix-384 dp-moe 2 --steps 2
expect_learning dp-moe
train nvl72-gb200 dp-gpt 4 --steps 2
train dgx-h100-superpod dp-moe 4 --steps 2

# With a rank for each chip the wall clock is what runs unless told otherwise; more ranks than chips sleep.
ranks 3 run dgx-h100-superpod --model dp-gpt -n 2,3 --steps 1 --format json --quiet --pace raw
expect_status 'raw pace' 0
[ "$(values clock | sort -u) $(values pace | sort -u)" = '"wall" "raw"' ] || fail "raw pace: $(cat out)"
[ "$(values ranks | tr '\n' ' ')" = '2 3 ' ] || fail "ranks that are needed: $(values ranks)"

# Real compute on the virtual clock: the first chip of each rank is live.
ranks 2 run dgx-h100-superpod --model dp-gpt -n 16 --compute blas --steps 2 --format json --quiet
expect_status 'blas on the virtual clock' 0
[ "$(values clock) $(values compute) $(values live_chips) $(values modelled_chips)" = '"virtual" "blas" 2 14' ] ||
	fail "blas on the virtual clock: $(cat out)"

# --- What cannot be done is refused: one line, nothing on stdout.
refuse() { # RANKS TEXT ARGUMENT...
	local n=$1 text=$2
	shift 2
	ranks "$n" "$@" --quiet
	expect_refused "$*" "$text"
}
refuse 2 'below what this host resolves with 2 ranks'  run dgx-h100-superpod --model dp-gpt -n 2 --clock wall --dilation 1
enough=$(advised)
enough=${enough#--dilation }
holds '$1 > 1' "$enough" || fail "no dilation that would do in: $(cat err)"
ranks 2 run dgx-h100-superpod --model dp-gpt -n 2 --clock wall --steps 1 --quiet --format json \
	--dilation "$(awk "BEGIN { print 1.5 * $enough }")"
expect_status 'the dilation that would do' 0
refuse 2 'resolves'                                    bench allreduce dgx-h100-superpod -n 2 --clock wall --dilation 1
refuse 3 '3 ranks for 2 chips'                         run dgx-h100-superpod --model dp-gpt -n 2
refuse 3 '3 ranks for 2 chips'                         bench allreduce dgx-h100-superpod -n 2
refuse 8 'a rank for each of 9 chips and there are 8'  run dgx-h100-superpod --model dp-gpt -n 9 --clock wall
refuse 8 'a rank for each of 9 chips and there are 8'  bench allreduce dgx-h100-superpod -n 2,9 --clock wall
refuse 2 'needs --compute blas'                        run dgx-h100-superpod --model dp-gpt -n 2 --clock wall --pace raw \
	--compute model
refuse 2 "unknown system 'dgx'"                        run dgx --model dp-gpt -n 2

# Of many ranks one speaks.
for command in help --version show 'run --help' 'help bench'; do
	# shellcheck disable=SC2086
	{
		ranks 2 $command
		cp out two
		farscale $command
	}
	cmp -s out two || fail "$command: two ranks do not print what one prints"
done

finish
