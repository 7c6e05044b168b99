#!/bin/bash
# launch/hosts-local: hosts that are what they are told to be, a network that is as slow, and nothing left behind, however it
# ends. Needs root, and a kernel that lets it make namespaces.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
hosts_local=$FARSCALE_SOURCE/launch/hosts-local
set -m # as from a terminal: background jobs take signals

mkdir tmp
export TMPDIR=$scratch/tmp

# hosts ARGUMENT...: leaves files `out` and `err`, and $status. With another $path if there is one.
path=$PATH
hosts() {
	timeout "$limit" env PATH="$path" "$hosts_local" "$@" >out 2>err </dev/null
	status=$?
}

refuse() { # TEXT ARGUMENT...
	local text=$1
	shift
	hosts "$@"
	expect_status "hosts-local $*" 2
	expect_lines "hosts-local $*" err 1
	expect_in "hosts-local $*" err "$text"
	expect_empty "hosts-local $*" out
}

# --- What cannot be done is refused: one line, nothing on stdout.
mkdir fake bare
printf '#!/bin/sh\necho 1000\n' >fake/id
chmod +x fake/id
path=$scratch/fake:$PATH refuse 'needs root' 2 -- true
for tool in bash cat id dirname timeout ip tc nsenter unshare env; do
	ln -s "$(PATH=$PATH:/usr/sbin:/sbin command -v $tool)" bare/ 2>/dev/null
done
if [ "$(id -u)" -ne 0 ]; then
	echo "skipped: not root"
	exit 77
fi
for tool in ip tc nsenter unshare setpriv; do
	PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null && continue
	echo "skipped: no $tool here"
	exit 77
done
if ! unshare --mount --net --uts --pid --fork true 2>err; then
	echo "skipped: this machine does not let root make namespaces: $(cat err)"
	exit 77
fi
path=$scratch/bare refuse 'setpriv is missing'          2 -- true
refuse 'how many hosts'                                 -- true
refuse "'0' hosts"                                      0 -- true
refuse "'two' hosts"                                    two -- true
refuse '250 at most'                                    251 -- true
refuse 'what shall run'                                 2 --rate 1mbit --
refuse "--rate '5': a rate such as"                     2 --rate 5 -- true
refuse "--delay '5': a time such as"                    2 --delay 5 -- true
refuse "--delay ''"                                     2 --delay
refuse "unknown option '--speed'"                       2 --speed 5 -- true
refuse '3 hosts do not fill 2 racks'                    3 --racks 2 -- true
refuse 'need --racks'                                   2 --rack-rate 1mbit -- true
refuse '--mtu 100: 576'                                 2 --mtu 100 -- true
FARSCALE=$scratch/none refuse 'run launch/build first'  2 -- farscale show
HOSTS_RELAY=$scratch/none refuse 'run launch/build first' 2 --delay 1ms -- true
hosts --help
expect_status '--help' 0
expect_in '--help' out 'usage: launch/hosts-local N'

# --- Names, addresses, clocks, folders of their own; what they print and how they end comes through.
# shellcheck disable=SC2016 # the hosts' shells have these
hosts 3 --ranks-per-host 2 -- sh -c 'echo "$(hostname) $(hostname -I) $(cat /proc/self/timens_offsets | tr -s " \n" " ") $TMPDIR"'
expect_status 'names' 0
[ "$(cut -d' ' -f1,2 out | sort | uniq -c | tr -s ' \n' ' ')" = ' 2 host-1 10.87.0.1 2 host-2 10.87.0.2 2 host-3 10.87.0.3 ' ] ||
	fail "names: $(cat out)"
[ "$(awk '{ print $NF }' out | sort -u | wc -l)" = 3 ] || fail "temporary folders: $(cat out)"
if [ -e /proc/self/ns/time ]; then
	grep -q '^host-3 .* monotonic 2000 0' out || fail "clocks: $(cat out)"
	# shellcheck disable=SC2016
	hosts 2 --clocks 7 --once -- sh -c '"$HOSTS_ENTER" host-2 cat /proc/self/timens_offsets'
	grep -qE '^monotonic +7 +0$' out || fail "clocks 7 s apart: $(cat out)"
fi
# shellcheck disable=SC2016
hosts 2 --once -- sh -c 'touch /dev/shm/mine; "$HOSTS_ENTER" host-2 "hostname; ls /dev/shm"; ls /dev/shm; "$HOSTS_ENTER" host-9 true'
expect_status 'a host that is not there' 255
[ "$(tr '\n' ' ' <out)" = 'host-2 mine ' ] || fail "shared memory is shared between hosts: $(cat out)"
expect_in 'a host that is not there' err 'no host-9'
[ ! -e /dev/shm/mine ] || fail "a host's shared memory is this machine's"
hosts 2 -- sh -c 'exit 3'
expect_status 'exit status of a rank' 3
hosts 2 --once -- sh -c 'exit 7'
expect_status 'exit status' 7
[ "$(echo word | "$hosts_local" 1 --once -- cat)" = word ] || fail "input does not come through"
hosts 2 -- farscale bench allreduce dgx-h100-superpod -n 2 -b 8 -e 8 --quiet
expect_status 'farscale' 0

# --- The network is as slow as it is told to be: a message of S bytes in frames of 1514, of which 1448 are its own, takes
# the delay and the frames at the rate, less what may go out at once (hosts/host, shape); MPI and waking up add 20 to 200 us. Other
# programs on this machine can only make it slower: the shortest round trip counts, and a case has some tries.
# expect_time WHAT PEER RATE_MBIT DELAY_US OPTION...
expect_time() {
	local what=$1 peer=$2 rate=$3 delay=$4 try good
	shift 4
	for try in 1 2 3 4 5; do
		hosts "$@" -- "$PING_PONG" "$peer" 8 32768 262144
		expect_status "$what" 0
		! grep -q "lost a frame" err || fail "$what: $(cat err)"
		good=$(awk -v rate="$rate" -v delay="$delay" '
			{ bits = $1 * 1514 / 1448 * 8 - (1514 * 8 + rate * 500)
			  expected = (delay + (bits > 0 ? bits / rate : 0)) * 1e-6
			  off = ($3 - expected) / expected; if (off < -0.03 || off > 0.06 + 200e-6 / expected) bad = 1 }
			END { print bad || NR != 3 ? "no" : "yes" }' out)
		[ "$good" = yes ] && return
	done
	fail "$what, $try tries: $(tr '\n' ' ' <out)"
}
expect_time 'rate'  1 50 0    2 --rate 50mbit
expect_time 'delay' 1 50 2000 2 --rate 50mbit --delay 2ms
racks='4 --rate 20mbit --delay 2ms --racks 2 --rack-rate 50mbit --rack-delay 500us'
# shellcheck disable=SC2086
expect_time 'within a rack' 1 50 500 $racks
# shellcheck disable=SC2086
expect_time 'between racks' 2 20 2000 $racks

# --- Nothing is left, however it ends.
# What there is of it on this machine: links, mounts, files.
inventory() {
	PATH=$PATH:/usr/sbin:/sbin
	ip -o link | grep -E ' (spine|rack|port)'
	grep -E '/run|/etc/hosts|/dev/shm' /proc/mounts
	find /run/hosts /dev/shm/*host-* "$TMPDIR" -type f 2>/dev/null
}
inventory >before

# The processes whose process namespace is that of the one that runs `sleep $1`.
island_of() {
	local process
	for process in /proc/[0-9]*; do
		[ "$(tr '\0' ' ' <"$process/cmdline")" = "sleep $1 " ] && readlink "$process/ns/pid" && return
	done 2>/dev/null
	return 1
}
processes() { # PROCESS NAMESPACE
	local process
	for process in /proc/[0-9]*/ns/pid; do
		[ "$(readlink "$process" 2>/dev/null)" != "$1" ] || echo "$process"
	done
}

# wait_until SECONDS COMMAND...: whether it becomes true in time.
wait_until() {
	local tenths=$(($1 * 10))
	shift
	until "$@" >/dev/null; do
		((tenths-- > 0)) || return 1
		sleep 0.1
	done
}
# shellcheck disable=SC2317 # called by wait_until
is_gone() { [ -z "$(processes "$1")" ]; }

# expect_end WHAT STATUS KILL'S ARGUMENTS WITH @ FOR THE PROCESS
expect_end() {
	local what=$1 expected=$2 island
	shift 2
	local mark=$((1000000 + RANDOM))
	"$hosts_local" 3 --delay 1ms --racks 3 -- sleep $mark >out 2>err </dev/null &
	job=$!
	if ! wait_until 15 island_of $mark; then
		fail "$what: did not start: $(cat err)"
		kill -9 $job
		return
	fi
	island=$(island_of $mark)
	[ "$(processes "$island" | wc -l)" -gt 8 ] || fail "$what: few processes: $(processes "$island")"
	kill "${@/@/$job}"
	wait $job 2>/dev/null
	status=$?
	[ "$status" -eq "$expected" ] || fail "$what: exit status $status, not $expected"
	wait_until 10 is_gone "$island" || fail "$what: still there: $(processes "$island" | tr '\n' ' ')"
	wait_until 5 same_inventory || fail "$what: left behind: $(diff before after)"
}
# shellcheck disable=SC2317
same_inventory() {
	inventory >after
	cmp -s before after
}
expect_end 'Ctrl-C' 130 -INT -- -@
expect_end 'SIGINT' 130 -INT @
expect_end 'SIGTERM' 143 -TERM @
expect_end 'kill -9' 137 -KILL @
hosts 3 --delay 1ms --racks 3 -- true
wait_until 5 same_inventory || fail "normal end: left behind: $(diff before after)"

finish
