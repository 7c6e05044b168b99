#include "engine/routes.h"

#include "base/error.h"
#include "cost/peers.h"
#include "fabric/contention.h"

#include <stdlib.h>

enum { MOST_KEPT = 128, FEW_ITERATIONS = 32, SHORT = 16, ROOM_BYTES = 256 << 20 };

struct kept {
	const struct fs_step *step;
	uint32_t s;
	struct fs_route route;
};

struct fs_routes {
	const struct fs_system *system;
	struct fs_contention *contention;
	uint64_t chips;
	int ranks, rank;
	uint64_t kept_bytes;
	int kept_count;
	struct kept kept[MOST_KEPT];
	struct kept passing; /* found last, and not kept */
};

void fs_route_clear(struct fs_route *route)
{
	fs_links_destroy(&route->links);
	free(route->chip.place);
	free(route->chip.alpha);
	free(route->chip.beta_in);
	free(route->chip.beta_out);
	free(route->run);
}

struct fs_routes *fs_routes_create(const struct fs_system *system, struct fs_contention *contention,
                                   uint64_t chips, int ranks, int rank)
{
	struct fs_routes *routes = fs_allocate_zeroed(1, sizeof *routes);
	routes->system = system;
	routes->contention = contention;
	routes->chips = chips;
	routes->ranks = ranks;
	routes->rank = rank;
	fs_links_create(&routes->passing.route.links, chips, ranks, rank);
	return routes;
}

void fs_routes_destroy(struct fs_routes *routes)
{
	if (!routes)
		return;
	for (int i = 0; i < routes->kept_count; i++)
		fs_route_clear(&routes->kept[i].route);
	fs_route_clear(&routes->passing.route);
	free(routes);
}

/* A shift over the same distance in every iteration has one set of links. */
uint32_t fs_routes_distinct(const struct fs_step *step, uint32_t s)
{
	return step->pattern == FS_SHIFT && step->advance == 0 ? 0 : s;
}

static void add_run(struct fs_route *route, const struct fs_segment *segment)
{
	struct fs_run *last = route->runs ? &route->run[route->runs - 1] : NULL;
	if (last && last->place + last->count == segment->place) {
		last->count += segment->count;
		return;
	}
	if (route->runs == route->run_room) {
		route->run_room = route->run_room ? 2 * route->run_room : 16;
		route->run = fs_reallocate(route->run, (unsigned long)route->run_room * sizeof *route->run);
	}
	route->run[route->runs++] = (struct fs_run){segment->begin, segment->count, segment->place};
}

static void find_runs(struct fs_route *route)
{
	route->runs = 0;
	for (int k = 0; k < route->links.segments; k++)
		add_run(route, &route->links.segment[k]);
	if ((uint64_t)route->runs * SHORT > route->links.count)
		route->runs = 0;
}

static void make_room(struct fs_chip_links *chip, uint64_t count)
{
	if (chip->place)
		return;
	chip->place = fs_allocate(count * sizeof *chip->place);
	chip->alpha = fs_allocate(count * sizeof *chip->alpha);
	chip->beta_in = fs_allocate(count * sizeof *chip->beta_in);
	chip->beta_out = fs_allocate(count * sizeof *chip->beta_out);
}

void fs_route_by_chip(struct fs_route *route)
{
	struct fs_chip_links *chip = &route->chip;
	route->by_chip = true;
	make_room(chip, route->links.count);
	find_runs(route);
	for (int k = 0; k < route->links.segments; k++) {
		const struct fs_segment *segment = &route->links.segment[k];
		for (uint32_t i = segment->begin; i < segment->begin + segment->count; i++) {
			chip->place[i] = segment->place + i - segment->begin;
			chip->alpha[i] = segment->alpha;
			chip->beta_in[i] = segment->beta_in;
			chip->beta_out[i] = segment->beta_out;
		}
	}
}

/* All messages get the same: as many segments as there were. */
static void share_alike(struct fs_links *links, double alpha, double beta)
{
	for (int i = 0; i < links->segments; i++) {
		struct fs_segment *segment = &links->segment[i];
		segment->alpha = segment->beta_in > 0 ? alpha : segment->alpha;
		segment->beta_in = segment->beta_in > 0 ? beta : 0;
		segment->beta_out = segment->beta_out > 0 ? beta : 0;
	}
}

/* What the messages of `count` chips from `chip` on get goes to consecutive places. */
static void copy_shares(const double *share, uint64_t period, uint64_t chip, uint64_t count, double *to)
{
	for (uint64_t at = chip % period; count--; at = at + 1 == period ? 0 : at + 1)
		*to++ = share[at];
}

static void share_by_chip(struct fs_route *route, const struct fs_iteration *iteration,
                          const struct fs_shares *shares)
{
	const struct fs_links *links = &route->links;
	struct fs_chip_links *to = &route->chip;
	for (uint64_t i = 0, next; i < links->count; i = next) {
		uint64_t chip = links->begin + i, period = shares->period;
		struct fs_peers peers = fs_peers_of(iteration, chip);
		next = peers.count < links->count - i ? i + peers.count : links->count;
		if (peers.to != FS_NO_PEER)
			copy_shares(shares->beta_s, period, chip, next - i, to->beta_out + i);
		if (peers.from == FS_NO_PEER)
			continue;
		uint64_t sender = chip + (uint64_t)peers.from;
		copy_shares(shares->alpha_s, period, sender, next - i, to->alpha + i);
		copy_shares(shares->beta_s, period, sender, next - i, to->beta_in + i);
	}
}

static void share(struct fs_routes *routes, struct fs_route *route, const struct fs_iteration *iteration)
{
	struct fs_round round = fs_iteration_round(iteration, routes->system, routes->chips);
	struct fs_shares shares;
	fs_contention_solve(routes->contention, &round, &shares);
	if (shares.alike) {
		share_alike(&route->links, shares.alpha_s[0], shares.beta_s[0]);
		return;
	}
	fs_route_by_chip(route);
	share_by_chip(route, iteration, &shares);
}

bool fs_route_is_patchy(const struct fs_route *route)
{
	return (uint64_t)route->links.segments * SHORT > route->links.count;
}

static void find(struct fs_routes *routes, struct fs_route *route, const struct fs_iteration *iteration)
{
	fs_links_find(&route->links, routes->system, routes->contention, iteration);
	route->by_chip = false;
	if (route->links.blocked)
		share(routes, route, iteration);
	if (!route->by_chip && fs_route_is_patchy(route))
		fs_route_by_chip(route);
}

uint64_t fs_route_bytes(const struct fs_route *route)
{
	const struct fs_links *links = &route->links;
	uint64_t bytes = (uint64_t)links->segment_room * sizeof *links->segment +
	                 (uint64_t)(links->incoming_room + links->outgoing_room) * sizeof *links->in +
	                 (uint64_t)route->run_room * sizeof *route->run;
	return route->chip.place ? bytes + links->count * (sizeof(uint32_t) + 3 * sizeof(double)) : bytes;
}

/* What was found last is kept if its step comes by again with the same links, and there is room. */
static const struct fs_route *keep(struct fs_routes *routes)
{
	struct kept *found = &routes->passing;
	uint64_t bytes = fs_route_bytes(&found->route);
	bool recurs = fs_routes_distinct(found->step, found->step->repeat - 1) < FEW_ITERATIONS;
	if (!recurs || routes->kept_count == MOST_KEPT || routes->kept_bytes + bytes > ROOM_BYTES)
		return &found->route;
	struct kept *place = &routes->kept[routes->kept_count++];
	routes->kept_bytes += bytes;
	*place = *found;
	*found = (struct kept){0};
	fs_links_create(&found->route.links, routes->chips, routes->ranks, routes->rank);
	return &place->route;
}

const struct fs_route *fs_routes_find(struct fs_routes *routes, struct fs_group group,
                                      const struct fs_schedule *schedule, const struct fs_step *step,
                                      uint32_t s)
{
	uint32_t wanted = fs_routes_distinct(step, s);
	struct kept *passing = &routes->passing;
	if (passing->step == step && passing->s == wanted)
		return &passing->route;
	for (int i = 0; i < routes->kept_count; i++)
		if (routes->kept[i].step == step && routes->kept[i].s == wanted)
			return &routes->kept[i].route;
	struct fs_iteration iteration = fs_iteration_of(group, schedule, step, s);
	passing->step = step;
	passing->s = wanted;
	find(routes, &passing->route, &iteration);
	return keep(routes);
}
