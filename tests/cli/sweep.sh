#!/bin/bash
# A sweep killed at any moment resumes and ends with the same records as one that was not; nothing twice, nothing lost.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

write_sweep() { # CHIPS SEEDS [MORE LINES]
	cat >sweep.yaml <<-END
		schema: farscale-sweep/1
		name: small
		systems: [dgx-h100-superpod, cloudmatrix-384]
		models: [dp-gpt, dp-moe]
		chips: $1
		seeds: $2
		steps: 2
		${3:-}
	END
}

sweep() { # DIRECTORY [OPTION...]
	local directory=$1
	shift
	farscale sweep sweep.yaml --output "$directory" --quiet "$@"
	expect_status "sweep into $directory" 0
}

expect_same() { # WHAT FILE: the records of the undisturbed sweep, in any order
	sort "$2" >sorted
	cmp -s undisturbed sorted || fail "$1: other records than undisturbed: $(diff undisturbed sorted | cut -c 1-300 | head -n 4)"
}

# Undisturbed: a record for each point of the axes, no two alike.
write_sweep '[2, 8, 64, 512, 3000]' '[1, 2]'
sweep whole
expect_empty 'quiet' err
sort whole/records.jsonl >undisturbed
expect_lines 'undisturbed' whole/records.jsonl 40
[ "$(sort -u undisturbed | wc -l)" -eq 40 ] || fail 'undisturbed: some record stands there twice'
expect_in 'undisturbed' out 'dp-moe on cloudmatrix-384 (stack cann)'
expect_lines 'undisturbed, CSV' whole/records.csv 41

# Killed when so many records are there, again and again, and then left to end.
lines() { # FILE, which may not be there yet
	if [ -f "$1" ]; then wc -l <"$1"; else echo 0; fi
}
for moment in 0 1 7 20 39; do
	"$FARSCALE" sweep sweep.yaml --output killed --quiet >/dev/null 2>&1 &
	running=$!
	while [ "$(lines killed/records.jsonl)" -lt $moment ] && kill -0 $running 2>/dev/null; do
		sleep 0.002
	done
	kill -9 $running 2>/dev/null
	wait $running 2>/dev/null
	[ -z "$(tail -c 1 killed/records.jsonl 2>/dev/null)" ] || fail "killed at $moment: the last line is torn"
done
sweep killed
expect_same 'killed' killed/records.jsonl
[ ! -e killed/records.jsonl.torn ] || fail "killed: something torn: $(cat killed/records.jsonl.torn)"

# A line torn by a power cut is set aside as it was, told, and its case run again.
cp -r whole torn
truncate -s -100 torn/records.jsonl
tail -n 1 torn/records.jsonl >part
farscale sweep sweep.yaml --output torn
expect_status 'torn' 0
expect_in 'torn' err 'the last record of torn/records.jsonl was torn; its case will run again'
expect_same 'torn' torn/records.jsonl
[ "$(cat torn/records.jsonl.torn)" = "$(cat part)" ] || fail 'torn: not set aside as it was'

# Only a part of the first line.
mkdir first && head -c 50 whole/records.jsonl >first/records.jsonl
sweep first
expect_same 'first line torn' first/records.jsonl

# A second start finds everything done, touches no record, and shows the same.
cp out before
cp whole/records.jsonl records
sweep whole
cmp -s whole/records.jsonl records || fail 'a second start changed the records'
cmp -s out before || fail 'a second start shows another table'

# A longer file adds what is new and nothing else; a shorter one leaves the rest alone and does not show it.
write_sweep '[2, 8, 64, 512, 3000]' '[1, 2, 3]'
sweep whole
head -n 40 whole/records.jsonl | cmp -s - records || fail 'a longer file: old records changed'
expect_lines 'a longer file' whole/records.jsonl 60
[ "$(tail -n 20 whole/records.jsonl | grep -c '"seed": 3')" -eq 20 ] || fail 'a longer file: other records than of seed 3'
write_sweep '[2, 8]' '[2]'
cp whole/records.jsonl records
sweep whole --format json
cmp -s whole/records.jsonl records || fail 'a shorter file changed the records'
[ "$(values chips | sort -u | tr '\n' ' ')" = '2 8 ' ] || fail "a shorter file: shows $(values chips | tr '\n' ' ')"

# What makes another case: stack, layout, override, steps. What does not: to name the stack that it is anyway.
write_sweep 8 '[1]'
sweep cases
expect_lines 'cases' cases/records.jsonl 4
write_sweep 8 '[1]' 'layout: bucket_MB=64'
sweep cases
expect_lines 'another layout' cases/records.jsonl 8
write_sweep 8 '[1]' 'overrides: ["stack.jitter=none"]'
sweep cases
expect_lines 'an override' cases/records.jsonl 12
write_sweep 8 '[1]' 'overrides: [" stack.jitter=none ;"]'
sweep cases
expect_lines 'the same override' cases/records.jsonl 12
write_sweep 8 '[1]' 'stacks: [nemo-2025, cann]'
sweep cases
expect_lines 'stacks' cases/records.jsonl 16

# A system given by its path is known again.
sed 's/^name: .*/name: mine/' "$FARSCALE_SOURCE/topologies/dgx-h100-superpod.yaml" >mine.yaml
sed -i 's/^systems: .*/systems: [.\/mine.yaml]/; s/^stacks: .*//' sweep.yaml
sweep path
sweep path
expect_lines 'a system by its path' path/records.jsonl 2
expect_in 'a system by its path' out 'on mine (stack nemo-2025)'

# Live cases are skipped without the ranks that they need, and told.
write_sweep 8 '[1]' 'live: {chips: 2}'
farscale sweep sweep.yaml --output skipped
expect_status 'live cases without ranks' 0
expect_in 'live cases without ranks' err 'skipped 4 live cases: a rank for each chip is needed, mpirun -n 2'
expect_lines 'live cases without ranks' skipped/records.jsonl 4

# Records that another program broke are left alone.
cp -r cases broken
sed -i '2s/"seed": 1/"seed": "one"/' broken/records.jsonl
cp broken/records.jsonl records
farscale sweep sweep.yaml --output broken
expect_status 'a broken record' 2
expect_in 'a broken record' err "broken/records.jsonl:2: 'seed' is not a whole number"
cmp -s broken/records.jsonl records || fail 'a broken record: the file changed'

# A disk that is full after two records: they are whole, one line says so, and with room again the rest follows.
write_sweep 8 '[1, 2]'
(
	trap '' XFSZ # a limit on files' sizes stands for the disk: writing fails and does not kill
	ulimit -f 2
	farscale sweep sweep.yaml --output full --quiet
	expect_status 'a full disk' 1
	expect_lines 'a full disk' err 1
	expect_in 'a full disk' err 'cannot write full/records.jsonl: no space for a whole line'
	exit $failures
) || fail 'a full disk'
expect_lines 'a full disk' full/records.jsonl 2
sweep full
expect_lines 'room again' full/records.jsonl 8
[ "$(sort -u full/records.jsonl | wc -l)" -eq 8 ] || fail 'room again: some record stands there twice'

# Without --output.
farscale sweep sweep.yaml --quiet
[ -s results/runs/small/records.jsonl ] || fail 'no results/runs/small/records.jsonl'

finish
