/* Collectives on the virtual clock: round by round, for all groups of a view at once. */

#include "cost/cost.h"
#include "cost/message.h"
#include "engine/advance.h"
#include "engine/cluster.h"
#include "engine/exchange.h"
#include "engine/flight.h"
#include "engine/in_network.h"
#include "engine/routes.h"
#include "engine/stage_routes.h"
#include "kernels/hot.h"
#include "plan/use.h"

#include <math.h>
#include <string.h>

static double message_bytes(const struct fs_op *op, const struct fs_step *step, uint32_t s)
{
	return fs_message_bytes(op->schedule, step, s, op->timed_bytes);
}

static void swap(double **a, double **b)
{
	double *c = *a;
	*a = *b, *b = c;
}

/* A run of chips that have consecutive numbers: where they lie in the arrays, and in the rank's block. */
struct run {
	uint64_t at, in_block, count;
};

static struct run run_at(const struct fs_cluster *cluster, uint64_t stage, uint64_t done)
{
	const struct fs_stage_part *part = &cluster->part[stage];
	struct run run = {.at = cluster->part_at[stage] + done};
	run.in_block =
	        fs_stage_chip(&cluster->stages, stage, part->first + done, &run.count) - cluster->begin;
	if (run.count > part->count - done)
		run.count = part->count - done;
	return run;
}

/* Times of all chips in the order of their numbers <-> stage by stage. */
static void by_number(const struct fs_cluster *cluster, const double *by_stage, double *by_number)
{
	for (uint64_t s = 0; s < cluster->stages.stages; s++)
		for (uint64_t done = 0; done < cluster->part[s].count;) {
			struct run run = run_at(cluster, s, done);
			memcpy(by_number + run.in_block, by_stage + run.at, run.count * sizeof *by_stage);
			done += run.count;
		}
}

static void by_stage(const struct fs_cluster *cluster, const double *by_number, double *by_stage)
{
	for (uint64_t s = 0; s < cluster->stages.stages; s++)
		for (uint64_t done = 0; done < cluster->part[s].count;) {
			struct run run = run_at(cluster, s, done);
			memcpy(by_stage + run.at, by_number + run.in_block, run.count * sizeof *by_stage);
			done += run.count;
		}
}

/* A stage whose chips do not follow each other: all chips are there, and the others' times are of no
 * interest. */
static void scattered_in_network(struct fs_cluster *cluster, const struct fs_view *view,
                                 const struct fs_in_network *exchange)
{
	double *all = cluster->receive_port, *whole = cluster->next;
	memset(all, 0, cluster->count * sizeof *all);
	memcpy(all + view->at, cluster->now, view->count * sizeof *all);
	by_number(cluster, all, whole);
	fs_in_network_advance(cluster->team, exchange, whole);
	by_stage(cluster, whole, all);
	memcpy(cluster->now, all + view->at, view->count * sizeof *all);
}

static void run_in_network(struct fs_cluster *cluster, const struct fs_view *view, const struct fs_op *op,
                           const struct fs_step *step)
{
	const struct fs_tier *switches = fs_cost_switches(cluster->system, op->group, op->schedule, step);
	struct fs_in_network exchange = {
	        .chips = cluster->program->chips,
	        .begin = cluster->begin,
	        .count = cluster->count,
	        .until = cluster->program->chips,
	        .stride = (uint64_t)op->group.stride * fs_level_stride(op->schedule, step->level),
	        .size = op->schedule->level_size[step->level],
	        .from_first = step->pattern == FS_SWITCH_BROADCAST,
	        .alpha_s = fs_tier_reduction_alpha_s(switches),
	        .hold_s = message_bytes(op, step, 0) * fs_tier_reduction_beta_s(switches),
	};
	if (view->stage != FS_ALL_STAGES && !cluster->in_order) {
		scattered_in_network(cluster, view, &exchange);
		return;
	}
	if (view->stage != FS_ALL_STAGES) {
		exchange.begin += view->at;
		exchange.count = view->count;
		exchange.from = (uint64_t)view->stage * view->chips;
		exchange.until = exchange.from + view->chips;
	}
	fs_in_network_advance(cluster->team, &exchange, cluster->now);
}

static const struct fs_route *route_of(struct fs_cluster *cluster, const struct fs_view *view,
                                       const struct fs_op *op, const struct fs_step *step, uint32_t s)
{
	if (view->stage == FS_ALL_STAGES)
		return fs_routes_find(cluster->routes, op->group, op->schedule, step, s);
	return fs_stage_routes_find(cluster->stage_routes, (uint64_t)view->stage, op->group, op->schedule,
	                            step, s);
}

static void run_step(struct fs_cluster *cluster, const struct fs_view *view, const struct fs_op *op,
                     const struct fs_step *step)
{
	if (fs_step_in_network(step)) {
		run_in_network(cluster, view, op, step);
		fs_meter_iteration(&cluster->meter, view->chips);
		return;
	}
	double **now = &cluster->now;
	if (step->independent)
		memcpy(cluster->receive_port, *now, view->count * sizeof **now);
	for (uint32_t s = 0; s < step->repeat; s++) {
		const struct fs_route *route = route_of(cluster, view, op, step, s);
		fs_exchange_run(cluster->exchange, &route->links, *now);
		if (step->independent)
			fs_advance_ports(route, message_bytes(op, step, s), op->message_s, *now,
			                 cluster->next, cluster->receive_port);
		else
			fs_advance(route, message_bytes(op, step, s), op->message_s, *now, cluster->next);
		swap(now, &cluster->next);
		fs_meter_iteration(&cluster->meter, view->chips);
	}
	if (step->independent)
		for (uint64_t i = 0; i < view->count; i++)
			(*now)[i] = fmax((*now)[i], cluster->receive_port[i]);
}

/* What a collective takes when all start together is predicted to about this factor. */
static const double PREDICTED = 1.25;

/* From when on a chip's messages of the collective are under way: who came early waits first, and while it
 * waits its ports are free. Were that counted, who waits would be held up for it, others would wait for him,
 * and so on without an end. */
static void find_under_way(const struct fs_cluster *cluster, const struct fs_op *op, uint64_t at,
                           uint64_t count, double *begin)
{
	const double *start = cluster->start, *time = cluster->stream[op->stream];
	double most_s = PREDICTED * op->alone_s;
	for (uint64_t i = at; i < at + count; i++)
		begin[i] = time[i] - start[i] > most_s ? time[i] - most_s : start[i];
}

/* What is in flight on another stream goes on beside the collective `op`, which is under way from begin[] on.
 * Where the ports have not room for both, both take longer. */
static void share_with(struct fs_cluster *cluster, const struct fs_op *op, const struct fs_op *other,
                       const double stretch[2], const double *begin, uint64_t at, uint64_t count)
{
	double *time = cluster->stream[op->stream], *beside = cluster->stream[other->stream];
	for (uint64_t i = at; i < at + count; i++)
		fs_flights_share(begin[i], stretch[0], &time[i], stretch[1], &beside[i]);
	fs_watch_longer(&cluster->watch, other, at, count, beside);
}

static void share_ports(struct fs_cluster *cluster, const struct fs_op *op, uint64_t stage)
{
	uint64_t at = cluster->part_at[stage], count = cluster->part[stage].count;
	double *begin = cluster->next; /* free again */
	bool found = false;
	for (uint64_t s = 0; s < FS_STREAMS; s++) {
		if (s == op->stream || !cluster->flying[stage * FS_STREAMS + s])
			continue;
		const struct fs_op *other = cluster->last[stage * FS_STREAMS + s];
		const double stretch[] = {fs_use_stretch(cluster->program, op, other),
		                          fs_use_stretch(cluster->program, other, op)};
		if (stretch[0] == 1 && stretch[1] == 1)
			continue;
		if (!found)
			find_under_way(cluster, op, at, count, begin);
		found = true;
		share_with(cluster, op, other, stretch, begin, at, count);
	}
	cluster->last[stage * FS_STREAMS + op->stream] = op;
	cluster->flying[stage * FS_STREAMS + op->stream] = true;
}

/* A collective starts when its stream is free, its chip has reached it and its host has launched it; the
 * library's own time comes before the first message. */
FS_HOT static void issue(uint64_t count, const struct fs_op *op, const double *restrict compute,
                         double *restrict host, double *restrict time, double *restrict start)
{
	for (uint64_t i = 0; i < count; i++) {
		double reached = compute[i] + op->launch_s;
		host[i] += op->host_s;
		reached = reached > host[i] ? reached : host[i];
		start[i] = time[i] > reached ? time[i] : reached;
		time[i] = start[i] + op->base_s;
	}
}

void fs_cluster_collective(struct fs_cluster *cluster, const struct fs_view *view, const struct fs_op *op)
{
	double *time = cluster->stream[op->stream] + view->at;
	bool all = view->stage == FS_ALL_STAGES, sorted = all && !cluster->in_order;
	issue(view->count, op, cluster->compute + view->at, cluster->host + view->at, time,
	      cluster->start + view->at);
	if (sorted)
		by_number(cluster, time, cluster->now);
	else
		memcpy(cluster->now, time, view->count * sizeof *time);
	for (int i = 0; i < op->schedule->steps; i++)
		run_step(cluster, view, op, &op->schedule->step[i]);
	if (sorted)
		by_stage(cluster, cluster->now, time);
	else
		memcpy(time, cluster->now, view->count * sizeof *time);
	for (uint64_t s = 0; s < cluster->stages.stages; s++)
		if (all || (uint64_t)view->stage == s)
			share_ports(cluster, op, s);
	fs_watch_begin(&cluster->watch, cluster->start);
	fs_watch_end(&cluster->watch, op, view->at, view->count, cluster->stream[op->stream]);
}
