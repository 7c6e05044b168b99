#include "fabric/clos.h"

static bool blocks(const struct fs_network *network)
{
	const struct fs_clos *clos = network->shape;
	for (int level = 0; level < clos->levels - 1; level++)
		if (clos->pods[level] > 1 &&
		    (network->routing == FS_ECMP || clos->up[level] < clos->down[level]))
			return true;
	return false;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	return b == 0 ? a : gcd(b, a % b);
}

/* The lowest level that has all ports in one pod. */
static int highest_used(const struct fs_clos *clos)
{
	int level = 0;
	while (clos->pods[level] > 1)
		level++;
	return level;
}

/* The ports below a pod of the level under the highest used; with rails, below as many pods as take whole
 * blocks of one leaf of each rail. */
static uint64_t period(const struct fs_network *network)
{
	const struct fs_clos *clos = network->shape;
	int top = highest_used(clos);
	uint64_t leaves = 1;
	if (top == 0)
		return 1;
	for (int level = 1; level < top; level++)
		leaves *= clos->down[level];
	leaves *= clos->rails / gcd(leaves, clos->rails);
	return network->ports % (leaves * clos->down[0]) == 0 ? leaves * clos->down[0] : 0;
}

static uint64_t alike(const struct fs_network *network, uint64_t *rails)
{
	const struct fs_clos *clos = network->shape;
	*rails = clos->rails;
	return (uint64_t)clos->down[0] * clos->rails;
}

static const char *const words[FS_MAX_CLOS_LEVELS] = {"leaf", "spine", "core", "super"};

static void port_cable(const struct fs_network *network, uint32_t port, struct fs_cable *is)
{
	*is = (struct fs_cable){.end = {{"port", port}, {words[0], fs_clos_leaf(network->shape, port)}},
	                        .link = {fs_link_at(network, 0, FS_PORT_OUT, port),
	                                 fs_link_at(network, 0, FS_PORT_IN, port)}};
}

/* The switch above to which an uplink leads, and which of several that do. */
static uint64_t above(const struct fs_clos *clos, int level, uint32_t pod, uint32_t in_pod,
                      uint64_t *parallel)
{
	uint32_t u = in_pod % clos->up[level];
	*parallel = 0;
	if (level < clos->levels - 2)
		return (uint64_t)(pod / clos->down[level + 1]) * clos->switches[level + 1] + in_pod;
	*parallel = u % clos->trunk;
	return (uint64_t)(in_pod / clos->up[level]) * fs_clos_tops(clos) + u / clos->trunk;
}

static void cable(const struct fs_network *network, uint64_t cable, struct fs_cable *is)
{
	const struct fs_clos *clos = network->shape;
	if (cable < network->ports) {
		port_cable(network, (uint32_t)cable, is);
		return;
	}
	int level = clos->levels - 2;
	while (clos->cables[level] > cable)
		level--;
	uint32_t uplink = (uint32_t)(cable - clos->cables[level]),
	         of_pod = clos->switches[level] * clos->up[level], pod = uplink / of_pod,
	         link = network->routing == FS_ECMP ? uplink : pod;
	*is = (struct fs_cable){.end = {{words[level], uplink / clos->up[level]}, {words[level + 1], 0}},
	                        .link = {fs_link_at(network, 0, fs_clos_up(level), link),
	                                 fs_link_at(network, 0, fs_clos_down(level), link)}};
	is->end[1].number = above(clos, level, pod, uplink % of_pod, &is->parallel);
}

/* The halves: half of what the links between two levels carry, where those are fewest; a switch's ports are
 * dealt out in halves with it. */
static double bisection_Bps(const struct fs_network *network)
{
	const struct fs_clos *clos = network->shape;
	double least = fs_half_the_ports_Bps(network);
	for (int level = 0; level < clos->levels - 1; level++) {
		double half = (double)clos->pods[level] * clos->switches[level] * clos->up[level] / 2 *
		              network->port_Bps;
		if (clos->pods[level] > 1 && half < least)
			least = half;
	}
	return least;
}

static void facts(const struct fs_network *network, struct fs_network_facts *facts)
{
	const struct fs_clos *clos = network->shape;
	int top = clos->levels - 1;
	for (int level = 0; level < top; level++)
		facts->switches += (uint64_t)clos->pods[level] * clos->switches[level];
	facts->switches += top == 0 ? 1 : (uint64_t)clos->switches[top - 1] * fs_clos_tops(clos);
	facts->diameter = network->ports > 1 ? 2 * highest_used(clos) + 2 : 0;
	facts->bisection_Bps = bisection_Bps(network);
}

const struct fs_kind fs_kind_clos = {
        .name = "clos",
        .own = FS_ADAPTIVE,
        .routings = 1 << FS_ADAPTIVE | 1 << FS_ECMP,
        .oversubscribed = true,
        .build = fs_clos_build,
        .route = fs_clos_route,
        .blocks = blocks,
        .period = period,
        .alike = alike,
        .cable = cable,
        .facts = facts,
};
