#include "command/bench_measure.h"

#include "base/error.h"
#include "calibrate/statistics.h"
#include "command/bar.h"
#include "command/commands.h"
#include "cost/cost.h"
#include "engine/dilation.h"
#include "engine/hosts.h"
#include "engine/team.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEAST_REPEATS = 10, LEAST_ROUNDS = 100, MOST_REPEATS = 100, PAYLOAD_BYTES = 64 * 1024 };

/* Between the clocks, as a share. */
static const double MOST_DIFFERENCE = 0.05;

/* How long one repetition takes: the slope of their ends, as the median of all pairs' slopes (Theil 1950, Sen
 * 1968). Like the mean, which nccl-tests has, it lets late wake-ups in between cancel out; unlike it, it is
 * not moved by a rank that was once held up for some milliseconds. */
static double time_of_one(const struct fs_outcome *outcome)
{
	size_t pairs = 0;
	double *slopes = fs_allocate((size_t)outcome->steps * (outcome->steps + 1) / 2 * sizeof *slopes);
	for (uint32_t first = 0; first < outcome->steps; first++) {
		double sum = 0;
		for (uint32_t last = first; last < outcome->steps; last++) {
			sum += outcome->step_s[last];
			slopes[pairs++] = sum / (last - first + 1);
		}
	}
	double median = fs_spread_of(slopes, pairs).median;
	free(slopes);
	return median;
}

static void put_outcome(struct fs_team *team, const struct fs_outcome *outcome, enum fs_collective collective,
                        double time_s, struct fs_bench_record *record)
{
	record->ranks = (uint64_t)fs_team_ranks(team);
	record->hosts = (uint64_t)fs_team_hosts(team);
	record->time_s = time_s;
	if (record->time_s > 0) {
		record->algbw_GBps = (double)record->bytes / record->time_s * 1e-9;
		record->busbw_GBps =
		        record->algbw_GBps * fs_collective_busbw_factor(collective, (uint32_t)record->chips);
	}
	record->wrong = outcome->wrong;
	record->live_chips = outcome->live_chips;
	record->modelled_chips = outcome->modelled_chips;
	record->dilation = outcome->dilation;
	record->clock_offset_s = outcome->clocks.offset_s;
	record->clock_bound_s = outcome->clocks.bound_s;
	record->clock_drift = outcome->clocks.drift;
	snprintf(record->fingerprint, sizeof record->fingerprint, "%016" PRIx64, outcome->fingerprint);
}

/* So many that the last wake-up is a small part of the whole: a round lasts tens of wake-ups at least. */
static uint32_t repeats_for(const struct fs_schedule *schedule)
{
	uint32_t rounds = 1;
	for (int i = 0; i < schedule->steps; i++)
		rounds += schedule->step[i].repeat;
	uint32_t repeats = LEAST_ROUNDS / rounds;
	return repeats > LEAST_REPEATS ? repeats : LEAST_REPEATS;
}

/* The wall clock must show what the rules of time say; on a host that is too busy it does not. */
static int check_wall(struct fs_team *team, const struct fs_bench_case *one,
                      const struct fs_bench_record *record, struct fs_error *error)
{
	const struct fs_engine_options plain = {.compute = FS_COMPUTE_MODEL, .seed = 1, .steps = 1};
	struct fs_outcome outcome;
	if (fs_virtual_run(team, one->placed, one->program, &plain, &outcome, error))
		return FS_BAD_INPUT;
	double expected_s = outcome.step_s[0];
	fs_outcome_clear(&outcome);
	if (expected_s == 0 || fabs(record->time_s / expected_s - 1) <= MOST_DIFFERENCE)
		return FS_DONE;
	fs_fail(error,
	        "%s of %" PRIu64
	        " bytes: the wall clock differs by %+.1f %% from the virtual one (limit %.0f %%): this host "
	        "was too busy; try again, or with --dilation %.4g",
	        record->collective, record->bytes, 100 * (record->time_s / expected_s - 1),
	        100 * MOST_DIFFERENCE, 2 * record->dilation);
	return FS_CHECK_FAILED;
}

static int measure_virtual(struct fs_team *team, const struct fs_bench_case *one,
                           struct fs_bench_record *record, struct fs_error *error)
{
	const struct fs_engine_options options = {.compute = FS_COMPUTE_MODEL,
	                                          .seed = 1,
	                                          .steps = 1,
	                                          .progress = fs_bar_show,
	                                          .progress_context = one->bar};
	struct fs_outcome outcome;
	if (fs_virtual_run(team, one->placed, one->program, &options, &outcome, error))
		return FS_BAD_INPUT;
	put_outcome(team, &outcome, one->collective, outcome.step_s[0], record);
	fs_outcome_clear(&outcome);
	/* A schedule that beats the bound of its links would be a broken model; no result is better than
	 * that. */
	assert(record->time_s >= record->bound_s * (1 - 1e-9));
	return FS_DONE;
}

/* Collectives are kept apart: back to back, a broadcast's root would be ahead of its leaves, and one would
 * seem to take less than its latency. */
static int measure_wall(struct fs_team *team, const struct fs_bench_case *one, struct fs_bench_record *record,
                        struct fs_error *error)
{
	const struct fs_engine_options options = {.compute = FS_COMPUTE_MODEL,
	                                          .seed = 1,
	                                          .warmup = 1,
	                                          .steps = repeats_for(one->program->op[0].schedule),
	                                          .apart = true,
	                                          .dilation = one->dilation,
	                                          .calibration = one->calibration,
	                                          .payload_bytes = PAYLOAD_BYTES,
	                                          .progress = fs_bar_show,
	                                          .progress_context = one->bar};
	struct fs_outcome outcome;
	if (fs_wall_run(team, one->placed, one->program, &options, &outcome, error))
		return FS_BAD_INPUT;
	put_outcome(team, &outcome, one->collective, time_of_one(&outcome), record);
	int clocks = fs_dilation_check_clocks(&outcome, error);
	fs_outcome_clear(&outcome);
	if (clocks)
		return FS_CHECK_FAILED;
	return record->wrong ? FS_DONE : check_wall(team, one, record, error);
}

/* Repetitions start anew, and so do not depend on each other. */
static int measure_network(struct fs_team *team, const struct fs_bench_case *one,
                           struct fs_bench_record *record, struct fs_error *error)
{
	const struct fs_engine_options options = {.steps = MOST_REPEATS,
	                                          .by_mpi = one->by_mpi,
	                                          .progress = fs_bar_show,
	                                          .progress_context = one->bar};
	struct fs_outcome outcome;
	if (fs_unthrottled_run(team, one->placed, one->program, &options, &outcome, error))
		return FS_BAD_INPUT;
	put_outcome(team, &outcome, one->collective, fs_spread_of(outcome.step_s, outcome.steps).median,
	            record);
	fs_outcome_clear(&outcome);
	return FS_DONE;
}

int fs_bench_measure(struct fs_team *team, const struct fs_bench_case *one, struct fs_bench_record *record,
                     struct fs_error *error)
{
	switch (one->clock) {
	case FS_CLOCK_WALL:
		return measure_wall(team, one, record, error);
	case FS_CLOCK_UNTHROTTLED:
		return measure_network(team, one, record, error);
	default:
		return measure_virtual(team, one, record, error);
	}
}
