#include "calibrate/measure.h"

#include "base/error.h"
#include "kernels/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_SAMPLES = 1 << 16 };

double fs_now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* One thing that is measured over and over; returns the sample. */
typedef double sample_function(void *what);

/* Samples for a tenth of the time to warm up (caches, clock rate, page tables), then for all of it. */
static struct fs_spread measure(sample_function *sample, void *what, double seconds)
{
	double *samples = fs_allocate(MOST_SAMPLES * sizeof *samples);
	size_t count = 0;
	double start = fs_now_s();
	do
		sample(what);
	while (fs_now_s() - start < seconds / 10);
	start = fs_now_s();
	do
		samples[count++] = sample(what);
	while (count < MOST_SAMPLES && fs_now_s() - start < seconds);
	struct fs_spread spread = fs_spread_of(samples, count);
	free(samples);
	return spread;
}

static double chunk_s(void *what)
{
	double start = fs_now_s();
	fs_live_kernel_run(what);
	return fs_now_s() - start;
}

struct fs_kernel_rate fs_measure_kernel(enum fs_kernel_kind kind, double seconds)
{
	struct fs_live_kernel *kernel = fs_live_kernel_create(kind);
	if (!kernel) {
		fprintf(stderr, "farscale: out of memory for the buffers of a kernel\n");
		exit(1);
	}
	struct fs_kernel_rate rate = {.chunk_s = measure(chunk_s, kernel, seconds)};
	rate.flop_per_s = fs_live_kernel_flop(kernel) / rate.chunk_s.median;
	rate.bytes_per_s = fs_live_kernel_bytes(kernel) / rate.chunk_s.median;
	fs_live_kernel_destroy(kernel);
	return rate;
}

static double overshoot_s(void *what)
{
	(void)what;
	const long nap_ns = 100 * 1000;
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += nap_ns;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	return fs_now_s() - ((double)until.tv_sec + 1e-9 * (double)until.tv_nsec);
}

struct fs_spread fs_measure_timer_overshoot(double seconds)
{
	fs_host_sharpen_timer();
	return measure(overshoot_s, NULL, seconds);
}

struct copy {
	char *from, *to;
	size_t bytes;
};

static double copy_s(void *what)
{
	struct copy *copy = what;
	double start = fs_now_s();
	memcpy(copy->to, copy->from, copy->bytes);
	return fs_now_s() - start;
}

double fs_measure_memory_copy_Bps(uint64_t cache_bytes, double seconds)
{
	const size_t least = (size_t)32 << 20, most = (size_t)256 << 20;
	struct copy copy = {.bytes = 2 * cache_bytes};
	copy.bytes = copy.bytes < least ? least : copy.bytes > most ? most : copy.bytes;
	copy.from = fs_allocate(copy.bytes);
	copy.to = fs_allocate(copy.bytes);
	memset(copy.from, 1, copy.bytes); /* untouched pages would all be the same zero page */
	double median_s = measure(copy_s, &copy, seconds).median;
	free(copy.from);
	free(copy.to);
	return (double)copy.bytes / median_s;
}
