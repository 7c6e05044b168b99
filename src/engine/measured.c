#include "engine/measured.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "calibrate/calibration.h"
#include "kernels/live.h"

#include <stdlib.h>

enum { POOL = 1024 };

struct pool {
	double factor[POOL]; /* a ring of the last ones */
	uint32_t count, next;
};

struct fs_measured {
	const struct fs_calibration *calibration;
	uint64_t live_chip;
	struct fs_live_kernel *kernel[FS_KERNELS];
	struct pool pool[FS_KERNELS];
	enum fs_kernel_kind current;
	double latest;
};

struct fs_measured *fs_measured_create(const struct fs_calibration *calibration, uint64_t live_chip)
{
	struct fs_measured *measured = fs_allocate_zeroed(1, sizeof *measured);
	measured->calibration = calibration;
	measured->live_chip = live_chip;
	measured->latest = 1;
	return measured;
}

void fs_measured_destroy(struct fs_measured *measured)
{
	if (!measured)
		return;
	for (int kind = 0; kind < FS_KERNELS; kind++)
		fs_live_kernel_destroy(measured->kernel[kind]);
	free(measured);
}

void fs_measured_run(struct fs_measured *measured, enum fs_kernel_kind kernel)
{
	if (!measured->kernel[kernel])
		measured->kernel[kernel] = fs_live_kernel_create(kernel);
	fs_live_kernel_run(measured->kernel[kernel]); /* caches as warm as they were when it was calibrated */
	double start = fs_clock_s();
	fs_live_kernel_run(measured->kernel[kernel]);
	measured->latest = (fs_clock_s() - start) / measured->calibration->kernel[kernel].chunk_s.median;
	measured->current = kernel;
	struct pool *pool = &measured->pool[kernel];
	pool->factor[pool->next] = measured->latest;
	pool->next = (pool->next + 1) % POOL;
	pool->count += pool->count < POOL;
}

double fs_measured_factor(const struct fs_measured *measured, uint64_t seed, uint64_t chip, uint32_t step,
                          uint32_t op)
{
	if (chip == measured->live_chip)
		return measured->latest;
	const struct pool *pool = &measured->pool[measured->current];
	return pool->factor[(uint32_t)(fs_random_pair(seed, chip, step, op).first * pool->count)];
}
