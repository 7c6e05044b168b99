#include "fabric/grid.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

static int check_dimensions(const struct fs_network *network, const struct fs_fabric *fabric,
                            struct fs_error *error)
{
	double product = 1;
	const char *kind = network->kind->name;
	if (network->kind == &fs_kind_ring ? fabric->dimensions > 1 : fabric->dimensions < 1)
		return fs_fail(error, "tier %s: a %s of %d dimensions; allowed is %s", network->tier, kind,
		               fabric->dimensions, network->kind == &fs_kind_ring ? "1" : "1 to 5");
	for (int i = 0; i < fabric->dimensions; i++) {
		uint32_t size;
		if (fs_fabric_whole(network, "a dimension", fabric->dimension[i], 0, &size, error) != 0)
			return -1;
		product *= size;
	}
	if (fabric->dimensions > 0 && product != network->ports)
		return fs_fail(
		        error,
		        "tier %s: the dimensions of its %s make %.0f ports, but it has %u; they must be "
		        "as many",
		        network->tier, kind, product, network->ports);
	return 0;
}

static int check_rates(const struct fs_network *network, const struct fs_fabric *fabric,
                       struct fs_error *error)
{
	int dimensions = fabric->dimensions > 0 ? fabric->dimensions : 1;
	if (fabric->dimension_rates != 0 && fabric->dimension_rates != dimensions)
		return fs_fail(error,
		               "tier %s: %d entries of dimension_GBps for %d dimensions; one each, or none",
		               network->tier, fabric->dimension_rates, dimensions);
	for (int i = 0; i < fabric->dimension_rates; i++)
		if (!(fabric->dimension_GBps[i] > 0 && isfinite(fabric->dimension_GBps[i])))
			return fs_fail(error, "tier %s: dimension_GBps is %g; it must be positive",
			               network->tier, fabric->dimension_GBps[i]);
	return 0;
}

static struct fs_axis axis_of(const struct fs_grid *grid, uint32_t size, uint32_t stride)
{
	struct fs_axis axis = {.size = size, .stride = stride, .opposite = size % 2 == 0};
	axis.links = size - 1;
	axis.offsets = (size - 1) / 2;
	if (!grid->mesh && size > 2) {
		axis.links = 2;
		axis.offsets = 1;
		axis.opposite = false;
	}
	return axis;
}

/* rates[]: of the axes kept, one way, over all links of a port; 0 where not given. */
static void lay_axes(struct fs_network *network, const struct fs_network_request *request, double *rates)
{
	const struct fs_fabric *fabric = request->fabric;
	double efficiency = request->efficiency > 0 ? request->efficiency : 1;
	struct fs_grid *grid = network->shape;
	uint32_t stride = 1;
	int dimensions = fabric->dimensions > 0 ? fabric->dimensions : 1;
	for (int i = 0; i < dimensions; i++) {
		uint32_t size = fabric->dimensions > 0 ? (uint32_t)fabric->dimension[i] : network->ports;
		if (size == 1)
			continue;
		rates[grid->axes] =
		        fabric->dimension_rates > 0 ? fabric->dimension_GBps[i] * 1e9 * efficiency : 0;
		struct fs_axis *axis = &grid->axis[grid->axes++];
		*axis = axis_of(grid, size, stride);
		axis->cables = network->cables;
		uint64_t circle = (uint64_t)size * axis->offsets + (axis->opposite ? size / 2 : 0);
		network->cables += network->ports / size * circle;
		grid->degree += axis->links;
		stride *= size;
	}
}

static int build(struct fs_network *network, const struct fs_network_request *request, struct fs_error *error)
{
	double rates[FS_MAX_DIMENSIONS];
	struct fs_grid *grid = network->shape = fs_allocate_zeroed(1, sizeof *grid);
	if (check_dimensions(network, request->fabric, error) != 0 ||
	    check_rates(network, request->fabric, error) != 0)
		return -1;
	grid->mesh = network->kind == &fs_kind_full_mesh;
	lay_axes(network, request, rates);
	for (int i = 0; i < grid->axes; i++) {
		struct fs_axis *axis = &grid->axis[i];
		double Bps = rates[i] > 0 ? rates[i] / axis->links : network->port_Bps / grid->degree;
		axis->class = network->classes;
		if (fs_network_add_class(network, (double)network->ports * axis->links, 1, Bps, error) != 0)
			return -1;
	}
	network->nodes = network->ports;
	network->degree = grid->degree;
	return 0;
}

static bool blocks(const struct fs_network *network)
{
	return network->ports > 1;
}

/* All coordinates are cyclic; moving the outermost by one is moving by its stride. */
static uint64_t period(const struct fs_network *network)
{
	const struct fs_grid *grid = network->shape;
	return grid->axes > 0 ? grid->axis[grid->axes - 1].stride : 1;
}

static void cable(const struct fs_network *network, uint64_t cable, struct fs_cable *is)
{
	const struct fs_grid *grid = network->shape;
	const struct fs_axis *axis = &grid->axis[grid->axes - 1];
	while (axis->cables > cable)
		axis--;
	uint64_t circle = (uint64_t)axis->size * axis->offsets + (axis->opposite ? axis->size / 2 : 0),
	         line = (cable - axis->cables) / circle;
	uint32_t place, offset;
	fs_pair_of((cable - axis->cables) % circle, axis->size, axis->offsets, &place, &offset);
	uint32_t a = (uint32_t)(line / axis->stride * axis->stride * axis->size + line % axis->stride) +
	             place * axis->stride,
	         b = fs_grid_move(axis, a, offset), there = fs_grid_link(network, 0, axis, a, offset),
	         back = fs_grid_link(network, 0, axis, b, axis->size - offset);
	*is = a < b ? (struct fs_cable){.end = {{"port", a}, {"port", b}}, .link = {there, back}}
	            : (struct fs_cable){.end = {{"port", b}, {"port", a}}, .link = {back, there}};
}

static uint32_t neighbour(const struct fs_network *network, uint32_t node, uint32_t i, uint32_t *link)
{
	const struct fs_grid *grid = network->shape;
	const struct fs_axis *axis = grid->axis;
	for (; i >= axis->links; axis++)
		i -= axis->links;
	uint32_t offset = grid->mesh || i == 0 ? i + 1 : axis->size - 1;
	*link = fs_grid_link(network, 0, axis, node, offset);
	return fs_grid_move(axis, node, offset);
}

/* Each dimension's circles cut in two, the narrowest: floor(n/2) ceil(n/2) links of a full mesh of n; of a
 * torus two, one if n = 2 (Dally, Towles, Principles and Practices of Interconnection Networks, sec. 5.2.1,
 * there both ways). An odd dimension has no exact half; its cut is taken for one. */
static void facts(const struct fs_network *network, struct fs_network_facts *facts)
{
	const struct fs_grid *grid = network->shape;
	facts->bisection_Bps = fs_half_the_ports_Bps(network);
	for (int i = 0; i < grid->axes; i++) {
		const struct fs_axis *axis = &grid->axis[i];
		double cut =
		        grid->mesh ? (double)(axis->size / 2) * ((axis->size + 1) / 2) : (double)axis->links;
		double Bps = cut * (network->ports / axis->size) * network->class[axis->class].Bps;
		facts->diameter += grid->mesh ? 1 : (int)(axis->size / 2);
		if (Bps < facts->bisection_Bps)
			facts->bisection_Bps = Bps;
	}
}

const struct fs_kind fs_kind_full_mesh = {
        .name = "full_mesh",
        .own = FS_DIMENSION_ORDER,
        .routings = 1 << FS_DIMENSION_ORDER | 1 << FS_ADAPTIVE,
        .build = build,
        .route = fs_grid_route,
        .rings = fs_grid_rings,
        .blocks = blocks,
        .period = period,
        .cable = cable,
        .facts = facts,
        .neighbour = neighbour,
};

const struct fs_kind fs_kind_torus = {
        .name = "torus",
        .own = FS_DIMENSION_ORDER,
        .routings = 1 << FS_DIMENSION_ORDER | 1 << FS_ADAPTIVE,
        .build = build,
        .route = fs_grid_route,
        .rings = fs_grid_rings,
        .blocks = blocks,
        .period = period,
        .cable = cable,
        .facts = facts,
        .neighbour = neighbour,
};

const struct fs_kind fs_kind_ring = {
        .name = "ring",
        .own = FS_DIMENSION_ORDER,
        .routings = 1 << FS_DIMENSION_ORDER | 1 << FS_ADAPTIVE,
        .build = build,
        .route = fs_grid_route,
        .rings = fs_grid_rings,
        .blocks = blocks,
        .period = period,
        .cable = cable,
        .facts = facts,
        .neighbour = neighbour,
};
