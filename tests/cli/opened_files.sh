#!/bin/bash
# farscale opens only what it is told to: its own folders of systems, models and measurements, the files that a command
# names, its calibration in the cache, and what libraries read of the machine. It writes only what a command names and that
# calibration; nothing under /tmp has a name that somebody else could know; of other programs it starts gnuplot alone.
# (What Open MPI opens under mpirun is not looked at.)
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
limit=120 # a calibration, slowed down

command -v strace >/dev/null || { echo "skipped: no strace here (Debian: strace)" && exit 77; }
strace -f -o probe true 2>/dev/null || { echo "skipped: strace may not trace here" && exit 77; }

mkdir home tmp work
export HOME=$scratch/home TMPDIR=$scratch/tmp
unset XDG_CACHE_HOME
export ASAN_OPTIONS=detect_leaks=0 # which cannot be done while somebody traces
cd work || exit 1

# What everybody may read, as patterns of grep -E.
common="^($FARSCALE_SOURCE/(topologies|kernels/models|tests/validation)(/|\$)|/(usr/)?lib(32|64)?/|/etc/ld\.so\.cache\$\
|/etc/localtime\$|/usr/share/(zoneinfo|locale)/|/sys(/|\$)|/proc/|/dev/(null|urandom|tty)\$)"

# opened READS WRITES ARGUMENT...: runs farscale; all that it opens must match one of the patterns.
opened() {
	local reads=$1 writes=$2
	shift 2
	timeout "$limit" strace -f -y -qq -s 4096 -e trace=%file -o ../trace "$FARSCALE" "$@" >../out 2>../err </dev/null
	status=$?
	[ $status -eq 0 ] || fail "$*: exit status $status; $(head -c 300 ../err)"
	programs "$*"
	# The file that a descriptor stands for, links followed: "... = 3</a/b>"
	grep -E '(open|openat|creat)\(' ../trace | grep -E ' = [0-9]+<' >../opened
	grep -E 'O_WRONLY|O_RDWR|creat\(' ../opened | paths >../written
	grep -vE 'O_WRONLY|O_RDWR|creat\(' ../opened | paths >../read
	judge "$*: read" ../read "$common|$reads"
	judge "$*: wrote" ../written "$writes|^/dev/null\$"
	# What is made, moved and removed without being opened: the last path of the call.
	grep -E '^[0-9]+ +(mkdir|mkdirat|rename|renameat2?|unlink|unlinkat|rmdir|link|linkat|symlink|symlinkat|chmod|truncate)\(' \
		../trace | grep -E ' = 0$' | sed -E 's/.*"([^"]*)".*/\1/' | absolute >../changed
	judge "$*: changed" ../changed "$writes"
}

paths() { sed -E 's/.* = [0-9]+<(.*)>(\(deleted\))?$/\1/' | sort -u; }
absolute() { sed "s#^\([^/]\)#$PWD/\1#; s#/\./#/#g"; }

judge() { # WHAT FILE PATTERN
	local others
	others=$(grep -vE "$3" "$2" | head -n 5)
	[ -z "$others" ] || fail "$1 $others"
}

# No other program is started, a shell least of all. What stays in the trace is what farscale itself did (it starts itself to
# try cores of OpenBLAS, and has no threads): gnuplot's own files are its own business.
programs() { # WHAT
	local others own="\"($FARSCALE|/proc/self/exe)\""
	others=$(grep -E '^[0-9]+ +execve\(' ../trace | grep -vE "$own|\"[^\"]*/gnuplot[-a-z]*\"")
	[ -z "$others" ] || fail "$1 started $others"
	own=$(grep -E "^[0-9]+ +execve\($own" ../trace | sed 's/ .*//' | sort -u | tr '\n' '|')
	sed -i -E "/^(${own%|}) /!d" ../trace
}

nothing='^\$'
here=$PWD
# A name of tmpfile(): without one, or one that is gone before it could be guessed.
unnamed="^$TMPDIR/#[0-9]+|^/tmp/#[0-9]+|^/tmp/tmpf[A-Za-z0-9]+|^/dev/shm/#[0-9]+"
# Where pictures are drawn; they get their names when they are whole.
drawing="^$here/(results/runs/s/)?\.drawing\.part(/|\$)"
cache="^$HOME/\.cache(/farscale(/host-[0-9a-f]+\.(json(\.part)?|lock))?)?\$"

opened "$nothing" "$nothing" help
opened "$nothing" "$nothing" show
opened "$nothing" "$nothing" show cloudmatrix-384 --format json
opened "$nothing" "^$here/fabric.svg(\.part)?\$" show h800-deepseek --svg fabric.svg
opened "$nothing" "$nothing" show llama3-8b -n 8 --system hgx-b200
opened "$nothing" "$nothing" bench allreduce nvl72-gb200 -n 8
opened "$nothing" "^$here/(step.json|c\.[0-7]\.et)(\.part)?\$" \
	run dgx-h100-superpod --model dp-gpt -n 8 --trace step.json --chakra c
opened "^$here(/c\.[0-7]\.et)?\$" "$nothing" run dgx-h100-superpod --workload c
opened "$nothing" "$nothing" plan dgx-h100-superpod --model llama3-8b -n 8 --timed 1
opened "$nothing" "$nothing" validate korthikanti-memory
opened "$drawing" "^$here/plot\.(gnuplot(\.part)?|png|svg)\$|$drawing|$unnamed" validate korthikanti-memory --plot plot
cp "$FARSCALE_SOURCE/topologies/tpu-v4-pod.yaml" mine.yaml
opened "^$here/mine.yaml\$|^$here(/chips|/stacks)?\$" "$nothing" show ./mine.yaml

cat >sweep.yaml <<'END'
schema: farscale-sweep/1
name: s
systems: [dgx-h100-superpod]
models: [dp-gpt]
chips: [2, 4]
steps: 1
END
report="\.lock|records\.(jsonl|csv(\.part)?)|(efficiency|breakdown)-dp-gpt\.(gnuplot(\.part)?|png|svg)"
opened "^$here/(sweep.yaml|results/runs/s(/records.jsonl)?)\$|$drawing" "^$here/results(/runs(/s(/($report))?)?)?\$|$drawing|$unnamed" \
	sweep sweep.yaml
opened "^$here/results/runs/s(/records.jsonl)?\$|$drawing" "^$here/results(/runs(/s(/($report))?)?)?\$|$drawing|$unnamed" report results/runs/s

# With real kernels: the calibration.
opened "$cache" "$cache" run dgx-h100-superpod --model dp-gpt -n 2 --steps 1 --compute blas
opened "$cache" "$cache" calibrate

# Nobody's link is followed where the calibration is kept: neither the lock's nor the stored one's.
echo precious >../victim
for file in ../home/.cache/farscale/host-*; do ln -sf "$scratch/victim" "$file"; done
farscale calibrate
[ "$(cat ../victim)" = precious ] || fail 'a link in the cache was followed'
[ -z "$(ls -A "$TMPDIR")" ] || fail "left in TMPDIR: $(ls -A "$TMPDIR")"

cd .. || exit 1
finish
