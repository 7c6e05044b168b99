#ifndef FARSCALE_ENGINE_ROUTES_H
#define FARSCALE_ENGINE_ROUTES_H

/* Links, ready for use, kept from one execution of a step to the next: a training step runs the same
 * collectives over and over. Kept are those of steps with few distinct iterations; the rest are found anew
 * each time. */

#include "engine/links.h"
#include "plan/program.h"

/** Links chip by chip: the same as the segments, spread out. */
struct fs_chip_links {
	uint32_t *place;
	double *alpha, *beta_in, *beta_out;
};

/** Consecutive chips whose senders are consecutive, too. */
struct fs_run {
	uint32_t begin, count, place;
};

struct fs_route {
	struct fs_links links;
	bool by_chip; /* segments are short, or messages get different shares; `chip` is filled */
	struct fs_chip_links chip;
	int runs, run_room; /* 0: they are not worth while, senders lie anywhere */
	struct fs_run *run; /* cover the block */
};

/** The parts of a route that say something of single chips: found from its segments. For those who put a
 * route together themselves. Patchy: its segments are too short to be worth while. */
void fs_route_by_chip(struct fs_route *route);
bool fs_route_is_patchy(const struct fs_route *route);
uint64_t fs_route_bytes(const struct fs_route *route);
void fs_route_clear(struct fs_route *route);

/** The first iteration of the step that has the same links as iteration s. */
uint32_t fs_routes_distinct(const struct fs_step *step, uint32_t s);

struct fs_routes;

/** contention: lent; NULL where nothing blocks. */
struct fs_routes *fs_routes_create(const struct fs_system *system, struct fs_contention *contention,
                                   uint64_t chips, int ranks, int rank);
void fs_routes_destroy(struct fs_routes *routes);

/** The route of iteration s of a step, valid until the next call. A step (by its address) always goes with
 * the same group and schedule. Local. */
const struct fs_route *fs_routes_find(struct fs_routes *routes, struct fs_group group,
                                      const struct fs_schedule *schedule, const struct fs_step *step,
                                      uint32_t s);

#endif
