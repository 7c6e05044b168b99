#!/bin/bash
# `farscale calibrate` under mpirun: one rank measures for all of a host, then two measure MPI, one prints.
set -u

: "${FARSCALE:?the program to test}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export XDG_CACHE_HOME=$scratch/cache
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset OPENBLAS_CORETYPE FARSCALE_REEXEC
failed=0

fail() {
	echo "FAILED: $*" >&2
	failed=1
}

calibrate() { # RANKS [OPTIONS]
	local ranks=$1
	shift
	timeout 120 mpirun --oversubscribe -n "$ranks" "$FARSCALE" calibrate "$@" >"$scratch/out" 2>"$scratch/err" ||
		fail "$ranks ranks: exit status $?: $(cat "$scratch/err")"
}

count() { # TEXT FILE
	grep -c -- "$1" "$2"
}

calibrate 4
[ "$(count '^host ' "$scratch/out")" -eq 1 ] || fail 'not printed once'
[ "$(count 'measuring this host' "$scratch/err")" -eq 1 ] || fail 'not measured once'
[ "$(count '^MPI .* GB/s between two ranks' "$scratch/out")" -eq 1 ] || fail "no MPI: $(cat "$scratch/out")"

# What two ranks measured is stored: one alone, with mpirun or without, shows it.
"$FARSCALE" calibrate >"$scratch/alone" 2>"$scratch/err" || fail 'alone'
cmp -s "$scratch/out" "$scratch/alone" || fail 'alone: another result than the one that four ranks printed'
[ -s "$scratch/err" ] && fail "alone: measured again: $(cat "$scratch/err")"
calibrate 1
cmp -s "$scratch/out" "$scratch/alone" || fail 'one rank: another result'

# However mpirun bound them, all ranks know their host for the same one.
[ "$(find "$scratch/cache/farscale" -name 'host-*.json' | wc -l)" -eq 1 ] || fail 'several hosts'

# All ranks are told to measure; one does.
calibrate 3 --again
[ "$(count 'measuring this host' "$scratch/err")" -eq 1 ] || fail 'again: not measured once'

exit $failed
