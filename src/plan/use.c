#include "plan/use.h"

#include "cost/cost.h"
#include "cost/peers.h"
#include "fabric/contention.h"

#include <math.h>

enum { SAMPLES = 64 };

/* The part of all messages of an iteration that leaves groups of `chips` chips. */
static double part_that_leaves(const struct fs_iteration *iteration, double chips)
{
	double block = (double)(iteration->stride * iteration->size);
	double distance = (double)fs_step_distance(iteration->step, iteration->s) * (double)iteration->stride;
	return chips < block ? fmin(chips, fmin(distance, block - distance)) / chips : 0;
}

static double part_over_tier(const struct fs_system *system, const struct fs_iteration *iteration, int tier)
{
	if (iteration->step->pattern != FS_SHIFT)
		return fs_cost_tier(system, iteration) == tier;
	double inner = tier ? system->tier[tier - 1].group.value : 1;
	bool outermost = tier == system->tiers - 1;
	double stays = outermost ? 0 : part_that_leaves(iteration, system->tier[tier].group.value);
	return fmax(0, part_that_leaves(iteration, inner) - stays);
}

static bool is_sampled(const struct fs_step *step)
{
	return step->pattern == FS_SHIFT || step->pattern == FS_SHIFT_ALL;
}

/* The chips that share a port are all in such a collective. */
static double beta_of_all_s(const struct fs_tier *tier)
{
	return fs_tier_beta_s(tier) * fmax(1, tier->fabric.chips_per_port.value);
}

void fs_use_of_ports(const struct fs_system *system, struct fs_group group,
                     const struct fs_schedule *schedule, double bytes, double alone_s,
                     double use[FS_MAX_TIERS])
{
	for (int k = 0; k < FS_MAX_TIERS; k++)
		use[k] = 0;
	for (int i = 0; i < schedule->steps && alone_s > 0; i++) {
		const struct fs_step *step = &schedule->step[i];
		uint32_t apart = is_sampled(step) ? (step->repeat + SAMPLES - 1) / SAMPLES : 1;
		for (uint32_t s = 0; s < step->repeat; s += apart) {
			struct fs_iteration iteration = fs_iteration_of(group, schedule, step, s);
			double iterations = fmin(apart, step->repeat - s);
			double message =
			        bytes * (double)fs_step_slots(schedule, step, s) / (double)schedule->slots;
			for (int k = 0; k < system->tiers; k++)
				use[k] += iterations * part_over_tier(system, &iteration, k) * message *
				          beta_of_all_s(&system->tier[k]) / alone_s;
		}
	}
	for (int k = 0; k < FS_MAX_TIERS; k++)
		use[k] = fmin(use[k], 1);
}

/* By how much the one's messages are slower while the other's are under way; 1: nothing is known to be. */
static double slowdown_of(const struct fs_program *program, const struct fs_op *op, const struct fs_op *other)
{
	for (int i = 0; i < program->pairs; i++) {
		const struct fs_pair *pair = &program->pair[i];
		for (int side = 0; side < 2; side++)
			if (pair->schedule[side] == op->schedule &&
			    pair->schedule[1 - side] == other->schedule)
				return pair->slowdown[side];
	}
	return 1;
}

double fs_use_stretch(const struct fs_program *program, const struct fs_op *op, const struct fs_op *other)
{
	double ports = 1;
	for (int k = 0; k < FS_MAX_TIERS; k++)
		if (!fs_contention_shares(program->contention, k))
			ports += op->use[k] * other->use[k];
	double links = 1 + op->under_way * other->under_way * (slowdown_of(program, op, other) - 1);
	return fmax(ports, links);
}
