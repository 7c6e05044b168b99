#!/bin/bash
# The SimGrid side of comparisons of whole collectives: where a closed form is known, SimGrid gives it.
set -u
# shellcheck source=tests/shell/common.bash
. "$FARSCALE_SOURCE/tests/shell/common.bash"

if [ -z "${SIMGRID_COLLECTIVE:-}" ]; then
	echo "skipped: SimGrid was not there when this was built (apt-get install libsimgrid-dev)"
	exit 77
fi

GBps=50
us=2
bytes=1000000000

# seconds ALGORITHM PLATFORM
seconds() {
	"$SIMGRID_COLLECTIVE" "$1" $bytes "$2" $GBps $us || fail "$*: SimGrid ended with status $?"
}

# form EXPRESSION TIME: whether it is true of t; B is what all bytes take on a host's link, A the latency
form() {
	awk "BEGIN { t = $2; A = $us * 1e-6; B = $bytes / ($GBps * 1e9); exit !($1) }"
}

# is ALGORITHM PLATFORM FORM
is() {
	local time
	time=$(seconds "$1" "$2")
	form "(t - ($3)) ^ 2 <= (1e-6 * t) ^ 2" "$time" || fail "$1 on $2: $time s, not $3"
}

# between ALGORITHM PLATFORM LOW HIGH
between() {
	local time
	time=$(seconds "$1" "$2")
	form "t >= ($3) * (1 - 1e-6) && t <= ($4) * (1 + 1e-6)" "$time" ||
		fail "$1 on $2: $time s, not between $3 and $4"
}

# Nothing is shared but the port of an incast's receiver. 2 (n - 1) or n - 1 rounds of an n-th.
is ring switch:16 '30 * (A + B / 16)'
is pairwise switch:16 '15 * (A + B / 16)'
is halving_doubling switch:16 '8 * A + 30 * B / 16'
is shift:5 switch:16 'A + B'
is permutation:3 switch:256 'A + B'
is incast switch:256 'A + 255 * B'

# Leaves of 16. One message of a ring leaves each, so none is slower than on a switch; the receiver of an incast
# still has one port.
is ring clos:64:16:7 '126 * (A + B / 64)'
is incast clos:64:16:2 'A + 63 * B'
# All 16 leave: the uplink is what o:1 says.
is shift:16 clos:64:16:2 'A + 2 * B'
is shift:16 clos:256:16:7 'A + 7 * B'
# An uplink is as wide as 16 / 7 ports: 2 that leave have room, 4 have not.
is shift:2 clos:64:16:7 'A + B'
is shift:4 clos:64:16:7 'A + 7 / 4 * B'
# Of the 63 messages of a chip 48 leave its leaf, whose 16 chips share an uplink of 8 ports; at most, every round takes
# as long as its worst uplink: max(1, min(r, 64 - r, 16) / 8) in rounds r = 1 .. 63, 103 in all.
between pairwise clos:64:16:2 '96 * B / 64' '63 * A + 103 * B / 64'

# 5 x 5 x 5. A step to the next is one hop for all, turning corners on links of its own; two planes on, every link
# has two. The last link of an incast in dimension order has two planes of 25.
is ring torus:5x5x5 '248 * B / 125'
is shift:1 torus:5x5x5 B
is shift:25 torus:5x5x5 B
is shift:50 torus:5x5x5 '2 * B'
is shift:75 torus:5x5x5 '2 * B'
is incast torus:5x5x5 '50 * B'
# To every distance 0 .. 2 either way, 25 times: a link of X has 25 (1 + 2) n-ths in all; more if rounds meet badly.
between pairwise torus:5x5x5 '75 * B / 125' '124 * 3 * B / 125'

# 8 x 8, row first: a permutation never shares a link, as the first is its sender's own and the second its receiver's.
is ring full_mesh:8x8 '126 * B / 64'
is pairwise full_mesh:8x8 '63 * B / 64'
is shift:8 full_mesh:8x8 B
is permutation:5 full_mesh:8x8 B
# A whole row comes down a column's last link.
is incast full_mesh:8x8 '8 * B'
is incast full_mesh:4x16 '4 * B'
finish
