#ifndef FARSCALE_ENGINE_BARE_DATA_H
#define FARSCALE_ENGINE_BARE_DATA_H

/* What is in the buffer of a bare collective, one without a model: numbers that everybody can work out, so
 * that a result is checked without anything being sent. */

#include "plan/program.h"

#include <stddef.h>
#include <stdint.h>

/** What chip `chip` brings along: small whole numbers, so that sums are exact. */
void fs_bare_data_fill(float *buffer, size_t floats, int chip);

/** Counts the elements of chip `chip`'s result that are not what `op` had to make of everybody's filled
 * buffers (nccl-tests' #wrong). Local; time grows with elements and with members, not with both. */
uint64_t fs_bare_data_wrong(const struct fs_op *op, int chip, const float *after, size_t floats);

#endif
