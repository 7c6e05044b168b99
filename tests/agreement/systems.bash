# shellcheck shell=bash
# Sourced by scripts that give SimGrid and farscale the same network.

# write_system PLATFORM GBPS LATENCY_US: a system of one tier that is what platforms.h makes of PLATFORM; no software in
# the way. There a torus' or a mesh's links have GBPS each and no port is in front of them: here a port has all of
# its links'. The leaves of a Clos have uplinks for LEAF / OVER ports, which must be whole.
write_system() {
	local kind=${1%%:*} shape=${1#*:} GBps=$2 us=$3 chips leaf over=1 up fabric='{kind: switch}' dimensions
	case $kind in
	switch) chips=$shape ;;
	clos)
		IFS=: read -r chips leaf over <<<"$shape"
		up=$((leaf / over))
		fabric="{kind: clos, radix: $((leaf + up)), levels: 2, routing: adaptive}"
		;;
	torus | full_mesh)
		dimensions=${shape//x/ }
		chips=$((${shape//x/ * }))
		fabric="{kind: $kind, dimensions: [${dimensions// /, }], routing: dimension_order}"
		# shellcheck disable=SC2086 # words
		GBps=$(awk -v kind="$kind" -v GBps="$GBps" 'BEGIN {
			for (i = 1; i < ARGC; i++) links += kind == "torus" ? 2 : ARGV[i] - 1
			print links * GBps }' $dimensions)
		us=0
		;;
	esac
	cat <<-END
		schema: farscale-system/1
		name: $kind
		label: $1
		trust: E
		source: agreement
		deployed_chips: $chips
		chip: {name: toy, label: A toy chip, unit: package, peak_bf16_TFLOPS: 1, memory_GB: 1, memory_TBps: 1, power_W: 1}
		stack:
		  name: none
		  label: No software
		  launch_us: 0
		  overlap_slowdown: 0
		  jitter: none
		  kernels:
		    - {chip: default, min_kernel_us: 0, memory_efficiency: 1, gemm: {log10_flop: [6], efficiency: [1]}}
		tiers:
		  - {name: net, kind: scale_out, group: $chips, bandwidth_GBps: $GBps, efficiency: 1, latency_us: $us,
		     oversubscription: $over, fabric: $fabric}
		sources: {agreement: the same network as SimGrid has}
	END
}
