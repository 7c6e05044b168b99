#ifndef FARSCALE_PLAN_BESIDE_H
#define FARSCALE_PLAN_BESIDE_H

/* What two collectives that are in flight at once get of links that are shared. */

#include "plan/program.h"

struct fs_contention;
struct fs_system;

struct fs_flight {
	struct fs_group group;
	const struct fs_schedule *schedule;
};

/** slowdown[i]: how many times as long the slowest messages of flight i take while one of the other's is
 * under way from every chip as well, 1 or more; 1 where they share no link of a network that blocks. From
 * some rounds of the one, each beside one of the other. contention: the networks of the program, not NULL. */
void fs_beside(const struct fs_system *system, struct fs_contention *contention,
               const struct fs_flight flight[2], double slowdown[2]);

#endif
