#!/bin/bash
# What breaks between hosts with one rank each: a rank that stops has no other beside it to see that, and a cable that is cut
# leaves everybody waiting. Both end the job, soon, and nothing of it stays. The hosts are launch/hosts-local's; needs root.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
hosts_local=$FARSCALE_SOURCE/launch/hosts-local
if ! "$hosts_local" 2 -- true >out 2>err; then
	echo "skipped: $(head -1 err)"
	exit 77
fi
# A host is given up after 5 s without a word, not 30.
export OMPI_MCA_oob_tcp_keepalive_time=2 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=3

cat >sweep.yaml <<-END
	schema: farscale-sweep/1
	name: long
	systems: [dgx-h100-superpod]
	models: [dp-gpt]
	chips: [15488]
	seeds: [1, 2, 3, 4]
	steps: 3000
END

# On the first host: $1 (stop RANK, cut HOST) after $3 seconds of farscale $4...; says how mpirun ended, and when.
cat >job <<-'END'
	event=$1 of=$2 after=$3
	shift 3
	cd "${0%/*}" || exit
	mpirun --host host-1,host-2 -n 2 -x FARSCALE_PATIENCE "$FARSCALE" "$@" &
	job=$!
	# rank R: its process, not its guard's.
	rank() {
		local process
		for process in $(grep -lzx "OMPI_COMM_WORLD_RANK=$1" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\n'); do
			[ "$(cat "/proc/$process/comm")" = farscale ] && echo "$process" && return
		done
	}
	is_guarded() { pgrep -P "$(rank "$1")" -x farscale-guard >/dev/null; }
	until is_guarded 0 && is_guarded 1; do
		sleep 0.1
	done 2>/dev/null
	sleep "$after"
	case $event in
	stop)
		victim=$(rank "$of")
		kill -STOP "$victim"
		echo "$victim" >victim
		;;
	cut) "$HOSTS_ENTER" "$of" ip link set port down ;;
	esac
	begun=$SECONDS
	wait $job
	echo $? >status
	echo $((SECONDS - begun)) >seconds
	for ((tenths = 50; tenths > 0; tenths--)); do
		[ -n "$(rank 0)$(rank 1)" ] || exit 0
		sleep 0.1
	done
	echo "rank 0: $(rank 0), rank 1: $(rank 1)" >left
END

# breaks WHAT SECONDS EVENT...: ends by itself, not well, within so many seconds, and leaves no process.
breaks() {
	local what=$1 seconds=$2
	shift 2
	rm -f status seconds left
	timeout 60 "$hosts_local" 2 --once -- bash "$scratch/job" "$@" >out 2>err </dev/null
	if ! [ -s seconds ]; then
		fail "$what: still running: $(head -c 500 err)"
		return
	fi
	[ "$(cat status)" -ne 0 ] || fail "$what: exit status 0"
	[ "$(cat seconds)" -le "$seconds" ] || fail "$what: took $(cat seconds) s to end"
	! [ -e left ] || fail "$what: stays: $(cat left)"
}

# stopped WHAT RANK SECONDS ARGUMENT...: and is named.
patience=2
stopped() {
	export FARSCALE_PATIENCE=$patience
	breaks "$1" $((patience + 10)) stop "${@:2}"
	expect_in "$1" err "rank $2 (process $(cat victim) on host-$(($2 + 1))) has been stopped for $patience s"
}
stopped 'stopped, while MPI starts' 1 0 bench allreduce dgx-h100-superpod -n 8
stopped 'stopped, between cases' 1 1 sweep sweep.yaml --output stopped --quiet
stopped 'stopped, between cases, the first rank' 0 1 sweep sweep.yaml --output stopped --quiet
stopped 'stopped, live' 1 2 run dgx-h100-superpod --model dp-gpt -n 2 --clock wall --steps 300 --quiet

# cut WHAT ARGUMENT...: and the host is named.
cut() {
	export FARSCALE_PATIENCE=20 # longer than mpirun's
	breaks "$1" 20 cut host-2 1.5 "${@:2}"
	expect_in "$1" err host-2
}
cut 'cut, virtual' run dgx-h100-superpod --model dp-moe -n 15488 --steps 3000 --compute model --quiet
cut 'cut, live' run dgx-h100-superpod --model dp-gpt -n 2 --clock wall --steps 300 --quiet
cut 'cut, between cases' sweep sweep.yaml --output cut --quiet

finish
