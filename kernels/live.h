#ifndef FARSCALE_KERNELS_LIVE_H
#define FARSCALE_KERNELS_LIVE_H

/* Kernels in chunks of well under a millisecond, for calibration, for measured slow-down factors and to keep
 * a live chip busy for as long as its modelled kernel takes. */

#include "kernels/reduce.h" /* fs_reduce_add, for those who run collectives */
#include "kernels/work.h"

#include <stddef.h>

struct fs_live_kernel;

/** Buffers for one kind of kernel; aligned, initialised. NULL when memory runs out. */
struct fs_live_kernel *fs_live_kernel_create(enum fs_kernel_kind kind);
void fs_live_kernel_destroy(struct fs_live_kernel *kernel);

/** Runs one chunk: 0.05 to 1 ms on one core. */
void fs_live_kernel_run(struct fs_live_kernel *kernel);

/** What one chunk does: floating-point operations, bytes read and written. */
double fs_live_kernel_flop(const struct fs_live_kernel *kernel);
double fs_live_kernel_bytes(const struct fs_live_kernel *kernel);

/** "gemm", "grouped_gemm", ... */
const char *fs_kernel_name(enum fs_kernel_kind kind);

/** The OpenBLAS core type in use ("SkylakeX", "Haswell" ...). */
const char *fs_blas_core(void);

#endif
