/*
 * The wall clock: this rank is one chip. Time really passes, dilated; kernels are real BLAS work padded to
 * the modelled time; messages carry real payload. What is reported is what hosts' clocks showed.
 */

#include "engine/engine.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/patience.h"
#include "base/random.h"
#include "calibrate/calibration.h"
#include "engine/busy.h"
#include "engine/dilation.h"
#include "engine/flight.h"
#include "engine/host_clocks.h"
#include "engine/hosts.h"
#include "engine/jitter.h"
#include "engine/live_chip.h"
#include "engine/team.h"
#include "engine/wall_stream.h"
#include "engine/wrong.h"
#include "topology/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double SHORTEST_NAP_S = 20e-6, LONGEST_NAP_S = 400e-6;
static const double STANDSTILL_S = 1, WORK_TIMES = 5; /* so much longer than rehearsed work may take */
/* At most this much of the time between two looks at the streams is waiting: a job that was stopped meanwhile
 * did not. */
static const double LONGEST_LOOK_S = 0.1;

struct wall {
	struct fs_team *team;
	const struct fs_system *system;
	const struct fs_program *program;
	const struct fs_engine_options *options;
	struct fs_dilated_clock clock;
	struct fs_host_clocks clocks;
	struct fs_wall_stream *stream[FS_LIVE_STREAMS];
	struct fs_live_chip *chip; /* buffers, and what they mean */
	struct fs_busy *busy;      /* NULL: no BLAS */
	double compute_s;          /* chip time at which the compute stream is free */
	double busy_s, waited_s;   /* sums over counted steps */
	double *work_wall_s;       /* real seconds that each operation's own work took when rehearsed */
	uint64_t seen_progress;
	double looked_at_s, waits_s, patience_s;
	double longest_look_s; /* from one look at the streams to the next */
};

static void give_up(const struct wall *wall)
{
	for (int s = 0; s < FS_LIVE_STREAMS; s++) {
		char text[256];
		fs_wall_stream_describe(wall->stream[s], text, sizeof text);
		if (!fs_wall_stream_idle(wall->stream[s]))
			fs_team_abort(wall->team, "chip %d has waited %g s in %s; giving up",
			              fs_team_rank(wall->team), wall->patience_s, text);
	}
}

/* Ends the job if nothing has come for too long, though something should have. */
static void check_patience(struct wall *wall)
{
	uint64_t progress = 0;
	for (int s = 0; s < FS_LIVE_STREAMS; s++)
		progress += fs_wall_stream_progress(wall->stream[s]) + fs_wall_stream_idle(wall->stream[s]);
	double now = fs_clock_s(), look_s = now - wall->looked_at_s;
	bool underway = false;
	for (int i = 0; i < FS_LIVE_STREAMS; i++) {
		double due_s = fs_wall_stream_due_s(wall->stream[i]); /* past: its own message is not taken */
		bool waits = isinf(due_s) || due_s < fs_dilated_now_s(&wall->clock);
		underway |= !fs_wall_stream_idle(wall->stream[i]) && waits;
	}
	bool waits = progress == wall->seen_progress && underway;
	wall->waits_s = waits ? wall->waits_s + fmin(look_s, LONGEST_LOOK_S) : 0;
	wall->seen_progress = progress;
	wall->longest_look_s = fmax(wall->longest_look_s, look_s);
	wall->looked_at_s = now;
	if (wall->waits_s > wall->patience_s)
		give_up(wall);
}

static void poll_streams(struct wall *wall)
{
	for (int s = 0; s < FS_LIVE_STREAMS; s++)
		fs_wall_stream_poll(wall->stream[s]);
	check_patience(wall);
}

static void poll_in_context(void *context)
{
	poll_streams(context);
}

/* Sleeps until chip time `until_s`, until a stream is due, or for a nap that grows while nothing happens. */
static void nap(struct wall *wall, double until_s, double *nap_s)
{
	for (int s = 0; s < FS_LIVE_STREAMS; s++)
		until_s = fmin(until_s, fs_wall_stream_due_s(wall->stream[s]));
	fs_dilated_nap(&wall->clock, until_s, *nap_s);
	*nap_s = fmin(2 * *nap_s, LONGEST_NAP_S);
}

static bool all_idle(const struct wall *wall, double *last_end_s)
{
	bool idle = true;
	*last_end_s = 0;
	for (int s = 0; s < FS_LIVE_STREAMS; s++) {
		idle = idle && fs_wall_stream_idle(wall->stream[s]);
		*last_end_s = fmax(*last_end_s, fs_wall_stream_time_s(wall->stream[s]));
	}
	return idle;
}

/* Lets `work_s` chip seconds of a kernel pass from `start_s` on, slower while a collective is in flight, and
 * keeps the core busy meanwhile. Returns its logical end. */
static double pass_kernel(struct wall *wall, enum fs_kernel_kind kernel, double start_s, double work_s)
{
	double slowdown = wall->system->stack.overlap_slowdown.value, mark_s = start_s,
	       nap_s = SHORTEST_NAP_S;
	for (;;) {
		poll_streams(wall);
		double now_s = fs_dilated_now_s(&wall->clock), flight_end_s, end_s;
		if (all_idle(wall, &flight_end_s)) {
			end_s = fs_kernel_end_s(mark_s, work_s, flight_end_s, slowdown);
		} else {
			end_s = mark_s + work_s * (1 + slowdown);
			if (now_s > mark_s && now_s < end_s) {
				work_s -= (now_s - mark_s) / (1 + slowdown);
				mark_s = now_s;
			}
		}
		if (now_s >= end_s)
			return end_s;
		double room_s = (end_s - now_s) * wall->clock.dilation;
		if (wall->busy && fs_busy_chunk(wall->busy, kernel, room_s))
			nap_s = SHORTEST_NAP_S;
		else
			nap(wall, end_s, &nap_s);
	}
}

static void run_compute(struct wall *wall, uint32_t step, uint32_t index)
{
	const struct fs_op *op = &wall->program->op[index];
	const struct fs_engine_options *options = wall->options;
	uint64_t chip = (uint64_t)fs_team_rank(wall->team);
	double factor = options->jitter ? fs_jitter_factor(&wall->system->stack.jitter, options->seed, chip,
	                                                   step, index)
	                                : 1;
	double start_s = wall->compute_s, work_s = op->time_s * factor;
	double began = fs_clock_s();
	if (wall->busy)
		fs_live_chip_work(wall->chip, op->work);
	if (wall->clock.dilation == 0) {
		wall->work_wall_s[index] = fs_clock_s() - began;
		wall->compute_s = start_s + work_s;
	} else if (options->pace == FS_PACE_RAW) {
		double left = wall->clock.dilation * op->time_s - wall->work_wall_s[index];
		fs_busy_run_raw(wall->busy, op->kernel, left, poll_in_context, wall);
		wall->compute_s = fs_dilated_now_s(&wall->clock);
	} else {
		wall->compute_s = pass_kernel(wall, op->kernel, start_s, work_s);
	}
	wall->busy_s += wall->compute_s - start_s;
}

static void run_wait(struct wall *wall, enum fs_stream which)
{
	struct fs_wall_stream *stream = wall->stream[which];
	double nap_s = SHORTEST_NAP_S;
	poll_streams(wall);
	for (uint64_t seen = fs_wall_stream_progress(stream); !fs_wall_stream_idle(stream);
	     poll_streams(wall)) {
		if (fs_wall_stream_progress(stream) != seen) {
			seen = fs_wall_stream_progress(stream);
			nap_s = SHORTEST_NAP_S;
		}
		nap(wall, INFINITY, &nap_s);
	}
	double until_s = fmax(wall->compute_s, fs_wall_stream_time_s(stream));
	wall->waited_s += until_s - wall->compute_s;
	wall->compute_s = until_s;
}

static void run_step(struct wall *wall, uint32_t step)
{
	fs_live_chip_next(wall->chip);
	for (int i = 0; i < wall->program->ops; i++) {
		const struct fs_op *op = &wall->program->op[i];
		if (op->kind == FS_OP_COMPUTE) {
			run_compute(wall, step, (uint32_t)i);
		} else if (op->kind == FS_OP_COLLECTIVE) {
			size_t floats;
			float *buffer = fs_live_chip_issue(wall->chip, op, i, &floats);
			fs_wall_stream_issue(wall->stream[op->stream], op, buffer, floats,
			                     wall->compute_s + op->launch_s);
			fs_wall_stream_poll(wall->stream[op->stream]);
		} else {
			run_wait(wall, op->stream);
			fs_live_chip_waited(wall->chip, op->stream);
		}
	}
}

/* Everything once with no time to pass: warms caches, tries every collective on real data, and shows how long
 * the chip's own work takes with all ranks at it. Returns the number of wrong elements on all chips. */
static uint64_t rehearse(struct wall *wall, double *work_wall_s)
{
	wall->clock.dilation = 0;
	fs_live_chip_keep_evidence(wall->chip, true);
	fs_team_barrier(wall->team);
	run_step(wall, 0);
	uint64_t wrong = fs_live_chip_wrong(wall->chip, wall->team);
	fs_live_chip_keep_evidence(wall->chip, false);
	*work_wall_s = 0;
	for (int i = 0; i < wall->program->ops; i++)
		*work_wall_s += wall->work_wall_s[i];
	fs_team_maximum(wall->team, work_wall_s, 1);
	for (int s = 0; s < FS_LIVE_STREAMS; s++)
		fs_wall_stream_reset(wall->stream[s]);
	wall->compute_s = wall->busy_s = wall->waited_s = 0;
	return wrong;
}

/* How many of the team's ranks share a core of this host. */
static double sharing_here(struct fs_team *team, const struct fs_engine_options *options)
{
	return fmax(1, (double)fs_team_ranks_here(team) / options->calibration->host.cores);
}

static int choose_dilation(struct wall *wall, double work_wall_s, struct fs_outcome *outcome,
                           struct fs_error *error)
{
	double sharing = sharing_here(wall->team, wall->options);
	fs_team_maximum(wall->team, &sharing, 1);
	double resolved_s = fs_dilation_resolved_s(sharing, wall->clocks.bound_s);
	double least = fs_dilation_least(wall->system, wall->program, resolved_s, work_wall_s);
	if (fs_dilation_choose(wall->options->dilation, least, fs_team_ranks(wall->team), &wall->clocks,
	                       &outcome->dilation, error))
		return -1;
	wall->clock.dilation = outcome->dilation;
	outcome->resolution_s = resolved_s / outcome->dilation;
	outcome->message_wall_s = resolved_s * outcome->dilation / least;
	return 0;
}

/* The same instant for all hosts, each on its own clock, whose seconds may be a little longer or shorter. */
static void start_clock(struct wall *wall)
{
	const struct fs_clock_line *own = &wall->clocks.own;
	double epoch_s = fs_clock_first_s(own, fs_clock_s()) + 2e-3;
	fs_team_maximum(wall->team, &epoch_s, 1);
	wall->clock.epoch_s = fs_clock_own_s(own, epoch_s);
	wall->clock.dilation /= 1 - own->used;
	wall->looked_at_s = fs_clock_s();
	wall->longest_look_s = 0;
}

/* The longest that any rank did not look at its messages, if its own work, and others' on its core, do not
 * explain it. One step that was so late among many moves neither the median step nor the median lateness. */
static double standstill_s(struct wall *wall)
{
	double explained_s = STANDSTILL_S;
	for (int i = 0; i < wall->program->ops; i++)
		explained_s = fmax(explained_s, WORK_TIMES * wall->work_wall_s[i]);
	double longest_s = wall->longest_look_s > explained_s ? wall->longest_look_s : 0;
	fs_team_maximum(wall->team, &longest_s, 1);
	return longest_s;
}

/* Chip seconds below which no step can be: its kernels, or what is longer, one stream's collectives. */
static double least_step_s(const struct fs_program *program)
{
	double stream_s[FS_LIVE_STREAMS] = {0}, least = fs_program_kernels_s(program);
	for (int i = 0; i < program->ops; i++)
		if (program->op[i].kind == FS_OP_COLLECTIVE)
			stream_s[program->op[i].stream] += program->op[i].alone_s;
	for (int s = 0; s < FS_LIVE_STREAMS; s++)
		least = fmax(least, stream_s[s]);
	return least;
}

static void report(const struct wall *wall, struct fs_progress progress)
{
	if (wall->options->progress && fs_team_rank(wall->team) == 0)
		wall->options->progress(wall->options->progress_context, &progress);
}

static void run_all_steps(struct wall *wall, struct fs_outcome *outcome)
{
	const struct fs_engine_options *options = wall->options;
	uint32_t all = options->warmup + options->steps;
	double *end_s = fs_allocate_zeroed(2 * (unsigned long)all, sizeof *end_s), *late_s = end_s + all;
	report(wall,
	       (struct fs_progress){.least_s = all * wall->clock.dilation * least_step_s(wall->program)});
	start_clock(wall);
	for (uint32_t step = 0; step < all; step++) {
		if (step == options->warmup)
			wall->busy_s = wall->waited_s = 0;
		if (options->apart)
			fs_team_maximum(wall->team, &wall->compute_s, 1);
		run_step(wall, step);
		end_s[step] = fs_dilated_now_s(&wall->clock);
		late_s[step] = end_s[step] - wall->compute_s;
		if (step == options->warmup)
			outcome->loss_first = fs_live_chip_loss(wall->chip);
		report(wall, (struct fs_progress){.share = (step + 1.0) / all});
	}
	outcome->loss_last = fs_live_chip_loss(wall->chip);
	outcome->standstill_s = options->apart ? 0 : standstill_s(wall); /* apart: they wait for each other */
	fs_team_maximum(wall->team, end_s, (int)(2 * all));
	for (uint32_t step = options->warmup; step < all; step++) {
		outcome->step_s[step - options->warmup] = end_s[step] - (step ? end_s[step - 1] : 0);
	}
	outcome->late_s = fs_spread_of(late_s + options->warmup, options->steps).median;
	free(end_s);
}

static uint64_t fingerprint(struct wall *wall)
{
	uint64_t bits;
	memcpy(&bits, &wall->compute_s, sizeof bits);
	uint64_t hash = fs_mix64(fs_mix64((uint64_t)fs_team_rank(wall->team)) ^ bits);
	fs_team_sum_integers(wall->team, &hash, 1);
	return hash;
}

static double mean_over_chips(struct wall *wall, double value)
{
	return isnan(value) ? NAN : fs_team_sum_exact(wall->team, &value, 1) / (double)wall->program->chips;
}

static void summarise(struct wall *wall, struct fs_outcome *outcome)
{
	outcome->compute_s = mean_over_chips(wall, wall->busy_s) / outcome->steps;
	outcome->wait_s = mean_over_chips(wall, wall->waited_s) / outcome->steps;
	outcome->loss_first = mean_over_chips(wall, outcome->loss_first);
	outcome->loss_last = mean_over_chips(wall, outcome->loss_last);
	outcome->fingerprint = fingerprint(wall);
	outcome->live_chips = wall->program->chips;
}

static int check_request(struct fs_team *team, const struct fs_program *program,
                         const struct fs_engine_options *options, struct fs_error *error)
{
	if ((uint64_t)fs_team_ranks(team) != program->chips)
		return fs_fail(error,
		               "the wall clock needs a rank for each of the %llu chips; there %s %d (start "
		               "it with mpirun -n %llu)",
		               (unsigned long long)program->chips, fs_team_ranks(team) == 1 ? "is" : "are",
		               fs_team_ranks(team), (unsigned long long)program->chips);
	if (options->pace == FS_PACE_RAW && options->compute != FS_COMPUTE_BLAS)
		return fs_fail(error,
		               "--pace raw lets the noise of real compute through and needs --compute blas");
	return 0;
}

static int create(struct wall *wall, struct fs_team *team, const struct fs_system *system,
                  const struct fs_program *program, const struct fs_engine_options *options,
                  struct fs_error *error)
{
	*wall = (struct wall){.team = team,
	                      .system = system,
	                      .program = program,
	                      .options = options,
	                      .patience_s = fs_patience_s(),
	                      .looked_at_s = fs_clock_s()};
	wall->chip = fs_live_chip_create(program, options->model, options->seed, fs_team_rank(team),
	                                 options->payload_bytes, error);
	if (!wall->chip)
		return -1;
	for (int s = 0; s < FS_LIVE_STREAMS; s++)
		wall->stream[s] = fs_wall_stream_create(team, system, program, &wall->clock);
	for (int s = 0; s < FS_LIVE_STREAMS; s++) /* there are two */
		fs_wall_stream_beside(wall->stream[s], wall->stream[1 - s]);
	if (options->compute == FS_COMPUTE_BLAS)
		wall->busy =
		        fs_busy_create(options->calibration, FS_BUSY_SHARE / sharing_here(team, options));
	wall->work_wall_s = fs_allocate_zeroed((unsigned long)program->ops, sizeof *wall->work_wall_s);
	return 0;
}

static void destroy(struct wall *wall)
{
	for (int s = 0; s < FS_LIVE_STREAMS; s++)
		fs_wall_stream_destroy(wall->stream[s]);
	fs_live_chip_destroy(wall->chip);
	fs_busy_destroy(wall->busy);
	free(wall->work_wall_s);
}

int fs_wall_run(struct fs_team *team, const struct fs_system *system, const struct fs_program *program,
                const struct fs_engine_options *options, struct fs_outcome *outcome, struct fs_error *error)
{
	if (check_request(team, program, options, error))
		return -1;
	struct wall wall;
	double work_wall_s;
	if (create(&wall, team, system, program, options, error))
		return -1;
	*outcome = (struct fs_outcome){.steps = options->steps, .loss_first = NAN, .loss_last = NAN};
	outcome->wrong = rehearse(&wall, &work_wall_s);
	fs_host_clocks_look(team, &wall.clocks);
	int status = choose_dilation(&wall, work_wall_s, outcome, error);
	if (!status) {
		outcome->step_s = fs_allocate_zeroed(options->steps, sizeof *outcome->step_s);
		run_all_steps(&wall, outcome);
		fs_host_clocks_check(team, &wall.clocks);
		outcome->clocks = wall.clocks;
		outcome->wrong += fs_live_chip_disagreement(wall.chip, team);
		summarise(&wall, outcome);
	}
	destroy(&wall);
	return status;
}
