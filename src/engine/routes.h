#ifndef FARSCALE_ENGINE_ROUTES_H
#define FARSCALE_ENGINE_ROUTES_H

/* Links and exchange plans, kept from one execution of a step to the next: a training step runs the same collectives over and
 * over. Kept are those of steps with few distinct iterations; the rest are found anew each time. */

#include "engine/exchange.h"
#include "engine/links.h"

struct fs_route {
	struct fs_links links;
	struct fs_exchange *exchange;
};

struct fs_routes;

struct fs_routes *fs_routes_create(struct fs_team *team, const struct fs_system *system, uint64_t chips);
void fs_routes_destroy(struct fs_routes *routes);

/** The route of iteration s of a step, valid until the next call. A schedule (by its address) always goes with the same
 *  group. Local. */
const struct fs_route *fs_routes_find(struct fs_routes *routes, struct fs_group group,
                                      const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s);

#endif
