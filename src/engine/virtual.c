/*
 * The virtual clock: arrays of timestamps over this rank's chips, one for the compute stream and one for each
 * communication stream. Operations are executed in the order of issue, which is enough: what a collective
 * does depends on operations issued before it, never on later ones. No event queue.
 */

#include "engine/engine.h"

#include "base/error.h"

#include "base/random.h"
#include "engine/advance.h"
#include "engine/exchange.h"
#include "engine/flight.h"
#include "engine/in_network.h"
#include "engine/jitter.h"
#include "engine/measured.h"
#include "engine/meter.h"
#include "engine/routes.h"
#include "engine/team.h"
#include "engine/watch.h"
#include "plan/cost.h"
#include "plan/use.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWN_AT_ONCE = 512 }; /* slow-down factors, so that they stay in the first cache */

struct cluster {
	struct fs_team *team;
	const struct fs_system *system;
	const struct fs_program *program;
	const struct fs_engine_options *options;
	uint64_t begin, count;      /* this rank's chips */
	double *compute;            /* when the compute stream is free */
	double *stream[FS_STREAMS]; /* when each communication stream is free; then room for remote chips'
	                               times */
	double *busy, *waited;      /* sums over counted steps */
	const struct fs_op *last[FS_STREAMS]; /* issued on the stream */
	double *next, *receive_port, *start;  /* scratch of collectives */
	struct fs_routes *routes;
	struct fs_exchange *exchange;
	struct fs_measured *measured; /* compute blas: factors measured so far */
	struct fs_meter meter;
	struct fs_watch watch;
};

static double message_bytes(const struct fs_op *op, const struct fs_step *step, uint32_t s)
{
	return op->timed_bytes * (double)fs_step_slots(op->schedule, step, s) / (double)op->schedule->slots;
}

static void swap(double **a, double **b)
{
	double *c = *a;
	*a = *b, *b = c;
}

static void run_in_network(struct cluster *cluster, const struct fs_op *op, const struct fs_step *step)
{
	const struct fs_tier *switches = fs_cost_switches(cluster->system, op->group, op->schedule, step);
	const struct fs_in_network exchange = {
	        .chips = cluster->program->chips,
	        .begin = cluster->begin,
	        .count = cluster->count,
	        .stride = (uint64_t)op->group.stride * fs_level_stride(op->schedule, step->level),
	        .size = op->schedule->level_size[step->level],
	        .from_first = step->pattern == FS_SWITCH_BROADCAST,
	        .alpha_s = fs_tier_reduction_alpha_s(switches),
	        .hold_s = message_bytes(op, step, 0) * fs_tier_reduction_beta_s(switches),
	};
	fs_in_network_advance(cluster->team, &exchange, cluster->stream[op->stream]);
}

static void run_step(struct cluster *cluster, const struct fs_op *op, const struct fs_step *step)
{
	if (fs_step_in_network(step)) {
		run_in_network(cluster, op, step);
		return;
	}
	double **time = &cluster->stream[op->stream];
	if (step->independent)
		memcpy(cluster->receive_port, *time, cluster->count * sizeof **time);
	for (uint32_t s = 0; s < step->repeat; s++) {
		const struct fs_route *route =
		        fs_routes_find(cluster->routes, op->group, op->schedule, step, s);
		fs_exchange_run(cluster->exchange, &route->links, *time);
		if (step->independent)
			fs_advance_ports(route, message_bytes(op, step, s), op->message_s, *time,
			                 cluster->next, cluster->receive_port);
		else
			fs_advance(route, message_bytes(op, step, s), op->message_s, *time, cluster->next);
		swap(time, &cluster->next);
		fs_meter_iteration(&cluster->meter, cluster->program->chips);
	}
	if (step->independent)
		for (uint64_t i = 0; i < cluster->count; i++)
			(*time)[i] = fmax((*time)[i], cluster->receive_port[i]);
}

/* What is in flight on other streams goes on beside the collective `op`, which began at cluster->start. Where
 * the ports have not room for both, both take longer. */
static void share_ports(struct cluster *cluster, const struct fs_op *op)
{
	for (int s = 0; s < FS_STREAMS; s++) {
		const struct fs_op *other = cluster->last[s];
		if (!other || s == (int)op->stream)
			continue;
		double mine = fs_use_stretch(cluster->program, op, other),
		       others = fs_use_stretch(cluster->program, other, op);
		if (mine == 1 && others == 1)
			continue;
		double *time = cluster->stream[op->stream], *beside = cluster->stream[s];
		for (uint64_t i = 0; i < cluster->count; i++)
			fs_flights_share(cluster->start[i], mine, &time[i], others, &beside[i]);
		fs_watch_longer(&cluster->watch, other, beside);
	}
}

static void run_collective(struct cluster *cluster, const struct fs_op *op)
{
	double *time = cluster->stream[op->stream];
	for (uint64_t i = 0; i < cluster->count; i++)
		time[i] = fmax(time[i], cluster->compute[i] + op->launch_s);
	memcpy(cluster->start, time, cluster->count * sizeof *time);
	for (int i = 0; i < op->schedule->steps; i++)
		run_step(cluster, op, &op->schedule->step[i]);
	share_ports(cluster, op);
	fs_watch_begin(&cluster->watch, cluster->start);
	fs_watch_end(&cluster->watch, op, cluster->stream[op->stream]);
	cluster->last[op->stream] = op;
}

/* By how much the kernels of `count` chips from place `first` on take longer than the model says. */
static void slow_down(const struct cluster *cluster, uint64_t first, uint64_t count, uint32_t step,
                      uint32_t op, double *factor)
{
	const struct fs_engine_options *options = cluster->options;
	uint64_t chip = cluster->begin + first;
	if (cluster->measured)
		for (uint64_t i = 0; i < count; i++)
			factor[i] = fs_measured_factor(cluster->measured, options->seed, chip + i, step, op);
	else if (options->jitter)
		fs_jitter_factors(&cluster->system->stack.jitter, options->seed, chip, count, step, op,
		                  factor);
	else
		for (uint64_t i = 0; i < count; i++)
			factor[i] = 1;
}

static void run_kernel(struct cluster *cluster, uint64_t chip, double work_s)
{
	double slowdown = cluster->system->stack.overlap_slowdown.value;
	double flight_end = cluster->stream[0][chip];
	for (int s = 1; s < FS_STREAMS; s++)
		flight_end = fmax(flight_end, cluster->stream[s][chip]);
	double end = fs_kernel_end_s(cluster->compute[chip], work_s, flight_end, slowdown);
	cluster->busy[chip] += end - cluster->compute[chip];
	cluster->compute[chip] = end;
}

static void run_compute(struct cluster *cluster, uint32_t step, uint32_t index)
{
	const struct fs_op *op = &cluster->program->op[index];
	if (cluster->measured)
		fs_measured_run(cluster->measured, op->kernel);
	fs_watch_begin(&cluster->watch, cluster->compute);
	for (uint64_t first = 0; first < cluster->count; first += DRAWN_AT_ONCE) {
		double factor[DRAWN_AT_ONCE];
		uint64_t left = cluster->count - first, count = left < DRAWN_AT_ONCE ? left : DRAWN_AT_ONCE;
		slow_down(cluster, first, count, step, index, factor);
		for (uint64_t i = 0; i < count; i++)
			run_kernel(cluster, first + i, op->time_s * factor[i]);
	}
	fs_watch_end(&cluster->watch, op, cluster->compute);
	fs_meter_kernel(&cluster->meter, cluster->program->chips);
}

static void run_wait(struct cluster *cluster, const struct fs_op *op)
{
	fs_watch_begin(&cluster->watch, cluster->compute);
	for (uint64_t i = 0; i < cluster->count; i++) {
		double until = fmax(cluster->compute[i], cluster->stream[op->stream][i]);
		cluster->waited[i] += until - cluster->compute[i];
		cluster->compute[i] = until;
	}
	fs_watch_end(&cluster->watch, op, cluster->compute);
}

/* Runs one step and returns when its last chip ended. */
static double run_training_step(struct cluster *cluster, uint32_t step)
{
	fs_watch_step(&cluster->watch, step);
	for (int i = 0; i < cluster->program->ops; i++) {
		const struct fs_op *op = &cluster->program->op[i];
		if (op->kind == FS_OP_COMPUTE)
			run_compute(cluster, step, (uint32_t)i);
		else if (op->kind == FS_OP_COLLECTIVE)
			run_collective(cluster, op);
		else
			run_wait(cluster, op);
	}
	double last = 0;
	for (uint64_t i = 0; i < cluster->count; i++)
		last = fmax(last, cluster->compute[i]);
	fs_team_maximum(cluster->team, &last, 1);
	return last;
}

/* Independent of how chips are dealt out to ranks: a sum of one hash per chip. */
static uint64_t fingerprint(struct cluster *cluster)
{
	uint64_t sum = 0;
	for (uint64_t i = 0; i < cluster->count; i++) {
		uint64_t hash = fs_mix64(cluster->begin + i), bits;
		memcpy(&bits, &cluster->compute[i], sizeof bits);
		hash = fs_mix64(hash ^ bits);
		for (int s = 0; s < FS_STREAMS; s++) {
			memcpy(&bits, &cluster->stream[s][i], sizeof bits);
			hash = fs_mix64(hash ^ bits);
		}
		sum += hash;
	}
	fs_team_sum_integers(cluster->team, &sum, 1);
	return sum;
}

static int create(struct cluster *cluster, struct fs_team *team, const struct fs_system *system,
                  const struct fs_program *program, const struct fs_engine_options *options,
                  struct fs_error *error)
{
	int ranks = fs_team_ranks(team), rank = fs_team_rank(team);
	if ((uint64_t)ranks > program->chips)
		return fs_fail(error,
		               "%d ranks for %llu chips; a rank stands in for at least one chip, so start at "
		               "most %llu",
		               ranks, (unsigned long long)program->chips, (unsigned long long)program->chips);
	*cluster = (struct cluster){.team = team, .system = system, .program = program, .options = options};
	cluster->begin = fs_block_begin(program->chips, ranks, rank);
	cluster->count = fs_block_begin(program->chips, ranks, rank + 1) - cluster->begin;
	double **plain[] = {&cluster->compute, &cluster->busy, &cluster->waited, &cluster->receive_port,
	                    &cluster->start};
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		*plain[i] = fs_allocate_zeroed(cluster->count, sizeof(double));
	cluster->next = fs_allocate_zeroed(2 * cluster->count, sizeof(double));
	for (int s = 0; s < FS_STREAMS; s++)
		cluster->stream[s] = fs_allocate_zeroed(2 * cluster->count, sizeof(double));
	cluster->routes = fs_routes_create(system, program->contention, program->chips, ranks, rank);
	cluster->exchange = fs_exchange_create(team, cluster->count);
	fs_watch_create(&cluster->watch, options, cluster->begin, cluster->count);
	if (options->compute == FS_COMPUTE_BLAS)
		cluster->measured = fs_measured_create(options->calibration, cluster->begin);
	return 0;
}

static void destroy(struct cluster *cluster)
{
	free(cluster->compute);
	free(cluster->busy);
	free(cluster->waited);
	free(cluster->next);
	free(cluster->receive_port);
	free(cluster->start);
	for (int s = 0; s < FS_STREAMS; s++)
		free(cluster->stream[s]);
	fs_routes_destroy(cluster->routes);
	fs_exchange_destroy(cluster->exchange);
	fs_measured_destroy(cluster->measured);
	fs_watch_destroy(&cluster->watch);
}

static void run_all_steps(struct cluster *cluster, struct fs_outcome *outcome)
{
	const struct fs_engine_options *options = cluster->options;
	double previous = 0;
	fs_meter_start(&cluster->meter, cluster->program, options, fs_team_rank(cluster->team) == 0);
	for (uint32_t step = 0; step < options->warmup + options->steps; step++) {
		if (step == options->warmup) {
			memset(cluster->busy, 0, cluster->count * sizeof(double));
			memset(cluster->waited, 0, cluster->count * sizeof(double));
		}
		double last = run_training_step(cluster, step);
		if (step >= options->warmup)
			outcome->step_s[step - options->warmup] = last - previous;
		previous = last;
	}
	fs_meter_end(&cluster->meter);
}

int fs_virtual_run(struct fs_team *team, const struct fs_system *system, const struct fs_program *program,
                   const struct fs_engine_options *options, struct fs_outcome *outcome,
                   struct fs_error *error)
{
	struct cluster cluster = {0};
	if (create(&cluster, team, system, program, options, error))
		return -1;
	*outcome = (struct fs_outcome){
	        .steps = options->steps, .dilation = 1, .loss_first = NAN, .loss_last = NAN};
	outcome->step_s = fs_allocate_zeroed(options->steps, sizeof *outcome->step_s);
	run_all_steps(&cluster, outcome);
	double samples = (double)program->chips * options->steps;
	outcome->compute_s = fs_team_sum_exact(team, cluster.busy, cluster.count) / samples;
	outcome->wait_s = fs_team_sum_exact(team, cluster.waited, cluster.count) / samples;
	outcome->live_chips = cluster.measured ? (uint64_t)fs_team_ranks(team) : 0;
	outcome->modelled_chips = program->chips - outcome->live_chips;
	outcome->fingerprint = fingerprint(&cluster);
	destroy(&cluster);
	return 0;
}

void fs_outcome_clear(struct fs_outcome *outcome)
{
	free(outcome->step_s);
	outcome->step_s = NULL;
}
