#include "calibrate/calibration.h"

#include "base/error.h"
#include "calibrate/blas.h"
#include "calibrate/cache.h"
#include "calibrate/measure.h"
#include "calibrate/probe.h"
#include "calibrate/progress.h"
#include "kernels/live.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double default_kernel_seconds = 0.3, lock_patience_s = 120;

/* One rate for each core type that OpenBLAS really has: of names that it does not know it makes another. */
static void note_core(struct fs_calibration *calibration, const char *name, double flop_per_s)
{
	struct fs_core_rate *core = calibration->tried, *end = core + calibration->cores_tried;
	while (core < end && !fs_blas_same_core(core->name, name))
		core++;
	if (core == end) {
		assert(calibration->cores_tried < FS_MOST_CORES_TRIED);
		snprintf(core->name, sizeof core->name, "%s", name);
		core->flop_per_s = 0;
		calibration->cores_tried++;
	}
	if (flop_per_s > core->flop_per_s)
		core->flop_per_s = flop_per_s;
}

static struct fs_probe_request probe_of(const char *core, const char *kernels, double seconds)
{
	double patience_s = 10 + 10 * seconds;
	return (struct fs_probe_request){core, kernels, seconds, patience_s};
}

static void choose_core(struct fs_calibration *calibration, double seconds, bool quiet)
{
	const char *candidates[FS_MOST_CORES_TRIED];
	int count = fs_blas_candidates(candidates);
	for (int i = 0; i < count; i++) {
		struct fs_probe probe;
		struct fs_error ignored; /* one that does not run here is not chosen, and that is all */
		const char *core = candidates[i];
		fs_progress(quiet, "OpenBLAS core type %s (%d of %d)", *core ? core : "by default", i + 1,
		            count);
		if (fs_probe_run(probe_of(core, "gemm", seconds), &probe, &ignored) == 0)
			note_core(calibration, probe.core, probe.kernel[FS_KERNEL_GEMM].flop_per_s);
		else if (*core)
			note_core(calibration, core, 0);
	}
	const struct fs_core_rate *best = NULL;
	for (int i = 0; i < calibration->cores_tried; i++)
		if (calibration->tried[i].flop_per_s > (best ? best->flop_per_s : 0))
			best = &calibration->tried[i];
	snprintf(calibration->blas_core, sizeof calibration->blas_core, "%s", best ? best->name : "");
}

/* Where no child can be started, what is loaded is all there is. */
static void measure_here(struct fs_calibration *calibration, double seconds)
{
	for (int kind = 0; kind < FS_KERNELS; kind++)
		calibration->kernel[kind] = fs_measure_kernel(kind, seconds);
	snprintf(calibration->blas_core, sizeof calibration->blas_core, "%s", fs_blas_core());
	note_core(calibration, calibration->blas_core, calibration->kernel[FS_KERNEL_GEMM].flop_per_s);
}

static void measure_kernels(struct fs_calibration *calibration, double seconds, bool quiet)
{
	struct fs_probe probe;
	struct fs_error ignored;
	choose_core(calibration, seconds, quiet);
	fs_progress(quiet, "kernels");
	if (calibration->blas_core[0] &&
	    fs_probe_run(probe_of(calibration->blas_core, "all", seconds), &probe, &ignored) == 0 &&
	    fs_blas_same_core(probe.core, calibration->blas_core))
		memcpy(calibration->kernel, probe.kernel, sizeof calibration->kernel);
	else
		measure_here(calibration, seconds);
}

static uint64_t largest_cache_bytes(const struct fs_host *host)
{
	return host->l3_bytes ? host->l3_bytes : host->l2_bytes;
}

static void measure_host(const struct fs_host *host, double seconds, bool quiet,
                         struct fs_calibration *calibration)
{
	*calibration = (struct fs_calibration){.host = *host};
	measure_kernels(calibration, seconds, quiet);
	fs_progress(quiet, "timer and memory");
	struct fs_spread overshoot = fs_measure_timer_overshoot(seconds);
	calibration->timer_overshoot_median_s = overshoot.median;
	calibration->timer_overshoot_p95_s = overshoot.p95;
	calibration->memory_copy_Bps = fs_measure_memory_copy_Bps(largest_cache_bytes(host), seconds);
	time_t now = time(NULL);
	strftime(calibration->date, sizeof calibration->date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	fs_progress_end(quiet);
}

/* One line for all ranks of a job. */
static void warn(const char *what, const struct fs_error *error)
{
	static const char *const rank_variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
	for (size_t i = 0; i < sizeof rank_variables / sizeof *rank_variables; i++) {
		const char *rank = getenv(rank_variables[i]);
		if (rank && strcmp(rank, "0") != 0)
			return;
	}
	fprintf(stderr, "farscale: warning: %s: %s\n", what, error->text);
}

/* With the lock: what another process has just measured will do; else this one measures for all. */
static void measure_for_all(const struct fs_cache *cache, const struct fs_host *host,
                            const struct fs_cache_version *not_this,
                            const struct fs_calibration_options *options, struct fs_calibration *calibration)
{
	struct fs_error error;
	if (fs_cache_load(cache, host->key, not_this, calibration, &error) == 0)
		return;
	measure_host(host, options->kernel_seconds, options->quiet, calibration);
	if (fs_cache_store(cache, calibration, &error))
		warn("the calibration of this host cannot be stored", &error);
}

int fs_calibration_ensure(const struct fs_calibration_options *given, struct fs_calibration *calibration,
                          struct fs_error *error)
{
	struct fs_calibration_options options = *given;
	struct fs_host host;
	struct fs_cache cache;
	struct fs_cache_version before;
	struct fs_error why;
	if (options.kernel_seconds <= 0)
		options.kernel_seconds = default_kernel_seconds;
	if (fs_probe_is_child())
		return fs_fail(error, "a probe of OpenBLAS must not calibrate");
	if (fs_host_read(&host, error))
		return -1;
	int lock = -1;
	if (fs_cache_open(host.key, &cache, &why) == 0) {
		before = fs_cache_version(&cache);
		if (!options.again && fs_cache_load(&cache, host.key, NULL, calibration, &why) == 0)
			return 0;
		lock = fs_cache_lock(&cache, lock_patience_s, &why);
	}
	if (lock < 0) {
		warn("the calibration of this host will not be kept", &why);
		measure_host(&host, options.kernel_seconds, options.quiet, calibration);
		return 0;
	}
	measure_for_all(&cache, &host, options.again ? &before : NULL, &options, calibration);
	fs_cache_unlock(lock);
	return 0;
}

int fs_calibration_reexec_if_needed(const struct fs_calibration *calibration, char **argv,
                                    struct fs_error *error)
{
	if (fs_blas_same_core(calibration->blas_core, fs_blas_core()) || getenv(FS_BLAS_OURS_VARIABLE))
		return 0;
	setenv(FS_BLAS_CORE_VARIABLE, calibration->blas_core, 1);
	setenv(FS_BLAS_OURS_VARIABLE, calibration->blas_core, 1);
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
	if (length > 0) { /* by its own path first, so that it keeps its name in ps */
		path[length] = 0;
		execv(path, argv);
	}
	execv("/proc/self/exe", argv);
	return fs_fail(error, "farscale cannot be started anew with %s=%s", FS_BLAS_CORE_VARIABLE,
	               calibration->blas_core);
}
