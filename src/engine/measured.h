#ifndef FARSCALE_ENGINE_MEASURED_H
#define FARSCALE_ENGINE_MEASURED_H

/* Slow-down factors measured on this host: how long a chunk of a kernel took now, divided by its calibrated
 * median. The live chip (the first of the rank's block) has the one just measured; modelled chips draw among
 * the last ones. */

#include "kernels/work.h"

#include <stdint.h>

struct fs_calibration;
struct fs_measured;

/** `live_chip`: whose kernels run. The calibration must cover every kernel. */
struct fs_measured *fs_measured_create(const struct fs_calibration *calibration, uint64_t live_chip);
void fs_measured_destroy(struct fs_measured *measured);

/** Runs the kernel once for the live chip and keeps its factor. */
void fs_measured_run(struct fs_measured *measured, enum fs_kernel_kind kernel);

/** The factor of `chip` for the kernel run last. */
double fs_measured_factor(const struct fs_measured *measured, uint64_t seed, uint64_t chip, uint32_t step,
                          uint32_t op);

#endif
