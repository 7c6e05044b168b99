#include "fabric/dragonfly.h"

#include "base/error.h"
#include "topology/fabric.h"

#include <inttypes.h>

static int read_sizes(const struct fs_network *network, const struct fs_fabric *fabric,
                      struct fs_dragonfly *fly, struct fs_error *error)
{
	const struct {
		const char *key;
		double value;
		uint32_t *size;
	} sizes[] = {{"router_ports", fabric->router_ports.value, &fly->router_ports},
	             {"group_routers", fabric->group_routers.value, &fly->routers},
	             {"global_links", fabric->global_links.value, &fly->globals}};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		if (fs_fabric_whole(network, sizes[i].key, sizes[i].value, 0, sizes[i].size, error) != 0)
			return -1;
	return 0;
}

static int count_groups(const struct fs_network *network, struct fs_dragonfly *fly, struct fs_error *error)
{
	uint64_t ports = (uint64_t)fly->router_ports * fly->routers,
	         globals = (uint64_t)fly->routers * fly->globals,
	         groups = (network->ports + ports - 1) / ports;
	if (groups > globals + 1)
		return fs_fail(error,
		               "tier %s: a dragonfly of %u * %u ports a group has room for %" PRIu64
		               " groups (group_routers * global_links + 1), not %" PRIu64
		               "; larger groups or more global links are needed",
		               network->tier, fly->router_ports, fly->routers, globals + 1, groups);
	fly->groups = (uint32_t)groups;
	/* More cables than links are allowed are refused later. */
	fly->cables = groups > 1 ? (uint32_t)(globals / (groups - 1) < UINT32_MAX ? globals / (groups - 1)
	                                                                          : UINT32_MAX)
	                         : 0;
	return 0;
}

static int build(struct fs_network *network, const struct fs_network_request *request, struct fs_error *error)
{
	struct fs_dragonfly *fly = network->shape = fs_allocate_zeroed(1, sizeof *fly);
	if (read_sizes(network, request->fabric, fly, error) != 0 || count_groups(network, fly, error) != 0)
		return -1;
	double routers = (double)fly->groups * fly->routers, locals = routers * (fly->routers - 1),
	       globals = (double)fly->groups * (fly->groups - 1) * fly->cables;
	if (fs_network_add_class(network, locals, 1, network->port_Bps, error) != 0 ||
	    fs_network_add_class(network, globals, 1, network->port_Bps, error) != 0)
		return -1;
	network->cables = network->ports + (uint64_t)locals / 2 + (uint64_t)globals / 2;
	network->nodes = fly->groups * fly->routers;
	network->degree = fly->routers - 1 + (fly->groups > 1 ? fly->globals : 0);
	return 0;
}

static bool blocks(const struct fs_network *network)
{
	return network->nodes > 1;
}

/* A full dragonfly can be moved by groups. */
static uint64_t period(const struct fs_network *network)
{
	const struct fs_dragonfly *fly = network->shape;
	uint64_t group = (uint64_t)fly->router_ports * fly->routers;
	return network->ports == group * fly->groups ? group : 0;
}

static void name_routers(struct fs_cable *is, uint32_t a, uint32_t b, uint32_t there, uint32_t back)
{
	*is = a <= b ? (struct fs_cable){.end = {{"router", a}, {"router", b}}, .link = {there, back}}
	             : (struct fs_cable){.end = {{"router", b}, {"router", a}}, .link = {back, there}};
}

static void local_cable(const struct fs_network *network, uint64_t cable, struct fs_cable *is)
{
	const struct fs_dragonfly *fly = network->shape;
	uint64_t of_group = (uint64_t)fly->routers * (fly->routers - 1) / 2, group = cable / of_group;
	uint32_t place, offset;
	fs_pair_of(cable % of_group, fly->routers, (fly->routers - 1) / 2, &place, &offset);
	uint32_t first = (uint32_t)group * fly->routers, a = first + place,
	         b = first + (place + offset) % fly->routers;
	name_routers(is, a, b, fs_dragonfly_local_link(network, 0, a, b),
	             fs_dragonfly_local_link(network, 0, b, a));
}

static void global_cable(const struct fs_network *network, uint64_t cable, struct fs_cable *is)
{
	const struct fs_dragonfly *fly = network->shape;
	uint32_t group, offset, copy = (uint32_t)(cable % fly->cables), parallel = 0;
	fs_pair_of(cable / fly->cables, fly->groups, (fly->groups - 1) / 2, &group, &offset);
	uint32_t other = (group + offset) % fly->groups, out = fs_dragonfly_global(fly, copy, offset),
	         in = fs_dragonfly_global(fly, copy, fly->groups - offset);
	/* Routers rise with the copies, so that those of the same two are neighbours. */
	while (parallel < copy &&
	       fs_dragonfly_global(fly, copy - parallel - 1, offset) / fly->globals == out / fly->globals &&
	       fs_dragonfly_global(fly, copy - parallel - 1, fly->groups - offset) / fly->globals ==
	               in / fly->globals)
		parallel++;
	name_routers(is, group * fly->routers + out / fly->globals, other * fly->routers + in / fly->globals,
	             fs_dragonfly_global_link(network, 0, group, out),
	             fs_dragonfly_global_link(network, 0, other, in));
	is->parallel = parallel;
}

static void cable(const struct fs_network *network, uint64_t cable, struct fs_cable *is)
{
	if (cable < network->ports) {
		const struct fs_dragonfly *fly = network->shape;
		uint32_t port = (uint32_t)cable;
		*is = (struct fs_cable){.end = {{"port", port}, {"router", port / fly->router_ports}},
		                        .link = {fs_link_at(network, 0, FS_PORT_OUT, port),
		                                 fs_link_at(network, 0, FS_PORT_IN, port)}};
		return;
	}
	cable -= network->ports;
	uint64_t locals = network->class[FS_LOCAL].count / 2;
	if (cable < locals)
		local_cable(network, cable, is);
	else
		global_cable(network, cable - locals, is);
}

static uint32_t neighbour(const struct fs_network *network, uint32_t node, uint32_t i, uint32_t *link)
{
	const struct fs_dragonfly *fly = network->shape;
	uint32_t group = node / fly->routers, router = node % fly->routers;
	if (i < fly->routers - 1) {
		uint32_t to = group * fly->routers + (router + i + 1) % fly->routers;
		*link = fs_dragonfly_local_link(network, 0, node, to);
		return to;
	}
	uint32_t global = router * fly->globals + i - (fly->routers - 1), others = fly->groups - 1;
	if (global >= fly->cables * others) /* unused */
		return *link = 0, node;
	uint32_t offset = global % others + 1,
	         back = fs_dragonfly_global(fly, global / others, fly->groups - offset);
	*link = fs_dragonfly_global_link(network, 0, group, global);
	return (group + offset) % fly->groups * fly->routers + back / fly->globals;
}

/* Does every router of a group have a cable to the group `offset` further on? */
static bool all_have_one(const struct fs_dragonfly *fly, uint32_t offset)
{
	uint32_t next = 0;
	for (uint32_t copy = 0; copy < fly->cables; copy++)
		if (fs_dragonfly_global(fly, copy, offset) / fly->globals == next)
			next++;
	return next == fly->routers;
}

/* Local links that the worst minimal way needs; where all routers have a cable, one end can do without. */
static int most_locals(const struct fs_dragonfly *fly)
{
	int most = fly->routers > 1;
	for (uint32_t offset = 1; offset < fly->groups && fly->routers > 1; offset++)
		if (!all_have_one(fly, offset) && !all_have_one(fly, fly->groups - offset))
			most = 2;
	return most;
}

/* Half the groups against the others; of a single group, half its routers. */
static void facts(const struct fs_network *network, struct fs_network_facts *facts)
{
	const struct fs_dragonfly *fly = network->shape;
	uint32_t sides = fly->groups > 1 ? fly->groups : fly->routers;
	double cables = (double)(sides / 2) * ((sides + 1) / 2) * (fly->groups > 1 ? fly->cables : 1),
	       half = fs_half_the_ports_Bps(network);
	facts->switches = network->nodes;
	facts->bisection_Bps =
	        sides > 1 && cables * network->port_Bps < half ? cables * network->port_Bps : half;
	facts->diameter = network->ports > 1 ? 2 : 0;
	if (network->ports > fly->router_ports)
		facts->diameter += (fly->groups > 1) + most_locals(fly);
}

const struct fs_kind fs_kind_dragonfly = {
        .name = "dragonfly",
        .own = FS_ADAPTIVE,
        .routings = 1 << FS_ADAPTIVE | 1 << FS_ECMP,
        .build = build,
        .route = fs_dragonfly_route,
        .blocks = blocks,
        .period = period,
        .cable = cable,
        .facts = facts,
        .neighbour = neighbour,
};
