#ifndef FARSCALE_SCHEDULE_PARTS_H
#define FARSCALE_SCHEDULE_PARTS_H

/*
 * Rounds of a reduce-scatter or an allgather over the outermost level, among the members that have the same
 * digits below: each owns the one slot of its own number, so that slot = member at the end, as these two
 * collectives promise. All move (p - 1) / p of what the members at one place hold, p being the level's size.
 */

#include "schedule/build.h"

/** `round` for a member to `distance` further on, of `count` slots: those of the members `first`,
 * first + apart, first + 2 apart, ... further on (all may be negative; modulo the level's size). */
struct fs_part_round {
	int64_t distance, first, apart;
	uint32_t count;
};
void fs_add_part_round(struct fs_schedule *schedule, struct fs_part_round round, bool reduce);

/** Ring: p - 1 rounds. */
void fs_add_place_ring(struct fs_schedule *schedule, bool reduce);

/** Nonuniform hierarchical ring: ceil(log2 p) rounds for any p (nhr.c). */
void fs_add_place_nhr(struct fs_schedule *schedule, bool reduce);

/** Nonuniform Bruck: the same number of rounds (nb.c). */
void fs_add_place_nb(struct fs_schedule *schedule, bool reduce);

#endif
