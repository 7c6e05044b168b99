#ifndef FARSCALE_TESTS_CALIBRATE_EXAMPLE_H
#define FARSCALE_TESTS_CALIBRATE_EXAMPLE_H

/* A calibration of a host that does not exist, and a cache directory of the test's own. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "calibrate/calibration.h"

static inline struct fs_calibration example_calibration(void)
{
	struct fs_calibration example = {
	        .host = {.cpu = "Example CPU",
	                 .cores = 4,
	                 .pus = 8,
	                 .numa_nodes = 2,
	                 .l1d_bytes = 32768,
	                 .l2_bytes = 1 << 20,
	                 .l3_bytes = 32 << 20,
	                 .memory_bytes = 64ull << 30,
	                 .blas = "OpenBLAS 1.2.3 DYNAMIC_ARCH"},
	        .date = "2026-01-02T03:04:05Z",
	        .blas_core = "SkylakeX",
	        .cores_tried = 2,
	        .tried = {{"Haswell", 0}, {"SkylakeX", 123.25e9}},
	        .timer_overshoot_median_s = 1e-5 / 3,
	        .timer_overshoot_p95_s = 2e-5 / 3,
	        .memory_copy_Bps = 1e10 / 3,
	        .mpi_latency_s = 4e-7 / 3,
	        .mpi_bandwidth_Bps = 5e9 / 3,
	};
	for (int kind = 0; kind < FS_KERNELS; kind++)
		example.kernel[kind] = (struct fs_kernel_rate){
		        .chunk_s = {.median = (kind + 2) * 1e-4 / 3, .p5 = 1e-5 / 3, .p95 = 1e-3 / 3},
		        .flop_per_s = (kind + 1) * 1e10 / 3,
		        .bytes_per_s = (kind + 1) * 1e9 / 3};
	fs_host_key(&example.host, NULL, example.host.key);
	return example;
}

/* A new, empty directory below /tmp as the cache; and no OpenBLAS core type that the caller insists on. */
static inline const char *use_fresh_cache(void)
{
	static char folder[64];
	snprintf(folder, sizeof folder, "/tmp/farscale-test-XXXXXX");
	if (!mkdtemp(folder))
		abort();
	setenv("XDG_CACHE_HOME", folder, 1);
	unsetenv("OPENBLAS_CORETYPE");
	unsetenv("FARSCALE_REEXEC");
	return folder;
}

static inline void remove_cache(const char *folder)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	if (system(command))
		abort();
}

#endif
