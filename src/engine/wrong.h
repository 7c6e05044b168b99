#ifndef FARSCALE_ENGINE_WRONG_H
#define FARSCALE_ENGINE_WRONG_H

/* Whether a collective did to real data what it had to. */

#include "plan/program.h"

#include <stddef.h>

struct fs_team;

/** Fills a bare collective's buffer so that sums are exact: small whole numbers that depend on chip and
 * place. */
void fs_wrong_fill(float *buffer, size_t floats, int chip);

/** Counts the elements of this chip's result that are not what everybody's `before` demands (nccl-tests'
 * #wrong). Sums may differ by rounding only: 1e-5 of the sum of magnitudes. Collective over a team of one
 * rank per chip. */
uint64_t fs_wrong_count(struct fs_team *team, const struct fs_op *op, const float *before, const float *after,
                        size_t floats);

/** The same where every chip's buffer was filled by fs_wrong_fill: nobody has to send what all know. chip:
 * this one's number. Local. */
uint64_t fs_wrong_count_filled(const struct fs_op *op, int chip, const float *after, size_t floats);

#endif
