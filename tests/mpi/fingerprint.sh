#!/bin/bash
# The virtual clock gives the same bytes for any number of ranks.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"
limit=60

# without_host FILE: what a rank took of this host's memory is no result.
without_host() {
	sed -i 's/, "rank_memory_MB": [0-9.e+-]*//' "$1"
}

# same WHAT "RANKS ..." ARGUMENT...: the first number of ranks gives what the others must repeat, but for the number of
# ranks itself (live chips are none, as all compute is modelled).
same() {
	local what=$1 counts=$2 reference=
	shift 2
	for n in $counts; do
		ranks "$n" "$@" --format json --quiet
		expect_status "$what, $n ranks" 0
		expect_empty "$what, $n ranks" err
		[ "$(values ranks | sort -u)" = "$n" ] || fail "$what: $(values ranks | sort -u) ranks, not $n"
		sed -i 's/"ranks": [0-9]*, //' out
		without_host out
		if [ -z "$reference" ]; then
			reference=$n
			cp out reference
			grep -q '"fingerprint": "[0-9a-f]\{16\}"' reference || fail "$what: no result: $(head -c 300 out)"
		fi
		cmp -s out reference || fail "$what: $n ranks differ from $reference: $(diff reference out | cut -c 1-400)"
	done
}

same 'a whole system' '1 2 3 4 8' \
	run cloudmatrix-384 --model dp-moe -n 15488 --compute model --seed 7 --steps 2
for model in dp-gpt dp-moe; do
	same "odd numbers, $model" '1 3 5' run nvl72-gb200 --model $model -n 7,1000,1001 --steps 3 --seed 3
done
same 'as many ranks as chips' '1 7' run dgx-h100-superpod --model dp-moe -n 7 --clock virtual --steps 3 --compute model

# Without mpirun as with it.
farscale run nvl72-gb200 --model dp-moe -n 1000 --steps 3 --seed 3 --format json
cp out alone
without_host alone
ranks 1 run nvl72-gb200 --model dp-moe -n 1000 --steps 3 --seed 3 --format json --quiet
without_host out
cmp -s out alone || fail 'one rank under mpirun differs from none'

# Every algorithm, where nothing divides.
for collective in allreduce allgather reduce_scatter alltoall broadcast sendrecv; do
	for algorithm in $(algorithms $collective); do
		# shellcheck disable=SC2046
		same "$collective $algorithm" '1 5' bench $collective cloudmatrix-384 -n 37 -b 1 -e 1M -f 101 \
			--algorithm "$algorithm" $(reducing cloudmatrix-384 0.5)
	done
done

# Switches reduce for groups that lie on several ranks: within a node, across nodes, and of everybody; with jitter, so
# that someone is late everywhere.
for algorithm in in_network hierarchical_in_network hierarchical_tree in_network_tree; do
	# shellcheck disable=SC2046
	same "$algorithm" '1 2 3 4 7' bench allreduce dgx-h100-superpod -n 24,1000,15488 -b 1G -e 1G \
		--algorithm "$algorithm" $(reducing dgx-h100-superpod 0.5)
done
for system in dgx-h100-superpod nvl72-gb200; do
	# shellcheck disable=SC2046
	same "training on $system, with switches that reduce" '1 2 3 4' run $system --model dp-moe -n 64,1000,1001 \
		--compute model --steps 3 --seed 3 $(reducing $system 0.9)
done

# Links that are shared: an oversubscribed Clos whose ways a hash picks, a torus, cables that are down. In training, two
# streams are in flight at once.
shared() {
	local what=$1
	shift
	same "training, $what" '1 2 3' run dgx-h100-superpod --model dp-moe -n 72,256 --compute model --steps 2 --seed 3 "$@"
	same "all-to-all, $what" '1 2 3' bench alltoall dgx-h100-superpod -n 40,64 -b 1M -e 1M "$@"
}
leaves=(--set tier.ib_ndr_leaf.fabric.kind=clos --set tier.ib_ndr_leaf.fabric.radix=64)
shared ecmp "${leaves[@]}" --set tier.ib_ndr_leaf.fabric.routing=ecmp --set tier.ib_ndr_leaf.oversubscription=3
shared torus --set tier.ib_ndr_leaf.fabric.kind=torus --set tier.ib_ndr_leaf.fabric.dimensions=8x8x4
shared 'cables down' "${leaves[@]}" --set fabric.down=ib_ndr_leaf:leaf0-spine1,ib_ndr_leaf:leaf1-spine3

# Pipelines: stages that lie on several ranks and ranks that have several stages; stages whose chips are not neighbours;
# experts; switches that reduce for groups of a stage alone; ways that a hash picks.
staged() {
	local what=$1 model=$2 chips=$3 layout=$4
	shift 4
	same "pipeline, $what" '1 2 3' run dgx-h100-superpod --model "$model" -n "$chips" --layout "$layout" --steps 2 \
		--seed 3 --allow-oom "$@"
}
staged 1f1b llama3-8b 64 tp=2,pp=4,zero=1,gbs=32
staged interleaved llama3-8b 60 tp=1,pp=4,vpp=2,gbs=120,overlap_pp=0,overlap_dp=0
staged 'pp not outermost' gpt-22b 64 tp=2,pp=4,vpp=2,order=tp-pp-cp-ep-dp,gbs=32,zero=1
staged dualpipe deepseek-v3 128 pp=8,first_layers=8,last_layers=6,ep=8,schedule=dualpipe,gbs=256,zero=1
staged zb1p llama3-8b 64 tp=4,cp=2,pp=4,schedule=zb1p,gbs=16,seq=8192
for order in tp-cp-ep-dp-pp tp-pp-cp-ep-dp; do
	# shellcheck disable=SC2046
	staged "with switches that reduce, $order" llama3-8b 128 tp=4,pp=4,order=$order,gbs=64 $(reducing dgx-h100-superpod 0.9)
done
staged ecmp mixtral-8x7b 64 tp=2,pp=2,ep=8,zero=3,gbs=32 "${leaves[@]}" --set tier.ib_ndr_leaf.fabric.routing=ecmp \
	--set tier.ib_ndr_leaf.oversubscription=3

# A sweep farmed over ranks has the records of one that was not.
cat >sweep.yaml <<-END
	schema: farscale-sweep/1
	name: farmed
	systems: [dgx-h100-superpod, cloudmatrix-384]
	models: [dp-gpt, dp-moe]
	chips: [3, 64, 1000]
	seeds: [1, 2]
	steps: 2
END
farscale sweep sweep.yaml --output alone.d --quiet
ranks 3 sweep sweep.yaml --output farmed.d --quiet
expect_status 'a farmed sweep' 0
expect_lines 'a farmed sweep' farmed.d/records.jsonl 24
[ "$(sort alone.d/records.jsonl)" = "$(sort farmed.d/records.jsonl)" ] || fail 'a farmed sweep: other records'

# Live cases, too, are done once.
echo 'live: {chips: 2, steps: 1}' >>sweep.yaml
# One that a busy host spoiled three times is refused, and said so; the next start runs it.
for _ in 1 2 3 4 5; do
	ranks 3 sweep sweep.yaml --output farmed.d --quiet
	[ "$status" -eq 1 ] && grep -qE 'woke|stood still' err || break
done
expect_status 'with live cases' 0
cp farmed.d/records.jsonl records
expect_lines 'with live cases' records 28
[ "$(grep -c '"clock": "wall", "compute": "blas", "pace": "padded"' records)" -eq 4 ] || fail 'with live cases: not four'
ranks 3 sweep sweep.yaml --output farmed.d --quiet
expect_status 'with live cases, again' 0
cmp -s farmed.d/records.jsonl records || fail 'with live cases: a second start changed the records'

finish
