#!/bin/bash
# farscale show, as a user sees it. Needs $FARSCALE (the program) and $FARSCALE_SOURCE (the source tree).
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}

# expect STATUS ARGUMENTS...: runs show; leaves its output in $folder/out and $folder/err.
expect() {
	local status=$1
	shift
	"$FARSCALE" show "$@" >"$folder/out" 2>"$folder/err"
	local got=$?
	[ $got -eq "$status" ] || fail "show $*: exit status $got, not $status: $(cat "$folder/err")"
	if [ "$status" -ne 0 ]; then
		[ "$(wc -l <"$folder/err")" -eq 1 ] || fail "show $*: not one line on stderr"
		[ ! -s "$folder/out" ] || fail "show $*: an error with results on stdout"
	fi
}

out_has() { grep -qE -- "$1" "$folder/out" || fail "no '$1' on stdout"; }
err_has() { grep -qF -- "$1" "$folder/err" || fail "no '$1' on stderr: $(cat "$folder/err")"; }
json_is() {
	local got
	got=$(jq -r --arg path "$1" 'getpath($path | split("/") | map(tonumber? // .))' "$folder/out" 2>&1)
	[[ $got =~ ^-?[0-9.]+$ && $2 =~ ^-?[0-9.]+$ ]] && got=$(awk -v a="$got" -v b="$2" 'BEGIN { print a == b ? b : a }')
	[ "$got" = "$2" ] || fail "JSON: $1 is '$got', not '$2'"
}

# Without a name: everything there is, with labels.
expect 0
for name in "$FARSCALE_SOURCE"/topologies/*.yaml "$FARSCALE_SOURCE"/topologies/*/*.yaml \
	"$FARSCALE_SOURCE"/kernels/models/*.yaml; do
	out_has "^  $(basename "$name" .yaml) +[A-Z]"
done
[ ! -s "$folder/err" ] || fail "show prints on stderr: $(cat "$folder/err")"
expect 0 --format json
systems=$(cd "$FARSCALE_SOURCE/topologies" && printf '%s, ' *.yaml | sed 's/\.yaml//g; s/, $//')
json_is systems/0/name "${systems%%,*}"

# Every system: every number with unit, letter and source; where deployed ends.
for system in "$FARSCALE_SOURCE"/topologies/*.yaml; do
	expect 0 "$(basename "$system" .yaml)"
	out_has '^  chip\.peak_bf16_TFLOPS +[0-9.]+ +TFLOPS +[RDME] +\[[0-9]+\]'
	out_has '^  stack\.kernel\.min_kernel_us +[0-9.]+ +us +[RDME] +\[[0-9]+\]'
	out_has '^Deployed up to [0-9]+ chips; beyond it whole domains of [0-9]+ chips are added on tier [a-z0-9_]+\.'
	out_has '^Weakest trust: [RDME] '
	out_has '^  \[1\] '
done
expect 0 cloudmatrix-384
out_has '^Deployed up to 768 chips; beyond it whole domains of 768 chips are added on tier roce\.'
out_has '^  tier\.ub_l1\.bandwidth_GBps +196  GB/s +R '

# Options.
expect 0 cloudmatrix-384 --stack nccl --set tier.roce.latency_us=9 --set stack.jitter=none --format json
json_is tier/roce/latency_us/value 9
json_is tier/roce/latency_us/trust U
json_is tier/roce/latency_us/unit us
json_is tier/sio/latency_us/value 0.2
json_is stack/name nccl
json_is stack/kernel/chip default
json_is stack/jitter/tail_mean/value 0
json_is stack/jitter/tail_mean/source --set
json_is growth/tier roce
json_is trust E
[ ! -s "$folder/err" ] || fail "overrides that change something print on stderr: $(cat "$folder/err")"
expect 0 cloudmatrix-384 --set tier.roce.bandwidth_GBps=25
err_has 'warning: --set tier.roce.bandwidth_GBps=25 changes nothing'
expect 0 dp-moe --format json
json_is experts 16

# Bad input.
expect 2 cloudmatrix-348
err_has "unknown system 'cloudmatrix-348'; did you mean 'cloudmatrix-384'? There are: $systems"
expect 2 dp-gtp
err_has "did you mean 'dp-gpt'?"
expect 2 cloudmatrix-384 --set tier.roce.bandwith_GBps=1
err_has 'did you mean tier.roce.bandwidth_GBps?'
expect 2 cloudmatrix-384 --set tier.roce.bandwidth_GBps=nan
err_has 'a number between 0.001 and 1000000 GB/s is needed'
expect 2 cloudmatrix-384 --stack nvcc
err_has "unknown stack 'nvcc'"
expect 2 dp-gpt --set chip.memory_GB=1
err_has "'dp-gpt' is a model"
expect 2 --set chip.memory_GB=1
err_has 'need a SYSTEM'
expect 2 "$folder"
expect 2 "$folder/none.yaml"
err_has 'No such file or directory'
expect 2 /dev/zero/

# A fourth system: one file, chip and stack by name.
cat >"$folder/small-cloud.yaml" <<'END'
schema: farscale-system/1
name: small-cloud
label: Eight nodes behind Ethernet
chip: h100-sxm
stack: nccl
trust: E
source: me
deployed_chips: 64
tiers:
  - {name: node, kind: scale_up, group: 8, bandwidth_GBps: 450, efficiency: 0.8, latency_us: 0.6}
  - {name: ethernet, kind: scale_out, group: 64, bandwidth_GBps: 12.5, efficiency: 0.9, latency_us: 10}
sources:
  me: A drawing on a napkin
END
expect 0 "$folder/small-cloud.yaml"
out_has '^  tier\.ethernet\.bandwidth_GBps +12\.5  GB/s +E '
out_has 'A drawing on a napkin'

# Its network: what is given is shown, with its source; what is set is the user's.
sed -i 's/latency_us: 10}/latency_us: 10, oversubscription: 3,\n     fabric: {kind: clos, radix: 32, rails: 4}}/' "$folder/small-cloud.yaml"
expect 0 "$folder/small-cloud.yaml"
out_has '^  fabric ethernet: clos radix 32, 4 rails, adaptive$'
out_has '^  tier\.ethernet\.fabric\.radix +32  ports +E +\[[0-9]+\]$'
grep -qE 'fabric (node|routing)|tier\.node\.fabric|planes' "$folder/out" && fail "show prints what nobody gave"
expect 0 "$folder/small-cloud.yaml" --set tier.node.fabric.kind=torus --set tier.node.fabric.dimensions=2x4 \
	--set tier.ethernet.fabric.routing=ecmp --set fabric.down=ethernet:leaf0-spine1 --set fabric.down=node/7:port0-port1
out_has '^  fabric node: torus 2x4, dimension_order$'
out_has '^  fabric ethernet: clos radix 32, 4 rails, ecmp$'
out_has '^  down   ethernet/0:leaf0-spine1,node/7:port0-port1$'
out_has '^  tier\.node\.fabric\.dimensions +2x4  ports +U +\[[0-9]+\]$'
expect 0 "$folder/small-cloud.yaml" --set tier.node.fabric.kind=torus --set tier.node.fabric.dimensions=2,4 \
	--set fabric.down=ethernet:leaf0-spine1 --format json
json_is tier/node/fabric/kind/value torus
json_is tier/node/fabric/dimensions/value/1 4
json_is tier/node/fabric/dimensions/trust U
json_is tier/ethernet/fabric/rails/value 4
json_is tier/ethernet/fabric/kind/source 'A drawing on a napkin'
json_is tier/ethernet/fabric/planes null
json_is fabric/down ethernet/0:leaf0-spine1
[ ! -s "$folder/err" ] || fail "fabrics print on stderr: $(cat "$folder/err")"

sed -i 's/latency_us: 10/latency_us: ten/' "$folder/small-cloud.yaml"
expect 2 "$folder/small-cloud.yaml"
err_has "small-cloud.yaml:11:101: latency_us: a number between 0 and 1000000 us is needed, not 'ten'"

# Hostile files end at once, with one line.
head -c 200000 /dev/zero | tr '\0' '[' >"$folder/deep.yaml"
expect 2 "$folder/deep.yaml"
truncate -s 1G "$folder/huge.yaml"
expect 2 "$folder/huge.yaml"
err_has 'at most 1048576 are read'
printf 'a: &x [1]\nb: [*x, *x]\n' >"$folder/alias.yaml"
expect 2 "$folder/alias.yaml"
err_has 'alias.yaml:1:4: anchors are not supported'

# Another home.
mkdir -p "$folder/home/topologies"
FARSCALE_HOME="$folder/home" expect 2 cloudmatrix-384
err_has "unknown system 'cloudmatrix-384'. There is: none"

[ $failures -eq 0 ] && echo "show: all good"
exit $((failures > 0))
