#!/bin/bash
# `farscale calibrate` as a user meets it, without mpirun.
set -u

: "${FARSCALE:?the program to test}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export XDG_CACHE_HOME=$scratch/cache
unset OPENBLAS_CORETYPE FARSCALE_REEXEC
failed=0

fail() {
	echo "FAILED: $*" >&2
	failed=1
}

expect_status() { # NAME STATUS
	[ "$status" -eq "$2" ] || fail "$1: exit status $status, expected $2"
}

expect_in() { # NAME FILE TEXT
	grep -q -- "$3" "$2" || fail "$1: no '$3' in: $(cat "$2")"
}

calibrate() {
	"$FARSCALE" calibrate "$@" >"$scratch/out" 2>"$scratch/err"
	status=$?
}

calibrate
expect_status 'first' 0
for word in host cores caches memory gemm grouped_gemm attention stream reduce chosen timer 'mpirun -n 2' \
	"$scratch/cache/farscale"; do
	expect_in 'first' "$scratch/out" "$word"
done
expect_in 'first, progress' "$scratch/err" 'measuring this host'
cp "$scratch/out" "$scratch/first"

calibrate
expect_status 'stored' 0
cmp -s "$scratch/first" "$scratch/out" || fail 'stored: the second table differs from the first'
[ -s "$scratch/err" ] && fail "stored: $(cat "$scratch/err")"

# A file that somebody broke is measured anew, silently if asked to be quiet.
for file in "$scratch"/cache/farscale/host-*.json; do
	echo '{"schema": 1,' >"$file"
done
calibrate --quiet --format json
expect_status 'broken file' 0
[ -s "$scratch/err" ] && fail "broken file, quiet: $(cat "$scratch/err")"
for key in '"schema": 1' '"blas_core": "' '"gemm": {' '"flop_per_s": ' '"timer_overshoot_p95_s": ' \
	'"mpi_latency_s": 0'; do
	expect_in 'json' "$scratch/out" "$key"
done
cat "$scratch"/cache/farscale/host-*.json >"$scratch/stored"
echo >>"$scratch/stored"
cmp -s "$scratch/stored" "$scratch/out" || fail 'json: differs from what is stored'

# --again measures, and replaces what is stored.
calibrate --again --quiet --format json
expect_status 'again' 0
cmp -s "$scratch/stored" "$scratch/out" && fail 'again: nothing was measured'

# The user's core type is the only one tried.
OPENBLAS_CORETYPE=Haswell calibrate --quiet
expect_status 'core type' 0
expect_in 'core type' "$scratch/out" 'only one tried'

# No place to store: one line, and a result all the same.
XDG_CACHE_HOME=/proc/no/such calibrate --quiet
expect_status 'nowhere to store' 0
[ "$(wc -l <"$scratch/err")" -eq 1 ] || fail "nowhere to store: $(cat "$scratch/err")"
expect_in 'nowhere to store' "$scratch/err" 'will not be kept'
expect_in 'nowhere to store' "$scratch/out" 'gemm'

calibrate --agin
expect_status 'bad option' 2
expect_in 'bad option' "$scratch/err" 'did you mean --again'
calibrate --format csv
expect_status 'bad format' 2
calibrate host
expect_status 'bad argument' 2
calibrate --help
expect_status 'help' 0
expect_in 'help' "$scratch/out" 'again'
grep -q probe "$scratch/out" && fail 'help: shows the hidden --probe'
calibrate --probe
expect_status 'probe without arguments' 2

"$FARSCALE" calibrate >/dev/full 2>"$scratch/err" && fail 'full disk: exit status 0'

exit $failed
