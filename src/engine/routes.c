#include "engine/routes.h"

#include "base/error.h"
#include "fabric/contention.h"
#include "plan/peers.h"

#include <stdlib.h>

enum { MOST_KEPT = 128, FEW_ITERATIONS = 32, SHORT_SEGMENT = 16, ROOM_BYTES = 64 << 20 };

static const uint64_t bytes_per_chip = sizeof(uint32_t) + 3 * sizeof(double) + sizeof(struct fs_segment);

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
	int kept_count, most_kept; /* as many as ROOM_BYTES holds if every one is by chip */
	struct kept kept[MOST_KEPT];
	struct kept passing; /* found last, and not kept */
};

static void destroy_route(struct fs_route *route)
{
	fs_links_destroy(&route->links);
	free(route->chip.place);
	free(route->chip.alpha);
	free(route->chip.beta_in);
	free(route->chip.beta_out);
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
	uint64_t fit = ROOM_BYTES / (bytes_per_chip * (routes->passing.route.links.count + 1));
	routes->most_kept = fit < MOST_KEPT ? (int)fit : MOST_KEPT;
	return routes;
}

void fs_routes_destroy(struct fs_routes *routes)
{
	if (!routes)
		return;
	for (int i = 0; i < routes->kept_count; i++)
		destroy_route(&routes->kept[i].route);
	destroy_route(&routes->passing.route);
	free(routes);
}

/* A shift over the same distance in every iteration has one set of links. */
static uint32_t distinct(const struct fs_step *step, uint32_t s)
{
	return step->pattern == FS_SHIFT && step->advance == 0 ? 0 : s;
}

static struct kept *place_for(struct fs_routes *routes, const struct fs_step *step)
{
	bool keep =
	        distinct(step, step->repeat - 1) < FEW_ITERATIONS && routes->kept_count < routes->most_kept;
	if (!keep)
		return &routes->passing;
	struct kept *place = &routes->kept[routes->kept_count++];
	fs_links_create(&place->route.links, routes->chips, routes->ranks, routes->rank);
	return place;
}

static void spread_out(struct fs_route *route)
{
	struct fs_chip_links *chip = &route->chip;
	uint64_t count = route->links.count;
	if (!chip->place) {
		chip->place = fs_allocate(count * sizeof *chip->place);
		chip->alpha = fs_allocate(count * sizeof *chip->alpha);
		chip->beta_in = fs_allocate(count * sizeof *chip->beta_in);
		chip->beta_out = fs_allocate(count * sizeof *chip->beta_out);
	}
	for (int k = 0; k < route->links.segments; k++) {
		const struct fs_segment *segment = &route->links.segment[k];
		for (uint32_t i = 0; i < segment->count; i++) {
			chip->place[segment->begin + i] = segment->place + i;
			chip->alpha[segment->begin + i] = segment->alpha;
			chip->beta_in[segment->begin + i] = segment->beta_in;
			chip->beta_out[segment->begin + i] = segment->beta_out;
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

static void share_by_chip(struct fs_route *route, const struct fs_iteration *iteration,
                          const struct fs_shares *shares)
{
	uint64_t count = route->links.count;
	struct fs_peers peers;
	for (uint64_t i = 0, next; i < count; i = next) {
		uint64_t chip = route->links.begin + i;
		peers = fs_peers_of(iteration, chip);
		next = peers.count < count - i ? i + peers.count : count;
		for (uint64_t j = i; j < next && peers.to != FS_NO_PEER; j++, chip++)
			route->chip.beta_out[j] = shares->beta_s[chip % shares->period];
		chip = route->links.begin + i + (uint64_t)peers.from;
		for (uint64_t j = i; j < next && peers.from != FS_NO_PEER; j++, chip++) {
			route->chip.alpha[j] = shares->alpha_s[chip % shares->period];
			route->chip.beta_in[j] = shares->beta_s[chip % shares->period];
		}
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
	spread_out(route);
	share_by_chip(route, iteration, &shares);
	route->by_chip = true;
}

const struct fs_route *fs_routes_find(struct fs_routes *routes, struct fs_group group,
                                      const struct fs_schedule *schedule, const struct fs_step *step,
                                      uint32_t s)
{
	uint32_t wanted = distinct(step, s);
	if (routes->passing.step == step && routes->passing.s == wanted)
		return &routes->passing.route;
	for (int i = 0; i < routes->kept_count; i++)
		if (routes->kept[i].step == step && routes->kept[i].s == wanted)
			return &routes->kept[i].route;
	struct kept *place = place_for(routes, step);
	struct fs_route *route = &place->route;
	place->step = step;
	place->s = wanted;
	struct fs_iteration iteration = fs_iteration_of(group, schedule, step, s);
	fs_links_find(&route->links, routes->system, routes->contention, &iteration);
	route->by_chip = false;
	if (route->links.blocked)
		share(routes, route, &iteration);
	if (!route->by_chip && (uint64_t)route->links.segments * SHORT_SEGMENT > route->links.count) {
		spread_out(route);
		route->by_chip = true;
	}
	return route;
}
