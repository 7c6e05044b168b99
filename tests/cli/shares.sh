#!/bin/bash
# A sweep that several jobs share: each case in one share, each share a file, the whole the same as that of one job.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

waiting=() tasks=()

write_sweep() { # SEEDS
	cat >sweep.yaml <<-END
		schema: farscale-sweep/1
		name: shared
		systems: [dgx-h100-superpod, cloudmatrix-384]
		models: [dp-gpt, dp-moe]
		chips: [2, 8, 1000]
		seeds: $1
		steps: 2
	END
}

sweep() { # DIRECTORY [OPTION...]
	local directory=$1
	shift
	farscale sweep sweep.yaml --output "$directory" --quiet "$@"
	expect_status "sweep into $directory $*" 0
}

expect_same() { # WHAT DIRECTORY: the records of the undisturbed sweep, in whatever files
	cat "$2"/records*.jsonl | sort >sorted
	cmp -s undisturbed sorted || fail "$1: other records than undisturbed: $(diff undisturbed sorted | cut -c 1-300 | head -n 4)"
}

# A share in progress shuts out the same one and all who cut the sweep otherwise; they wait some seconds, meanwhile:
write_sweep '[1, 2, 3]'
sed 's/^chips: .*/chips: 15488/; s/^steps: .*/steps: 4000/' sweep.yaml >busy.yaml
"$FARSCALE" sweep busy.yaml --output busy --share 1/2 >/dev/null 2>busy.err &
busy=$!
until [ -s busy.err ]; do sleep 0.02; done
kill -STOP $busy # at work on its first case, which takes long
for share in 1/2 1/1 2/3; do
	"$FARSCALE" sweep busy.yaml --output busy --share $share >"busy-${share//\//-}" 2>&1 &
	waiting+=($!)
done

write_sweep '[1, 2]'
sweep whole
sort whole/records.jsonl >undisturbed
expect_lines 'undisturbed' undisturbed 24

# All at once, as an array's tasks are.
for share in 1 2 3 4; do
	timeout "$limit" "$FARSCALE" sweep sweep.yaml --output shared --share $share/4 --format csv >out.$share 2>err.$share &
	tasks+=($!)
done
wait "${tasks[@]}"
for share in 1 2 3 4; do
	expect_lines "share $share: told" out.$share $(($(wc -l <shared/records-$share-of-4.jsonl) + 1))
	expect_in "share $share: what next" err.$share "share $share/4: $(wc -l <shared/records-$share-of-4.jsonl) records; farscale report shared shows those of all"
done
expect_same 'four shares' shared
[ ! -e shared/records.csv ] || fail 'a share writes what all would write'

# Estimated work is shared out evenly: none has more than two fifths of the chips, which is what cases cost.
for share in 1 2 3 4; do
	chips=$(jq -s 'map(.chips) | add' shared/records-$share-of-4.jsonl)
	holds "$chips < 0.4 * 2 * 4 * (2 + 8 + 1000)" || fail "share $share has $chips chips"
done

# report merges them, and says what is there when some are still to come.
farscale report shared --format csv
expect_status 'report' 0
sort out >merged
"$FARSCALE" report whole --format csv 2>/dev/null | sort | cmp -s - merged || fail 'report: other records than of the whole'
mkdir some && cp shared/records-2-of-4.jsonl some
farscale report some --format csv
expect_lines 'some' out $(($(wc -l <shared/records-2-of-4.jsonl) + 1))

# All is there: other numbers of shares, and none, find nothing to do.
sweep shared --share 1/3
sweep shared --share 2/3
[ ! -e shared/records-1-of-3.jsonl ] || fail 'another number of shares runs a case again'
sweep shared
[ ! -e shared/records.jsonl ] || fail 'the whole runs a case again'
[ -e shared/records.csv ] || fail 'the whole does not report'
expect_lines 'the whole, of shares' shared/records.csv 25

# Half of it by shares of four, one killed in the middle; the rest by others; what remains by the whole.
sweep mixed --share 2/4
"$FARSCALE" sweep sweep.yaml --output mixed --quiet --share 3/4 >/dev/null 2>&1 &
running=$!
until [ -s mixed/records-3-of-4.jsonl ] || ! kill -0 $running 2>/dev/null; do sleep 0.002; done
kill -9 $running 2>/dev/null
wait $running 2>/dev/null
sweep mixed --share 1/3
sweep mixed
expect_same 'mixed' mixed

# A line torn in one share's file is set aside beside it, and its case run again by whoever it belongs to.
cp -r shared torn
truncate -s -100 torn/records-3-of-4.jsonl
farscale sweep sweep.yaml --output torn --share 3/4
expect_in 'torn' err 'the last record of torn/records-3-of-4.jsonl was torn; its case will run again'
expect_same 'torn' torn

# More shares than cases: some have nothing to do, and say so.
for share in 1 31; do
	farscale sweep sweep.yaml --output many --share $share/50
	expect_status "share $share of 50" 0
done
expect_in 'nothing to do' err 'share 31/50: 0 records'

# What was begun first.
wait "${waiting[@]}"
for share in 1/2 1/1 2/3; do
	expect_in "busy, $share" "busy-${share//\//-}" 'busy: another sweep is at work there; wait for it, or give another --output'
done
kill -0 $busy || fail "busy: ended too early: $(cat busy.err)"
"$FARSCALE" sweep busy.yaml --output busy --share 2/2 >/dev/null 2>busy-2-2 &
other=$!
until [ -s busy-2-2 ]; do sleep 0.02; done
grep -q 'another sweep' busy-2-2 && fail "busy: another share is shut out: $(cat busy-2-2)"
kill -9 $busy $other
{ wait $busy $other; } 2>/dev/null

refuse() { # SHARE
	farscale sweep sweep.yaml --output refused --share "$1"
	expect_status "share '$1'" 2
	expect_lines "share '$1'" err 1
	expect_in "share '$1'" err 'is no share; I/N is, such as 2/4'
	[ ! -e refused ] || fail "share '$1': a folder was made"
}
refuse 0/4
refuse 5/4
refuse four
refuse ''

finish
