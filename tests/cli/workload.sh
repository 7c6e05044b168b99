#!/bin/bash
# Workloads that others wrote, and what is written for others: run --workload, --chakra, --trace.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

quiet='--set stack.jitter.core_sigma=0 --set stack.jitter.tail_probability=0'

ok() {
	farscale "$@" --quiet
	expect_status "$*" 0
	expect_empty "$*" err
}

# --- A step written as a trace takes as long as it did: to the last chip's last receive of each collective, which is
# when a graph says that it ends for all. NCCL's trees do not end for all at once: what waits for them differs by as much.
for system in dgx-h100-superpod cloudmatrix-384; do
	apart=2e-4 apart_in_waits=2e-3
	[ $system = dgx-h100-superpod ] && apart=5e-3 apart_in_waits=3e-2
	for model in dp-gpt dp-moe; do
		# shellcheck disable=SC2086
		ok run $system --model $model -n 64 --steps 1 $quiet --chakra $model --format json
		step=$(values step_s) compute=$(values compute_s) exposed=$(values exposed_comm_s)
		[ "$(find . -name "$model.*.et" | wc -l)" -eq 64 ] || fail "$model: not 64 files"
		for kernels in modelled recorded; do
			ok run $system --workload $model --kernels $kernels --format json
			holds "(\$1 - \$2)^2 < ($apart * \$2)^2" "$(values step_s)" "$step" ||
				fail "$model on $system: $(values step_s) s, not $step"
			holds '($1 - $2)^2 < (2e-4 * $2)^2' "$(values compute_s)" "$compute" ||
				fail "$model on $system: computes $(values compute_s) s, not $compute"
			holds "(\$1 - \$2)^2 < ($apart_in_waits * \$2)^2" "$(values exposed_comm_s)" "$exposed" ||
				fail "$model on $system: waits $(values exposed_comm_s) s, not $exposed"
		done
	done
done

# --- The first chips' files say it all where chips do the same; on half the flop/s kernels take longer, as recorded they
# do not.
# shellcheck disable=SC2086
ok run dgx-h100-superpod --model dp-gpt -n 4096 --steps 1 $quiet --chakra big --chakra-chips 2 --format json
step=$(values step_s)
[ "$(echo big.*.et)" = 'big.0.et big.1.et' ] || fail "files: $(echo big.*.et)"
ok run dgx-h100-superpod -w big -n 4096 --format json
holds '($1 - $2)^2 < (5e-3 * $2)^2' "$(values step_s)" "$step" || fail "4096 chips: $(values step_s), not $step"
cp out whole.json
slow='--set chip.peak_bf16_TFLOPS=100'
# shellcheck disable=SC2086
ok run dgx-h100-superpod -w big $slow --format json
holds '$1 > 2 * $2' "$(values compute_s)" "$step" || fail "a slow chip computes $(values compute_s) s"
# shellcheck disable=SC2086
ok run dgx-h100-superpod -w big $slow --kernels recorded --format json
holds '$1 < 1.1 * $2' "$(values step_s)" "$step" || fail "as recorded: $(values step_s) s"
ok run dgx-h100-superpod -w big --format csv
ok run dgx-h100-superpod -w big
expect_in 'table' out 'big on dgx-h100-superpod'
mkdir records && sed -n 2p whole.json >records/records.jsonl
farscale report records
expect_status 'a report of a workload' 0

# --- Many chips whose files differ.
i=0
while [ $i -lt 256 ]; do
	cp big.$((i % 2)).et many.$i.et
	i=$((i + 1))
done
rm many.7.et
refuse 'many.7.et: No such file' run dgx-h100-superpod -w many

# --- Timelines: jq reads them; a chip's kernels and waits are its step, and no two overlap on a stream.
# shellcheck disable=SC2086
ok run dgx-h100-superpod --model dp-moe -n 16 --steps 2 $quiet --trace t.json --trace-chips 3,0,3 --format json
step=$(values step_s)
[ "$(jq -c '[.traceEvents[] | select(.ph == "X") | .pid] | unique' t.json)" = '[0,3]' ] || fail 'not chips 0 and 3'
[ "$(jq -c '[.traceEvents[] | select(.name == "thread_name" and .pid == 3) | .args.name] | sort' t.json)" = \
	'["compute","data","expert"]' ] || fail 'not its three streams'
holds '($1 - $2)^2 < (1e-6 * $2)^2' "$step" "$(jq '[.traceEvents[] |
	select(.ph == "X" and .pid == 3 and (.cat == "kernel" or .cat == "wait")) | .dur] | add / 1e6' t.json)" ||
	fail "kernels and waits are not the step, $step s"
overlaps='[.traceEvents[] | select(.ph == "X")] | group_by(.tid) | map(sort_by(.ts) |
	[range(1; length) as $i | select(.[$i].ts < .[$i - 1].ts + .[$i - 1].dur - 1e-3)] | length) | add'
[ "$(jq "$overlaps" t.json)" = 0 ] || fail 'events of one stream overlap'
[ "$(jq '[.traceEvents[] | select(.cat == "collective" and .args.algorithm and .args.group_size > 1)] | length > 4' \
	t.json)" = true ] || fail 'collectives do not say what they are'
ok run dgx-h100-superpod --workload dp-gpt --trace w.json
[ "$(jq -c '[.traceEvents[] | select(.ph == "X") | .pid] | unique | length' w.json)" = 32 ] || fail 'not 32 chips'
[ "$(jq "$overlaps" w.json)" = 0 ] || fail "events of a workload's stream overlap"

# --- SimAI: two stages, two micro-batches of 1 ms forward and 2 ms backward without communication but 4 KB between
# stages: (ga + pp - 1) * 3 ms, and what the messages take.
cat >simai.txt <<'END'
HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2 ep: 1 pp: 2 vpp: 1 ga: 2 all_gpus: 16 checkpoints: 0 checkpoint_initiates: 0 pp_comm 4096
2
embedding_layer -1 1000000 NONE 0 2000000 NONE 0 0 NONE 0 100
embedding_layer -1 1000000 NONE 0 2000000 NONE 0 0 NONE 0 100
END
ok run dgx-h100-superpod -w simai.txt --format json
holds '$1 > 9e-3 && $1 < 9.2e-3' "$(values step_s)" || fail "SimAI: $(values step_s) s, not 9 ms"
holds '($1 - 6e-3)^2 < 1e-12' "$(values compute_s)" || fail "SimAI: computes $(values compute_s) s, not 6 ms"
[ "$(values layout)" = '"tp=2,ep=1,pp=2,micro_batches=2"' ] || fail "layout $(values layout)"

# --- What is wrong is said in one line.
system=dgx-h100-superpod
refuse 'no Chakra trace nothing.0.et'                    run $system -w nothing
refuse 'no/where/: No such file'                         run $system -w no/where/t
refuse "is one chip's file of a Chakra trace"            run $system -w big.0.et
refuse 'is a trace of 4096 chips; it cannot be run on 8' run $system -w big -n 8
refuse 'one number of chips; -n has 2'                   run $system -w big -n 4096,8
refuse '--workload comes in place of --model'            run $system -w big --model dp-gpt -n 8
refuse '--workload comes in place of --model'            run $system -w big --chakra x
refuse 'a workload runs once, on the virtual clock'      run $system -w big --clock wall
refuse 'a workload runs once, on the virtual clock'      run $system -w big --steps 3
refuse "--kernels tells how a --workload's"              run $system --model dp-gpt -n 8 --kernels recorded
refuse '--trace-chips tells what is in a --trace'        run $system -w big --trace-chips 0
refuse '--chakra-chips tells how much of --chakra'       run $system --model dp-gpt -n 8 --chakra-chips 1
refuse "'9x' is not the number of a chip, 0 to 7"        run $system --model dp-gpt -n 8 --trace t.json --trace-chips 0,9x
refuse "'8' is not the number of a chip, 0 to 7"         run $system --model dp-gpt -n 8 --trace t.json --trace-chips 8 --quiet
refuse '/no/t.json: No such file'                        run $system --model dp-gpt -n 8 --steps 1 --trace /no/t.json --quiet
refuse '/no/t.0.et: No such file'                        run $system --model dp-gpt -n 8 --steps 1 --chakra /no/t --quiet
refuse '--trace is of the virtual clock'                 run $system --model dp-gpt -n 1 --clock wall --trace t.json
refuse "unknown system 'nebula'"                         run nebula -w big
head -c 100 big.0.et >cut.0.et
refuse 'cut.0.et: the message at byte'                   run $system -w cut
sed 's/0\.0\.4/7.7.7/' big.0.et >new.0.et
refuse 'new.0.et: Chakra schema 7.7.7; known is 0.0.4'   run $system -w new
head -c 5000 /dev/zero >zero.0.et
refuse 'zero.0.et: two nodes have the number 0'          run $system -w zero
printf 'plain text\n' >words.txt
refuse "words.txt:1: 'plain' is no kind of workload"     run $system -w words.txt
mkdir folder
refuse 'no Chakra trace folder.0.et'                     run $system -w folder

finish
