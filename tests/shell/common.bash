# shellcheck shell=bash
# Sourced by tests/cli/*.sh and tests/mpi/*.sh, which drive the program from outside, as a user does. They start in an
# empty directory that goes away with them.
: "${FARSCALE:?the program to test}" "${FARSCALE_SOURCE:?the tree that it was built from}"
# shellcheck source=launch/environment
. "$FARSCALE_SOURCE/launch/environment"
unset OPENBLAS_CORETYPE FARSCALE_REEXEC

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"; leave_places' EXIT
cd "$scratch" || exit 1
failures=0
limit=20 # seconds: nothing may hang

fail() {
	echo "FAILED: $*" >&2
	failures=$((failures + 1))
}

# Ends a test: exit status 0 if nothing failed.
finish() {
	[ $failures -eq 0 ] || echo "$failures failed" >&2
	exit $((failures > 0))
}

# farscale ARGUMENT...: leaves files `out` and `err`, and $status.
farscale() {
	timeout "$limit" "$FARSCALE" "$@" >out 2>err </dev/null
	status=$?
}

# ranks N ARGUMENT...: the same under mpirun, whose own words about a failed rank are cut off `err`.
ranks() {
	local n=$1
	shift
	timeout "$limit" mpirun --quiet -n "$n" "$FARSCALE" "$@" >out 2>err </dev/null
	status=$?
}

expect_status() { # WHAT STATUS
	[ "$status" -eq "$2" ] || fail "$1: exit status $status, not $2; $(head -c 500 err)"
}

expect_in() { # WHAT FILE TEXT
	grep -qF -e "$3" "$2" || fail "$1: no '$3' in $2: $(head -c 500 "$2")"
}

expect_lines() { # WHAT FILE NUMBER
	[ "$(wc -l <"$2")" -eq "$3" ] || fail "$1: $(wc -l <"$2") lines in $2, not $3: $(head -c 500 "$2")"
}

expect_empty() { # WHAT FILE
	[ ! -s "$2" ] || fail "$1: something in $2: $(head -c 500 "$2")"
}

# expect_refused WHAT TEXT: bad input gets one line that says who speaks and has TEXT in it, no results, exit status 2.
expect_refused() {
	expect_status "$1" 2
	expect_lines "$1" err 1
	expect_in "$1" err "$2"
	expect_empty "$1" out
	grep -qE '^farscale' err || fail "$1: the line does not say who speaks: $(head -c 200 err)"
}

refuse() { # TEXT ARGUMENT...
	local text=$1
	shift
	farscale "$@"
	expect_refused "$*" "$text"
}

# values KEY: of all objects in `out`, as --format json prints them; texts keep their quotes.
values() {
	grep -oE "\"$1\": (\"[^\"]*\"|[^,}]*)" out | sed "s/^\"$1\": //"
}

# holds "AWK EXPRESSION" NUMBER...: whether it is true of $1, $2, ...
holds() {
	local expression=$1
	shift
	echo "$*" | awk "{ exit !($expression) }"
}

# reducing SYSTEM PART: options that let the switches of all its tiers reduce at this part of their bandwidth.
reducing() {
	sed -n "s/^  - name: \(.*\)/--set tier.\1.reduction=$2/p" "$FARSCALE_SOURCE/topologies/$1.yaml"
}

# algorithms COLLECTIVE: those that there are, as a refusal lists them.
algorithms() {
	farscale bench "$1" dgx-h100-superpod -n 8 --algorithm none
	sed 's/.*it has: //; s/,//g' err
}
