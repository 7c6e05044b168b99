/*
 * A switch that never blocks; oversubscribed, it is one for each part of consecutive ports, which never
 * blocks inside, with an uplink to all others.
 */

#include "fabric/kind.h"

#include "base/error.h"

#include <inttypes.h>

enum { UPLINK = FS_FIRST_INNER, DOWNLINK };

struct shape {
	uint32_t part_ports, parts; /* 1 part: nothing to share */
};

static int build(struct fs_network *network, const struct fs_network_request *request, struct fs_error *error)
{
	struct shape *shape = network->shape = fs_allocate_zeroed(1, sizeof *shape);
	double o = request->oversubscription;
	uint64_t part = request->part_ports > 0 ? request->part_ports : 1;
	if (part > network->ports)
		return fs_fail(error, "tier %s: parts of %" PRIu64 " ports; there are %u", network->tier,
		               part, network->ports);
	shape->part_ports = o > 1 ? (uint32_t)part : network->ports;
	shape->parts = (network->ports + shape->part_ports - 1) / shape->part_ports;
	network->cables = network->ports;
	for (int class = UPLINK; shape->parts > 1 && class <= DOWNLINK; class ++)
		if (fs_network_add_class(network, shape->parts, 1, shape->part_ports * network->port_Bps / o,
		                         error) != 0)
			return -1;
	return 0;
}

static int route(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
                 struct fs_uses *uses)
{
	const struct shape *shape = network->shape;
	if (shape->parts == 1)
		return 0;
	uint32_t a = from / shape->part_ports, b = to / shape->part_ports;
	if (a != b) {
		fs_uses_add(uses, fs_link_at(network, plane, UPLINK, a), 1);
		fs_uses_add(uses, fs_link_at(network, plane, DOWNLINK, b), 1);
	}
	return 0;
}

static bool blocks(const struct fs_network *network)
{
	return ((const struct shape *)network->shape)->parts > 1;
}

static uint64_t period(const struct fs_network *network)
{
	const struct shape *shape = network->shape;
	if (shape->parts == 1)
		return 1;
	return network->ports % shape->part_ports == 0 ? shape->part_ports : 0;
}

static uint64_t alike(const struct fs_network *network, uint64_t *rails)
{
	*rails = 1;
	return ((const struct shape *)network->shape)->part_ports;
}

static void cable(const struct fs_network *network, uint64_t cable, struct fs_cable *is)
{
	*is = (struct fs_cable){.end = {{"port", cable}, {"switch", 0}},
	                        .link = {fs_link_at(network, 0, FS_PORT_OUT, (uint32_t)cable),
	                                 fs_link_at(network, 0, FS_PORT_IN, (uint32_t)cable)}};
}

/* Half the ports, or half the uplinks. */
static void facts(const struct fs_network *network, struct fs_network_facts *facts)
{
	const struct shape *shape = network->shape;
	facts->switches = 1;
	facts->diameter = network->ports > 1 ? 2 : 0;
	facts->bisection_Bps = fs_half_the_ports_Bps(network);
	if (shape->parts == 1)
		return;
	double uplinks_Bps = shape->parts * network->class[UPLINK].Bps / 2;
	if (uplinks_Bps < facts->bisection_Bps)
		facts->bisection_Bps = uplinks_Bps;
}

const struct fs_kind fs_kind_switch = {
        .name = "switch",
        .own = FS_ADAPTIVE,
        .routings = 1 << FS_ADAPTIVE,
        .oversubscribed = true,
        .build = build,
        .route = route,
        .blocks = blocks,
        .period = period,
        .alike = alike,
        .cable = cable,
        .facts = facts,
};
