#!/bin/bash
# What a user may get wrong: each gets one clear line on stderr, nothing on stdout, exit status 2, and no waiting.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

system=cloudmatrix-384

# Commands and options: the nearest one is named.
refuse "unknown command 'shwo'; did you mean show?"    shwo
refuse "unknown command 'xyzzy'; farscale help lists"  xyzzy
refuse "unknown command ''"                            ''
refuse "unknown command 'rnu'; did you mean run?"      help rnu
refuse "unexpected argument 'more'"                    help run more
for command in show bench run sweep report calibrate; do
	refuse '--help lists what there is'            $command --xyzzy
	refuse 'unknown option -z'                     $command -z
done
refuse 'did you mean --stack?'                         show $system --stakc nccl
refuse 'did you mean --algorithm?'                     bench allreduce $system -n 8 --algoritm ring
refuse 'did you mean --model?'                         run $system --modle dp-gpt -n 8
refuse 'did you mean --output?'                        sweep x.yaml --ouput x
refuse 'did you mean --format?'                        report x --fromat csv
refuse 'did you mean --again?'                         calibrate --agian
refuse '--quiet takes no value'                        run $system --quiet=yes
refuse "unexpected argument 'b'"                       show a b
refuse "unexpected argument 'dgx-h100-superpod'"       run $system dgx-h100-superpod

# What is missing.
refuse '--set needs a value'         show $system --set
refuse '--format needs a value'      calibrate --format
refuse '--chips needs a value'       run $system --model dp-gpt -n
refuse '--output needs a value'      sweep x.yaml --output
refuse 'which collective?'           bench
refuse 'which system?'               bench allreduce
refuse 'how many chips?'             bench allreduce $system
refuse 'which system?'               run
refuse 'which model?'                run $system -n 8
refuse 'how many chips?'             run $system --model dp-gpt
refuse 'which file?'                 sweep
refuse 'whose records?'              report

# Names: what there is, is listed.
systems=$(cd "$FARSCALE_SOURCE/topologies" && printf '%s, ' *.yaml | sed 's/\.yaml//g; s/, $//')
refuse "did you mean 'cloudmatrix-384'? There are: $systems" show cloudmatrix-348
refuse "There are: $systems"                               bench allreduce nebula -n 8
refuse "unknown system 'nebula'. There are: $systems"      run nebula --model dp-gpt -n 8
refuse "unknown model 'gpt-5'; did you mean 'gpt-1t'? There are: deepseek-v2, deepseek-v3, dp-gpt, dp-moe" run $system --model gpt-5 -n 8
refuse "did you mean 'nccl'? There are: cann, "        run $system --model dp-gpt -n 8 --stack rccl
refuse 'known: allreduce, allgather, reduce_scatter'       bench gossip $system -n 8
refuse "allreduce has no algorithm 'bruck'; it has: ring"  bench allreduce $system -n 8 --algorithm bruck
refuse 'is not one of wall|virtual'                        run $system --model dp-gpt -n 8 --clock sun
refuse 'is not one of blas|model'                          run $system --model dp-gpt -n 8 --compute gpu
refuse 'is not one of padded|raw'                          run $system --model dp-gpt -n 8 --pace slow
refuse 'is not one of table|csv|json'                      bench allreduce $system -n 8 --format xml

# Numbers of chips.
for command in "bench allreduce $system" "run $system --model dp-gpt"; do
	# shellcheck disable=SC2086
	{
		refuse '--chips: 0 is below the least, 1'             $command -n 0
		refuse "--chips: '-1' is not a whole number"          $command -n -1
		refuse '--chips: the range 8..2 must rise'            $command -n 8..2
		refuse "--chips: '1e99' is not a whole number"        $command -n 1e99
		refuse '99999999999 chips'                            $command -n 99999999999
		refuse 'at most 16777216'                             $command -n 9223372036854775807
		refuse 'that fits 64 bits'                            $command -n 18446744073709551616
		refuse "'' is not a whole number"                     $command -n ''
		refuse "'' is not a whole number"                     $command -n 8,
		refuse "'' is not a whole number"                     $command -n 8..
		refuse "'0x10' is not a whole number"                 $command -n 0x10
		refuse 'more than 256 numbers'                        $command -n "$(seq -s, 1 257)"
		refuse 'the list is too long'                         $command -n "$(seq -s, 1 2000)"
		refuse 'the wall clock needs a rank for each of 8'    $command -n 8 --clock wall
		refuse "--dilation: 'nan' is not a number >= 0"       $command -n 8 --dilation nan
		refuse "--dilation: '-1' is not a number >= 0"        $command -n 8 --dilation -1
	}
done

# Sizes, steps, seeds.
refuse '-e (8) is below -b (16)'                  bench allreduce $system -n 8 -b 16 -e 8
refuse '--begin: 0 is below the least, 1'         bench allreduce $system -n 8 -b 0
refuse "--begin: '-4' is not a whole number"      bench allreduce $system -n 8 -b -4
refuse "--begin: '4X' is not a whole number"      bench allreduce $system -n 8 -b 4X
refuse "--end: '99999999T' is too large"          bench allreduce $system -n 8 -e 99999999T
refuse 'that fits 64 bits'                        bench allreduce $system -n 8 -e 99999999999999999999
refuse '--factor: 1 is below the least, 2'        bench allreduce $system -n 8 -f 1
refuse '--factor: 0 is below the least, 2'        bench allreduce $system -n 8 -f 0
refuse '--steps: 0 is below the least, 1'         run $system --model dp-gpt -n 8 --steps 0
refuse 'above the most, 100000'                   run $system --model dp-gpt -n 8 --steps 100001
refuse "--seed: 'x' is not a whole number"        run $system --model dp-gpt -n 8 --seed x
refuse "'18446744073709551615' is too large"      run $system --model dp-gpt -n 8 --seed 18446744073709551615

# Overrides.
for command in "show $system" "bench allreduce $system -n 8" "run $system --model dp-gpt -n 8"; do
	# shellcheck disable=SC2086
	{
		refuse 'is not path=value'                        $command --set tier.roce.latency_us
		refuse 'is not path=value'                        $command --set =1
		refuse 'did you mean tier.roce.latency_us?'       $command --set tier.roce.latency_u=1
		refuse 'has no such number'                       $command --set xyzzy=1
		refuse 'a number between 0 and 1000000 us'        $command --set tier.roce.latency_us=nan
		refuse 'a number between 0 and 1000000 us'        $command --set tier.roce.latency_us=-1
		refuse 'a number between 0 and 1000000 us'        $command --set tier.roce.latency_us=inf
		refuse 'a number between 0 and 1000000 us'        $command --set tier.roce.latency_us=
		refuse 'a number between 0 and 1000000 us'        $command --set tier.roce.latency_us=1e400
		refuse 'a number between 0.001 and 1000000 GB/s'  $command --set tier.roce.bandwidth_GBps=0
		refuse 'the word none is needed'                  $command --set stack.jitter=some
		refuse 'did you mean tier.roce.fabric.radix?'     $command --set tier.roce.fabric.raidx=64
		refuse 'a whole number between 2 and 65536 ports' $command --set tier.roce.fabric.radix=0
		refuse 'one of switch|clos|full_mesh|torus|ring'  $command --set tier.roce.fabric.kind=fat_tree
		refuse 'a clos needs it, the ports of a switch'   $command --set tier.roce.fabric.kind=clos
		refuse 'is for clos; this fabric is a switch'     $command --set tier.roce.fabric.radix=64
		refuse 'a list of 1 to 5 numbers with an x'       $command --set tier.sio.fabric.dimensions=2by1
		refuse 'a torus needs them, with a product of 2'  $command --set tier.sio.fabric.kind=torus
		refuse 'not 2x2 = 4' $command --set tier.sio.fabric.kind=torus --set tier.sio.fabric.dimensions=2x2
		refuse 'did you mean roce?'                       $command --set fabric.down=roec:leaf0-spine1
		refuse 'tier:cable or tier/group:cable is needed' $command --set fabric.down=roce
		refuse 'tier roce has groups 0 to 0, not 1'       $command --set fabric.down=roce/1:leaf0-spine1
	}
done
many=()
for i in {1..9}; do many+=(--set "tier.roce.latency_us=0.1234567890123$i"); done
refuse 'longer than the 255 letters'              run $system --model dp-gpt -n 8 "${many[@]}"

# Models: those of files, those of the command line.
custom=custom:layers=2,hidden=8,heads=2,ffn=32,vocabulary=100,sequence=16
refuse 'custom model: a model needs the key'        run $system --model custom:layers=2 -n 8
refuse "custom model: '' is not key=value"          show custom:
refuse 'custom model: layers: a whole number between 1 and 10000' show ${custom/layers=2/layers=1000000}
refuse 'custom model: heads: must divide hidden, 8' show ${custom/heads=2/heads=3}
refuse "did you mean 'top_k'?"                      show $custom,topk=2

# Layouts.
refuse 'dp * ep must be the number of chips, 8'   run $system --model dp-gpt -n 8 --layout dp=3
refuse 'dp * ep must be the number of chips, 8'   run $system --model dp-moe -n 8 --layout dp=2,ep=8
refuse 'dp-gpt has no experts'                    run $system --model dp-gpt -n 8 --layout ep=2
refuse 'cannot be dealt out to ep=3'              run $system --model dp-moe -n 9 --layout ep=3
refuse "unknown key in 'tq=2'"                    run $system --model dp-gpt -n 8 --layout tq=2
refuse 'llama3-8b does not fit: its chips need up to' run $system --model llama3-8b -n 8 --layout tp=1
refuse 'by stage: '                               run $system --model llama3-70b -n 64 --layout tp=2,pp=4
refuse '--allow-oom runs it anyway'               run $system --model llama3-70b -n 64 --layout tp=2,pp=4
refuse 'the wall clock trains plain slices'       run $system --model dp-gpt -n 1 --layout gbs=4 --clock wall
refuse 'the wall clock trains plain slices'       run $system --model mpt-7b -n 1 --clock wall --allow-oom
refuse 'is not key=number'                        run $system --model dp-gpt -n 8 --layout dp
refuse 'is not key=number'                        run $system --model dp-gpt -n 8 --layout dp=0
refuse "'seq=0' is not key=number"                run $system --model dp-gpt -n 8 --layout seq=0
refuse 'is not key=number'                        run $system --model dp-gpt -n 8 --layout ''

refuse 'how many chips? --layout and --system need -n' show llama3-8b --layout tp=2
refuse 'how many chips? --layout and --system need -n' show llama3-8b --system $system
refuse 'need a MODEL'                             show --layout tp=2
refuse 'none.yaml: No such file or directory'       show ./none.yaml -n 8
refuse 'go with a model'                          show $system -n 8
refuse '--chips: 0 is below the least, 1'         show llama3-8b -n 0
refuse 'chips; at most'                           show llama3-8b -n 99999999999
refuse "did you mean 'cloudmatrix-384'?"          show llama3-8b -n 8 --system cloudmatrix-348
refuse '--stack and --set change systems'         show llama3-8b -n 8 --set chip.memory_GB=1
# layout_says TEXT N LAYOUT MODEL
layout_says() {
	refuse "layout: $1" show "$4" -n "$2" --layout "$3"
}
layout_says 'dp * ep * tp must be the number of chips, 8, which tp=3 does not divide' 8 tp=3 llama3-8b
layout_says 'dp * ep * tp * pp must be the number of chips, 8; it is 4 * 1 * 2 * 2'   8 tp=2,pp=2,dp=4 llama3-8b
layout_says 'the 8 experts of mixtral-8x7b cannot be dealt out to ep=16 chips'        16 ep=16 mixtral-8x7b
layout_says 'ep=16, but llama3-8b has no experts'                                         16 ep=16 llama3-8b
layout_says 'the 32 heads of llama3-8b cannot be dealt out to tp=64 chips'            64 tp=64 llama3-8b
layout_says 'the 32 layers of llama3-8b do not go into pp * vpp = 12 stages'          12 pp=12 llama3-8b
layout_says 'gbs=9 is not a multiple of mbs * dp * ep = 8'                            8 gbs=9 llama3-8b
layout_says "'seq=0' is not key=number with a number from 1"                          8 seq=0 llama3-8b
layout_says "'dtype=int8': one of bf16|fp16|fp8 is needed"                            8 dtype=int8 llama3-8b
layout_says "unknown key in 'ttp=2'; did you mean tp?"                                8 ttp=2 llama3-8b
layout_says "'recompute=some': one of none|selective|cheap|full is needed"             8 recompute=some llama3-8b
layout_says 'schedule=dualpipe needs an even pp'                                      8 pp=8,schedule=dualpipe,gbs=8 llama3-8b

# sweep_says TEXT: the sweep on stdin is refused at its place, `sweep.yaml:line:column: ...`.
sweep_says() {
	cat >sweep.yaml
	refuse "$1" sweep sweep.yaml --output results
	[ ! -e results ] || fail "$1: a refused sweep makes a directory"
}
good='schema: farscale-sweep/1
name: s
systems: [cloudmatrix-384]
models: [dp-gpt]
chips: 8'

sweep_says 'sweep.yaml:1:1: is empty' </dev/null
sweep_says 'sweep.yaml:1:9: schema: farscale-sweep/1 is needed' <<<'schema: farscale-sweep/2'
sweep_says 'sweep.yaml:2:1: unknown key; did you mean name?' <<<$'schema: farscale-sweep/1\nnam: s'
sweep_says "sweep.yaml:2:7: name: letters, digits, '-' and '_' only" <<<$'schema: farscale-sweep/1\nname: ../../s'
sweep_says 'sweep.yaml:3:10: systems: a list' <<<"${good/\[cloudmatrix-384\]/cloudmatrix-384}"
sweep_says 'sweep.yaml:6:1: not valid YAML' <<<"${good/: 8/: [8}"
sweep_says 'sweep.yaml:5:8: chips: 0 is below the least, 1' <<<"${good/: 8/: 0}"
sweep_says 'sweep.yaml:5:8: chips: the range 8..2 must rise' <<<"${good/: 8/: 8..2}"
sweep_says 'sweep.yaml:6:8: steps: one number from 1 to 100000' <<<"$good"$'\nsteps: [1, 2]'
sweep_says 'sweep.yaml:6:7: live: a mapping with chips' <<<"$good"$'\nlive: 8'
sweep_says "did you mean 'cloudmatrix-384'?" <<<"${good/-384/-348}"
sweep_says 'dp * ep must be the number of chips' <<<"$good"$'\nlayout: dp=3'
sweep_says 'path=value is needed' <<<"$good"$'\noverrides: [stack.jitter]'
sweep_says 'cloudmatrix-384 dp-gpt, 8 chips, at scale: this case stands there twice' <<<"${good/: 8/: [8, 8]}"
sweep_says 'this case stands there twice' <<<"$good"$'\nstacks: [cann, cann]'

# Files that mean harm end as fast, whatever reads them.
head -c 200000 /dev/zero | tr '\0' '[' >deep.yaml
truncate -s 1G huge.yaml
printf 'a: &x [1]\nb: [*x, *x, *x]\n' >alias.yaml
printf 'schema: farscale-sweep/1\nname: \xff\xfe\xc3(\n' >latin.yaml
printf 'a: 1\0b: 2\n' >nul.yaml
mkdir directory.yaml
ln -s loop.yaml loop.yaml
mkfifo pipe.yaml
for file in deep huge alias latin nul directory loop pipe missing; do
	refuse "$file.yaml" sweep ./$file.yaml
	refuse "$file.yaml" show ./$file.yaml
	refuse "$file.yaml" bench allreduce ./$file.yaml -n 8
	refuse "$file.yaml" run ./$file.yaml --model dp-gpt -n 8
	refuse "$file.yaml" run $system --model ./$file.yaml -n 8
	refuse "$file.yaml" run $system --model dp-gpt -n 8 --stack ./$file.yaml
done
refuse '/dev/zero'   sweep /dev/zero
refuse '/dev/zero'   show /dev/zero/x.yaml
refuse '/dev/zero'   report /dev/zero
refuse 'pipe.yaml'   report pipe.yaml
refuse 'missing'     report missing

# No place for results. (Root may write anywhere: a file stands where a directory is needed.)
cat >sweep.yaml <<<"$good"$'\nsteps: 1'
: >file
ln -s /dev/full full.jsonl
mkdir full && ln -s /dev/full full/records.jsonl
refuse 'file'                      sweep sweep.yaml --output file
refuse 'cannot make the directory' sweep sweep.yaml --output file/below
refuse 'cannot make the directory' sweep sweep.yaml --output /proc/below
refuse 'cannot make the directory' sweep sweep.yaml --output ''
refuse 'the path is longer than'   sweep sweep.yaml --output "$(printf '%5000s' x | tr ' ' x)"
refuse 'full/records.jsonl'        sweep sweep.yaml --output full

# A full disk behind stdout, or no stdout at all.
farscale sweep sweep.yaml --output finished
expect_status 'a good sweep' 0
for command in help --version 'help run' 'run --help' show "show $system" "show $system --format json" 'show dp-gpt' \
	"bench allreduce $system -n 8 -e 8" "run $system --model dp-gpt -n 8" "run $system --model dp-gpt -n 8 --format csv" \
	'report finished' 'sweep sweep.yaml --output finished'; do
	# shellcheck disable=SC2086
	{
		timeout 20 "$FARSCALE" $command >/dev/full 2>err
		status=$?
		expect_status "$command >/dev/full" 1
		expect_in "$command >/dev/full" err 'cannot write the result: No space left on device'
		timeout 20 "$FARSCALE" $command >&- 2>err
		status=$?
		expect_status "$command >&-" 1
		expect_in "$command >&-" err 'cannot write the result: Bad file descriptor'
	}
done

# Without gnuplot a sweep succeeds and says what it skipped.
mkdir bin
PATH=$scratch/bin /usr/bin/timeout 20 "$FARSCALE" sweep sweep.yaml --output plain >out 2>err
status=$?
expect_status 'no gnuplot' 0
expect_lines 'no gnuplot' err 1
expect_in 'no gnuplot' err 'plots skipped: gnuplot is not installed'
expect_in 'no gnuplot' out 'dp-gpt on cloudmatrix-384'
for file in records.jsonl records.csv; do
	[ -s plain/$file ] || fail "no gnuplot: $file is missing"
done

finish
