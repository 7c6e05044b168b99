#!/bin/bash
# Layouts and models that cannot be, or that nobody could wait for: one clear line each, exit status 2, at once.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

system=dgx-h100-superpod

# everywhere TEXT N LAYOUT MODEL: whoever is given the layout says the same of it
everywhere() {
	refuse "layout: $1" run $system --model "$4" -n "$2" --layout "$3" --allow-oom
	refuse "layout: $1" show "$4" -n "$2" --layout "$3"
}
everywhere 'dp * ep * tp must be the number of chips, 64, which tp=3 does not divide' 64 tp=3 llama3-8b
everywhere 'dp * ep * tp must be the number of chips, 8; it is 2 * 1 * 2' 8 tp=2,dp=2 llama3-8b
everywhere 'the 8 experts of mixtral-8x7b cannot be dealt out to ep=16 chips' 16 ep=16 mixtral-8x7b
everywhere 'the 32 heads of llama3-8b cannot be dealt out to tp=64 chips' 64 tp=64 llama3-8b
everywhere "'seq=0' is not key=number with a number from 1" 8 seq=0 llama3-8b
everywhere 'the 32 layers of llama3-8b do not go into pp * vpp = 64 stages' 64 pp=64 llama3-8b
everywhere 'gbs=12 is not a multiple of mbs * dp * ep = 8' 8 gbs=12 llama3-8b
everywhere 'vpp=2 needs pp above 1' 8 vpp=2 llama3-8b
everywhere "'mbs=4294967295' is not key=number with a number from 1 to 16777216" 8 mbs=4294967295 llama3-8b
everywhere "'tp=18446744073709551617' is not key=number" 8 tp=18446744073709551617 llama3-8b
everywhere 'gbs=8 is not a multiple of mbs * dp * ep = 134217728' 8 mbs=16777216,gbs=8 llama3-8b
everywhere "'gbs=1000000000' is not key=number with a number from 1 to 16777216" 8 pp=8,gbs=1000000000 llama3-8b
everywhere '16777216 micro-batches, gbs / (mbs * dp * ep), through pp * vpp = 8' 8 pp=8,gbs=16777216 llama3-8b
everywhere '2097216 micro-batches' 8 tp=8,gbs=2097216 llama3-8b

# A million layers, in a file and on the command line.
sed 's/^layers: .*/layers: 1000000/' "$FARSCALE_SOURCE/kernels/models/llama3-8b.yaml" >deep.yaml
for model in ./deep.yaml custom:like=llama3-8b,layers=1000000; do
	for command in "run $system --model $model -n 8" "plan $system --model $model -n 8" "show $model"; do
		# shellcheck disable=SC2086
		refuse 'layers: a whole number between 1 and 10000' $command
	done
done

# Layouts that are planned.
refuse "'seq=0' is not key=number"     run $system --model llama3-8b -n 8 --layout auto,seq=0
refuse "layout: '' is not key=number"  run $system --model llama3-8b -n 8 --layout auto,
refuse "'autos' is not key=number"     run $system --model llama3-8b -n 8 --layout autos
refuse 'did you mean gbs?'             run $system --model llama3-8b -n 8 --layout auto,gps=8
refuse 'no layout of mixtral-8x7b on 8 chips is possible' run $system --model mixtral-8x7b -n 8 --layout auto,ep=3
refuse 'layouts of llama3-70b on 8 chips fits: the least' run $system --model llama3-70b -n 8 --quiet
refuse 'the wall clock trains plain slices' run $system --model llama3-8b -n 1 --clock wall
refuse 'at most 16777216'              run $system --model llama3-8b -n 99999999999

# Sizes that fit nowhere are left out, and told; the layout found can be given as it is, with the same result.
farscale run $system --model llama3-8b -n 1,8 --layout auto,gbs=16 --steps 1 --quiet --format json
expect_status 'one of two sizes fits' 0
expect_lines 'one of two sizes fits' err 1
expect_in 'one of two sizes fits' err 'layouts of llama3-8b on 1 chips fits'
if command -v jq >/dev/null; then
	[ "$(jq -r '.[].plan' out)" = auto,gbs=16 ] || fail "by what it was planned: $(jq -r '.[].plan' out)"
	layout=$(jq -r '.[].layout' out) print=$(jq -r '.[].fingerprint' out)
	farscale run $system --model llama3-8b -n 8 --layout "$layout" --steps 1 --quiet --format json
	[ "$(jq -r '.[].fingerprint' out)" = "$print" ] || fail "$layout given: another fingerprint than planned"
	[ "$(jq -r '.[].plan' out)" = null ] || fail 'given, not planned'
fi

# A sweep with planned layouts: sizes that are too small are passed over, and it resumes.
cat >sweep.yaml <<-END
	schema: farscale-sweep/1
	name: planned
	systems: [$system]
	models: [llama3-8b]
	chips: [1, 8]
	layout: ["auto,gbs=16", "auto,gbs=32"]
	allow_oom: 1
	steps: 1
END
farscale sweep sweep.yaml --output planned --quiet
expect_status 'a sweep of planned layouts' 0
expect_lines 'a sweep of planned layouts' planned/records.jsonl 2
expect_in 'a sweep of planned layouts' err '1 chips, at scale: none of '
cp planned/records.jsonl before
farscale sweep sweep.yaml --output planned --quiet
cmp -s before planned/records.jsonl || fail 'a finished sweep runs something again'

finish
