#!/bin/bash
# `farscale report` as a user meets it, on records of our own.
set -u

: "${FARSCALE:?the program to test}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failed=0

fail() {
	echo "FAILED: $*" >&2
	failed=1
}

report() {
	"$FARSCALE" report "$@" >out 2>err
	status=$?
}

expect_status() { # NAME STATUS
	[ "$status" -eq "$2" ] || fail "$1: exit status $status, expected $2; $(cat err)"
}

expect_in() { # NAME FILE TEXT
	grep -qF -- "$3" "$2" || fail "$1: no '$3' in $2: $(head -c 2000 "$2")"
}

expect_lines() { # NAME FILE NUMBER
	[ "$(wc -l <"$2")" -eq "$3" ] || fail "$1: $(wc -l <"$2") lines in $2, expected $3: $(head -c 2000 "$2")"
}

record() { # SYSTEM CHIPS CLOCK SEED
	local pace=null difference=null dilation=1
	if [ "$3" = wall ]; then
		pace='"padded"' difference=0.0125 dilation=20000
	fi
	cat <<-END | tr -d '\n'
		{"system": "$1", "stack": "nccl", "model": "dp-gpt", "layout": "dp=$2", "overrides": "",
		 "chips": $2, "ranks": 1, "live_chips": 1, "modelled_chips": $(($2 - 1)), "clock": "$3",
		 "compute": "model", "pace": $pace, "seed": $4, "steps": 5, "step_s": 0.01, "step_p5_s": 0.009,
		 "step_p95_s": 0.0125, "efficiency": 0.8, "mfu": 0.4, "tokens_per_s": 4096, "compute_s": 0.008,
		 "exposed_comm_s": 0.0015, "straggler_s": 0.0005, "dilation": $dilation, "resolution_s": 0,
		 "virtual_step_s": null, "difference": $difference, "wrong": 0, "loss_first": null, "loss_last": null,
		 "trust": "D", "fingerprint": "0123456789abcdef"}
	END
	echo
}

mkdir a b empty
{
	record dgx 8 virtual 1
	record dgx 8 virtual 2
	record dgx 8 wall 1
	record dgx 15488 virtual 1
} >a/records.jsonl
record nvl72 72 virtual 1 >b/records.jsonl
: >empty/records.jsonl

# A directory: the table on stdout, the rest beside the records, what was written on stderr.
report a
expect_status 'a directory' 0
expect_in 'a directory' out 'dp-gpt on dgx (stack nccl)'
expect_in 'a directory' out '+1.25 %'
expect_in 'a directory' err 'wrote a/: records.csv, efficiency-dp-gpt.gnuplot'
expect_lines 'a directory' a/records.csv 5
if command -v gnuplot >/dev/null; then
	for kind in efficiency breakdown; do
		[ "$(head -c 4 a/$kind-dp-gpt.png | tail -c 3)" = PNG ] || fail "a/$kind-dp-gpt.png is no PNG"
		expect_in 'SVG' a/$kind-dp-gpt.svg '<svg'
	done
fi

# The three formats show the same records.
report a --format csv
expect_status 'csv' 0
cmp -s out a/records.csv || fail 'csv: stdout differs from records.csv'
report a --format json
expect_status 'json' 0
expect_lines 'json' out 6
[ "$(head -c 1 out)" = '[' ] || fail 'json: no array'
expect_in 'json' out '"pace": "padded"'

# Several inputs are merged; a file does as well as a directory.
report a b/records.jsonl --output merged/here
expect_status 'merged' 0
expect_in 'merged' out 'on dgx'
expect_in 'merged' out 'on nvl72'
expect_lines 'merged' merged/here/records.csv 6
(cd b && "$FARSCALE" report records.jsonl >/dev/null 2>&1) || fail 'a file in this directory'
[ -f b/records.csv ] || fail 'a file: records.csv is not beside it'

# A torn last line is left out, kept aside, and told.
cp -r b torn
record nvl72 144 virtual 1 | head -c 100 >>torn/records.jsonl
report torn
expect_status 'torn' 0
expect_in 'torn' err 'warning: the last line of torn/records.jsonl was torn'
expect_lines 'torn' torn/records.csv 2
[ "$(head -c 100 torn/records.jsonl.torn)" = "$(record nvl72 144 virtual 1 | head -c 100)" ] ||
	fail 'torn: the rest is lost'
report torn
[ "$(grep -c torn/records.jsonl err)" -eq 0 ] || fail 'torn: told twice'

# Without gnuplot the rest is written, and a line says so.
mkdir no-programs
PATH=$scratch/no-programs report b -o plain
expect_status 'no gnuplot' 0
expect_in 'no gnuplot' err 'warning: plots skipped: gnuplot is not installed'
for file in records.csv efficiency-dp-gpt.gnuplot; do
	[ -f plain/$file ] || fail "no gnuplot: $file is missing"
done

# Bad input: one line that names it, exit status 2, nothing on stdout.
refuse() { # NAME TEXT ARGUMENT...
	local name=$1 text=$2
	shift 2
	report "$@"
	expect_status "$name" 2
	expect_in "$name" err "farscale report: $text"
	expect_lines "$name" err 1
	[ -s out ] && fail "$name: something on stdout: $(cat out)"
}
cp -r b broken && echo '{"system": "x"}' >>broken/records.jsonl
cp -r b nonsense && echo 'nonsense' >>nonsense/records.jsonl
refuse 'missing' 'nowhere: No such file or directory' nowhere
refuse 'no records.jsonl' 'no-programs: no records there' no-programs
refuse 'empty' 'empty: no records' empty
refuse 'broken' "broken/records.jsonl:2: 'stack' is missing" broken
refuse 'nonsense' 'nonsense/records.jsonl:2: ' nonsense
refuse 'device' '/dev/zero is not a file of records' /dev/zero
refuse 'nothing' 'whose records?' --format csv
refuse 'format' "--format: 'xml' is not one of" a --format xml
refuse 'option' 'unknown option --formt; did you mean --format?' a --formt csv

# The table comes out even where nothing can be written; the status still says so.
: >file
report a --output file/below
expect_status 'no place' 2
expect_in 'no place' out 'dp-gpt on dgx'
expect_in 'no place' err 'cannot make the directory file/below'
"$FARSCALE" report a >/dev/full 2>err && fail 'a full disk passes unnoticed'

# Of several ranks one speaks.
OMPI_COMM_WORLD_RANK=1 report a
expect_status 'another rank' 0
if [ -s out ] || [ -s err ]; then fail 'another rank speaks'; fi

report --help
expect_status 'help' 0
expect_in 'help' out '--output DIR'

exit $failed
