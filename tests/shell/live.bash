# shellcheck shell=bash
# Sourced: what tests of the wall clock share. Other programs on this host can make a run late: a case has some tries, each as
# slow as the one before advised.
# shellcheck disable=SC2034 # used by who sources this
tries="1 2 3 4 5"

# near LIMIT: whether each number of `differences` is between -LIMIT and LIMIT, and there is at least one.
near() {
	awk -v limit="$1" '$1 == "" || $1 == "null" || $1 > limit || $1 < -limit { bad = 1 } END { exit bad || !NR }' differences
}

# advised: the options that the last try's error asks for.
advised() {
	sed -nE 's/.*--dilation ([0-9.e+]+).*/--dilation \1/p; s/.*; ([0-9.e+]+) or more would do.*/--dilation \1/p' err
}
