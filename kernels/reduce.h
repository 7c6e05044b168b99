#ifndef FARSCALE_KERNELS_REDUCE_H
#define FARSCALE_KERNELS_REDUCE_H

/* What collectives compute. */

#include <stddef.h>

/** a[i] += b[i]; vectorised for the CPU at hand. The two do not overlap. */
void fs_reduce_add(float *a, const float *b, size_t count);

#endif
