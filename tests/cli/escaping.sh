#!/bin/bash
# Names stay names: whatever a system, a model, a file or a set of measurements is called, it commands nobody who reads
# what farscale prints: no terminal, shell, spreadsheet, browser or gnuplot.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

# Short enough for a record's names (47 bytes). What they would make, PWNED, is looked for after each step.
# shellcheck disable=SC2016 # nothing is to be expanded
drawn=( # something to gnuplot or to an SVG; others are not drawn, which takes time
	'<script>alert(1)</script>'
	"' onload='alert(1)"
	']]><!--'
	'`touch PWNED`'
	'|touch PWNED'
	'<touch PWNED'
	"'; system('touch PWNED'); '"
	'@touch {/Symbol a}^2_3&{x}~'
	'--help'
)
loud=( # something to a terminal
	$'\t=1+1'
	$'a\nplot sin(x)\nsystem "touch PWNED"'
	$'a\r\n=1+1'
	$'\e[31mred\e]0;title\a'
	$'\xc2\x9b31mred'
	'%s%s%n %d'
)
# shellcheck disable=SC2016
evil=(
	"${drawn[@]}" "${loud[@]}"
	'" onload="alert(1)'
	'a&b &lt; &#0;'
	';touch PWNED'
	'$(touch PWNED)'
	'"; system("touch PWNED"); "'
	'a,b"c,"d'
	'=1+cmd|touch!A1'
	'+1+1'
	'-1+1'
	'@SUM(A1)'
	'\n\t\\ \"'
	'../../../../PWNED'
)

harmless() { # WHAT: nothing was carried out, nothing was written elsewhere
	local found
	found=$(find "$scratch" \( -name PWNED -o -name 'PWNED.*' \); ls -d ../PWNED* ../../PWNED* ../../../../PWNED* 2>/dev/null)
	[ -z "$found" ] || fail "$1: it was carried out: $found"
}

# Neither C0 but newlines, DEL, nor C1.
plain() { # WHAT FILE
	! LC_ALL=C grep -qaP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$2" || fail "$1: control characters in $2"
}

one_line() { # WHAT
	expect_lines "$1" err 1
	plain "$1" err
}

json() { # WHAT FILE
	jq -e . "$2" >json.out 2>&1 || fail "$1: $2 is no JSON: $(head -c 200 json.out)"
}

# RFC 4180: quotes stand around whole cells and are doubled in them, all lines have as many cells; and no cell that a
# spreadsheet would compute. Prints the cells of column $3.
csv() { # WHAT FILE COLUMN
	awk -v column="$3" '
	{ text = text $0 "\n" }
	END {
		cells = columns = 0
		while (text != "") {
			quoted = substr(text, 1, 1) == "\""
			if (quoted) {
				text = substr(text, 2)
				cell = ""
				while (match(text, /^[^"]*""/)) {
					cell = cell substr(text, 1, RLENGTH - 1)
					text = substr(text, RLENGTH + 1)
				}
				end = index(text, "\"")
				if (!end) { print "a quote without an end"; exit 1 }
				cell = cell substr(text, 1, end - 1)
				text = substr(text, end + 1)
			} else {
				match(text, /^[^,\n]*/)
				cell = substr(text, 1, RLENGTH)
				text = substr(text, RLENGTH + 1)
				if (cell ~ /"/) { print "a quote in the middle: " cell; exit 1 }
			}
			number = cell ~ /^-[0-9.]+(e[-+][0-9]+)?$/ && !quoted
			if (cell ~ /^[=+@\t\r-]/ && !number) { print "a formula: " cell; exit 1 }
			cells++
			if (cells == column) print cell
			separator = substr(text, 1, 1)
			text = substr(text, 2)
			if (separator == ",") continue
			if (separator != "\n") { print "something behind a quote: " separator; exit 1 }
			if (columns && cells != columns) { print cells " cells, not " columns; exit 1 }
			columns = cells
			cells = 0
		}
	}' "$2" >csv.out || fail "$1: $2 is no CSV: $(tail -n 1 csv.out)"
}

# What --format FORMAT has printed to `out` is that.
printed() { # FORMAT WHAT CSV'S COLUMN
	case $1 in
	table) plain "$2" out ;;
	csv) csv "$2" out "$3" ;;
	json) json "$2" out ;;
	esac
}

# Well-formed, by whom there is; and without an element that runs something.
svg() { # WHAT FILE
	! grep -qiE '<script|<[^>]* onload=' "$2" || fail "$1: $2 has a script"
	if command -v xmllint >/dev/null; then
		xmllint --noout "$2" 2>xml.out || fail "$1: $2 is no XML: $(head -c 200 xml.out)"
	elif python3 -c 'import xml.dom.minidom' 2>/dev/null; then
		python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$2" 2>xml.out ||
			fail "$1: $2 is no XML: $(tail -n 1 xml.out)"
	else
		! grep -qE '&[^#a-z]|&[a-z]*[^a-z;]' "$2" || fail "$1: $2 has a bare &"
	fi
}

# --- Records, as any tool may have written them: every name in every place of one.
farscale run dgx-h100-superpod --model dp-gpt -n 8 --steps 1 --format json --quiet
sed -n 2p out >good.json
mkdir evil drawn
for name in "${evil[@]}"; do
	for key in system stack layout overrides; do
		jq -c --arg name "$name" ".$key = \$name" good.json
	done
done >evil/records.jsonl
for name in "${drawn[@]}"; do
	jq -c --arg name "$name" '.model = $name' good.json
done >drawn/records.jsonl
farscale report drawn
expect_status report 0
plain report out
plain report err
farscale report evil
expect_status report 0
plain report out
plain report err
! grep -q 'plots skipped' err || fail "plots: $(cat err)"
expect_in report out '<script>alert(1)</script>' # a table is no page
for format in csv json; do
	farscale report evil --format $format
	expect_status "report --format $format" 0
	cp out "report.$format"
done
json report report.json
csv report report.csv 1
csv report evil/records.csv 1
[ "$(jq -r '.[].system' report.json | md5sum)" = "$(jq -r .system evil/records.jsonl | md5sum)" ] ||
	fail 'JSON: other names came out'
names() { # as CSV has them, but for a ' before a formula
	LC_ALL=C sed "s/[\x01-\x08\x0b\x0c\x0e-\x1f]\|\xc2\x9b/?/g; s/^'//"
}
[ "$(tail -n +2 csv.out | names | md5sum)" = "$(jq -r .system evil/records.jsonl | names | md5sum)" ] ||
	fail 'CSV: other names came out'
harmless report
files=({evil,drawn}/*.svg)
if command -v gnuplot >/dev/null; then
	[ ${#files[@]} -eq $((2 * (${#drawn[@]} + 1))) ] || fail "${#files[@]} plots"
	for file in "${files[@]}"; do svg plots "$file"; done
	cat "${files[@]}" >all.svg
	expect_in plots all.svg '&lt;script>alert(1)&lt;/script>'
	expect_in plots all.svg '{/Symbol a}^2_3&amp;{x}~' # as it is, not as Greek
fi
[ -z "$(find evil drawn -type f ! -name '*.jsonl' -name '*[!A-Za-z0-9._-]*')" ] || fail "names of files: $(ls evil)"

# --- Traces' names are those of files and rows.
i=0
for name in "${evil[@]}"; do
	file=${name//\//_}
	row=${name//[[:space:]]/_}
	cat >"./$file" <<-END
		HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2 ep: 1 pp: 1 vpp: 1 ga: 1 all_gpus: 4 checkpoints: 0 checkpoint_initiates: 0
		2
		embedding_layer -1 1000 NONE 0 2000 NONE 0 0 NONE 0 100
		$row -1 1000 ALLREDUCE 64 2000 NONE 0 0 NONE 0 100
	END
	for format in table csv json; do
		farscale run dgx-h100-superpod --workload="./$file" --trace="t$i.json" --format $format --quiet
		expect_status "a workload called $file" 0
		printed $format "$file" 3
	done
	json "a timeline of $file" "t$i.json"
	farscale run dgx-h100-superpod --workload="./$file" -n 8
	expect_status "$file on 8 chips" 2
	one_line "$file on 8 chips"
	i=$((i + 1))
done
harmless workloads

# --- A system's label; its name is a name, or refused.
system() { # NAME LABEL: both as JSON's texts, which YAML has, too
	cat <<-END
		schema: farscale-system/1
		name: $1
		label: $2
		chip: h100-sxm
		stack: nccl
		deployed_chips: {value: 8, trust: E, source: s}
		tiers:
		  - {name: t, kind: scale_up, trust: E, source: s, group: 8, bandwidth_GBps: 1, efficiency: 1, latency_us: 1}
		sources: {s: $2}
	END
}
for name in "${evil[@]}"; do
	text=$(jq -n --arg name "$name" '$name')
	system s "$text" >s.yaml
	if [[ $name == *[[:cntrl:]]* || $name == *$'\xc2\x9b'* ]]; then
		farscale show ./s.yaml
		expect_status "label $text" 2
		one_line "label $text"
		continue
	fi
	for options in '' '--fabric' '--svg s.svg'; do
		# shellcheck disable=SC2086
		farscale show ./s.yaml $options
		expect_status "show $options, label $text" 0
		plain "show $options, label $text" out
	done
	svg "label $text" s.svg
	for options in '' --fabric; do
		# shellcheck disable=SC2086
		farscale show ./s.yaml --format json $options
		json "show $options, label $text" out
		[ "$(jq -r .label out)" = "$(jq -rn "$text")" ] || fail "label $text came out as $(jq .label out)"
	done
	system "$text" x >s.yaml
	farscale show ./s.yaml
	expect_status "a system called $text" 2
	one_line "a system called $text"
done
harmless systems

# --- A set of measurements: its label, rows and groups; and what its plot is called.
for name in "${evil[@]}"; do
	text=$(jq -n --arg name "$name" '$name')
	[[ $name == *[$'\e\a\r']* || $name == *$'\xc2\x9b'* ]] && continue # refused as labels are
	cat >set.yaml <<-END
		schema: farscale-validation/1
		name: own
		label: $text
		source: $text
		notes: $text
		trust: M
		quantity: collective
		unit: us
		system: dgx-h100-superpod
		collective: allreduce
		chips: "8"
		bytes: "{bytes}"
		measured: "{us}"
		row: ${text//[\{\}]/}
		table: |
		  bytes us
		  1024  20
	END
	for format in table csv json; do
		farscale validate ./set.yaml --rows --format $format --quiet
		expect_status "validate, $text" 0
		printed $format "validate, $text" 2
	done
	if command -v gnuplot >/dev/null && [[ " ${drawn[*]} " == *" $name "* ]]; then
		file=${name//\//_}
		farscale validate ./set.yaml --plot="$file" --quiet
		if [[ $name == *[[:cntrl:]]* || $name == *']]>'* ]]; then
			expect_status "a plot called $text" 1
			expect_in "a plot called $text" err 'is no name of a file'
			continue
		fi
		[ -s "./$file.png" ] || fail "no plot of this name: $text; $(head -c 300 err)"
		[ -s "./$file.svg" ] && svg "a plot called $text" "./$file.svg"
	fi
	harmless "validate, $text"
done

# --- What is refused is said in one plain line.
refuse() { # ARGUMENT...
	farscale "$@"
	[ "$status" -ne 0 ] || fail "not refused: $*"
	one_line "$*"
}
for name in "${loud[@]}"; do
	refuse "$name"
	refuse help "$name"
	refuse show "$name"
	refuse show "--$name"
	refuse show dgx-h100-superpod --set "$name"
	refuse show dgx-h100-superpod --set "$name=1"
	refuse bench "$name" dgx-h100-superpod -n 8
	refuse bench allreduce "$name" -n 8
	refuse bench allreduce dgx-h100-superpod -n "$name"
	refuse run dgx-h100-superpod --model "$name" -n 8
	refuse run dgx-h100-superpod --model "custom:$name" -n 8
	refuse run dgx-h100-superpod --model dp-gpt -n 8 --layout "$name"
	refuse run dgx-h100-superpod --model dp-gpt -n 8 --stack "$name"
	refuse run dgx-h100-superpod --workload "none/$name"
	refuse sweep "none/$name"
	refuse report "none/$name"
	refuse validate "none/$name"
	refuse validate --free "$name"
done
harmless 'what is refused'

finish
