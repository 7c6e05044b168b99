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

/* A kernel of one chip, beside collectives. */
static void run_beside(struct fs_cluster *cluster, uint64_t at, const struct fs_op *op, double factor)
{
	double work_s = op->time_s * factor;
	double slowdown = cluster->system->stack.overlap_slowdown.value;
	double flight_end = cluster->stream[0][at];
	for (int s = 1; s < FS_STREAMS; s++)
		flight_end = fmax(flight_end, cluster->stream[s][at]);
	double end = fs_kernel_end_s(cluster->compute[at], work_s, flight_end, slowdown);
	cluster->host[at] += op->host_s;
	end = fmax(end, cluster->host[at]);
	cluster->busy[at] += end - cluster->compute[at];
	cluster->compute[at] = end;
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

static void compute_stage(struct fs_cluster *cluster, uint64_t stage, const struct fs_op *op, uint32_t step,
                          uint32_t instance)
{
	const struct fs_stage_part *part = &cluster->part[stage];
	bool beside = anything_flies(cluster, stage);
	for (uint64_t done = 0, count; done < part->count; done += count) {
		double factor[DRAWN_AT_ONCE];
		uint64_t at = cluster->part_at[stage] + done, left = part->count - done;
		uint64_t chip = fs_stage_chip(&cluster->stages, stage, part->first + done, &count);
		count = count < left ? count : left;
		count = count < DRAWN_AT_ONCE ? count : DRAWN_AT_ONCE;
		slow_down(cluster, chip, count, step, instance, factor);
		if (!beside)
			run_alone(count, op, factor, cluster->host + at, cluster->compute + at,
			          cluster->busy + at);
		for (uint64_t i = 0; beside && i < count; i++)
			run_beside(cluster, at + i, op, factor[i]);
	}
}

void fs_cluster_compute(struct fs_cluster *cluster, const struct fs_view *view, const struct fs_op *op,
                        uint32_t step, uint32_t instance)
{
	if (cluster->measured && view->count)
		fs_measured_run(cluster->measured, op->kernel);
	for (uint64_t s = 0; s < cluster->stages.stages; s++)
		if (view->stage == FS_ALL_STAGES || (uint64_t)view->stage == s)
			compute_stage(cluster, s, op, step, instance);
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
	wait_until(view->count, cluster->stream[op->stream] + view->at, cluster->compute + view->at,
	           waited + view->at);
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
	if (op->blocks)
		wait_until(view.count, egress, compute, cluster->bubble + view.at);
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
	wait_until(view.count, ingress, cluster->compute + view.at,
	           (op->across ? cluster->bubble : cluster->waited) + view.at);
	fs_cluster_meet_host(cluster, &view);
	fs_meter_iteration(&cluster->meter, view.chips);
}
