#ifndef FARSCALE_TESTS_TOY_SYSTEM_H
#define FARSCALE_TESTS_TOY_SYSTEM_H

/* A system of round numbers: 1 TFLOPS and 1 TB/s that kernels get in full, 10 GB, no shortest kernel, one
 * tier of 16 chips with 1 GB/s and 1 us. Include after cmocka.h. */

#include "base/error.h"
#include "topology/system.h"
#include "unit/config/scratch.h"

static inline struct fs_system *toy_system(double launch_us, double slowdown)
{
	static const char text[] =
	        "schema: farscale-system/1\n"
	        "name: toy\n"
	        "label: A toy\n"
	        "trust: E\n"
	        "source: test\n"
	        "deployed_chips: 16\n"
	        "chip: {name: toy, label: A toy chip, unit: package, peak_bf16_TFLOPS: 1,\n"
	        "       memory_GB: 10, memory_TBps: 1, power_W: 1}\n"
	        "sources: {test: made up}\n"
	        "stack:\n"
	        "  name: toyware\n"
	        "  label: Toy software\n"
	        "  launch_us: %g\n"
	        "  overlap_slowdown: %g\n"
	        "  jitter: none\n"
	        "  kernels:\n"
	        "    - chip: default\n"
	        "      min_kernel_us: 0\n"
	        "      memory_efficiency: 1\n"
	        "      gemm: {log10_flop: [6], efficiency: [1]}\n"
	        "tiers:\n"
	        "  - {name: tier, kind: scale_up, group: 16, bandwidth_GBps: 1, efficiency: 1, latency_us: "
	        "1}\n";
	struct scratch scratch;
	struct fs_error error;
	struct fs_system *system;
	char file[2048];
	snprintf(file, sizeof file, text, launch_us, slowdown);
	scratch_create(&scratch);
	if (fs_system_load(scratch_write(&scratch, "toy.yaml", file), NULL, NULL, 0, &system, &error))
		fail_msg("%s", error.text);
	scratch_destroy(&scratch);
	return system;
}

#endif
