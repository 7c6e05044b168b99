/*
 * Rings over the ports of a grid. Several together go by all links between their members, each in another
 * order: the complete graph, and so each line of a full mesh, falls into rings (Tillson 1980), and so do a
 * torus' links, where an allreduce is cut in as many parts, each of which takes the dimensions in another
 * order (Jain, Sabharwal 2010, on Blue Gene's torus).
 */

#include "fabric/grid.h"

/* Are those ports of a block that are `stride` apart joined without others? Blocks follow each other from
 * port 0 on; they must fill lines, planes, ... from their beginning. */
static bool is_joined(const struct fs_grid *grid, uint32_t from, struct fs_ring ring)
{
	const struct fs_axis *axis = grid->axis, *end = axis + grid->axes;
	uint64_t full = ring.stride, begin = from - from % ring.span;
	while (axis < end && axis->stride != ring.stride)
		axis++;
	if (axis == end)
		return false;
	for (; axis < end && full * axis->size <= ring.span; axis++)
		full *= axis->size;
	if (begin % full != 0 || full == ring.span)
		return begin % full == 0;
	return axis < end && begin / full % axis->size + (ring.span - 1) / full + 1 <= axis->size;
}

static bool is_member(uint32_t a, uint32_t b, struct fs_ring ring)
{
	uint32_t apart = a > b ? a - b : b - a;
	return a / ring.span == b / ring.span && apart % ring.stride == 0;
}

bool fs_grid_rings(const struct fs_network *network, uint32_t plane, uint32_t from, struct fs_ring ring,
                   struct fs_uses *uses)
{
	const struct fs_grid *grid = network->shape;
	uint32_t first = uses->count;
	double sum = 0;
	if (!is_joined(grid, from, ring))
		return false;
	for (uint32_t i = 0; i < grid->degree; i++) {
		uint32_t link, to = network->kind->neighbour(network, from, i, &link);
		link += plane * network->links;
		if (!is_member(from, to, ring) || !fs_link_is_up(network, link))
			continue;
		double part = fs_network_class(network, link % network->links)->Bps / network->port_Bps;
		fs_uses_add(uses, link, part);
		sum += part;
	}
	if (sum > 0)
		fs_uses_scale(uses, first, 1 / sum);
	return sum > 0;
}
