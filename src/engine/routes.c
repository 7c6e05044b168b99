#include "engine/routes.h"

#include "base/error.h"

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

struct fs_routes *fs_routes_create(const struct fs_system *system, uint64_t chips, int ranks, int rank)
{
	struct fs_routes *routes = fs_allocate_zeroed(1, sizeof *routes);
	routes->system = system;
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
	fs_links_find(&route->links, routes->system, group, schedule, step, s);
	route->by_chip = (uint64_t)route->links.segments * SHORT_SEGMENT > route->links.count;
	if (route->by_chip)
		spread_out(route);
	return route;
}
