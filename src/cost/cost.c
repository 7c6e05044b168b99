#include "cost/cost.h"

#include "cost/message.h"
#include "cost/peers.h"
#include "fabric/contention.h"
#include "fabric/posted.h"
#include "schedule/fold.h"
#include "stack/library.h"

#include <assert.h>
#include <math.h>

enum { SAMPLES = 8, TREE_SAMPLES = 3 };

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

/* The innermost tier that holds all groups of `extent` chips: the first may lie in a tier that the next ones
 * are cut by (64 chips where domains have 72). A job that is no multiple of its groups is one group. */
static int tier_of_groups(const struct fs_system *system, uint64_t extent)
{
	uint64_t all = (uint64_t)system->tier[system->tiers - 1].group.value;
	bool several = extent < all && all % extent == 0;
	return several ? fs_system_tier_of_span(system, extent)
	               : fs_system_tier_between(system, 0, extent - 1);
}

/* The innermost tier that holds every aligned block of `span` chips, or all of the group's `extent`. */
static int tier_of_blocks(const struct fs_system *system, uint64_t span, uint64_t extent)
{
	int whole = tier_of_groups(system, extent);
	int blocks = fs_system_tier_of_span(system, span);
	return whole < blocks ? whole : blocks;
}

int fs_cost_tier(const struct fs_system *system, const struct fs_iteration *iteration)
{
	struct fs_group group = iteration->group;
	uint64_t span = step_span(group, iteration->schedule, iteration->step, iteration->s);
	return tier_of_blocks(system, span, (uint64_t)group.size * group.stride);
}

const struct fs_tier *fs_cost_switches(const struct fs_system *system, struct fs_group group,
                                       const struct fs_schedule *schedule, const struct fs_step *step)
{
	const struct fs_tier *tier =
	        &system->tier[fs_system_tier_of_span(system, step_span(group, schedule, step, 0))];
	assert(fs_step_in_network(step) && fs_tier_reduces(tier));
	return tier;
}

/* Does any of the tiers up to this one block? */
static bool blocked(const struct fs_contention *contention, int tier)
{
	for (; tier >= 0; tier--)
		if (fs_contention_at(contention, tier))
			return true;
	return false;
}

struct link {
	double alpha_s, beta_s;
};

/* Of the slowest message of `message` bytes when all chips send at once. */
static struct link slowest_link(const struct fs_system *system, struct fs_contention *contention,
                                const struct fs_iteration *iteration, double message)
{
	struct fs_round round = fs_iteration_round(iteration, system, fs_contention_chips(contention));
	struct fs_shares shares;
	struct link slowest = {0, 0};
	fs_contention_solve(contention, &round, &shares);
	for (uint64_t i = 0; i < shares.period; i++)
		if (shares.alpha_s[i] + message * shares.beta_s[i] >
		    slowest.alpha_s + message * slowest.beta_s)
			slowest = (struct link){shares.alpha_s[i], shares.beta_s[i]};
	return slowest;
}

/* The worst of the tiers that messages of an iteration can take: those in which two chips lie that are so far
 * apart as the step's digit is worth, up to the one that holds all. */
static struct link worst_link(const struct fs_system *system, const struct fs_iteration *iteration)
{
	int outermost = fs_cost_tier(system, iteration);
	struct link worst = {fs_iteration_alpha_s(iteration, system, outermost),
	                     fs_iteration_beta_s(iteration, system, outermost)};
	uint64_t apart =
	        iteration->step->pattern == FS_SHIFT_ALL ? iteration->group.stride : iteration->stride;
	for (int k = 0; k < outermost; k++) {
		if (system->tier[k].group.value <= (double)apart)
			continue;
		worst.alpha_s = fmax(worst.alpha_s, fs_iteration_alpha_s(iteration, system, k));
		worst.beta_s = fmax(worst.beta_s, fs_iteration_beta_s(iteration, system, k));
	}
	return worst;
}

/* Of the messages to all others. */
static struct link slowest_posted(const struct fs_posted *posted, const struct fs_iteration *iteration,
                                  double message)
{
	struct link slowest = {0, 0};
	for (int k = 0; k < FS_MAX_TIERS; k++) {
		double alpha = posted->alpha_s[k] + fs_iteration_hop_s(iteration, k);
		if (posted->beta_s[k] > 0 &&
		    alpha + message * posted->beta_s[k] > slowest.alpha_s + message * slowest.beta_s)
			slowest = (struct link){alpha, posted->beta_s[k]};
	}
	return slowest;
}

static struct link link_of(const struct fs_system *system, struct fs_contention *contention,
                           const struct fs_iteration *iteration, double message)
{
	const struct fs_step *step = iteration->step;
	if (fs_step_in_network(step)) {
		const struct fs_tier *switches =
		        fs_cost_switches(system, iteration->group, iteration->schedule, step);
		return (struct link){fs_tier_reduction_alpha_s(switches), fs_tier_reduction_beta_s(switches)};
	}
	const struct fs_posted *posted = fs_iteration_posted(iteration, system, contention);
	if (posted)
		return slowest_posted(posted, iteration, message);
	if (blocked(contention, fs_cost_tier(system, iteration)))
		return slowest_link(system, contention, iteration, message);
	return worst_link(system, iteration);
}

/* A message's alpha, and what it adds to that. */
static void message_cost(const struct fs_system *system, struct fs_contention *contention,
                         struct fs_group group, const struct fs_schedule *schedule,
                         const struct fs_step *step, uint32_t s, double bytes, double *alpha_s,
                         double *more_s)
{
	struct fs_iteration iteration = fs_iteration_of(group, schedule, step, s);
	struct fs_message_cost cost =
	        fs_message_cost(&system->stack, schedule->collective, (struct fs_buffer){0}, bytes);
	double rate = schedule->transport ? schedule->transport->rate : 1;
	double message = fs_message_bytes(schedule, step, s, cost.timed_bytes / rate);
	struct link link = link_of(system, contention, &iteration, message);
	*alpha_s = link.alpha_s;
	*more_s = cost.message_s + message * link.beta_s;
}

double fs_cost_message_s(const struct fs_system *system, struct fs_contention *contention,
                         struct fs_group group, const struct fs_schedule *schedule,
                         const struct fs_step *step, uint32_t s, double bytes)
{
	double alpha, more;
	message_cost(system, contention, group, schedule, step, s, bytes, &alpha, &more);
	return alpha + more;
}

static bool is_tree(const struct fs_step *step)
{
	return step->pattern == FS_TREE_UP || step->pattern == FS_TREE_DOWN;
}

/* Every how many iterations of a step one looks at a message: where all are alike, at the first alone; where
 * only links tell them apart, at a few, an odd number apart: a tree's rounds alternate between two sets of
 * edges, and distances that are multiples of a network's dimension are like no others. */
static uint32_t stride_of_samples(const struct fs_contention *contention, const struct fs_step *step)
{
	if (step->pattern != FS_SHIFT && step->pattern != FS_SHIFT_ALL && !is_tree(step))
		return 1; /* sizes differ */
	bool alike = !contention || (step->advance == 0 && !is_tree(step));
	uint32_t most = is_tree(step) ? TREE_SAMPLES : SAMPLES;
	return alike ? step->repeat : (step->repeat + most - 1) / most | 1;
}

/* How many of a ring's messages leave a group of the tier. Rings whose ends are not those of groups may cross
 * one border more. */
static double leaving_hops(const struct fs_tier *tier, double hops, double extent)
{
	double group = tier->group.value;
	if (fmod(group, extent) == 0)
		return 0;
	return fmin(hops, ceil(extent / group) + (fmod(extent, group) != 0));
}

/* What passes from member to member right round a ring waits for every hop but the one that it need not take:
 * chips between slow hops do not wait for these in every round. */
static double ring_alpha_s(const struct fs_system *system, const struct fs_iteration *iteration)
{
	double hops = iteration->size, extent = hops * (double)iteration->stride, sum = 0, least = INFINITY;
	int outermost = fs_cost_tier(system, iteration);
	for (int k = 0; k <= outermost && hops > 0; k++) {
		double out = k < outermost ? leaving_hops(&system->tier[k], hops, extent) : 0;
		double alpha = fs_iteration_alpha_s(iteration, system, k);
		sum += (hops - out) * alpha;
		least = out < hops ? fmin(least, alpha) : least;
		hops = out;
	}
	return sum - least;
}

/* The latencies of a tree's heights; a node of height j and its parent lie in an aligned block of 4 * 2^j
 * members. */
static double path_alpha_s(const struct fs_system *system, const struct fs_iteration *iteration, int *heights)
{
	double sum = 0;
	*heights = 0;
	for (uint64_t members = 4; members / 2 <= iteration->size; members *= 2, ++*heights) {
		int tier = tier_of_blocks(system, members * iteration->stride,
		                          iteration->size * iteration->stride);
		sum += fs_iteration_alpha_s(iteration, system, tier);
	}
	return sum;
}

/* Neighbours, which most edges join, wait for each other in every round. Slow edges are few: data passes each
 * height once, and who waits for whom through both trees comes around in about four rounds a height (so the
 * engine's times, within a fifth where no links are shared). */
static double tree_alpha_s(const struct fs_system *system, const struct fs_iteration *iteration)
{
	int heights,
	        near = tier_of_blocks(system, 2 * iteration->stride, iteration->size * iteration->stride);
	double rounds = iteration->step->repeat;
	double path_s = path_alpha_s(system, iteration, &heights);
	return fmax(rounds * fs_iteration_alpha_s(iteration, system, near),
	            path_s * (1 + rounds / (4 * heights)));
}

static bool is_ring(const struct fs_step *step, const struct fs_iteration *iteration)
{
	return step->pattern == FS_SHIFT && !step->independent && step->distance == 1 && step->advance == 0 &&
	       step->repeat == iteration->size - 1;
}

/* Latencies of a step, where they are not just those of its rounds; below 0: they are. */
static double pipe_alpha_s(const struct fs_system *system, const struct fs_contention *contention,
                           const struct fs_iteration *iteration)
{
	if (is_tree(iteration->step))
		return tree_alpha_s(system, iteration);
	bool alike = !blocked(contention, fs_cost_tier(system, iteration));
	return is_ring(iteration->step, iteration) && alike ? ring_alpha_s(system, iteration) : -1;
}

/* Long ways through a network: by how much the slowest message's latency exceeds its tier's. */
static double detour_s(const struct fs_system *system, const struct fs_iteration *iteration, double alpha_s)
{
	return fmax(0, alpha_s - fs_iteration_alpha_s(iteration, system, fs_cost_tier(system, iteration)));
}

/* Pipelines fill and empty, so that a tree's busiest round stands for all. */
double fs_cost_step_s(const struct fs_system *system, struct fs_contention *contention, struct fs_group group,
                      const struct fs_schedule *schedule, const struct fs_step *step, double bytes)
{
	struct fs_iteration first = fs_iteration_of(group, schedule, step, 0);
	double pipe_alpha = pipe_alpha_s(system, contention, &first);
	double sum = 0, most = 0, most_alpha = 0;
	uint32_t samples = 0;
	for (uint32_t s = 0; s < step->repeat; s += stride_of_samples(contention, step), samples++) {
		double alpha, more;
		message_cost(system, contention, group, schedule, step, s, bytes, &alpha, &more);
		double round = step->independent || pipe_alpha >= 0 ? more : alpha + more;
		most_alpha = fmax(most_alpha, alpha);
		most = fmax(most, round);
		sum += round;
	}
	if (is_tree(step))
		return pipe_alpha + step->repeat * (most + detour_s(system, &first, most_alpha));
	return step->repeat * sum / samples + (step->independent ? most_alpha : fmax(0, pipe_alpha));
}

double fs_cost_schedule_s(const struct fs_system *system, struct fs_contention *contention,
                          struct fs_group group, const struct fs_schedule *schedule, double bytes)
{
	double sum = schedule->transport ? schedule->transport->base_s : 0;
	for (int i = 0; i < schedule->steps; i++)
		sum += fs_cost_step_s(system, contention, group, schedule, &schedule->step[i], bytes);
	return sum;
}
