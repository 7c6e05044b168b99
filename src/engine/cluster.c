#include "engine/cluster.h"

#include "base/error.h"
#include "engine/exchange.h"
#include "engine/flight.h"
#include "engine/jitter.h"
#include "engine/measured.h"
#include "engine/pipe.h"
#include "engine/routes.h"
#include "engine/stage_routes.h"
#include "engine/team.h"
#include "engine/turn_times.h"
#include "kernels/hot.h"
#include "topology/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWN_AT_ONCE = 512 }; /* slow-down factors, so that they stay in the first cache */

static void lay_out(struct fs_cluster *cluster)
{
	const struct fs_program *program = cluster->program;
	uint64_t stages = program->stages ? program->stages : 1, at = 0;
	uint64_t stride = program->stages ? program->stage_stride : program->chips;
	cluster->stages = (struct fs_stages){program->chips, stages, stride};
	cluster->in_order = stages * stride == program->chips;
	cluster->part = fs_allocate(stages * sizeof *cluster->part);
	cluster->part_at = fs_allocate(stages * sizeof *cluster->part_at);
	for (uint64_t s = 0; s < stages; s++) {
		cluster->part[s] = fs_stage_part_of(&cluster->stages, s, cluster->begin, cluster->count);
		cluster->part_at[s] = at;
		at += cluster->part[s].count;
	}
}

/* Where the chips lie that are watched, as far as this rank has them. */
static void find_watched(struct fs_cluster *cluster)
{
	const struct fs_engine_options *options = cluster->options;
	fs_watch_create(&cluster->watch, options);
	for (int i = 0; options->observe && i < options->observed_count; i++) {
		uint64_t chip = options->observed[i],
		         stage = chip / cluster->stages.stride % cluster->stages.stages;
		uint64_t place = fs_stage_place(&cluster->stages, stage, chip);
		const struct fs_stage_part *part = &cluster->part[stage];
		if (place >= part->first && place - part->first < part->count)
			fs_watch_chip(&cluster->watch, chip, cluster->part_at[stage] + place - part->first);
	}
}

int fs_cluster_create(struct fs_cluster *cluster, struct fs_team *team, const struct fs_system *system,
                      const struct fs_program *program, const struct fs_engine_options *options,
                      struct fs_error *error)
{
	int ranks = fs_team_ranks(team), rank = fs_team_rank(team);
	if ((uint64_t)ranks > program->chips)
		return fs_fail(error,
		               "%d ranks for %llu chips; a rank stands in for at least one chip, so start at "
		               "most %llu",
		               ranks, (unsigned long long)program->chips, (unsigned long long)program->chips);
	*cluster =
	        (struct fs_cluster){.team = team, .system = system, .program = program, .options = options};
	cluster->begin = fs_block_begin(program->chips, ranks, rank);
	cluster->count = fs_block_begin(program->chips, ranks, rank + 1) - cluster->begin;
	lay_out(cluster);
	double **plain[] = {&cluster->compute, &cluster->host,         &cluster->egress,
	                    &cluster->ingress, &cluster->busy,         &cluster->waited,
	                    &cluster->bubble,  &cluster->receive_port, &cluster->start};
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		*plain[i] = fs_allocate_zeroed(cluster->count, sizeof(double));
	cluster->now = fs_allocate_zeroed(2 * cluster->count, sizeof(double));
	cluster->next = fs_allocate_zeroed(2 * cluster->count, sizeof(double));
	for (int s = 0; s < FS_STREAMS; s++)
		cluster->stream[s] = fs_allocate_zeroed(cluster->count, sizeof(double));
	cluster->turns = fs_turn_times_create(cluster->stages.stages, cluster->count);
	cluster->last = fs_allocate_zeroed(cluster->stages.stages * FS_STREAMS, sizeof *cluster->last);
	cluster->flying = fs_allocate_zeroed(cluster->stages.stages * FS_STREAMS, sizeof *cluster->flying);
	cluster->routes = fs_routes_create(system, program->contention, program->chips, ranks, rank);
	cluster->stage_routes = fs_stage_routes_create(cluster->routes, &cluster->stages, ranks, rank);
	cluster->exchange = fs_exchange_create(team, cluster->count);
	cluster->pipe = fs_pipe_create(cluster->exchange, &cluster->stages, ranks, rank, program->queues);
	find_watched(cluster);
	if (options->compute == FS_COMPUTE_BLAS)
		cluster->measured = fs_measured_create(options->calibration, cluster->begin);
	return 0;
}

void fs_cluster_destroy(struct fs_cluster *cluster)
{
	double *plain[] = {cluster->compute, cluster->host,   cluster->egress,      cluster->ingress,
	                   cluster->busy,    cluster->waited, cluster->bubble,      cluster->now,
	                   cluster->next,    cluster->start,  cluster->receive_port};
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		free(plain[i]);
	for (int s = 0; s < FS_STREAMS; s++)
		free(cluster->stream[s]);
	free(cluster->part);
	free(cluster->part_at);
	free(cluster->last);
	free(cluster->flying);
	fs_turn_times_destroy(cluster->turns);
	fs_stage_routes_destroy(cluster->stage_routes);
	fs_routes_destroy(cluster->routes);
	fs_pipe_destroy(cluster->pipe);
	fs_exchange_destroy(cluster->exchange);
	fs_measured_destroy(cluster->measured);
	fs_watch_destroy(&cluster->watch);
}

struct fs_view fs_cluster_view(const struct fs_cluster *cluster, int32_t stage)
{
	uint64_t chips = cluster->program->chips;
	if (stage == FS_ALL_STAGES)
		return (struct fs_view){stage, 0, cluster->count, chips};
	return (struct fs_view){stage, cluster->part_at[stage], cluster->part[stage].count,
	                        chips / cluster->stages.stages};
}

/* By how much the kernels of `count` chips from `chip` on take longer than the model says. */
static void slow_down(const struct fs_cluster *cluster, uint64_t chip, uint64_t count, uint32_t step,
                      uint32_t instance, double *factor)
{
	const struct fs_engine_options *options = cluster->options;
	if (cluster->measured)
		for (uint64_t i = 0; i < count; i++)
			factor[i] = fs_measured_factor(cluster->measured, options->seed, chip + i, step,
			                               instance);
	else if (options->jitter)
		fs_jitter_factors(&cluster->system->stack.jitter, options->seed, chip, count, step, instance,
		                  factor);
	else
		for (uint64_t i = 0; i < count; i++)
			factor[i] = 1;
}

static bool anything_flies(const struct fs_cluster *cluster, uint64_t stage)
{
	for (int s = 0; s < FS_STREAMS; s++)
		if (cluster->flying[stage * FS_STREAMS + (uint64_t)s])
			return true;
	return false;
}

FS_HOT static void latest_of(uint64_t count, const double *restrict time, double *restrict latest)
{
	for (uint64_t i = 0; i < count; i++)
		latest[i] = latest[i] > time[i] ? latest[i] : time[i];
}

/* Kernels of consecutive chips, beside collectives that are in flight until flight_end[]. */
FS_HOT static void run_beside(uint64_t count, const struct fs_op *op, double slowdown,
                              const double *restrict factor, const double *restrict flight_end,
                              double *restrict host, double *restrict compute, double *restrict busy)
{
	const double time_s = op->time_s, host_s = op->host_s;
	for (uint64_t i = 0; i < count; i++) {
		double end = fs_kernel_end_s(compute[i], time_s * factor[i], flight_end[i], slowdown);
		host[i] += host_s;
		end = end > host[i] ? end : host[i];
		busy[i] += end - compute[i];
		compute[i] = end;
	}
}

/* The same where nothing is in flight. */
FS_HOT static void run_alone(uint64_t count, const struct fs_op *op, const double *restrict factor,
                             double *restrict host, double *restrict compute, double *restrict busy)
{
	const double time_s = op->time_s, host_s = op->host_s;
	for (uint64_t i = 0; i < count; i++) {
		double end = compute[i] + time_s * factor[i];
		host[i] += host_s;
		end = end > host[i] ? end : host[i];
		busy[i] += end - compute[i];
		compute[i] = end;
	}
}

/* When the last of all collectives in flight ends, for each of the chips. */
static void find_flight_end(const struct fs_cluster *cluster, uint64_t stage, uint64_t at, uint64_t count,
                            double *flight_end)
{
	memset(flight_end, 0, count * sizeof *flight_end);
	for (uint64_t s = 0; s < FS_STREAMS; s++)
		if (cluster->flying[stage * FS_STREAMS + s])
			latest_of(count, cluster->stream[s] + at, flight_end);
}

static void compute_stage(struct fs_cluster *cluster, uint64_t stage, const struct fs_op *op, uint32_t step,
                          uint32_t instance)
{
	const struct fs_stage_part *part = &cluster->part[stage];
	bool beside = anything_flies(cluster, stage);
	double slowdown = cluster->system->stack.overlap_slowdown.value;
	for (uint64_t done = 0, count; done < part->count; done += count) {
		double factor[DRAWN_AT_ONCE], flight_end[DRAWN_AT_ONCE];
		uint64_t at = cluster->part_at[stage] + done, left = part->count - done;
		uint64_t chip = fs_stage_chip(&cluster->stages, stage, part->first + done, &count);
		count = count < left ? count : left;
		count = count < DRAWN_AT_ONCE ? count : DRAWN_AT_ONCE;
		slow_down(cluster, chip, count, step, instance, factor);
		if (!beside) {
			run_alone(count, op, factor, cluster->host + at, cluster->compute + at,
			          cluster->busy + at);
			continue;
		}
		find_flight_end(cluster, stage, at, count, flight_end);
		run_beside(count, op, slowdown, factor, flight_end, cluster->host + at, cluster->compute + at,
		           cluster->busy + at);
	}
}

void fs_cluster_compute(struct fs_cluster *cluster, const struct fs_view *view, const struct fs_op *op,
                        uint32_t step, uint32_t instance)
{
	fs_watch_begin(&cluster->watch, cluster->compute);
	if (cluster->measured && view->count)
		fs_measured_run(cluster->measured, op->kernel);
	for (uint64_t s = 0; s < cluster->stages.stages; s++)
		if (view->stage == FS_ALL_STAGES || (uint64_t)view->stage == s)
			compute_stage(cluster, s, op, step, instance);
	fs_watch_end(&cluster->watch, op, view->at, view->count, cluster->compute);
	fs_meter_kernel(&cluster->meter, view->chips);
}

/* Compute goes on at `until`, or at once if that is past. */
FS_HOT static void wait_until(uint64_t count, const double *restrict until, double *restrict compute,
                              double *restrict waited)
{
	for (uint64_t i = 0; i < count; i++) {
		double end = compute[i] > until[i] ? compute[i] : until[i];
		waited[i] += end - compute[i];
		compute[i] = end;
	}
}

void fs_cluster_wait(struct fs_cluster *cluster, const struct fs_view *view, const struct fs_op *op)
{
	double *waited = op->across ? cluster->bubble : cluster->waited;
	fs_watch_begin(&cluster->watch, cluster->compute);
	wait_until(view->count, cluster->stream[op->stream] + view->at, cluster->compute + view->at,
	           waited + view->at);
	fs_watch_end(&cluster->watch, op, view->at, view->count, cluster->compute);
	for (uint64_t s = 0; s < cluster->stages.stages; s++)
		if (view->stage == FS_ALL_STAGES || (uint64_t)view->stage == s)
			cluster->flying[s * FS_STREAMS + op->stream] = false;
}

/* What the messages of the stage's chips get, as sent or as received. */
static const struct fs_chip_links *links_of(struct fs_cluster *cluster, uint64_t stage,
                                            const struct fs_op *op)
{
	return &fs_stage_routes_find(cluster->stage_routes, stage, op->group, op->schedule,
	                             &op->schedule->step[0], 0)
	                ->chip;
}

void fs_cluster_send(struct fs_cluster *cluster, const struct fs_op *op)
{
	struct fs_view view = fs_cluster_view(cluster, (int32_t)op->from);
	const struct fs_chip_links *links = links_of(cluster, op->from, op);
	double *compute = cluster->compute + view.at, *egress = cluster->egress + view.at;
	for (uint64_t i = 0; i < view.count; i++) {
		cluster->start[i] = fmax(egress[i], compute[i] + op->launch_s);
		egress[i] = cluster->start[i] + op->timed_bytes * links->beta_out[i];
	}
	fs_pipe_send(cluster->pipe, op->queue, op->from, op->to, cluster->start);
	fs_watch_begin(&cluster->watch, cluster->compute);
	if (op->blocks)
		wait_until(view.count, egress, compute, cluster->bubble + view.at);
	fs_watch_end(&cluster->watch, op, view.at, view.count, cluster->compute);
}

void fs_cluster_meet_host(struct fs_cluster *cluster, const struct fs_view *view)
{
	double *host = cluster->host + view->at;
	const double *compute = cluster->compute + view->at;
	for (uint64_t i = 0; i < view->count; i++)
		host[i] = fmax(host[i], compute[i]);
}

void fs_cluster_receive(struct fs_cluster *cluster, const struct fs_op *op)
{
	struct fs_view view = fs_cluster_view(cluster, (int32_t)op->to);
	const struct fs_chip_links *links = links_of(cluster, op->to, op);
	double *ingress = cluster->ingress + view.at;
	fs_pipe_receive(cluster->pipe, op->queue, op->from, op->to, cluster->start);
	for (uint64_t i = 0; i < view.count; i++)
		ingress[i] = fmax(ingress[i], cluster->start[i] + links->alpha[i]) +
		             op->timed_bytes * links->beta_in[i];
	fs_watch_begin(&cluster->watch, cluster->compute);
	wait_until(view.count, ingress, cluster->compute + view.at,
	           (op->across ? cluster->bubble : cluster->waited) + view.at);
	fs_watch_end(&cluster->watch, op, view.at, view.count, cluster->compute);
	fs_meter_iteration(&cluster->meter, view.chips);
}
