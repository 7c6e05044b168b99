#ifndef FARSCALE_CALIBRATE_JSON_H
#define FARSCALE_CALIBRATE_JSON_H

/* A calibration as JSON: in the cache, in what a probe prints, and for `calibrate --format json`. */

#include "calibrate/calibration.h"

#include <jansson.h>

/** The kernels that were measured: {"gemm": {"median_s": ..., "p5_s": ...}, ...}. */
json_t *fs_kernel_rates_to_json(const struct fs_kernel_rate kernel[FS_KERNELS]);

/** Reads what of it is there; kernels that are missing get a median of 0. Fails on values that no measurement
 *  can have had (not positive, not finite, percentiles out of order). */
int fs_kernel_rates_from_json(const json_t *json, struct fs_kernel_rate kernel[FS_KERNELS],
                              struct fs_error *error);

json_t *fs_calibration_to_json(const struct fs_calibration *calibration);

/** Accepts only what is complete and possible; the reader may then trust every number. */
int fs_calibration_from_json(const json_t *json, struct fs_calibration *calibration, struct fs_error *error);

#endif
