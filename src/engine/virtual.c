/*
 * The virtual clock: arrays of timestamps over this rank's chips, one for the compute stream and one for each
 * communication stream (cluster.h). Operations are executed in the order of issue, and turns in the
 * program's, which is enough: what a collective does depends on operations issued before it, never on later
 * ones. No event queue.
 */

#include "engine/engine.h"

#include "base/error.h"
#include "base/random.h"
#include "engine/cluster.h"
#include "engine/team.h"
#include "engine/turn_times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void run_op(struct fs_cluster *cluster, const struct fs_view *view, const struct fs_op *op,
                   uint32_t step, uint32_t instance)
{
	switch (op->kind) {
	case FS_OP_COMPUTE:
		fs_cluster_compute(cluster, view, op, step, instance);
		break;
	case FS_OP_COLLECTIVE:
		fs_cluster_collective(cluster, view, op);
		break;
	case FS_OP_WAIT:
		fs_cluster_wait(cluster, view, op);
		break;
	case FS_OP_SEND:
		fs_cluster_send(cluster, op);
		break;
	case FS_OP_RECEIVE:
		fs_cluster_receive(cluster, op);
		break;
	}
}

/* Chips of the view begin a turn of this kind. */
static void begin_turn(struct fs_cluster *cluster, const struct fs_view *view, enum fs_turn_kind kind)
{
	for (uint64_t s = 0; s < cluster->stages.stages; s++) {
		uint64_t at = cluster->part_at[s];
		if (view->stage == FS_ALL_STAGES || (uint64_t)view->stage == s)
			fs_turn_times_begin(cluster->turns, s, at, cluster->part[s].count, kind,
			                    cluster->compute + at, cluster->bubble + at);
	}
}

/* Runs one step and returns when its last chip ended. */
static double run_training_step(struct fs_cluster *cluster, uint32_t step)
{
	const struct fs_program *program = cluster->program;
	uint32_t instance = 0, turns = fs_program_turns(program);
	fs_watch_step(&cluster->watch, step);
	for (uint32_t t = 0; t < turns; t++) {
		struct fs_turn turn = fs_program_turn(program, t);
		struct fs_view view = fs_cluster_view(cluster, turn.stage);
		begin_turn(cluster, &view, turn.kind);
		for (uint32_t again = 0; again < turn.repeat; again++) {
			fs_cluster_meet_host(cluster, &view);
			for (uint32_t i = turn.first; i < turn.first + turn.ops; i++)
				run_op(cluster, &view, &program->op[i], step, instance++);
		}
	}
	double last = 0;
	for (uint64_t i = 0; i < cluster->count; i++)
		last = fmax(last, cluster->compute[i]);
	fs_team_maximum(cluster->team, &last, 1);
	return last;
}

static uint64_t hash_of(const struct fs_cluster *cluster, uint64_t chip, uint64_t at)
{
	uint64_t hash = fs_mix64(chip), bits;
	memcpy(&bits, &cluster->compute[at], sizeof bits);
	hash = fs_mix64(hash ^ bits);
	for (int s = 0; s < FS_STREAMS; s++) {
		memcpy(&bits, &cluster->stream[s][at], sizeof bits);
		hash = fs_mix64(hash ^ bits);
	}
	return hash;
}

/* Independent of how chips are dealt out to ranks: a sum of one hash per chip. */
static uint64_t fingerprint(const struct fs_cluster *cluster)
{
	uint64_t sum = 0;
	for (uint64_t s = 0; s < cluster->stages.stages; s++)
		for (uint64_t i = 0; i < cluster->part[s].count; i++)
			sum += hash_of(cluster,
			               fs_stage_chip(&cluster->stages, s, cluster->part[s].first + i, NULL),
			               cluster->part_at[s] + i);
	fs_team_sum_integers(cluster->team, &sum, 1);
	return sum;
}

static void start_counting(struct fs_cluster *cluster)
{
	memset(cluster->busy, 0, cluster->count * sizeof(double));
	memset(cluster->waited, 0, cluster->count * sizeof(double));
	memset(cluster->bubble, 0, cluster->count * sizeof(double));
	fs_turn_times_restart(cluster->turns, cluster->compute);
}

/* The outcome's turn_s. */
static void sum_turns(struct fs_cluster *cluster, struct fs_outcome *outcome)
{
	struct fs_view all = fs_cluster_view(cluster, FS_ALL_STAGES);
	const struct fs_stage_part *first = &cluster->part[0];
	double chips = (double)cluster->program->chips / (double)cluster->stages.stages;
	for (int kind = 0; kind < FS_TURN_KINDS; kind++)
		begin_turn(cluster, &all, (enum fs_turn_kind)kind); /* so that all that began has ended */
	for (int kind = 0; kind < FS_TURN_KINDS; kind++)
		outcome->turn_s[kind] =
		        fs_team_sum_exact(cluster->team,
		                          fs_turn_times(cluster->turns, (enum fs_turn_kind)kind) +
		                                  cluster->part_at[0],
		                          first->count) /
		        (chips * outcome->steps);
}

static void run_all_steps(struct fs_cluster *cluster, struct fs_outcome *outcome)
{
	const struct fs_engine_options *options = cluster->options;
	double previous = 0;
	fs_meter_start(&cluster->meter, cluster->program, options, fs_team_rank(cluster->team) == 0);
	for (uint32_t step = 0; step < options->warmup + options->steps; step++) {
		if (step == options->warmup)
			start_counting(cluster);
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
	struct fs_cluster cluster = {0};
	if (fs_cluster_create(&cluster, team, system, program, options, error))
		return -1;
	*outcome = (struct fs_outcome){
	        .steps = options->steps, .dilation = 1, .loss_first = NAN, .loss_last = NAN};
	outcome->step_s = fs_allocate_zeroed(options->steps, sizeof *outcome->step_s);
	run_all_steps(&cluster, outcome);
	double samples = (double)program->chips * options->steps;
	outcome->compute_s = fs_team_sum_exact(team, cluster.busy, cluster.count) / samples;
	outcome->wait_s = fs_team_sum_exact(team, cluster.waited, cluster.count) / samples;
	outcome->bubble_s = fs_team_sum_exact(team, cluster.bubble, cluster.count) / samples;
	sum_turns(&cluster, outcome);
	outcome->live_chips = cluster.measured ? (uint64_t)fs_team_ranks(team) : 0;
	outcome->modelled_chips = program->chips - outcome->live_chips;
	outcome->fingerprint = fingerprint(&cluster);
	fs_cluster_destroy(&cluster);
	return 0;
}

void fs_outcome_clear(struct fs_outcome *outcome)
{
	free(outcome->step_s);
	outcome->step_s = NULL;
}
