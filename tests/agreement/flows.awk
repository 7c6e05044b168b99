# Writes a set of flows, as description.h has it: awk -v kind=KIND -v n=N -v seed=SEED -f flows.awk
#   random    2 n flows over 1 to 6 of n links
#   incast    n senders, one receiver
#   parking   n links in a row; a flow on each, one over all, one over each half
#   clos      a permutation of n^2 hosts on n leaves with n / 2 links up each (2:1), which a hash chooses

# Lehmer's generator with Park and Miller's constants; awk's own differ.
function draw(below) {
	state = (state * 16807) % 2147483647
	return int(state / 2147483647 * below)
}

function link(name, capacity) { print "link", name, capacity }
function flow(links) { print "flow", "f" flows++, links }

# a,b,c of the links first .. last
function row(first, last, i, links) {
	links = "l" first
	for (i = first + 1; i <= last; i++) links = links ",l" i
	return links
}

function random(i, uses, at, used, links) {
	for (i = 0; i < n; i++) link("l" i, seed % 2 ? (1 + draw(3)) * 1e9 : 1e8 + draw(1e9))
	for (i = 0; i < 2 * n; i++) {
		links = ""
		split("", used)
		for (uses = 1 + draw(6); uses; uses--) {
			at = draw(n)
			if (!(at in used)) links = links (links == "" ? "" : ",") "l" at
			used[at] = 1
		}
		flow(links)
	}
}

function incast(i) {
	link("last", 25e9)
	for (i = 0; i < n; i++) link("l" i, 50e9)
	for (i = 0; i < n; i++) flow("l" i ",last")
}

function parking(i) {
	for (i = 0; i < n; i++) link("l" i, (10 + draw(10)) * 1e9)
	for (i = 0; i < n; i++) flow("l" i)
	flow(row(0, n - 1))
	flow(row(0, int(n / 2)))
	flow(row(int(n / 2), n - 1))
}

function clos(i, j, to, swap, from_leaf, to_leaf, spine) {
	for (i = 0; i < n * n; i++) {
		link("out" i, 50e9)
		link("in" i, 50e9)
		to[i] = i
	}
	for (i = 0; i < n; i++)
		for (j = 0; j < n / 2; j++) {
			link("up" i "_" j, 50e9)
			link("down" i "_" j, 50e9)
		}
	for (i = n * n - 1; i > 0; i--) {
		j = draw(i + 1)
		swap = to[i]; to[i] = to[j]; to[j] = swap
	}
	for (i = 0; i < n * n; i++) {
		from_leaf = int(i / n); to_leaf = int(to[i] / n); spine = draw(n / 2)
		if (from_leaf == to_leaf) flow("out" i ",in" to[i])
		else flow("out" i ",up" from_leaf "_" spine ",down" to_leaf "_" spine ",in" to[i])
	}
}

BEGIN {
	state = 1 + seed
	for (flows = 0; flows < 10; flows++) draw(1) # seeds differ by little
	flows = 0
	print "bytes 1e9"
	if (kind == "random") random()
	if (kind == "incast") incast()
	if (kind == "parking") parking()
	if (kind == "clos") clos()
}
