# shellcheck shell=bash
# shellcheck disable=SC2034 # variables are for who sources this
# Sourced: what the ranks of a job on this machine take while it runs.

# mpirun's options for TCP between all ranks, so that their connections can be counted. (Over shared memory there are none.)
over_tcp="--mca pml ob1 --mca btl tcp,self --mca btl_tcp_if_include lo"

# connections RANK...: of these processes, the most connections that one has with others of them.
connections() {
	{ find "${@/%//fd}" -lname 'socket:*' -printf '%p %l\n' 2>/dev/null || true; } | sed -E 's|/proc/([0-9]*)/.*\[([0-9]*)\]|\1 \2|' |
		awk 'FILENAME == "-" { owner[$2] = $1; next }
			$4 == "01" && $10 in owner { of[$2, $3] = owner[$10] }
			END { for (ends in of) { split(ends, end, SUBSEP); if ((end[2], end[1]) in of) count[of[ends]]++ }
			      for (rank in count) if (count[rank] > most) most = count[rank]; print most + 0 }' - /proc/net/tcp
}

# watch_ranks MPIRUN'S ARGUMENT...: runs it, and leaves in $most the connections of the rank with most of them, in $memory_KB
# the most memory that one ever had, in $seconds how long it all took, and files `out`, `err`, $status. Connections stay until
# the end, so looking now and then sees all but those of the last moment.
watch_ranks() {
	local job now start folders
	most=0 memory_KB=0 start=$(date +%s%N)
	mpirun --quiet "$@" >out 2>err </dev/null &
	job=$!
	while kill -0 $job 2>/dev/null; do
		mapfile -t folders < <(pgrep -P $job | sed 's|^|/proc/|')
		if [ ${#folders[@]} -gt 0 ]; then
			now=$(connections "${folders[@]}")
			((now <= most)) || most=$now
			now=$(awk '$1 == "VmHWM:" && $2 > most { most = $2 } END { print most + 0 }' "${folders[@]/%//status}" 2>/dev/null || true)
			((${now:-0} <= memory_KB)) || memory_KB=$now
		fi
		sleep 0.2
	done
	status=0
	wait $job || status=$?
	seconds=$(awk "BEGIN { print ($(date +%s%N) - $start) / 1e9 }")
}
