#!/bin/bash
# farscale plan, as a user sees it.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

# The best ten, with where their time goes; on a size that is too small, why, and the rest.
farscale plan dgx-h100-superpod --model llama3-70b -n 8,64 --quiet
expect_status "two sizes" 0
expect_in "a size that fits" out "llama3-70b on 64 chips of dgx-h100-superpod: "
expect_lines "title, head and ten" out 12
expect_in "head" out "kernels %"
expect_in "a size that does not" err "layouts of llama3-70b on 8 chips fits: the least is "
expect_lines "one line for it" err 1

# Nothing at all: one line, and what it would take.
farscale plan dgx-h100-superpod --model llama3-405b -n 8 --quiet
expect_status "nothing fits" 2
expect_lines "nothing fits" err 1
expect_in "nothing fits" err "h100-sxm has 85.90 GB"
expect_empty "nothing fits" out

# JSON and CSV: the same rows; parts make the step.
farscale plan dgx-h100-superpod --model mixtral-8x7b -n 32,64 --top 3 --quiet --format json
expect_status json 0
[ "$(values place | tr '\n' ' ')" = '1 2 3 1 2 3 ' ] || fail "places: $(values place)"
[ "$(values chips | tr '\n' ' ')" = '32 32 32 64 64 64 ' ] || fail "chips: $(values chips)"
if command -v jq >/dev/null; then
	jq -e 'all(.kernels_s + .tensor_s + .context_s + .expert_s + .pipeline_s + .data_s + .optimizer_s - .estimate_s |
		fabs < 1e-9)' out >/dev/null || fail "parts do not make the step"
	jq -e 'all(.engine_s == .step_s) and (map(.step_s) | .[0:3] == (.[0:3] | sort))' out >/dev/null ||
		fail "timed by the engine, fastest first"
	best=$(jq -r '.[3].layout' out)
	farscale show mixtral-8x7b -n 64 --system dgx-h100-superpod --layout "$best"
	expect_in "a layout of the plan is one" out "Fits: "
fi
farscale plan dgx-h100-superpod --model mixtral-8x7b -n 64 --top 3 --quiet --format csv
expect_lines csv out 4

# What is given is not searched.
farscale plan dgx-h100-superpod --model llama3-8b -n 16 --quiet --format json --layout tp=4,pp=2,gbs=64
expect_status given 0
[ "$(values layout | grep -c 'tp=4,\(cp=[0-9]*,\)\{0,1\}pp=2,')" -eq 10 ] || fail "given keys: $(values layout)"

refused() { # TEXT ARGUMENT...
	local text=$1
	shift
	farscale plan "$@"
	expect_status "$*" 2
	expect_lines "$*" err 1
	expect_in "$*" err "$text"
	expect_empty "$*" out
}
refused "which system?" --model llama3-8b -n 8
refused "which model?" dgx-h100-superpod -n 8
refused "how many chips?" dgx-h100-superpod --model llama3-8b
refused "did you mean seq?" dgx-h100-superpod --model llama3-8b -n 8 --layout sek=1 --quiet
refused "number from 1" dgx-h100-superpod --model llama3-8b -n 8 --layout seq=0 --quiet
refused "is possible" dgx-h100-superpod --model llama3-8b -n 8 --layout tp=3 --quiet
refused "above the most, 100" dgx-h100-superpod --model llama3-8b -n 8 --top 101
refused "--timed: 101 is above the most, 100" dgx-h100-superpod --model llama3-8b -n 8 --timed 101

# A first and a last stage of four, which no pairing of chips joins.
farscale plan atlas-950 --model llama3-8b -n 64 --layout pp=4,schedule=dualpipe,gbs=64 --quiet --timed 0
expect_status "dualpipe on shared links" 0
expect_in "nothing timed" out "0 timed by the engine"

finish
