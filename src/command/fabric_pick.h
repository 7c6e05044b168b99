#ifndef FARSCALE_COMMAND_FABRIC_PICK_H
#define FARSCALE_COMMAND_FABRIC_PICK_H

/* Which of many like things are drawn, and where: a few first ones, the last, and those that matter. */

#include <stdbool.h>
#include <stdint.h>

enum { FS_MOST_PICKED = 64 };

/** A set, rising; zeroed at first. */
struct fs_pick {
	int count;
	uint64_t id[FS_MOST_PICKED];
};

/** Nothing happens if it is there or the set is full. */
void fs_pick_add(struct fs_pick *pick, uint64_t id);
/** Adds first .. end-1 if those are no more than `most` (1 or more), else the first most - 1 and the last. */
void fs_pick_spread(struct fs_pick *pick, uint64_t first, uint64_t end, uint64_t most);
/** Its place in the set, or -1. */
int fs_pick_find(const struct fs_pick *pick, uint64_t id);

/** A row of picked things: x of each one's middle, and how wide each may be at most. */
struct fs_row {
	struct fs_pick pick;
	double x[FS_MOST_PICKED], slot[FS_MOST_PICKED];
};

/** Adds to the row those of `pick` that are in first .. end-1, evenly between left and right. Where some are
 * left out, there is room as for `gap` of them. Ranges must come in rising order. */
void fs_row_place(struct fs_row *row, const struct fs_pick *pick, uint64_t first, uint64_t end, double left,
                  double right, double gap);

/** Calls visit for every stretch of 0 .. total-1 that the row leaves out: how many, and the middle and width
 * of the room that is left for saying so. Stretches before the first and behind the last too. */
void fs_row_each_gap(const struct fs_row *row, uint64_t total,
                     void (*visit)(uint64_t left_out, double x, double width, void *context), void *context);

#endif
