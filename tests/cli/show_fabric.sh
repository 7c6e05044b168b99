#!/bin/bash
# farscale show SYSTEM --fabric [--svg FILE], as a user sees it. Needs $FARSCALE (the program) and $FARSCALE_SOURCE.
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
	else
		[ ! -s "$folder/err" ] || fail "show $*: prints on stderr: $(cat "$folder/err")"
	fi
}

out_has() { grep -qE -- "$1" "$folder/out" || fail "no '$1' on stdout: $(cat "$folder/out")"; }
err_has() { grep -qF -- "$1" "$folder/err" || fail "no '$1' on stderr: $(cat "$folder/err")"; }

# json_is FILTER EXPECTED: numbers to 12 digits.
json_is() {
	local got
	got=$(jq -c "$1 | if type == \"number\" then (. * 1e9 | round) / 1e9 else . end" "$folder/out" 2>&1)
	[ "$got" = "$2" ] || fail "JSON: $1 is $got, not $2"
}

# Is it XML, of known elements only, and small?
svg_is_fine() {
	local unknown
	if command -v xmllint >/dev/null; then
		xmllint --noout "$1" 2>"$folder/lint" || fail "$1: $(head -n 1 "$folder/lint")"
	fi
	[[ $(head -c 5 "$1")$(tail -n 1 "$1") = '<?xml</svg>' ]] || fail "$1: not a whole SVG"
	unknown=$(grep -oE '<[a-zA-Z!?/][^ >/]*' "$1" | sort -u | grep -vxE '<\??/?(xml|svg|title|style|rect|circle|path|text)')
	[ -z "$unknown" ] || fail "$1: has $unknown"
	grep -qE '="[^"]*(nan|inf)' "$1" && fail "$1: coordinates that are no numbers"
	[ "$(stat -c %s "$1")" -lt 200000 ] || fail "$1: $(stat -c %s "$1") bytes"
}

svg_has() { grep -qF -- "$1" "$folder/f.svg" || fail "no '$1' in the drawing"; }
svg_count() { # HOW MANY of PATTERN
	local got
	got=$(grep -cE -- "$2" "$folder/f.svg")
	[ "$got" -eq "$1" ] || fail "the drawing has $got of '$2', not $1"
}

# system FABRIC PORTS [OVERSUBSCRIPTION [NODE]]: ports of 12 GB/s, nodes of NODE chips.
system() {
	cat >"$folder/s.yaml" <<END_OF_SYSTEM
schema: farscale-system/1
name: s
label: "${label:-A system}"
chip: h100-sxm
stack: nccl
trust: R
source: me
deployed_chips: $2
tiers:
  - {name: node, kind: scale_up, group: ${4:-2}, bandwidth_GBps: 50, efficiency: 0.8, latency_us: 1, oversubscription: 1}
  - name: net
    kind: scale_out
    group: $2
    bandwidth_GBps: {value: 15, trust: D}
    efficiency: 0.8
    latency_us: 10
    oversubscription: ${3:-1}
    fabric: {$1}
sources:
  me: A drawing on a napkin
END_OF_SYSTEM
}

# facts SWITCHES CABLES OPTICS BISECTION/GBps PER-CHIP HOPS: of tier net
facts() {
	expect 0 "$folder/s.yaml" --fabric --format json --svg "$folder/f.svg"
	json_is .tier.net.group.switches "$1"
	json_is .tier.net.group.cables "$2"
	json_is .tier.net.group.optical_modules "$3"
	json_is .tier.net.group.bisection_GBps "$4"
	json_is .tier.net.group.bisection_per_chip_GBps "$5"
	json_is .tier.net.group.diameter_hops "$6"
	svg_is_fine "$folder/f.svg"
}

# Known networks, by hand. A fat tree of 4-port switches: 8 + 8 + 4 of them, 3 times 16 cables.
system 'kind: clos, radix: 4' 16
facts 20 48 64 96 12 6
json_is '[.tier.net.group.links[] | .count]' '[16,16,16]'
json_is .tier.net.trust '"D"'
json_is .tier.node.groups 8
json_is .tier.node.all_groups '{"switches":8,"cables":16,"optical_modules":0}'
json_is .total '{"switches":28,"cables":64,"optical_modules":64}'
json_is .tier.net.fabric '"clos radix 4, adaptive"'
# Two leaves of 6 ports down and 2 up, both to one spine.
system 'kind: clos, radix: 8' 12 3
facts 3 16 8 24 4 4
json_is '.tier.net.group.links[1].oversubscription' 3
svg_has '>3:1<'
svg_has 'class="over"'
# Two such in parallel, of half the width.
system 'kind: clos, radix: 8, planes: 2' 12 3
facts 6 32 16 24 4 4
json_is '.tier.net.group.links[0] | [.count, .GBps]' '[24,6]'
# A torus: 3 links a port, 2 GB/s each way and direction; 32 of them through the middle.
system 'kind: torus, dimensions: [4, 4, 4]' 64
facts 0 192 384 64 2 6
# A full mesh of 8 by 4: 28 links in each of 4 rows, 6 in each of 8 columns; of 10 each 1.2 GB/s.
system 'kind: full_mesh, dimensions: [8, 4]' 32
facts 0 160 320 38.4 2.4 2
# Nine groups of four routers with two ports each (Kim et al. 2008): 72 + 54 + 36 cables, 20 between halves.
system 'kind: dragonfly, router_ports: 2, group_routers: 4, global_links: 2' 72
facts 36 162 180 240 6.666666667 5
# A switch whose nodes of 8 share an uplink: 4:1.
system 'kind: switch' 32 4 8
facts 1 32 0 48 3 2
json_is '.tier.net.group.links[1] | [.from, .count, .GBps, .oversubscription]' '["part",4,24,4]'
svg_has '>4:1<'
# Two ports of two chips each on a ring: one cable of 24 GB/s.
system 'kind: ring, chips_per_port: 2' 4
facts 0 1 2 24 12 1

# The table.
system 'kind: clos, radix: 8' 12 3
expect 0 "$folder/s.yaml" --fabric
out_has '^  fabric of 12 chips, every group full \(deployed up to 12\)$'
out_has '^  net +1 +12 +12 +3 +16 +8 +0\.024 +4 +33\.3 +4 +D +clos radix 8, adaptive$'
out_has '^  node +6 +2 +2 +6 +12 +0 +0\.04 +40 +100 +2 +R +switch$'
out_has '^  all tiers +9 +28 +8$'
out_has '^  net +port - leaf +12 +12 +0\.144$'
out_has '^ +leaf - spine +4 +12 +0\.048 +3:1$'
out_has '^Weakest trust: D'
expect 0 "$folder/s.yaml" --fabric --set tier.net.bandwidth_GBps=30
out_has '^  net .* 0\.048 +8 .* E +clos'

# Every system there is; its drawing names it.
for file in "$FARSCALE_SOURCE"/topologies/*.yaml; do
	name=$(basename "$file" .yaml)
	expect 0 "$name" --svg "$folder/f.svg"
	out_has '^  all tiers +[0-9,]+'
	svg_is_fine "$folder/f.svg"
	svg_has ">The fabric of $name<"
done

# What is down: listed, drawn, and the drawing shows that group.
system 'kind: clos, radix: 4' 16
expect 0 "$folder/s.yaml" --svg "$folder/f.svg" --set fabric.down=net:leaf3-spine2,node/5:port1-switch0
out_has '^  node, group 5: port1-switch0$'
out_has '^  net, group 0: leaf3-spine2$'
svg_is_fine "$folder/f.svg"
svg_has '>down: leaf3-spine2<'
svg_has 'group 5 is drawn'
svg_count 3 'path class="down"' # with the legend's
for kind in 'kind: torus, dimensions: [4, 4]' 'kind: full_mesh, dimensions: [4, 4]'; do
	system "$kind" 16
	expect 0 "$folder/s.yaml" --svg "$folder/f.svg" --set fabric.down=net:port0-port1
	svg_count 2 'path class="down"'
done
system 'kind: dragonfly, router_ports: 2, group_routers: 4, global_links: 2' 72
expect 0 "$folder/s.yaml" --format json --svg "$folder/f.svg" --set fabric.down=net:router0-router1
json_is .down '[{"tier":"net","group":0,"cable":"router0-router1"}]'
svg_count 2 'path class="down"'
expect 2 "$folder/s.yaml" --fabric --set fabric.down=net:router0-router99
err_has "fabric.down: tier net: no link 'router0-router99'"

# A label stays a label.
label='<script>alert(1)</script> & \"it'"'"'s\"' system 'kind: clos, radix: 4' 16
expect 0 "$folder/s.yaml" --svg "$folder/f.svg"
svg_is_fine "$folder/f.svg"
svg_has '&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;it&#39;s&quot;'
grep -q '<script>' "$folder/f.svg" && fail "a label became an element"

# A million chips: at once, and small.
system 'kind: clos, radix: 256, planes: 2' 1048576 1 64
SECONDS=0
expect 0 "$folder/s.yaml" --svg "$folder/f.svg" --set fabric.down=net:port999999-leaf7812
out_has '^  net +1 +1,048,576 +1,048,576 +40,960 +6,291,456 +8,388,608'
svg_is_fine "$folder/f.svg"
system 'kind: torus, dimensions: [128, 128, 64]' 1048576 1 64
expect 0 "$folder/s.yaml" --svg "$folder/f.svg"
svg_is_fine "$folder/f.svg"
system 'kind: dragonfly, router_ports: 16, group_routers: 64, global_links: 64' 1048576 1 64
expect 0 "$folder/s.yaml" --svg "$folder/f.svg"
svg_is_fine "$folder/f.svg"
[ $SECONDS -le 30 ] || fail "three drawings of a million chips take $SECONDS s"

# Bad input.
expect 2 dp-gpt --fabric
err_has "'dp-gpt' is a model; --fabric is of systems"
expect 2 --fabric
err_has '--fabric needs a SYSTEM'
expect 2 --svg "$folder/f.svg"
expect 2 cloudmatrix-384 --svg
err_has '--svg needs a value, FILE'
expect 2 cloudmatrix-384 --svg "$folder/none/f.svg"
err_has "cannot write $folder/none/f.svg: No such file or directory"
expect 2 cloudmatrix-384 --svg "$folder"
err_has 'Is a directory'
if [ -w /dev/full ]; then
	expect 2 cloudmatrix-384 --svg /dev/full
	err_has 'cannot write /dev/full: No space left on device'
fi
system 'kind: clos, radix: 4, levels: 2' 16
expect 2 "$folder/s.yaml" --fabric
err_has 's.yaml:18:13: tier net: a clos of radix 4 with 2 levels has room for 8 ports, not 16'
system 'kind: full_mesh, dimensions: [100000]' 100000
expect 2 "$folder/s.yaml" --fabric
err_has 's.yaml:18:13: tier net: a full_mesh of 100000 ports with more than 100000000 links'
system 'kind: clos, radix: 64' 16
expect 2 "$folder/s.yaml" --fabric --set tier.net.fabric.radix=2 --set tier.net.fabric.levels=2
err_has 'show: tier net: a clos of radix 2'

[ $failures -eq 0 ] && echo "show --fabric: all good"
exit $((failures > 0))
