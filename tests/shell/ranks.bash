# shellcheck shell=bash
# Sourced: how many TCP connections the ranks of a job have with each other, while it runs. All of them on this machine, under
# mpirun with `--mca btl tcp,self --mca btl_tcp_if_include lo`.

# over_tcp: mpirun's options for that.
over_tcp="--mca pml ob1 --mca btl tcp,self --mca btl_tcp_if_include lo"

# connections MPIRUN'S PROCESS: for each rank, the connections whose other end is a rank, too; a number a line.
connections() {
	local folders=() rank
	for rank in $(pgrep -P "$1"); do
		folders+=("/proc/$rank/fd")
	done
	[ ${#folders[@]} -gt 0 ] || return 0
	find "${folders[@]}" -lname 'socket:*' -printf '%p %l\n' 2>/dev/null | sed 's|/proc/||; s|/fd/[0-9]*||; s|socket:\[||; s|\]||' |
		awk 'FILENAME == "-" { owner[$2] = $1; next }
			$4 == "01" && $10 in owner { of[$2, $3] = owner[$10] }
			END { for (ends in of) { split(ends, end, SUBSEP); if ((end[2], end[1]) in of) count[of[ends]]++ }
			      for (rank in count) print count[rank] }' - /proc/net/tcp
}

# most_connections COMMAND...: runs mpirun with its arguments, and leaves in $most what the rank with most connections had.
# Connections stay until the end; the last are made some time before. The program's output is in `out` and `err`.
most_connections() {
	local job now
	most=0
	mpirun --quiet "$@" >out 2>err </dev/null &
	job=$!
	while kill -0 $job 2>/dev/null; do
		now=$(connections $job | sort -n | tail -1)
		((${now:-0} <= most)) || most=$now
		sleep 0.1
	done
	wait $job && status=0 || status=$?
}
