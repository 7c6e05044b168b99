/*
 * From radix, oversubscription and ports to the levels and pods of a Clos.
 */

#include "fabric/clos.h"

#include "base/error.h"

#include <math.h>

/* What the system file says. */
struct plan {
	const char *tier;
	uint32_t ports, radix, levels, rails; /* levels 0: any */
	int uppers;
	double over[FS_MAX_CLOS_LEVELS]; /* of a level; behind those given, 1 */
};

static const double ROUNDING = 1e-9; /* 7 * 8 / 7 is 8 */

static uint32_t ports_up(double radix, double over)
{
	return (uint32_t)floor(radix / (1 + over) + ROUNDING);
}

static uint32_t ports_down(double radix, double over)
{
	return (uint32_t)floor(ports_up(radix, over) * over + ROUNDING);
}

/* Ports for which `levels` levels of that radix have room; 0 where a switch would have none up or down. */
static double room(const struct plan *plan, double radix, int levels)
{
	if (levels == 1)
		return plan->over[0] > 1 ? 0 : radix;
	double leaves = radix;
	for (int level = 1; level < levels - 1; level++)
		leaves *= ports_down(radix, plan->over[level]);
	if (!(leaves < 1e18))
		return leaves;
	return floor(leaves / plan->rails) * plan->rails * ports_down(radix, plan->over[0]);
}

/* The least levels that have room; 0 if none has. */
static int levels_for(const struct plan *plan, double radix)
{
	int first = plan->levels ? (int)plan->levels : 1, last = plan->levels ? first : FS_MAX_CLOS_LEVELS;
	for (int levels = first; levels <= last; levels++)
		if (plan->ports <= room(plan, radix, levels))
			return levels;
	return 0;
}

static int no_room(const struct plan *plan, struct fs_error *error)
{
	int levels = plan->levels ? (int)plan->levels : FS_MAX_CLOS_LEVELS;
	double radix = plan->radix;
	if (levels == 1 && plan->over[0] > 1)
		return fs_fail(
		        error,
		        "tier %s: a clos of 1 level has no uplinks; oversubscription %g needs 2 levels "
		        "or more",
		        plan->tier, plan->over[0]);
	while (radix < 1e6 && levels_for(plan, radix) == 0)
		radix++;
	return fs_fail(
	        error,
	        "tier %s: a clos of radix %u with %d levels has room for %.0f ports, not %u; radix %.0f "
	        "would do%s",
	        plan->tier, plan->radix, levels, room(plan, plan->radix, levels), plan->ports, radix,
	        plan->levels && levels < FS_MAX_CLOS_LEVELS ? ", or more levels" : "");
}

static int read_overs(const struct fs_network_request *request, struct plan *plan, struct fs_error *error)
{
	const struct fs_fabric *fabric = request->fabric;
	plan->uppers = fabric->upper_oversubscriptions;
	for (int level = 0; level < FS_MAX_CLOS_LEVELS; level++)
		plan->over[level] = 1;
	if (request->oversubscription > 0)
		plan->over[0] = request->oversubscription;
	if (plan->uppers > (plan->levels ? (int)plan->levels : FS_MAX_CLOS_LEVELS) - 2 && plan->uppers > 0)
		return fs_fail(
		        error,
		        "tier %s: %d entries of upper_oversubscription; one for each level between leaves "
		        "and top is allowed",
		        plan->tier, plan->uppers);
	for (int i = 0; i < plan->uppers; i++) {
		plan->over[i + 1] = fabric->upper_oversubscription[i];
		if (!(plan->over[i + 1] >= 1 && isfinite(plan->over[i + 1])))
			return fs_fail(error, "tier %s: upper_oversubscription is %g; allowed is 1 and above",
			               plan->tier, plan->over[i + 1]);
	}
	return 0;
}

static int read_plan(const struct fs_network *network, const struct fs_network_request *request,
                     struct plan *plan, struct fs_error *error)
{
	const struct fs_fabric *fabric = request->fabric;
	*plan = (struct plan){.tier = network->tier, .ports = network->ports};
	if (fs_fabric_whole(network, "radix", fabric->radix.value, 0, &plan->radix, error) != 0 ||
	    fs_fabric_whole(network, "rails", fabric->rails.value, 1, &plan->rails, error) != 0)
		return -1;
	if (fabric->levels.value != 0 &&
	    fs_fabric_whole(network, "levels", fabric->levels.value, 0, &plan->levels, error) != 0)
		return -1;
	if (plan->levels > FS_MAX_CLOS_LEVELS)
		return fs_fail(error, "tier %s: levels is %u; allowed are 0 (as few as needed) to %d",
		               plan->tier, plan->levels, FS_MAX_CLOS_LEVELS);
	if (plan->rails > plan->ports)
		return fs_fail(error, "tier %s: %u rails for %u ports; at most one rail a port", plan->tier,
		               plan->rails, plan->ports);
	if (read_overs(request, plan, error) != 0)
		return -1;
	for (int level = 0; level < FS_MAX_CLOS_LEVELS; level++)
		if (ports_up(plan->radix, plan->over[level]) == 0 && plan->levels != 1)
			return fs_fail(
			        error,
			        "tier %s: a clos switch of radix %u at oversubscription %g has no port "
			        "up; a larger radix is needed",
			        plan->tier, plan->radix, plan->over[level]);
	return 0;
}

static uint32_t divide_up(uint32_t a, uint32_t b)
{
	return (a + b - 1) / b;
}

static void size_levels(const struct plan *plan, struct fs_clos *clos)
{
	int top = clos->levels - 1;
	for (int level = 0; level < top; level++) {
		clos->up[level] = ports_up(plan->radix, plan->over[level]);
		clos->down[level] = ports_down(plan->radix, plan->over[level]);
	}
	clos->down[top] = plan->radix;
	clos->rails = plan->rails;
	clos->pods[0] = 1;
	if (top > 0)
		clos->pods[0] = divide_up(divide_up(plan->ports, clos->rails), clos->down[0]) * clos->rails;
	for (int level = 1; level <= top; level++)
		clos->pods[level] = divide_up(clos->pods[level - 1], clos->down[level]);
}

/* Each level's cables: single links for ecmp, else one wide link for all uplinks of a pod. */
static int add_levels(struct fs_network *network, struct fs_clos *clos, struct fs_error *error)
{
	double cable_Bps = network->port_Bps, switches = 1;
	for (int level = 0; level < clos->levels - 1; level++) {
		double width = switches * clos->up[level], count = clos->pods[level];
		if (network->routing == FS_ECMP)
			count *= width, width = 1;
		for (int way = 0; way < 2; way++)
			if (fs_network_add_class(network, count, width, width * cable_Bps, error) != 0)
				return -1;
		clos->switches[level] = (uint32_t)switches;
		clos->cables[level] = network->cables;
		network->cables += (uint64_t)(count * width);
		switches *= clos->up[level];
	}
	clos->switches[clos->levels - 1] = (uint32_t)switches;
	return 0;
}

/* A top switch's ports go round: as many of each pod's uplinks as there is room for. */
static uint32_t trunk_of(const struct fs_clos *clos)
{
	if (clos->levels == 1)
		return 1;
	int below = clos->levels - 2;
	uint32_t most = clos->down[below + 1] / clos->pods[below];
	return most < clos->up[below] ? most : clos->up[below];
}

int fs_clos_build(struct fs_network *network, const struct fs_network_request *request,
                  struct fs_error *error)
{
	struct plan plan;
	struct fs_clos *clos = network->shape = fs_allocate_zeroed(1, sizeof *clos);
	if (read_plan(network, request, &plan, error) != 0)
		return -1;
	clos->levels = levels_for(&plan, plan.radix);
	if (clos->levels == 0)
		return no_room(&plan, error);
	if (plan.uppers > 0 && plan.uppers > (int)clos->levels - 2)
		return fs_fail(error,
		               "tier %s: %d entries of upper_oversubscription; its clos has %u levels, and "
		               "%u between "
		               "leaves and top",
		               plan.tier, plan.uppers, clos->levels, clos->levels > 2 ? clos->levels - 2 : 0);
	size_levels(&plan, clos);
	clos->trunk = trunk_of(clos);
	network->cables = network->ports;
	return add_levels(network, clos, error);
}
