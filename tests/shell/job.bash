# shellcheck shell=bash
# Sourced behind common.bash by tests that break jobs while they run.

# processes TEXT: of the job that has TEXT in its command line, mpirun first.
processes() {
	echo "$1" >pattern # in a file: grep must not find itself
	grep -laF -f pattern /proc/[0-9]*/cmdline 2>/dev/null | tr -dc '0-9\n' | sort -n
}

lines() { # FILE, which may not be there yet
	if [ -f "$1" ]; then wc -l <"$1"; else echo 0; fi
}

# wait_until SECONDS COMMAND...: whether it becomes true in time.
wait_until() {
	local tenths=$(($1 * 10))
	shift
	until "$@"; do
		((tenths-- > 0)) || return 1
		sleep 0.1
	done
}

# has_ended PROCESS: it is gone, or nobody has asked for its exit status yet.
has_ended() {
	! [ -d "/proc/$1" ] || grep -qs ') Z ' "/proc/$1/stat"
}

# Minutes of work, in which ranks tell each other nothing.
long_sweep() {
	cat <<-END
		schema: farscale-sweep/1
		name: long
		systems: [dgx-h100-superpod]
		models: [dp-gpt]
		chips: [15488]
		seeds: [1, 2, 3, 4]
		steps: 3000
	END
}
