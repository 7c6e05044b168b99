#include "fabric/kind.h"

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "topology/fabric.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double MOST_LINKS = 1e8;

static const struct fs_kind *const kinds[] = {&fs_kind_switch, &fs_kind_clos, &fs_kind_full_mesh,
                                              &fs_kind_torus,  &fs_kind_ring, &fs_kind_dragonfly};

static const char *const routings[FS_ROUTINGS] = {"adaptive", "ecmp", "dimension_order"};

static int find_kind(struct fs_network *network, const char *name, struct fs_error *error)
{
	char known[128] = "";
	if (!*name)
		name = kinds[0]->name;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(name, kinds[i]->name) == 0) {
			network->kind = kinds[i];
			return 0;
		}
		fs_text_join(known, sizeof known, kinds[i]->name);
	}
	return fs_fail(error, "tier %s: no fabric of kind '%s'; there are %s", network->tier, name, known);
}

static int find_routing(struct fs_network *network, const char *name, struct fs_error *error)
{
	char known[128] = "";
	network->routing = network->kind->own;
	if (!*name)
		return 0;
	for (int i = 0; i < FS_ROUTINGS; i++) {
		if (!(network->kind->routings >> i & 1))
			continue;
		if (strcmp(name, routings[i]) == 0) {
			network->routing = (enum fs_routing)i;
			return 0;
		}
		fs_text_join(known, sizeof known, routings[i]);
	}
	return fs_fail(error, "tier %s: a %s is not routed '%s'; allowed: %s", network->tier,
	               network->kind->name, name, known);
}

int fs_fabric_whole(const struct fs_network *network, const char *what, double value, uint32_t none,
                    uint32_t *whole, struct fs_error *error)
{
	if (value == 0 && none > 0)
		value = none;
	if (!(value >= 1 && value <= MOST_LINKS && value == floor(value)))
		return fs_fail(error, "tier %s: %s is %g; it is a whole number from 1 to %.0f", network->tier,
		               what, value, MOST_LINKS);
	*whole = (uint32_t)value;
	return 0;
}

static int too_many(const struct fs_network *network, struct fs_error *error)
{
	return fs_fail(error, "tier %s: a %s of %u ports with more than %.0f links; allowed are fewer",
	               network->tier, network->kind->name, network->ports, MOST_LINKS);
}

int fs_network_add_class(struct fs_network *network, double count, double width, double Bps,
                         struct fs_error *error)
{
	if (!((network->links + count) * network->told <= MOST_LINKS && count * width <= MOST_LINKS))
		return too_many(network, error);
	assert(network->classes < FS_MAX_CLASSES);
	network->class[network->classes++] =
	        (struct fs_link_class){network->links, (uint32_t)count, (uint32_t)width, Bps};
	network->links += (uint32_t)count;
	return 0;
}

static int check_rates(const struct fs_network_request *request, const struct fs_network *network,
                       struct fs_error *error)
{
	double o = request->oversubscription;
	if (!(request->port_Bps > 0 && isfinite(request->port_Bps)))
		return fs_fail(error, "tier %s: a port of %g bytes/s; it must be positive", network->tier,
		               request->port_Bps);
	if (o != 0 && !(o >= 1 && isfinite(o)))
		return fs_fail(error, "tier %s: oversubscription is %g; allowed is 1 and above",
		               network->tier, o);
	if (o > 1 && !network->kind->oversubscribed)
		return fs_fail(error, "tier %s: a %s has no oversubscription (it is %g); allowed is 1",
		               network->tier, network->kind->name, o);
	return 0;
}

static int build(const struct fs_network_request *request, struct fs_network *network, struct fs_error *error)
{
	const struct fs_fabric *fabric = request->fabric;
	if (find_kind(network, fabric->kind, error) != 0 ||
	    find_routing(network, fabric->routing, error) != 0)
		return -1;
	if (fs_fabric_whole(network, "ports", (double)request->ports, 0, &network->ports, error) != 0 ||
	    fs_fabric_whole(network, "planes", fabric->planes.value, 1, &network->planes, error) != 0)
		return -1;
	if (check_rates(request, network, error) != 0)
		return -1;
	network->port_Bps = request->port_Bps;
	memcpy(&network->seed, &fabric->ecmp_seed.value, sizeof network->seed); /* any number will do */
	network->told = network->routing == FS_ECMP ? network->planes : 1;
	for (int class = FS_PORT_OUT; class <= FS_PORT_IN; class ++)
		if (fs_network_add_class(network, network->ports, 1, network->port_Bps, error) != 0)
			return -1;
	return network->kind->build(network, request, error);
}

int fs_network_create(const struct fs_network_request *request, struct fs_network **network,
                      struct fs_error *error)
{
	struct fs_network *built = fs_allocate_zeroed(1, sizeof *built);
	snprintf(built->tier, sizeof built->tier, "%s", request->tier);
	if (build(request, built, error) != 0) {
		fs_network_destroy(built);
		return -1;
	}
	*network = built;
	return 0;
}

void fs_network_destroy(struct fs_network *network)
{
	if (!network)
		return;
	free(network->shape);
	free(network->lost);
	free(network->broken);
	free(network);
}

bool fs_network_blocks(const struct fs_network *network)
{
	return network->broken || network->kind->blocks(network);
}

uint64_t fs_network_links(const struct fs_network *network)
{
	return (uint64_t)network->links * network->told;
}

const struct fs_link_class *fs_network_class(const struct fs_network *network, uint32_t link)
{
	const struct fs_link_class *last = &network->class[network->classes - 1];
	while (last->base > link)
		last--;
	return last;
}

double fs_network_capacity_Bps(const struct fs_network *network, uint32_t link)
{
	assert(link < fs_network_links(network));
	const struct fs_link_class *class = fs_network_class(network, link % network->links);
	uint32_t up = class->width - (network->lost ? network->lost[link] : 0);
	return class->Bps / network->told * up / class->width;
}

/* All of a message over one plane. */
static int route_over(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
                      struct fs_uses *uses)
{
	uint32_t first = uses->count, out = fs_link_at(network, plane, FS_PORT_OUT, from),
	         in = fs_link_at(network, plane, FS_PORT_IN, to);
	if (!fs_link_is_up(network, out) || !fs_link_is_up(network, in))
		return -1;
	fs_uses_add(uses, out, 1);
	int hops = network->kind->route(network, plane, from, to, uses);
	if (hops < 0) {
		uses->count = first;
		return -1;
	}
	fs_uses_add(uses, in, 1);
	return hops;
}

/* Of the narrowest of the links used from the `first` on: the part that is up. */
static double part_left(const struct fs_network *network, const struct fs_uses *uses, uint32_t first)
{
	double least = 1;
	for (uint32_t i = first; i < uses->count && network->lost; i++) {
		const struct fs_link_class *class =
		        fs_network_class(network, uses->use[i].link % network->links);
		double part =
		        fs_network_capacity_Bps(network, uses->use[i].link) * network->told / class->Bps;
		least = part < least ? part : least;
	}
	return least;
}

int fs_network_route(const struct fs_network *network, uint64_t from, uint64_t to, struct fs_uses *uses)
{
	assert(from < network->ports && to < network->ports && from != to);
	uint32_t first = uses->count;
	double sum = 0;
	int most = -1;
	for (uint32_t plane = 0; plane < network->told; plane++) {
		uint32_t begin = uses->count;
		int hops = route_over(network, plane, (uint32_t)from, (uint32_t)to, uses);
		if (hops < 0)
			continue;
		double part = network->routing == FS_ADAPTIVE ? part_left(network, uses, begin) : 1;
		if (part != 1)
			fs_uses_scale(uses, begin, part);
		sum += part;
		most = hops > most ? hops : most;
	}
	if (sum != 1 && sum > 0)
		fs_uses_scale(uses, first, 1 / sum);
	return most;
}

static bool rings_over(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
                       struct fs_ring ring, struct fs_uses *uses)
{
	uint32_t first = uses->count, out = fs_link_at(network, plane, FS_PORT_OUT, from),
	         in = fs_link_at(network, plane, FS_PORT_IN, to);
	if (!fs_link_is_up(network, out) || !fs_link_is_up(network, in))
		return false;
	fs_uses_add(uses, out, 1);
	if (!network->kind->rings(network, plane, from, ring, uses)) {
		uses->count = first;
		return false;
	}
	fs_uses_add(uses, in, 1);
	return true;
}

bool fs_network_is_direct(const struct fs_network *network)
{
	return network->kind->rings && network->routing == FS_ADAPTIVE;
}

bool fs_network_spreads(const struct fs_network *network)
{
	return network->routing == FS_ADAPTIVE;
}

bool fs_network_rings(const struct fs_network *network, uint64_t from, uint64_t to, struct fs_ring ring,
                      struct fs_uses *uses)
{
	uint32_t first = uses->count, used = 0;
	if (!fs_network_is_direct(network))
		return false;
	for (uint32_t plane = 0; plane < network->told; plane++)
		used += rings_over(network, plane, (uint32_t)from, (uint32_t)to, ring, uses);
	if (used > 1)
		fs_uses_scale(uses, first, 1.0 / used);
	return used > 0;
}

uint64_t fs_network_period(const struct fs_network *network)
{
	if (network->broken || network->routing == FS_ECMP)
		return 0;
	return network->kind->period(network);
}

uint64_t fs_network_alike(const struct fs_network *network, uint64_t *rails)
{
	*rails = 1;
	if (network->broken || network->routing == FS_ECMP || !network->kind->alike)
		return 1;
	return network->kind->alike(network, rails);
}

uint32_t fs_network_fold(const struct fs_network *network, uint32_t link, uint64_t period)
{
	const struct fs_link_class *class = fs_network_class(network, link % network->links);
	if (period == network->ports || class->count == 1)
		return link;
	assert(period > 0 && fs_network_period(network) > 0 && class->count * period % network->ports == 0);
	return class->base + (uint32_t)((link - class->base) % (class->count * period / network->ports));
}

double fs_half_the_ports_Bps(const struct fs_network *network)
{
	return network->ports / 2 * network->port_Bps;
}

uint64_t fs_ecmp_hash(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to)
{
	uint64_t hash = fs_mix64(network->seed);
	hash = fs_mix64(hash ^ plane);
	return fs_mix64(hash ^ ((uint64_t)from << 32 | to));
}

uint32_t fs_ecmp_pick(uint64_t hash, uint32_t level, uint32_t choices)
{
	return (uint32_t)((fs_mix64(hash ^ level) >> 32) * choices >> 32);
}
