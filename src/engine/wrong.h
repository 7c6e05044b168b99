#ifndef FARSCALE_ENGINE_WRONG_H
#define FARSCALE_ENGINE_WRONG_H

/* Whether a collective did to real data what it had to. */

#include "plan/program.h"

#include <stddef.h>

struct fs_team;

/** Counts the elements of this chip's result that are not what everybody's `before` demands (nccl-tests'
 * #wrong). Sums may differ by rounding only: 1e-5 of the sum of magnitudes. Collective over `group`, the team
 * of the collective's members in their order. Takes a few times the buffer in memory and O(log members)
 * peers, however many members there are: what is expected is found by other algorithms, on the same data. */
uint64_t fs_wrong_count(struct fs_team *group, const struct fs_schedule *schedule, const float *before,
                        const float *after, size_t floats);

#endif
