#!/bin/bash
# What other tools rely on: keys of JSON, columns of CSV, lists of chips, what goes to stdout and what to stderr, the
# closed form of a ring, bounds, help, and a start without MPI.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

systems='dgx-h100-superpod nvl72-gb200 cloudmatrix-384'
collectives='allreduce allgather reduce_scatter alltoall broadcast sendrecv'

# ok ARGUMENT...: succeeds, and with --quiet says nothing on stderr.
ok() {
	farscale "$@" --quiet
	expect_status "$*" 0
	expect_empty "$*" err
}

# --- JSON: one array of flat objects, an object a line, with at least these keys.
expect_json() { # WHAT OBJECTS KEY...
	local what=$1 objects=$2
	shift 2
	[ "$(head -n 1 out)" = '[' ] && [ "$(tail -n 1 out)" = ']' ] || fail "$what: no array"
	expect_lines "$what" out $((objects + 2))
	[ "$(grep -c '^{[^][{}]*},\{0,1\}$' out)" -eq "$objects" ] || fail "$what: not $objects flat objects"
	for key; do
		[ "$(values "$key" | wc -l)" -eq "$objects" ] || fail "$what: '$key' is not in every object"
	done
	if command -v jq >/dev/null; then
		jq . out >/dev/null || fail "$what: not valid JSON"
	fi
}

ok bench allreduce cloudmatrix-384 -n 8,384 -b 1K -e 4K --format json
expect_json 'bench' 6 collective system chips ranks algorithm bytes time_s algbw_GBps busbw_GBps bound_s wrong \
	live_chips modelled_chips fingerprint
[ "$(values bytes | tr '\n' ' ')" = '1024 2048 4096 1024 2048 4096 ' ] || fail "sizes: $(values bytes)"
[ "$(values chips | uniq | tr '\n' ' ')" = '8 384 ' ] || fail "chips: $(values chips)"
[ "$(values collective | uniq)" = '"allreduce"' ] || fail "collective: $(values collective)"
cp out bench.json

ok run cloudmatrix-384 --model dp-moe -n 8,64 --steps 2 --seed 3 --format json
expect_json 'run' 2 system model chips ranks live_chips modelled_chips clock compute seed step_s step_p5_s step_p95_s \
	efficiency mfu tokens_per_s compute_s exposed_comm_s bubble_s straggler_s dilation resolution_s trust fingerprint
[ "$(values seed | uniq)" = 3 ] || fail "seed: $(values seed)"
[ "$(values modelled_chips | tr '\n' ' ')" = '8 64 ' ] || fail "modelled chips: $(values modelled_chips)"
cp out run.json

# --- CSV: JSON's keys as a header, a line for each object, as many fields in each.
expect_csv() { # WHAT JSON-FILE
	head -n 1 out | tr ',' '\n' >header
	sed -n 2p "$2" | grep -oE '"[A-Za-z0-9_]+": ' | tr -d '": ' >keys
	cmp -s header keys || fail "$1: columns $(tr '\n' ' ' <header) differ from JSON's keys $(tr '\n' ' ' <keys)"
	expect_lines "$1" out $(($(wc -l <"$2") - 1))
	# A text in quotes may hold commas.
	sed 's/"[^"]*"/text/g' out | awk -F, 'NR == 1 { n = NF } NF != n { exit 1 }' || fail "$1: ragged lines: $(cat out)"
}
ok bench allreduce cloudmatrix-384 -n 8,384 -b 1K -e 4K --format csv
expect_csv 'bench, CSV' bench.json
ok run cloudmatrix-384 --model dp-moe -n 8,64 --steps 2 --seed 3 --format csv
expect_csv 'run, CSV' run.json

# --- The table of bench has nccl-tests' columns.
ok bench allreduce cloudmatrix-384 -n 8 -b 1K -e 1K
grep -E '^# +size +count +type +redop +root +time +algbw +busbw +#wrong' out >/dev/null || fail "bench: $(cat out)"
grep -E '^ +1024 +256 +float +sum +-1 ' out >/dev/null || fail "bench: $(cat out)"

# --- -n LIST
expect_chips() { # LIST CHIPS
	ok bench broadcast dgx-h100-superpod -n "$1" -b 8 -e 8 --format json
	[ "$(values chips | tr '\n' ' ')" = "$2 " ] || fail "-n $1: $(values chips | tr '\n' ' '), not $2"
}
expect_chips 8 '8'
expect_chips 8,64,512 '8 64 512'
expect_chips 8..15488 '8 16 32 64 128 256 512 1024 2048 4096 8192 15488'
expect_chips 3..13 '3 6 12 13'
expect_chips 5..5 '5'
expect_chips 1,2..8,7 '1 2 4 8 7'

# --- Sizes: from -b by the factor -f up to -e.
ok bench allreduce dgx-h100-superpod -n 8 -b 3 -e 1K -f 5 --format json
[ "$(values bytes | tr '\n' ' ')" = '3 15 75 375 ' ] || fail "-b 3 -e 1K -f 5: $(values bytes)"
ok bench allreduce dgx-h100-superpod -n 8 --format json
[ "$(values bytes | wc -l)" -eq 28 ] || fail "default sizes: $(values bytes | tr '\n' ' ')"

# --- A ring on one tier, of a library that adds nothing: 2 (n - 1) latency + 2 (n - 1) / n size / bandwidth, with what `show` says of the links.
number_of() { # TIER KEY FIELD: from the indented JSON of show
	awk -v tier="\"$1\":" -v key="\"$2\":" -v field="\"$3\":" '
		$1 == tier { here = 1 }
		here && $1 == key { found = 1 }
		found && $1 == field { gsub(/[",]/, "", $2); print $2; exit }' show.json
}
farscale show dgx-h100-superpod --stack xla --set stack.jitter=none --format json
cp out show.json
ok bench allreduce dgx-h100-superpod --stack xla -n 2,3,5,8 -b 1 -e 1G -f 7 --algorithm ring --compute model \
	--set stack.jitter=none --format json
paste -d' ' <(values chips) <(values bytes) <(values time_s) >rows
awk -v latency_us="$(number_of nvlink4 latency_us value)" -v GBps="$(number_of nvlink4 effective_GBps value)" '
	{
		expected = 2 * ($1 - 1) * latency_us * 1e-6 + 2 * ($1 - 1) / $1 * $2 / (GBps * 1e9)
		error = $3 / expected - 1
		if (error > 1e-9 || error < -1e-9) { print $0, "expected", expected; bad = 1 }
		rows++
	}
	END { exit bad || rows != 44 }' rows >wrong || fail "ring: closed form: $(cat wrong)"

# --- No time is below its bound, and it never shrinks with size.
for collective in $collectives; do
	for algorithm in $(algorithms "$collective"); do
		for system in $systems; do
			what="$collective $algorithm $system"
			# shellcheck disable=SC2046
			ok bench "$collective" "$system" -n 2,3,7,8,12,64,100 -b 1 -e 1G -f 8 --algorithm "$algorithm" --format json \
				$(reducing "$system" 0.5)
			paste -d' ' <(values chips) <(values time_s) <(values bound_s) >rows
			expect_lines "$what" rows 77
			awk '$3 <= 0 || $2 < $3 * (1 - 1e-9)' rows >wrong
			expect_empty "$what: below the bound" wrong
			awk '$1 == chips && $2 < last { print } { chips = $1; last = $2 }' rows >wrong
			expect_empty "$what: faster with more bytes" wrong
			[ "$(values algorithm | uniq)" = "\"$algorithm\"" ] || fail "$what: ran $(values algorithm | uniq)"
		done
	done
done

# --- One chip has nobody to talk to.
for collective in $collectives; do
	ok bench "$collective" cloudmatrix-384 -n 1 -b 1M -e 1M --format json
	holds '$1 == 0' "$(values bound_s)" || fail "$collective on one chip: bound $(values bound_s)"
done
ok run cloudmatrix-384 --model dp-gpt -n 1 --set stack.jitter=none --format json
holds '$1 > 1 - 1e-12 && $1 < 1 + 1e-12' "$(values efficiency)" || fail "one chip: efficiency $(values efficiency)"

# --- stdout carries results, stderr the rest.
farscale run cloudmatrix-384 --model dp-gpt -n 8 --set tier.roce.latency_us=5 --clock virtual --pace raw
expect_status 'an option that changes nothing' 0
expect_in 'an option that changes nothing' err 'warning: --pace and --dilation change nothing'
grep -q warning out && fail 'a warning on stdout'
farscale bench allreduce cloudmatrix-384 -n 8 -e 8 --dilation 5
expect_in 'bench --dilation' err 'warning: --dilation changes nothing'

# --- Another seed gives another run, the same seed the same one.
for seed in 1 1 2; do
	ok run nvl72-gb200 --model dp-gpt -n 72 --seed $seed --format json
	values fingerprint >>fingerprints
done
[ "$(sort -u fingerprints | wc -l)" -eq 2 ] || fail "seeds 1 1 2: fingerprints $(tr '\n' ' ' <fingerprints)"

# --- Help: the same with `help COMMAND`, `COMMAND --help` and -h, usage, options and examples in each.
farscale help
cp out list
for form in --help -h; do
	farscale $form
	cmp -s out list || fail "farscale $form differs from farscale help"
done
farscale
cmp -s out list || fail 'farscale alone differs from farscale help'
for command in show calibrate bench run sweep report help; do
	expect_in 'help' list "  $command "
	farscale help $command
	expect_status "help $command" 0
	expect_empty "help $command" err
	for text in "Usage: farscale $command" 'Options:' '--help' 'Examples:' "farscale $command"; do
		expect_in "help $command" out "$text"
	done
	cp out help
	for form in --help -h; do
		farscale $command $form
		cmp -s out help || fail "$command $form differs from help $command"
	done
	awk 'length > 120' help >long
	expect_empty "help $command: long lines" long
done
farscale --version
grep -qE '^farscale [0-9]+\.[0-9]+' out || fail "--version: $(cat out)"

# --- Without mpirun MPI is not initialised: in an empty environment without a place for its session it could not be.
for command in help show 'show cloudmatrix-384' 'bench allreduce cloudmatrix-384 -n 8 -e 8' \
	'run cloudmatrix-384 --model dp-gpt -n 8'; do
	# shellcheck disable=SC2086
	env -i TMPDIR=/nowhere "$FARSCALE" $command >out 2>err || fail "$command without MPI: $(head -c 300 err)"
	expect_empty "$command without MPI" err
done

finish
