/*
 * Times are computed as soon as what they depend on is known, in any order of lanes; a lane goes through its
 * nodes in the order of issue, so that what is in flight beside a kernel or a collective is known when it
 * comes. Only where nobody gets on like that do lanes take what is free further down their lists.
 */

#include "engine/graph.h"

#include "base/error.h"
#include "base/random.h"
#include "engine/flight.h"
#include "engine/graph_cost.h"
#include "engine/graph_lane.h"
#include "engine/graph_match.h"
#include "plan/use.h"
#include "stack/kernel_time.h"
#include "workload/workload.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct run {
	const struct fs_system *system;
	const struct fs_workload *workload;
	const struct fs_graph_options *options;
	struct fs_graph_costs costs;
	struct fs_meetings meetings;
	struct fs_lane_plan *plan;       /* of lists */
	struct fs_lane_state *state;     /* of lanes */
	int *queue, queue_begin, queued; /* lanes that may get on, a ring */
	double launch_s;
};

static const struct fs_node *node_of(const struct run *run, int lane, uint32_t node)
{
	return &run->workload->list[run->workload->lane[lane].list].node[node];
}

static void enqueue(struct run *run, int lane)
{
	if (run->state[lane].queued)
		return;
	run->state[lane].queued = true;
	run->queue[(run->queue_begin + run->queued++) % run->workload->lanes] = lane;
}

static int dequeue(struct run *run)
{
	int lane = run->queue[run->queue_begin];
	run->queue_begin = (run->queue_begin + 1) % run->workload->lanes;
	run->queued--;
	run->state[lane].queued = false;
	return lane;
}

static void finish(struct run *run, int lane, uint32_t node, double begin_s, double end_s)
{
	struct fs_lane_state *state = &run->state[lane];
	int stream = fs_lane_stream(node_of(run, lane, node));
	state->begin[node] = begin_s;
	state->end[node] = end_s;
	if (stream >= 0)
		state->free_s[stream] = end_s;
	fs_lane_end(state, node);
	enqueue(run, lane);
}

/* --- kernels */

static double kernel_s(const struct run *run, const struct fs_node *node)
{
	bool known = node->flop > 0 || node->bytes > 0, recorded = node->recorded_s >= 0;
	if (known && !(run->options->recorded && recorded))
		return fs_kernel_time_s(run->system, node->flop, node->bytes);
	return recorded ? node->recorded_s : 0;
}

static void run_kernel(struct run *run, int lane, uint32_t index)
{
	struct fs_lane_state *state = &run->state[lane];
	const struct fs_node *node = node_of(run, lane, index);
	double work = kernel_s(run, node), flight_end = 0;
	double begin = fmax(fs_lane_ready_s(state, index), state->free_s[FS_LANE_COMPUTE]);
	for (int s = FS_LANE_COLLECTIVES; s < FS_LANE_STREAMS; s++)
		flight_end = fmax(flight_end, state->free_s[s]);
	double end = fs_kernel_end_s(begin, work, flight_end, run->system->stack.overlap_slowdown.value);
	state->busy_s += end - begin;
	state->kernels_s += work;
	state->flop += node->flop;
	finish(run, lane, index, begin, end);
}

static void run_host(struct run *run, int lane, uint32_t index)
{
	const struct fs_lane_state *state = &run->state[lane];
	double begin = fmax(fs_lane_ready_s(state, index), state->free_s[FS_LANE_HOST]);
	finish(run, lane, index, begin, begin + node_of(run, lane, index)->recorded_s);
}

/* --- collectives */

/* What is in flight on other streams goes on beside this one, as in engine/virtual.c. */
static double share_ports(const struct run *run, struct fs_lane_state *state, int stream, int op,
                          double begin_s, double end_s)
{
	const struct fs_program *program = run->costs.program;
	for (int s = FS_LANE_COLLECTIVES; s < FS_LANE_STREAMS; s++) {
		if (s == stream || state->flight[s] < 0 || state->free_s[s] <= begin_s)
			continue;
		const struct fs_op *mine = &program->op[op], *other = &program->op[state->flight[s]];
		fs_flights_share(begin_s, fs_use_stretch(program, mine, other), &end_s,
		                 fs_use_stretch(program, other, mine), &state->free_s[s]);
		state->end[state->flying[s]] = state->free_s[s];
	}
	return end_s;
}

static void end_collective(struct run *run, const struct fs_meeting *meeting)
{
	for (uint32_t m = 0; m < meeting->members; m++) {
		struct fs_member member = run->meetings.member[meeting->first + m];
		struct fs_lane_state *state = &run->state[member.lane];
		int op = run->costs.op[run->workload->lane[member.lane].list][member.node];
		int stream = fs_lane_stream(node_of(run, member.lane, member.node));
		double end = share_ports(run, state, stream, op, meeting->time_s,
		                         meeting->time_s + run->costs.time_s[op]);
		state->flight[stream] = op;
		state->flying[stream] = member.node;
		finish(run, member.lane, member.node, state->begin[member.node], end);
	}
}

static struct fs_meeting *meeting_of(struct run *run, int lane, uint32_t index)
{
	return &run->meetings.meeting[run->meetings.of[lane][index]];
}

/* When it gets to a collective or a message; nobody launches what is received. */
static double arrive(struct run *run, int lane, uint32_t index)
{
	struct fs_lane_state *state = &run->state[lane];
	bool launched = node_of(run, lane, index)->kind != FS_NODE_RECEIVE;
	double ready = fs_lane_ready_s(state, index) + (launched ? run->launch_s : 0);
	state->begin[index] = fmax(ready, state->free_s[fs_lane_stream(node_of(run, lane, index))]);
	return state->begin[index];
}

static void join_collective(struct run *run, int lane, uint32_t index)
{
	struct fs_meeting *meeting = meeting_of(run, lane, index);
	meeting->time_s = fmax(meeting->time_s, arrive(run, lane, index));
	if (++meeting->there == meeting->members)
		end_collective(run, meeting);
}

/* --- messages */

static const struct fs_tier *tier_of(const struct run *run, int lane, uint32_t index)
{
	uint64_t own = run->workload->lane[lane].first_chip, peer = node_of(run, lane, index)->peer;
	return &run->system->tier[fs_system_tier_between(run->system, own, peer)];
}

/* The port takes the message in whether its chip waits already or not. */
static void end_receive(struct run *run, const struct fs_meeting *meeting)
{
	struct fs_member to = run->meetings.member[meeting->first + 1];
	struct fs_lane_state *state = &run->state[to.lane];
	const struct fs_tier *tier = tier_of(run, to.lane, to.node);
	double head = meeting->time_s + fs_tier_alpha_s(tier);
	double held = node_of(run, to.lane, to.node)->bytes * fs_tier_beta_s(tier);
	double there = fmax(state->free_s[FS_LANE_RECEIVE], head) + held;
	finish(run, to.lane, to.node, state->begin[to.node], fmax(there, state->begin[to.node]));
	state->free_s[FS_LANE_RECEIVE] = there;
}

static void run_message(struct run *run, int lane, uint32_t index)
{
	struct fs_meeting *meeting = meeting_of(run, lane, index);
	double begin = arrive(run, lane, index);
	const struct fs_node *node = node_of(run, lane, index);
	meeting->there++;
	if (node->kind == FS_NODE_SEND) {
		meeting->time_s = begin;
		finish(run, lane, index, begin,
		       begin + node->bytes * fs_tier_beta_s(tier_of(run, lane, index)));
	}
	if (meeting->there == meeting->members)
		end_receive(run, meeting);
}

/* --- lanes */

static void run_node(struct run *run, int lane, uint32_t index)
{
	switch (node_of(run, lane, index)->kind) {
	case FS_NODE_COMPUTE:
		run_kernel(run, lane, index);
		break;
	case FS_NODE_HOST:
		run_host(run, lane, index);
		break;
	case FS_NODE_COLLECTIVE:
		join_collective(run, lane, index);
		break;
	case FS_NODE_SEND:
	case FS_NODE_RECEIVE:
		run_message(run, lane, index);
		break;
	case FS_NODE_JOIN: {
		double ready = fs_lane_ready_s(&run->state[lane], index);
		finish(run, lane, index, ready, ready);
		break;
	}
	}
}

static void run_lane(struct run *run, int lane)
{
	struct fs_lane_state *state = &run->state[lane];
	while (state->heaped && state->heap[0] == state->oldest)
		run_node(run, lane, fs_lane_pop(state));
}

/* Everybody waits for somebody: what is free further down the lists is taken. */
static bool run_ahead(struct run *run)
{
	bool any = false;
	for (int l = 0; l < run->workload->lanes; l++) {
		if (!run->state[l].heaped)
			continue;
		run_node(run, l, fs_lane_pop(&run->state[l]));
		enqueue(run, l);
		any = true;
	}
	return any;
}

static int refuse_deadlock(const struct run *run, struct fs_error *error)
{
	int l = 0;
	while (run->state[l].ended == run->plan[run->workload->lane[l].list].list->nodes)
		l++;
	const struct fs_node_list *list = run->plan[run->workload->lane[l].list].list;
	const struct fs_node *node = &list->node[run->state[l].oldest];
	return fs_fail(error,
	               "%s: chip %" PRIu64 " waits for ever at node %" PRIu64
	               ", %s: chips wait for each other in a circle",
	               list->origin, run->workload->lane[l].first_chip, node->id, node->name);
}

static int run_all(struct run *run, struct fs_error *error)
{
	for (int l = 0; l < run->workload->lanes; l++)
		enqueue(run, l);
	do {
		while (run->queued)
			run_lane(run, dequeue(run));
	} while (run_ahead(run));
	for (int l = 0; l < run->workload->lanes; l++)
		if (run->state[l].ended < run->plan[run->workload->lane[l].list].list->nodes)
			return refuse_deadlock(run, error);
	return 0;
}

/* --- what came of it */

static void add_lane(const struct run *run, int lane, struct fs_graph_outcome *outcome)
{
	const struct fs_lane_state *state = &run->state[lane];
	double share = (double)run->workload->lane[lane].chips / (double)run->workload->chips;
	uint64_t hash = fs_mix64(run->workload->lane[lane].first_chip), bits;
	for (uint32_t i = 0; i < state->plan->list->nodes; i++) {
		outcome->step_s = fmax(outcome->step_s, state->end[i]);
		memcpy(&bits, &state->end[i], sizeof bits);
		hash = fs_mix64(hash ^ bits);
	}
	outcome->compute_s += share * state->busy_s;
	outcome->kernels_s += share * state->kernels_s;
	outcome->flop += share * state->flop;
	outcome->fingerprint += hash;
}

static const char *stream_name(const struct run *run, int stream)
{
	static const char *const names[] = {"compute", "host", "send", "receive"};
	return stream < FS_LANE_COLLECTIVES ? names[stream]
	                                    : run->workload->stream[stream - FS_LANE_COLLECTIVES];
}

static void show_chip(const struct run *run, uint64_t chip)
{
	int lane = fs_workload_lane(run->workload, chip), list = run->workload->lane[lane].list;
	const struct fs_lane_state *state = &run->state[lane];
	for (uint32_t i = 0; i < state->plan->list->nodes; i++) {
		const struct fs_node *node = node_of(run, lane, i);
		int stream = fs_lane_stream(node), op = run->costs.op[list][i];
		if (stream < 0)
			continue;
		const struct fs_graph_span span = {
		        .chip = chip,
		        .stream = stream_name(run, stream),
		        .node = node,
		        .algorithm = op < 0 ? NULL : run->costs.program->op[op].schedule->algorithm,
		        .begin_s = state->begin[i],
		        .end_s = state->end[i],
		};
		run->options->observe(run->options->context, &span);
	}
}

static void clear(struct run *run)
{
	for (int l = 0; l < run->workload->lanes; l++)
		fs_lane_clear(&run->state[l]);
	for (int l = 0; l < run->workload->lists; l++)
		fs_lane_plan_clear(&run->plan[l]);
	free(run->state);
	free(run->plan);
	free(run->queue);
	fs_meetings_clear(run->workload, &run->meetings);
	fs_graph_costs_clear(run->workload, &run->costs);
}

static int create(struct run *run, struct fs_error *error)
{
	const struct fs_workload *workload = run->workload;
	if (fs_meetings_find(workload, &run->meetings, error))
		return -1;
	if (fs_graph_costs_find(run->system, workload, &run->costs, error)) {
		fs_meetings_clear(workload, &run->meetings);
		return -1;
	}
	run->launch_s = run->system->stack.launch_us.value * 1e-6;
	run->plan = fs_allocate_zeroed((unsigned long)workload->lists, sizeof *run->plan);
	run->state = fs_allocate_zeroed((unsigned long)workload->lanes, sizeof *run->state);
	run->queue = fs_allocate_zeroed((unsigned long)workload->lanes, sizeof *run->queue);
	for (int l = 0; l < workload->lists; l++)
		fs_lane_plan_create(&run->plan[l], &workload->list[l]);
	for (int l = 0; l < workload->lanes; l++)
		fs_lane_create(&run->state[l], &run->plan[workload->lane[l].list]);
	return 0;
}

int fs_graph_run(const struct fs_system *system, const struct fs_workload *workload,
                 const struct fs_graph_options *options, struct fs_graph_outcome *outcome,
                 struct fs_error *error)
{
	struct run run = {.system = system, .workload = workload, .options = options};
	if (create(&run, error))
		return -1;
	int status = run_all(&run, error);
	*outcome = (struct fs_graph_outcome){0};
	for (int l = 0; l < workload->lanes && !status; l++)
		add_lane(&run, l, outcome);
	for (int i = 0; options->observe && i < options->observed_count && !status; i++)
		show_chip(&run, options->observed[i]);
	clear(&run);
	return status;
}
