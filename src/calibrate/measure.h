#ifndef FARSCALE_CALIBRATE_MEASURE_H
#define FARSCALE_CALIBRATE_MEASURE_H

/* The measurements themselves, on the calling thread. `seconds` is how long each one lasts, warm-up apart. */

#include "calibrate/calibration.h"

/** Seconds since some fixed point (CLOCK_MONOTONIC). */
double fs_now_s(void);

/** Chunks of one kind of kernel, under the OpenBLAS core type in force. */
struct fs_kernel_rate fs_measure_kernel(enum fs_kernel_kind kind, double seconds);

/** How late a sleep of 100 us ends, in seconds, after fs_host_sharpen_timer. */
struct fs_spread fs_measure_timer_overshoot(double seconds);

/** Bytes copied per second from one large buffer to another: median. `cache_bytes`: the largest cache, which
 *  the buffers are made to exceed. */
double fs_measure_memory_copy_Bps(uint64_t cache_bytes, double seconds);

#endif
