#!/bin/bash
# farscale show, as a user sees it.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
folder=$scratch

# expect STATUS ARGUMENTS...: runs show; leaves its output in `out` and `err`.
expect() {
	local wanted=$1
	shift
	farscale show "$@"
	expect_status "show $*" "$wanted"
	if [ "$wanted" -ne 0 ]; then
		expect_lines "show $*" err 1
		expect_empty "show $*" out
	fi
}

out_has() { grep -qE -- "$1" out || fail "no '$1' on stdout"; }
err_has() { grep -qF -- "$1" err || fail "no '$1' on stderr: $(cat err)"; }
json_is() {
	local got
	got=$(jq -r --arg path "$1" 'getpath($path | split("/") | map(tonumber? // .))' out 2>&1)
	[[ $got =~ ^-?[0-9.]+$ && $2 =~ ^-?[0-9.]+$ ]] && got=$(awk -v a="$got" -v b="$2" 'BEGIN { print a == b ? b : a }')
	[ "$got" = "$2" ] || fail "JSON: $1 is '$got', not '$2'"
}

# Without a name: everything there is, with labels.
expect 0
for name in "$FARSCALE_SOURCE"/topologies/*.yaml "$FARSCALE_SOURCE"/topologies/*/*.yaml \
	"$FARSCALE_SOURCE"/kernels/models/*.yaml; do
	out_has "^  $(basename "$name" .yaml) +[A-Z]"
done
[ ! -s err ] || fail "show prints on stderr: $(cat err)"
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
[ ! -s err ] || fail "overrides that change something print on stderr: $(cat err)"
expect 0 cloudmatrix-384 --set tier.roce.bandwidth_GBps=25
err_has 'warning: --set tier.roce.bandwidth_GBps=25 changes nothing'
expect 0 dp-moe --format json
json_is experts 16

# Models: parameters and flop by part, published ones and one from the command line.
expect 0 deepseek-v3
out_has '^  trust  M$'
out_has '^  feed_forward +gated$'
out_has '^  parameters +6\.71026[0-9]+e\+11$'
out_has '^  expert layer +58 +all of one '
expect 0 gpt-22b --format json
json_is kv_heads 64
json_is norm layer
json_is trust R
json_is parts/1/part 'dense layer'
json_is parts/1/count 48
custom=custom:layers=2,hidden=8,heads=2,ffn=32,vocabulary=100,sequence=16
expect 0 $custom --format json
json_is parameters 3136
json_is parts/1/weights/feed-forward 512

# A layout: what is derived, what it takes, whether it fits.
layout=tp=8,pp=16,vpp=8,gbs=2048,zero=2
expect 0 llama3-405b -n 16384 --layout $layout --system dgx-h100-superpod
out_has '^Layout tp=8,pp=16,vpp=8,dp=128,gbs=2048,zero=2,bucket_MB=256$'
out_has '^  group of dp +128  chips 8 apart$'
out_has '^ +0  embedding 15 31 47 63 79 95 111 +3052109824 '
out_has '^Fits: the fullest chip needs [0-9.]+ GB; h100-sxm has 85\.90 GB, sold as 80\.$'
expect 0 llama3-405b -n 16384 --layout $layout --system dgx-h100-superpod --set chip.memory_GB=64 --format json
json_is fits false
json_is chip/memory_GB 64
json_is layout/schedule interleaved
json_is layout/microbatches 16
json_is groups/pp/stride 1024
json_is memory/15/holds '14 30 46 62 78 94 110 head'
# 3.05 G parameters: 2 bytes for each, 4 and 12 a 128th.
json_is memory/0/weights_bytes 6104219648
json_is memory/0/gradients_bytes 95378432
json_is memory/0/optimizer_bytes 286135296
expect 0 dp-moe -n 64 --format json
json_is layout/text dp=4,ep=16,bucket_MB=256

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
grep -qE 'fabric (node|routing)|tier\.node\.fabric|planes' out && fail "show prints what nobody gave"
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
[ ! -s err ] || fail "fabrics print on stderr: $(cat err)"

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

finish
