#!/bin/bash
# farscale validate, as a user uses it: sets of their own, exit statuses, formats, mistakes.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

# Two collectives; what is measured is put there below.
cat >tiny.yaml <<'EOF'
schema: farscale-validation/1
name: tiny
label: "By hand"
source: "tests/cli/validate.sh"
trust: D
quantity: collective
unit: us
bar: {mean: 2}
system: "{system}"
stack: nccl
chips: "{gpus}"
collective: allgather
bytes: "{bytes}"
measured: "{us}"
row: "{gpus} of {system}"
left_out:
  - {rows: 3, reason: "too tiny"}
  - {rows: 2, reason: "too large"}
table: |
  system    gpus  bytes      us
  hgx-h200  2     900000000  TWO
  hgx-h200  4     900000000  FOUR
EOF

# A collective is predicted as `bench` predicts it.
predicted() { # GPUS: us
	"$FARSCALE" bench allgather hgx-h200 -n "$1" -b 900000000 -e 900000000 --format json | jq '.[0].time_s * 1e6'
}
two=$(predicted 2) four=$(predicted 4)
sed -i "s/TWO/$two/; s/FOUR/$four/" tiny.yaml

farscale validate ./tiny.yaml
expect_status 'met' 0
expect_in 'met' out 'tiny     2         5  0.0 %'
expect_in 'met' out 'mean 2 %  met'
expect_empty 'met' err

farscale validate ./tiny.yaml --rows
expect_status 'rows' 0
expect_in 'rows' out 'tiny: By hand, collective in us'
expect_in 'rows' out '2 of hgx-h200'
expect_in 'rows' out '+0.0 %'

farscale validate ./tiny.yaml --format json
expect_status 'json' 0
expect_lines 'json' out 2
jq -es 'length == 2 and .[0].set == "tiny" and .[0].chips == 2 and (.[0].error | fabs < 1e-4) and .[0].line == 21 and
	.[1].row == "4 of hgx-h200" and .[1].bytes == 9e8 and .[1].model == null and .[1].stack == "nccl" and
	(.[1].predicted / .[1].measured - 1 - .[1].error | fabs < 1e-12)' out >/dev/null || fail "json: $(cat out)"

farscale validate ./tiny.yaml --format csv
expect_status 'csv' 0
expect_lines 'csv' out 3
expect_in 'csv' out 'set,row,quantity,system,stack,'

# Half of the links' bandwidth: far over the bar. A second set is judged on its own.
sed 's/name: tiny/name: wide/; s/mean: 2/worst: 200/' tiny.yaml >wide.yaml
farscale validate ./tiny.yaml ./wide.yaml --set tier.nvlink4.bandwidth_GBps=225 --plot plot.png
expect_status 'over the bar' 1
expect_in 'over the bar' err 'farscale validate: 1 of 2 sets not met'
expect_lines 'over the bar' err 1
expect_in 'over the bar' out 'not met'
expect_in 'plot' plot.gnuplot "'tiny  (2)'"
expect_in 'plot' plot.gnuplot "'wide  (2)'"
if command -v gnuplot >/dev/null; then
	for ending in png svg; do
		[ -s plot.$ending ] || fail "no plot.$ending"
	done
fi

# One GPU alone needs no time, which no logarithmic axis can show.
sed 's/^  hgx-h200  4 .*/  hgx-h200  1     900000000  1/; s/^  hgx-h200  2 .*/  hgx-h200  1     900000000  2/' tiny.yaml >alone.yaml
farscale validate ./alone.yaml --plot alone.png
expect_in 'nothing to plot' err 'no prediction is above 0, so there is nothing to plot'
[ ! -e alone.gnuplot ] || fail "nothing to plot: there is $(ls alone*)"

# What cannot be predicted is said, and not met; the rest is still there. (A collective of that many chips is refused.)
sed '22s/hgx-h200  4 /hgx-h200  20000000 /' tiny.yaml >large.yaml
farscale validate ./large.yaml --rows
expect_status 'too large' 1
expect_in 'too large' out '2 of hgx-h200'
expect_in 'too large' out 'tiny: 1 of 2 not predicted; 20000000 of hgx-h200: '
expect_in 'too large' err '1 of 1 set not met'

# Published memory, the one set of training that needs no step.
farscale validate korthikanti-memory -q
expect_status 'memory' 0
expect_in 'memory' out 'korthikanti-memory'

# All sets that are carried can be read, and all their names, models and layouts mean something.
farscale validate --list
expect_status 'list' 0
expect_in 'list' out 'arXiv 2205.05198'
for set in "$FARSCALE_SOURCE"/tests/validation/*.yaml; do
	grep -q "^$(basename "$set" .yaml) " out || fail "list: no $set"
done

# refuse TEXT ARGUMENT...
refuse() {
	local text=$1
	shift
	farscale validate "$@"
	expect_refused "$*" "$text"
}
refuse "unknown set of measurements 'sc12'; did you mean 'sc21'?" sc12
refuse 'No such file'              ../sc21
refuse 'missing.yaml'                missing.yaml
refuse 'did you mean --format?'      --fromat csv
refuse '--stack'                     --stack
refuse "unknown stack 'ncl'"         ./tiny.yaml --stack ncl
refuse 'tiny.yaml:21: '              ./tiny.yaml --set tier.nvlink9.bandwidth_GBps=1

# says MESSAGE SCRIPT: the file as sed changes it.
says() {
	sed "$2" tiny.yaml >changed.yaml
	refuse "$1" ./changed.yaml
}
says 'changed.yaml:15:6: row: {gpu} is no column; there are: system, gpus, bytes, us' 's/row: "{gpus}/row: "{gpu}/'
says 'changed.yaml:22: 5 cells, but there are 4 columns'           '22s/$/ 1/'
says 'changed.yaml:22: 3 cells, but there are 4 columns'           '22s/hgx-h200//'
says 'changed.yaml:21: chips: a number above 0 is needed, not '    '21s/  2  /  two  /'
says 'changed.yaml:22: measured: a number above 0 is needed'       "22s/[0-9.]*\$/0/"
says "changed.yaml:22: unknown system 'hgx-h20'; did you mean"     '22s/hgx-h200/hgx-h20/'
says 'changed.yaml:1:9: schema: farscale-validation/1 is needed'   '1s,/1,/2,'
says "changed.yaml:2:1: unknown key 'nmae'"                        's/^name/nmae/'
says "needs the key 'bytes'"                                       '/^bytes/d'
says 'changed.yaml:6:11: quantity: step, memory, collective or'    's/quantity: .*/quantity: speed/'
says 'changed.yaml:7:7: unit: s, ms or us is needed, not '         's/unit: us/unit: GiB/'
says 'changed.yaml:5:8: trust: R, D, M or E is needed'             's/trust: D/trust: X/'
says 'changed.yaml:8:7: unknown key'                               's/mean: 2/most: 2/'
says 'changed.yaml:8:13: mean: percent above 0 are needed'         's/mean: 2/mean: 0/'
says 'left_out: {rows: 3, reason: "..."} is needed'                's/, reason: "too tiny"//'
says 'collective'                                                  's/collective: allgather/collective: allgahter/'
# shellcheck disable=SC2016
says "needs the key 'table'"                                       '/^table/,$d'

finish
