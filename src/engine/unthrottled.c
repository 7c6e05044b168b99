/*
 * Collectives as fast as the network at hand carries them: the wall clock's streams with nothing due later
 * than it is here, and a payload of as many bytes as the collective has. What is reported is what hosts'
 * clocks showed, from a start that all ranks agreed on to the last one's end.
 */

#include "engine/engine.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/patience.h"
#include "calibrate/host.h"
#include "engine/host_clocks.h"
#include "engine/live_chip.h"
#include "engine/mpi_collective.h"
#include "engine/team.h"
#include "engine/wall_stream.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>

enum { FEWEST = 3, LOOKS_BEFORE_NAP = 50, AGREEMENTS = 3 };
static const double SHORTEST_NAP_S = 20e-6, LONGEST_NAP_S = 0.1, LATE_SHARE = 0.01;
static const double SLOWEST_BYTES_PER_S = 1e6;
static const double LONG_ENOUGH_S = 1; /* for all repetitions, where that is more than FEWEST */

struct unthrottled {
	struct fs_team *team;
	const struct fs_op *op;
	struct fs_dilated_clock clock; /* dilation 0: what is here takes effect */
	struct fs_host_clocks clocks;
	struct fs_live_chip *chip;
	struct fs_wall_stream *stream;
	struct fs_mpi_collective *mpi; /* NULL: by our schedule */
	float *buffer;
	size_t floats;
	double ahead_s; /* a start that is so far ahead is known to all in time */
};

/* A few looks find what a fast network brings; while a slow one is at it, the core is others', and waking up
 * late makes what is waited for at most a 100th longer. */
static void rest(int *looks, double waited_s)
{
	if (++*looks < LOOKS_BEFORE_NAP)
		sched_yield();
	else
		fs_clock_sleep_until(fs_clock_s() +
		                     fmin(fmax(SHORTEST_NAP_S, LATE_SHARE * waited_s), LONGEST_NAP_S));
}

static void give_up(struct unthrottled *run, double waited_s)
{
	char text[256];
	fs_wall_stream_describe(run->stream, text, sizeof text);
	fs_team_abort(run->team, "chip %d has waited %.0f s in %s; giving up", fs_team_rank(run->team),
	              waited_s, text);
}

/* A message may take as long as the slowest link that a system can have; MPI does not tell how much of it is
 * here. */
static double longest_wait_s(const struct unthrottled *run)
{
	return fs_patience_s() + run->op->size_bytes / SLOWEST_BYTES_PER_S;
}

static void run_schedule(struct unthrottled *run)
{
	int looks = 0;
	fs_wall_stream_reset(run->stream);
	fs_wall_stream_issue(run->stream, run->op, run->buffer, run->floats, 0);
	fs_wall_stream_poll(run->stream);
	uint64_t seen = fs_wall_stream_progress(run->stream);
	double looked_s = fs_clock_s(), waited_s = 0;
	for (; !fs_wall_stream_idle(run->stream); fs_wall_stream_poll(run->stream)) {
		double look_s = fs_clock_s() - looked_s;
		looked_s += look_s;
		waited_s += fmin(look_s, 2 * LONGEST_NAP_S); /* longer: this job was stopped itself */
		if (fs_wall_stream_progress(run->stream) != seen) {
			seen = fs_wall_stream_progress(run->stream);
			waited_s = 0;
			looks = 0;
		} else if (waited_s > longest_wait_s(run)) {
			give_up(run, waited_s);
		}
		rest(&looks, waited_s);
	}
}

static double first_clock_s(const struct unthrottled *run)
{
	return fs_clock_first_s(&run->clocks.own, fs_clock_s());
}

/* Sleeps until a time that all have agreed on, and returns it, on the first host's clock. */
static double start_together(struct unthrottled *run)
{
	double start_s = first_clock_s(run) + run->ahead_s;
	fs_team_maximum(run->team, &start_s, 1);
	fs_clock_sleep_until(fs_clock_own_s(&run->clocks.own, start_s));
	return start_s;
}

static void see_how_long_agreeing_takes(struct unthrottled *run)
{
	double longest = 0;
	for (int i = 0; i < AGREEMENTS; i++) {
		double began = fs_clock_s(), nothing = 0;
		fs_team_maximum(run->team, &nothing, 1);
		longest = fmax(longest, fs_clock_s() - began);
	}
	fs_team_maximum(run->team, &longest, 1);
	run->ahead_s = 2 * longest + 1e-3;
}

/* Seconds of one repetition on this rank. */
static double run_once(struct unthrottled *run)
{
	fs_live_chip_next(run->chip);
	run->buffer = fs_live_chip_issue(run->chip, run->op, 0, &run->floats);
	if (run->mpi)
		fs_mpi_collective_prepare(run->mpi);
	double start_s = start_together(run);
	if (run->mpi)
		fs_mpi_collective_run(run->mpi);
	else
		run_schedule(run);
	double took_s = first_clock_s(run) - start_s;
	if (run->mpi)
		fs_mpi_collective_finish(run->mpi);
	return took_s;
}

/* As many as are long enough together, at most `most`. The first, which connects and warms up, does not
 * count. */
static uint32_t repetitions(struct unthrottled *run, uint32_t most)
{
	run_once(run);
	double once_s = run_once(run);
	fs_team_maximum(run->team, &once_s, 1);
	double wanted = fmin(most, fmax(FEWEST, ceil(LONG_ENOUGH_S / once_s)));
	return (uint32_t)wanted;
}

static int check_request(struct fs_team *team, const struct fs_program *program, bool by_mpi,
                         struct fs_error *error)
{
	const struct fs_schedule *schedule = program->op[0].schedule;
	uint64_t floats = (uint64_t)program->op[0].size_bytes / sizeof(float);
	if ((uint64_t)fs_team_ranks(team) != program->chips || program->chips < 2)
		return fs_fail(
		        error,
		        "without throttling a rank is a chip, and there are two at least; here are %d ranks "
		        "for %llu chips",
		        fs_team_ranks(team), (unsigned long long)program->chips);
	for (int i = 0; i < schedule->steps; i++)
		if (fs_step_in_network(&schedule->step[i]))
			return fs_fail(error,
			               "%s needs switches that reduce, which this network is not known to "
			               "have; take "
			               "another --algorithm",
			               schedule->algorithm);
	if (by_mpi && schedule->collective == FS_ALLTOALL && floats % program->chips)
		return fs_fail(error, "MPI's alltoall has parts of one size; take multiples of %llu bytes",
		               (unsigned long long)(program->chips * sizeof(float)));
	return 0;
}

static int create(struct unthrottled *run, struct fs_team *team, const struct fs_system *system,
                  const struct fs_program *program, bool by_mpi, struct fs_error *error)
{
	*run = (struct unthrottled){.team = team, .op = &program->op[0]};
	run->chip = fs_live_chip_create(program, NULL, 0, fs_team_rank(team), UINT64_MAX, error);
	if (!run->chip)
		return -1;
	run->stream = fs_wall_stream_create(team, system, program, &run->clock);
	run->buffer = fs_live_chip_issue(run->chip, run->op, 0, &run->floats);
	if (by_mpi)
		run->mpi = fs_mpi_collective_create(team, run->op, run->buffer, run->floats);
	return 0;
}

static void destroy(struct unthrottled *run)
{
	fs_mpi_collective_destroy(run->mpi);
	fs_wall_stream_destroy(run->stream);
	fs_live_chip_destroy(run->chip);
}

int fs_unthrottled_run(struct fs_team *team, const struct fs_system *system, const struct fs_program *program,
                       const struct fs_engine_options *options, struct fs_outcome *outcome,
                       struct fs_error *error)
{
	struct unthrottled run;
	if (check_request(team, program, options->by_mpi, error) ||
	    create(&run, team, system, program, options->by_mpi, error))
		return -1;
	fs_host_sharpen_timer();
	fs_host_clocks_look(team, &run.clocks);
	see_how_long_agreeing_takes(&run);
	*outcome = (struct fs_outcome){.steps = repetitions(&run, options->steps),
	                               .live_chips = program->chips,
	                               .dilation = 1,
	                               .loss_first = NAN,
	                               .loss_last = NAN};
	outcome->step_s = fs_allocate_zeroed(outcome->steps, sizeof *outcome->step_s);
	for (uint32_t i = 0; i < outcome->steps; i++) {
		outcome->step_s[i] = run_once(&run);
		if (options->progress && fs_team_rank(team) == 0)
			options->progress(options->progress_context,
			                  &(struct fs_progress){.share = (i + 1.0) / outcome->steps});
	}
	fs_team_maximum(team, outcome->step_s, (int)outcome->steps);
	outcome->wrong = fs_live_chip_disagreement(run.chip, team);
	fs_host_clocks_check(team, &run.clocks);
	outcome->clocks = run.clocks;
	destroy(&run);
	return 0;
}
