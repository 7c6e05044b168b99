#!/bin/bash
# The include fences of src/README.md: data flows one way, and only some folders know some libraries.
set -u
: "${FARSCALE_SOURCE:?the tree to look at}"
cd "$FARSCALE_SOURCE" || exit 1

# FOLDER: what it may include. A row may only name rows above it, so there can be no cycle. Own files are always allowed.
fences='
kernels:
base:
config: base
topology: base config
fabric: base config topology
model: base config
schedule: base
stack: base kernels topology schedule
layout: base topology model schedule
phase: base kernels model stack schedule layout
pipeline: base layout phase
cost: base kernels topology fabric stack schedule layout phase
plan: base kernels topology fabric model stack schedule layout phase pipeline cost
workload: base schedule plan
calibrate: base kernels
engine: base kernels topology fabric model stack schedule cost plan workload calibrate
record: base
report: base record
command: base config kernels topology fabric model stack schedule layout phase pipeline cost plan workload calibrate engine record report
main.c: base command
'

# LIBRARY'S HEADER: the folders that may know it. Others may not include a header of ours that includes it, either.
libraries='
mpi.h: main.c engine calibrate
cblas.h: kernels
hwloc.h: calibrate
libfyaml.h: config
chakra.pb-c.h: workload
'

# Lines "FILE FOLDER HEADER": every include of every file; the header without src/, the folder of src/main.c is main.c.
includes() {
	grep -nE '^[[:space:]]*#[[:space:]]*include' -r src kernels --include='*.c' --include='*.h' |
		sed -E 's/^([^:]*):([0-9]+):[^"<]*["<]([^">]*)[">].*/\1:\2 \1 \3/' |
		awk '{ folder = $2; sub(/^src\//, "", folder); sub(/\/.*/, "", folder); print $1, folder, $3 }'
}
includes >/dev/null || exit 1
all=$(includes)

# Offenders against the direction. A header of ours is named from the root of src/ or of the tree, as FOLDER/FILE.
directions=$(awk '
	FNR == NR {
		if (NF) {
			folder = $1; sub(/:$/, "", folder); known[folder] = allowed[folder, folder] = 1
			for (i = 2; i <= NF; i++) {
				if (!($i in known)) print "the table: " folder " names " $i ", which is not above it"
				allowed[folder, $i] = 1
			}
		}
		next
	}
	!($2 in known) { print $1 ": folder " $2 " is not in the table" }
	{
		split($3, part, "/")
		if ($3 ~ /\// && part[1] in known && !(($2, part[1]) in allowed))
			print $1 ": " $2 " may not include " $3
	}' <(echo "$fences") <(echo "$all"))

# Quoted headers that are not there under src/ or the root would slip through.
strays=$(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' -r src kernels --include='*.c' --include='*.h' |
	sed -E 's/^([^:]*:[0-9]+):[^"]*"([^"]*)".*/\1 \2/' |
	while read -r place header; do
		[[ $header == */* && ( -f src/$header || -f $header ) ]] || echo "$place: $header is not FOLDER/FILE"
	done)

# Offenders against the libraries' fences; a header of ours that includes the library's carries it further.
leaks() { # HEADER FOLDER...
	local carriers=$1 found
	shift
	while true; do
		found=$(awk -v carriers="$carriers" -v folders="$*" '
			BEGIN { n = split(carriers, c, " "); for (i = 1; i <= n; i++) carries[c[i]] = 1
				n = split(folders, f, " "); for (i = 1; i <= n; i++) inside[f[i]] = 1 }
			$3 in carries && !($2 in inside) { print $1 ": " $2 " may not know " c[1] " (by " $3 ")" }
			$3 in carries && $1 ~ /\.h:/ { file = $1; sub(/:.*/, "", file); sub(/^src\//, "", file)
				if (!(file in carries)) print "carrier " file }' <(echo "$all"))
		grep -q '^carrier ' <<<"$found" || break
		carriers+=$(awk '/^carrier / { printf " %s", $2 }' <<<"$found")
	done
	echo "$found"
}
leaking=$(while IFS=': ' read -r header folders; do
	# shellcheck disable=SC2086
	[ -z "$header" ] || leaks "$header" $folders
done <<<"$libraries")

offenders=$(printf '%s\n' "$directions" "$strays" "$leaking" | sed '/^$/d' | sort -u)
[ "$(wc -l <<<"$all")" -gt 300 ] || offenders+=$'\nfewer includes than there can be'
[ -z "$offenders" ] || echo "$offenders" >&2
[ -z "$offenders" ]
