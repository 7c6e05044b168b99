#ifndef FARSCALE_ENGINE_BUSY_H
#define FARSCALE_ENGINE_BUSY_H

/*
 * Keeps a live chip's core busy with real kernels while a modelled kernel lasts, up to a share of the core:
 * what ranks that share cores can all get, and a margin, so that nobody falls behind.
 */

#include "kernels/work.h"

struct fs_busy;
struct fs_calibration;

/** share: of a core, 0..1. */
struct fs_busy *fs_busy_create(const struct fs_calibration *calibration, double share);
void fs_busy_destroy(struct fs_busy *busy);

/** Runs one chunk of the kernel if it fits into `room_s` wall seconds and the share allows it now. Returns
 *  whether it did. */
bool fs_busy_chunk(struct fs_busy *busy, enum fs_kernel_kind kernel, double room_s);

/** Runs as many chunks as the calibrated rate promises to take `wall_s`, whatever they take; calls
 * poll(context) between them. */
void fs_busy_run_raw(struct fs_busy *busy, enum fs_kernel_kind kernel, double wall_s,
                     void (*poll)(void *context), void *context);

#endif
