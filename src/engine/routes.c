#include "engine/routes.h"

#include "base/error.h"

#include <stdlib.h>

enum { MOST_KEPT = 128, FEW_ITERATIONS = 32 };

struct kept {
	const struct fs_step *step; /* whose address tells the schedule, too */
	uint32_t s;
	struct fs_route route;
};

struct fs_routes {
	struct fs_team *team;
	const struct fs_system *system;
	uint64_t chips, begin, count;
	int kept_count;
	struct kept kept[MOST_KEPT];
	struct kept passing; /* found last, and not kept */
};

static void create_route(const struct fs_routes *routes, struct fs_route *route)
{
	fs_links_create(&route->links, routes->begin, routes->count);
	route->exchange = fs_exchange_create(routes->team, routes->chips);
}

static void destroy_route(struct fs_route *route)
{
	fs_links_destroy(&route->links);
	fs_exchange_destroy(route->exchange);
}

struct fs_routes *fs_routes_create(struct fs_team *team, const struct fs_system *system, uint64_t chips)
{
	struct fs_routes *routes = fs_allocate_zeroed(1, sizeof *routes);
	routes->team = team;
	routes->system = system;
	routes->chips = chips;
	routes->begin = fs_block_begin(chips, fs_team_ranks(team), fs_team_rank(team));
	routes->count = fs_block_begin(chips, fs_team_ranks(team), fs_team_rank(team) + 1) - routes->begin;
	create_route(routes, &routes->passing.route);
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
	bool keep = distinct(step, step->repeat - 1) < FEW_ITERATIONS && routes->kept_count < MOST_KEPT;
	if (!keep)
		return &routes->passing;
	struct kept *place = &routes->kept[routes->kept_count++];
	create_route(routes, &place->route);
	return place;
}

const struct fs_route *fs_routes_find(struct fs_routes *routes, struct fs_group group,
                                      const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s)
{
	uint32_t wanted = distinct(step, s);
	if (routes->passing.step == step && routes->passing.s == wanted)
		return &routes->passing.route;
	for (int i = 0; i < routes->kept_count; i++)
		if (routes->kept[i].step == step && routes->kept[i].s == wanted)
			return &routes->kept[i].route;
	struct kept *place = place_for(routes, step);
	place->step = step;
	place->s = wanted;
	fs_links_find(&place->route.links, routes->system, group, schedule, step, s);
	fs_exchange_plan(place->route.exchange, &place->route.links);
	return &place->route;
}
