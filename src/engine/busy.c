#include "engine/busy.h"

#include "base/clock.h"
#include "base/error.h"
#include "calibrate/calibration.h"
#include "kernels/live.h"

#include <math.h>
#include <stdlib.h>

struct fs_busy {
	const struct fs_calibration *calibration;
	double share;
	double since_s, spent_s; /* the share is of the time since the first chunk */
	struct fs_live_kernel *kernel[FS_KERNELS];
};

struct fs_busy *fs_busy_create(const struct fs_calibration *calibration, double share)
{
	struct fs_busy *busy = fs_allocate_zeroed(1, sizeof *busy);
	busy->calibration = calibration;
	busy->share = share;
	for (int kind = 0; kind < FS_KERNELS; kind++)
		busy->kernel[kind] = fs_live_kernel_create((enum fs_kernel_kind)kind);
	return busy;
}

void fs_busy_destroy(struct fs_busy *busy)
{
	if (!busy)
		return;
	for (int kind = 0; kind < FS_KERNELS; kind++)
		fs_live_kernel_destroy(busy->kernel[kind]);
	free(busy);
}

bool fs_busy_chunk(struct fs_busy *busy, enum fs_kernel_kind kernel, double room_s)
{
	double start = fs_clock_s();
	if (busy->since_s == 0)
		busy->since_s = start;
	if (busy->calibration->kernel[kernel].chunk_s.median > room_s ||
	    busy->spent_s > busy->share * (start - busy->since_s))
		return false;
	fs_live_kernel_run(busy->kernel[kernel]);
	busy->spent_s += fs_clock_s() - start;
	return true;
}

void fs_busy_run_raw(struct fs_busy *busy, enum fs_kernel_kind kernel, double wall_s,
                     void (*poll)(void *context), void *context)
{
	long chunks = lround(wall_s / busy->calibration->kernel[kernel].chunk_s.median);
	for (; chunks > 0; chunks--) {
		fs_live_kernel_run(busy->kernel[kernel]);
		poll(context);
	}
}
