# shellcheck shell=bash
# Sourced by tests/cluster/*.sh: a real Slurm on this one machine, a controller and three nodes that are hosts of their
# own (network, host name), on one file system. All of it lives in namespaces of its own, whose first process is the test:
# whatever ends the test ends every daemon and removes every mount and interface.
nodes=(node1 node2 node3)

skip() { # WHY
	echo "skipped: $*"
	exit 77
}

# Without what it takes the test is skipped; else it starts anew as the first process of an island, with temporary files
# that end with it, too.
enter_island() { # SCRIPT
	if [ -n "${FARSCALE_ISLAND:-}" ]; then
		private_places
		export TMPDIR=/run
		return
	fi
	local missing=() program
	for program in munged slurmctld slurmd sbatch unshare nsenter ip; do
		command -v $program >/dev/null || missing+=("$program")
	done
	[ ${#missing[@]} -eq 0 ] || skip "a Slurm needs ${missing[*]} (Debian: slurm-wlm munge util-linux iproute2)"
	[ "$(id -u)" -eq 0 ] || skip 'a Slurm of our own needs root'
	local island=(unshare --mount --net --pid --uts --ipc --fork --kill-child --mount-proc)
	"${island[@]}" true 2>/dev/null || skip 'no namespaces here (unshare)'
	FARSCALE_ISLAND=1 exec "${island[@]}" bash "$1"
}

# At a failure, the end of each daemon's log.
show_logs() {
	local log
	for log in "$cluster"/log/*; do
		echo "--- ${log##*/}"
		tail -n 15 "$log"
	done >&2
}

# wait_until SECONDS WHAT COMMAND...: ends the test if it does not become true in time.
wait_until() {
	local what=$2 end=$((SECONDS + $1))
	shift 2
	until "$@"; do
		if ((SECONDS >= end)); then
			show_logs
			fail "$what: not in time"
			finish
		fi
		sleep 0.2
	done
}

start_daemon() { # NAME COMMAND...: stays in the foreground, its words in a log
	local name=$1
	shift
	"$@" >"$cluster/log/$name" 2>&1 &
}

private_places() {
	local folder
	for folder in /run /var/spool /var/log; do
		mount -t tmpfs tmpfs $folder
	done
	cluster=/run/cluster
	mkdir -p $cluster/{log,state,spool,tmp} /run/netns
	cp /etc/hosts $cluster/hosts
	mount --bind $cluster/hosts /etc/hosts
}

# A bridge with the controller and, each behind its own cable, the nodes.
lay_network() {
	local i=0 node
	ip link set lo up
	ip link add bridge type bridge
	ip addr add 10.77.0.1/24 dev bridge
	ip link set bridge up
	echo controller >/proc/sys/kernel/hostname
	echo '10.77.0.1 controller' >>/etc/hosts
	for node in "${nodes[@]}"; do
		i=$((i + 1))
		ip netns add "$node"
		ip link add "$node" master bridge type veth peer name eth0 netns "$node"
		ip link set "$node" up
		ip -n "$node" addr add 10.77.0.$((10 + i))/24 dev eth0
		ip -n "$node" link set eth0 up
		ip -n "$node" link set lo up
		echo "10.77.0.$((10 + i)) $node" >>/etc/hosts
	done
}

# On which of the machine's cores a node's tasks run is left to the kernel; that there are two is all that Slurm has to know.
write_configuration() {
	export SLURM_CONF=$cluster/slurm.conf
	cat >"$SLURM_CONF" <<-END
		ClusterName=island
		SlurmctldHost=controller
		SlurmUser=root
		SlurmdUser=root
		AuthType=auth/munge
		# credentials' life is also how long a job that is requeued has to wait
		AuthInfo=socket=/run/munge.socket,cred_expire=6
		StateSaveLocation=$cluster/state
		SlurmctldPidFile=$cluster/slurmctld.pid
		SlurmdSpoolDir=$cluster/spool/%n
		SlurmdPidFile=$cluster/%n.pid
		TmpFS=$cluster/tmp
		SlurmdParameters=config_overrides
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		MpiDefault=none
		SwitchType=switch/none
		JobAcctGatherType=jobacct_gather/none
		AccountingStorageType=accounting_storage/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_Core
		SchedulerType=sched/builtin
		SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0
		ReturnToService=2
		KillWait=5
		MinJobAge=600
		NodeName=node[1-3] CPUs=4 RealMemory=1000
		PartitionName=all Nodes=ALL Default=YES State=UP
	END
}

start_munge() {
	dd if=/dev/urandom of="$cluster/munge.key" bs=128 count=1 status=none
	chmod 400 "$cluster/munge.key"
	start_daemon munged munged --foreground --force --num-threads 4 --key-file "$cluster/munge.key" \
		--socket /run/munge.socket --seed-file "$cluster/munge.seed" --pid-file "$cluster/munge.pid"
	wait_until 10 'munged' test -S /run/munge.socket
}

nodes_are() { # STATE
	[ "$(sinfo --noheader --Node --format %T 2>/dev/null | grep -cx "$1")" -eq ${#nodes[@]} ]
}

# A host of its own: network, name, and a place for temporary files.
# shellcheck disable=SC2016 # for that shell to expand
be_node() { # NODE COMMAND...
	local node=$1
	shift
	nsenter --net="/run/netns/$node" unshare --uts --mount bash -c '
		echo "$1" >/proc/sys/kernel/hostname
		mount -t tmpfs tmpfs "$2"
		shift 2
		exec "$@"' - "$node" "$cluster/tmp" "$@"
}

start_slurm() {
	local node
	start_daemon slurmctld slurmctld -D
	for node in "${nodes[@]}"; do
		start_daemon "$node" be_node "$node" slurmd -D -N "$node"
	done
	wait_until 30 'all nodes idle' nodes_are idle
}

start_cluster() {
	lay_network
	write_configuration
	start_munge
	start_slurm
}
