#ifndef FARSCALE_SCHEDULE_TWO_TREE_H
#define FARSCALE_SCHEDULE_TWO_TREE_H

/*
 * Two binary trees over the same members, so that whoever is inside one tree is a leaf of the other. Half of
 * the buffer goes through each. Every edge has a colour, 0 or 1, so that the edges of a member to its two
 * parents differ, and so do those to its (at most two) children; edges of colour c carry messages in rounds
 * of parity c. Hence a member sends and receives at most one message per round and both trees run at full
 * bandwidth. P. Sanders, J. Speck, J. L. Traff, "Two-tree algorithms for full bandwidth broadcast, reduction
 * and scan", Parallel Computing 35 (2009). Colours are computed in another way than theirs, which see in
 * two_tree.c.
 */

#include "schedule/schedule.h"

/** Iterations that a step FS_TREE_UP or FS_TREE_DOWN takes over `size` members; `above`: 1 if member 0 is the
 * root above both trees, 0 if each has a root of its own. size - above >= 1, and size >= 2. */
uint32_t fs_two_tree_rounds(uint32_t size, uint32_t above, uint32_t chunks);

/** Adds to `move`, which is nobody's yet, what the member with this digit of the step's level does in a step
 * FS_TREE_UP or FS_TREE_DOWN: peers are digits, and slots are those of the level's own part. */
void fs_two_tree_move(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                      uint32_t digit, struct fs_move *move);

#endif
