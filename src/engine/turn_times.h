#ifndef FARSCALE_ENGINE_TURN_TIMES_H
#define FARSCALE_ENGINE_TURN_TIMES_H

/* How long chips are in turns of each kind, without what they wait for other stages. Local. */

#include "plan/program.h"

struct fs_turn_times;

/** Of a rank's `count` chips, which belong to so many stages; all in FS_TURN_END, at 0 s. */
struct fs_turn_times *fs_turn_times_create(uint64_t stages, uint64_t count);
void fs_turn_times_destroy(struct fs_turn_times *times);

/** The chips at .. at + count - 1, all that the rank has of the stage, begin a turn. compute[count]: when,
 * in seconds; bubble[count]: what they have waited for other stages in all. */
void fs_turn_times_begin(struct fs_turn_times *times, uint64_t stage, uint64_t at, uint64_t count,
                         enum fs_turn_kind kind, const double *compute, const double *bubble);

/** Forgets sums; compute[all chips]: when it is, with no bubbles so far. */
void fs_turn_times_restart(struct fs_turn_times *times, const double *compute);

/** Sums of turns of the kind that have ended, of all chips. */
const double *fs_turn_times(const struct fs_turn_times *times, enum fs_turn_kind kind);

#endif
