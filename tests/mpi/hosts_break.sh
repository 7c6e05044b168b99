#!/bin/bash
# What breaks between hosts: a rank that stops may have no other beside it to see that, and a cable that is cut leaves everybody
# waiting. Both end the job, soon, and nothing of it stays. The hosts are launch/hosts-local's; needs root.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
# shellcheck source=tests/shell/job.bash
. "$FARSCALE_SOURCE/tests/shell/job.bash"
hosts_local=$FARSCALE_SOURCE/launch/hosts-local
if ! "$hosts_local" 2 -- true >out 2>err; then
	echo "skipped: $(head -1 err)"
	exit 77
fi
# A host is given up after 5 s without a word, not 30.
export OMPI_MCA_oob_tcp_keepalive_time=2 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=3

long_sweep >sweep.yaml

# On the first host, with $1 ranks on each of two: after $4 seconds of farscale $5..., $2 (stop RANKS, cut HOST, suspend SECONDS);
# says how mpirun ended, and when.
cat >job <<-'END'
	each=$1 event=$2 of=$3 after=$4
	shift 4
	cd "${0%/*}" || exit
	mpirun --host "host-1:$each,host-2:$each" -n $((2 * each)) -x FARSCALE_PATIENCE "$FARSCALE" "$@" &
	job=$!
	# rank R: its process, not its guard's, which has the same environment.
	rank() {
		local process
		for process in $(grep -lzx "OMPI_COMM_WORLD_RANK=$1" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\n' | sort -n); do
			[ "$(cat "/proc/$process/comm")" = farscale ] && echo "$process" && return
		done
	}
	is_guarded() { pgrep -P "$(rank "$1")" -x farscale-guard >/dev/null; }
	until is_guarded 0 && is_guarded "$each"; do
		sleep 0.1
	done 2>/dev/null
	sleep "$after"
	case $event in
	stop)
		for stopped in $of; do
			rank "$stopped"
		done >victims
		# shellcheck disable=SC2046
		kill -STOP $(cat victims)
		;;
	cut) "$HOSTS_ENTER" "$of" ip link set port down ;;
	suspend)
		groups=$(ps -o pgid= -p "$(rank 0)" -p "$(rank "$each")" | tr -d ' ' | sed 's/^/-/')
		# shellcheck disable=SC2086
		kill -TSTP -- $groups
		sleep "$of"
		# shellcheck disable=SC2086
		kill -CONT -- $groups || echo 'over too soon' >&2
		;;
	esac
	begun=$SECONDS
	wait $job
	echo $? >status
	echo $((SECONDS - begun)) >seconds
	for ((tenths = 50; tenths > 0; tenths--)); do
		pgrep '^farscale' >left || exit 0
		sleep 0.1
	done
END

# breaks WHAT SECONDS EACH EVENT...: ends by itself, not well, within so many seconds, and leaves no process.
breaks() {
	local what=$1 seconds=$2
	shift 2
	rm -f status seconds left victims
	timeout 60 "$hosts_local" 2 --once -- bash "$scratch/job" "$@" >out 2>err </dev/null
	if ! [ -s seconds ]; then
		fail "$what: still running: $(head -c 500 err)"
		return
	fi
	[ "$(cat status)" -ne 0 ] || fail "$what: exit status 0"
	[ "$(cat seconds)" -le "$seconds" ] || fail "$what: took $(cat seconds) s to end"
	! [ -s left ] || fail "$what: processes stay: $(tr '\n' ' ' <left)"
}

# stopped WHAT EACH "RANK..." SECONDS ARGUMENT...: and the first is named.
patience=2
stopped() {
	local rank=${3%% *}
	export FARSCALE_PATIENCE=$patience
	breaks "$1" $((patience + 10)) "$2" stop "${@:3}"
	expect_in "$1" err "rank $rank (process $(head -1 victims) on host-$((rank / $2 + 1))) has been stopped for $patience s"
}
stopped 'stopped, while MPI starts' 1 1 0 sweep sweep.yaml --output stopped --quiet
stopped 'stopped, between cases' 1 1 1.5 sweep sweep.yaml --output stopped --quiet
stopped 'stopped, between cases, the first rank' 1 0 1.5 sweep sweep.yaml --output stopped --quiet
stopped 'stopped, all of a host' 2 '2 3' 1.5 sweep sweep.yaml --output stopped --quiet
stopped 'stopped, live' 1 1 2 run dgx-h100-superpod --model dp-gpt -n 2 --clock wall --steps 300 --quiet

# All ranks together, guards with them, as batch systems do: for longer than the patience, and nobody takes that for a stop.
rm -f status
export FARSCALE_PATIENCE=$patience
timeout 60 "$hosts_local" 2 --once -- bash "$scratch/job" 1 suspend $((patience + 3)) 1.5 \
	run dgx-h100-superpod --model dp-gpt -n 512 --steps 100 --compute model --quiet --format json >out 2>err </dev/null
[ "$(cat status)" = 0 ] || fail "suspended: exit status $(cat status): $(head -c 500 err)"
grep -E 'giving up|too soon' err && fail 'suspended: a false alarm, or none was possible'

# cut_off WHAT ARGUMENT...: and the host is named.
cut_off() {
	export FARSCALE_PATIENCE=20 # longer than mpirun's
	breaks "$1" 20 1 cut host-2 1.5 "${@:2}"
	expect_in "$1" err host-2
}
cut_off 'cut, virtual' run dgx-h100-superpod --model dp-moe -n 15488 --steps 3000 --compute model --quiet
cut_off 'cut, live' run dgx-h100-superpod --model dp-gpt -n 2 --clock wall --steps 300 --quiet
cut_off 'cut, between cases' sweep sweep.yaml --output cut --quiet

finish
