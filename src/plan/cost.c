#include "plan/cost.h"

#include "base/error.h"
#include "plan/message.h"
#include "schedule/fold.h"
#include "topology/system.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* Members of the aligned blocks that partners at `distance` share. The fold doubles participants' numbers, or
 * pushes them up by the surplus: blocks stay aligned where the surplus is made of whole ones. */
static uint64_t exchange_block(uint32_t size, uint64_t distance)
{
	uint64_t surplus = size - fs_fold_participants(size);
	if (surplus == 0)
		return 2 * distance;
	return surplus % (2 * distance) == 0 ? 4 * distance : size;
}

/* Chips of the aligned blocks that messages of iteration s stay in. */
static uint64_t step_span(struct fs_group group, const struct fs_schedule *schedule,
                          const struct fs_step *step, uint32_t s)
{
	uint64_t members = 1;
	for (int level = 0; level <= step->level; level++)
		members *= schedule->level_size[level];
	if (step->pattern == FS_XOR)
		members = exchange_block(schedule->size, (uint64_t)fs_step_distance(step, s));
	if (step->pattern == FS_FOLD || step->pattern == FS_UNFOLD)
		members = 2;
	return members * group.stride;
}

/* The innermost tier that holds every aligned block of `span` chips, or all of the group's `extent`. */
static int tier_of_blocks(const struct fs_system *system, uint64_t span, uint64_t extent)
{
	int whole = fs_system_tier_between(system, 0, extent - 1);
	int blocks = fs_system_tier_of_span(system, span);
	return whole < blocks ? whole : blocks;
}

struct link {
	double alpha_s, beta_s;
};

/* The worst of the tiers that messages of iteration s can take: those in which two chips lie that are so far
 * apart as the step's digit is worth, up to the one that holds all. */
static struct link link_of_iteration(const struct fs_system *system, struct fs_group group,
                                     const struct fs_schedule *schedule, const struct fs_step *step,
                                     uint32_t s)
{
	uint64_t span = step_span(group, schedule, step, s), extent = (uint64_t)group.size * group.stride;
	int outermost = tier_of_blocks(system, span, extent);
	double apart = group.stride;
	for (int level = 0; level < step->level; level++)
		apart *= schedule->level_size[level];
	struct link worst = {fs_tier_alpha_s(&system->tier[outermost]),
	                     fs_tier_beta_s(&system->tier[outermost])};
	for (int k = 0; k < outermost; k++) {
		if (system->tier[k].group.value <= apart)
			continue;
		worst.alpha_s = fmax(worst.alpha_s, fs_tier_alpha_s(&system->tier[k]));
		worst.beta_s = fmax(worst.beta_s, fs_tier_beta_s(&system->tier[k]));
	}
	return worst;
}

double fs_cost_message_s(const struct fs_system *system, struct fs_group group,
                         const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                         double bytes)
{
	struct link link = link_of_iteration(system, group, schedule, step, s);
	struct fs_message_cost cost =
	        fs_message_cost(&system->stack, schedule->collective, (struct fs_buffer){0}, bytes);
	double message =
	        cost.timed_bytes * (double)fs_step_slots(schedule, step, s) / (double)schedule->slots;
	return link.alpha_s + cost.message_s + message * link.beta_s;
}

/* Iterations of a step differ in cost only where the message's size or its partner changes. */
static bool uniform(const struct fs_step *step)
{
	return step->pattern == FS_SHIFT || step->pattern == FS_TREE_UP || step->pattern == FS_TREE_DOWN;
}

static double step_cost_s(const struct fs_system *system, struct fs_group group,
                          const struct fs_schedule *schedule, const struct fs_step *step, double bytes)
{
	if (uniform(step)) {
		double message = fs_cost_message_s(system, group, schedule, step, 0, bytes);
		if (!step->independent)
			return step->repeat * message;
		double alpha = link_of_iteration(system, group, schedule, step, 0).alpha_s;
		return alpha + step->repeat * (message - alpha);
	}
	double sum = 0;
	for (uint32_t s = 0; s < step->repeat; s++)
		sum += fs_cost_message_s(system, group, schedule, step, s, bytes);
	return sum;
}

double fs_cost_schedule_s(const struct fs_system *system, struct fs_group group,
                          const struct fs_schedule *schedule, double bytes)
{
	double sum = 0;
	for (int i = 0; i < schedule->steps; i++)
		sum += step_cost_s(system, group, schedule, &schedule->step[i], bytes);
	return sum;
}

/* Bytes that a part of `members` out of n must receive or send through its ports, whichever is more, divided
 * by `bytes`. */
static double forced_traffic(enum fs_collective collective, double n, double members)
{
	double parts = n / members;
	switch (collective) {
	case FS_ALLREDUCE:
		return 2 * (parts - 1) / parts;
	case FS_ALLGATHER:
	case FS_REDUCE_SCATTER:
		return (parts - 1) / parts;
	case FS_ALLTOALL:
		return members * (parts - 1) / parts;
	case FS_BROADCAST:
	case FS_SENDRECV:
	default:
		return 1;
	}
}

/* The members that share one group of a tier. */
static double members_inside(const struct fs_tier *tier, struct fs_group group)
{
	double members = floor(tier->group.value / group.stride);
	return members < 1 ? 1 : members;
}

double fs_cost_bound_s(const struct fs_system *system, struct fs_group group, enum fs_collective collective,
                       double bytes)
{
	if (group.size < 2)
		return 0;
	uint64_t last = (uint64_t)(group.size - 1) * group.stride;
	int outermost = fs_system_tier_between(system, 0, last);
	double bound = 0, inside = 1, fastest = INFINITY;
	/* A part holds `inside` members; to leave it, a message takes tier k or one further out, at best the
	 * fastest of them. */
	for (int k = outermost; k >= 0; k--) {
		fastest = fmin(fastest, fs_tier_beta_s(&system->tier[k]));
		inside = k ? members_inside(&system->tier[k - 1], group) : 1;
		if (inside >= group.size)
			continue;
		double seconds = forced_traffic(collective, group.size, inside) * bytes * fastest / inside;
		bound = fmax(bound, seconds);
	}
	bool reaches_all = collective != FS_SENDRECV;
	int tier = reaches_all ? outermost : fs_system_tier_between(system, 0, group.stride);
	return fmax(bound, fs_tier_alpha_s(&system->tier[tier]));
}

void fs_cost_domains(const struct fs_system *system, struct fs_group group,
                     struct fs_schedule_request *request)
{
	uint64_t inner = 1;
	request->domains = 0;
	for (int k = 0; k < system->tiers && request->domains < FS_MAX_LEVELS; k++) {
		uint64_t chips = (uint64_t)system->tier[k].group.value, members = chips / group.stride;
		/* A group that holds now more members and now less is no domain. */
		bool whole = chips % group.stride == 0 && members % inner == 0;
		if (!whole || members <= inner || members >= group.size)
			continue;
		request->domain[request->domains++] = (uint32_t)members;
		inner = members;
	}
}

int fs_cost_choose(const struct fs_system *system, struct fs_group group, enum fs_collective collective,
                   double bytes, const char *algorithm, struct fs_schedule **schedule, struct fs_error *error)
{
	struct fs_schedule_request request = {.collective = collective, .size = group.size, .bytes = bytes};
	fs_cost_domains(system, group, &request);
	struct fs_schedule *best = fs_allocate(sizeof *best);
	if (algorithm) {
		if (fs_schedule_build(&request, algorithm, best, error)) {
			free(best);
			return -1;
		}
		*schedule = best;
		return 0;
	}
	struct fs_schedule *candidate = fs_allocate(sizeof *candidate);
	double best_s = INFINITY;
	for (const struct fs_algorithm *row = fs_algorithms; row->name; row++) {
		if (row->collective != collective || fs_schedule_build(&request, row->name, candidate, error))
			continue;
		double seconds = fs_cost_schedule_s(system, group, candidate, bytes);
		if (seconds < best_s) {
			struct fs_schedule *swap = best;
			best = candidate, candidate = swap;
			best_s = seconds;
		}
	}
	free(candidate);
	assert(best_s < INFINITY);
	*schedule = best;
	return 0;
}
