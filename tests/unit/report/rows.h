#ifndef FARSCALE_TESTS_UNIT_REPORT_ROWS_H
#define FARSCALE_TESTS_UNIT_REPORT_ROWS_H

/* Run records for tests of reports. */

#include "record/record.h"

#include <math.h>
#include <string.h>

/** A virtual step of 10 ms: 8 computing, 1.5 exposed communication, 0.5 stragglers; p5 9, p95 12.5. */
static inline struct fs_run_record a_run(const char *model, const char *system, uint64_t chips, uint64_t seed)
{
	struct fs_run_record run = {
	        .stack = "nccl",
	        .chips = chips,
	        .ranks = 1,
	        .live_chips = 1,
	        .modelled_chips = chips - 1,
	        .clock = "virtual",
	        .compute = "model",
	        .seed = seed,
	        .steps = 5,
	        .step_s = 10e-3,
	        .step_p5_s = 9e-3,
	        .step_p95_s = 12.5e-3,
	        .efficiency = 0.8,
	        .mfu = 0.4,
	        .tokens_per_s = 4096,
	        .compute_s = 8e-3,
	        .exposed_comm_s = 1.5e-3,
	        .straggler_s = 0.5e-3,
	        .dilation = 1,
	        .virtual_step_s = NAN,
	        .difference = NAN,
	        .loss_first = NAN,
	        .loss_last = NAN,
	        .trust = "D",
	        .fingerprint = "0123456789abcdef",
	};
	strncpy(run.model, model, sizeof run.model - 1);
	strncpy(run.system, system, sizeof run.system - 1);
	return run;
}

/** The same on the wall clock, with this difference from the virtual step. */
static inline struct fs_run_record a_live_run(const char *model, const char *system, uint64_t chips,
                                              double difference)
{
	struct fs_run_record run = a_run(model, system, chips, 1);
	strcpy(run.clock, "wall");
	strcpy(run.compute, "blas");
	strcpy(run.pace, "padded");
	run.ranks = run.live_chips = chips;
	run.modelled_chips = 0;
	run.virtual_step_s = run.step_s;
	run.step_s *= 1 + difference;
	run.difference = difference;
	run.dilation = 20000;
	run.resolution_s = 3e-6;
	return run;
}

#endif
