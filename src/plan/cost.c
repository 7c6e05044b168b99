#include "plan/cost.h"

#include "base/error.h"
#include "fabric/contention.h"
#include "fabric/posted.h"
#include "plan/message.h"
#include "plan/peers.h"
#include "schedule/fold.h"
#include "stack/library.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Pipelines fill and empty, so that a tree's busiest round stands for all. */
static double step_cost_s(const struct fs_system *system, struct fs_contention *contention,
                          struct fs_group group, const struct fs_schedule *schedule,
                          const struct fs_step *step, double bytes)
{
	double sum = 0, most = 0, most_alpha = 0;
	uint32_t samples = 0;
	for (uint32_t s = 0; s < step->repeat; s += stride_of_samples(contention, step), samples++) {
		double alpha, more;
		message_cost(system, contention, group, schedule, step, s, bytes, &alpha, &more);
		double round = step->independent ? more : alpha + more;
		most_alpha = fmax(most_alpha, alpha);
		most = fmax(most, round);
		sum += round;
	}
	double all = step->repeat * (is_tree(step) ? most : sum / samples);
	return step->independent ? most_alpha + all : all;
}

double fs_cost_schedule_s(const struct fs_system *system, struct fs_contention *contention,
                          struct fs_group group, const struct fs_schedule *schedule, double bytes)
{
	double sum = schedule->transport ? schedule->transport->base_s : 0;
	for (int i = 0; i < schedule->steps; i++)
		sum += step_cost_s(system, contention, group, schedule, &schedule->step[i], bytes);
	return sum;
}

/* Which tree of reducing switches a tier is part of, 0 for none: neighbouring tiers of one kind are one tree,
 * as the leaves and spines of SHARP are. */
static int reduction_tree(const struct fs_system *system, int k)
{
	const struct fs_tier *tier = system->tier;
	if (!fs_tier_reduces(&tier[k]))
		return 0;
	while (k > 0 && fs_tier_reduces(&tier[k - 1]) && strcmp(tier[k - 1].kind, tier[k].kind) == 0)
		k--;
	return k + 1;
}

/* Members that so many chips of the job hold, as the next domain. A group that holds now more members and now
 * less is none. */
static void add_domain(struct fs_schedule_request *request, struct fs_group group, uint64_t chips, int tree)
{
	uint64_t members = chips / group.stride;
	uint64_t inner = request->domains ? request->domain[request->domains - 1] : 1;
	bool whole = chips % group.stride == 0 && members % inner == 0;
	if (!whole || members <= inner || members >= group.size || request->domains == FS_MAX_LEVELS)
		return;
	request->tree[request->domains] = tree;
	request->domain[request->domains++] = (uint32_t)members;
}

/* Lines, planes, ... of ports that are joined directly, where rings go by all links of theirs. */
static void add_lines(const struct fs_system *system, int k, struct fs_group group,
                      struct fs_schedule_request *request)
{
	const struct fs_fabric *fabric = &system->tier[k].fabric;
	if (strcmp(fabric->routing, "adaptive") != 0)
		return;
	const struct fs_tier *inner = k ? &system->tier[k - 1] : NULL;
	uint64_t inside = inner ? (uint64_t)inner->group.value : 1, ports = 1;
	uint64_t room = inner && inner->machine_group ? inner->machine_group : inside;
	for (int d = 0; d < fabric->dimensions - 1; d++) {
		ports *= (uint64_t)fabric->dimension[d];
		uint64_t chips = ports * (uint64_t)fmax(1, fabric->chips_per_port.value);
		if (chips % room == 0)
			add_domain(request, group, chips / room * inside, 0);
	}
}

void fs_cost_domains(const struct fs_system *system, struct fs_group group,
                     struct fs_schedule_request *request)
{
	int joins_all = fs_system_tier_of_span(system, (uint64_t)group.size * group.stride);
	request->domains = 0;
	for (int k = 0; k < system->tiers; k++) {
		add_lines(system, k, group, request);
		add_domain(request, group, (uint64_t)system->tier[k].group.value, reduction_tree(system, k));
	}
	request->tree[request->domains] = reduction_tree(system, joins_all);
	request->tier = system->tier[joins_all].name;
	request->server = fs_library_server(system, group.size, group.stride);
}

/* A schedule and what it points to, in one piece. */
struct carried {
	struct fs_schedule schedule; /* first: it is freed as one */
	struct fs_transport transport;
};

static struct carried *carry(struct carried *carried, const struct fs_transport *transport)
{
	carried->schedule.transport = NULL;
	if (transport) {
		carried->transport = *transport;
		carried->schedule.transport = &carried->transport;
	}
	return carried;
}

/* Of what a level's groups send to reduce and to hand out again through switches, either goes one way: both
 * at once pass a port (1 + 1/n) times, one after the other twice. */
static double both_ways(const struct fs_schedule *schedule, int level)
{
	for (int i = 0; i < schedule->steps; i++)
		if (schedule->step[i].level == level && schedule->step[i].pattern == FS_SWITCH_REDUCE_SCATTER)
			return (1 + 1.0 / schedule->level_size[level]) / 2;
	return 1;
}

/* Which ports a step's messages hold: those within nodes, or those between. All tiers between nodes share
 * the chips' way out. */
enum { INSIDE, BETWEEN, WAYS };

static int way_of(const struct fs_system *system, struct fs_group group, const struct fs_schedule *schedule,
                  const struct fs_step *step)
{
	struct fs_iteration iteration = fs_iteration_of(group, schedule, step, 0);
	const struct fs_tier *tier = &system->tier[fs_cost_tier(system, &iteration)];
	return strcmp(tier->kind, "scale_up") == 0 ? INSIDE : BETWEEN;
}

/* By how many times its bytes a step's messages hold their ports, where nothing hides them. */
static double times_shown(const struct fs_schedule *schedule, const struct fs_step *step, int way)
{
	return both_ways(schedule, step->level) * (way == BETWEEN ? schedule->transport->between : 1);
}

/* Levels that work chunk by chunk take as long as the slower of both ways; the other's first chunk comes on
 * top. */
static void hide_levels(const struct fs_system *system, struct fs_contention *contention,
                        struct fs_group group, double bytes, struct carried *built)
{
	const struct fs_schedule *schedule = &built->schedule;
	double seconds[WAYS] = {0, 0}, chunks = bytes / built->transport.chunk_bytes;
	if (chunks < 2)
		return;
	for (int i = 0; i < schedule->steps; i++) {
		const struct fs_step *step = &schedule->step[i];
		double step_s = step_cost_s(system, contention, group, schedule, step, bytes) -
		                step_cost_s(system, contention, group, schedule, step, 0);
		int way = way_of(system, group, schedule, step);
		seconds[way] += step_s * times_shown(schedule, step, way);
	}
	int slower = seconds[INSIDE] > seconds[BETWEEN] ? INSIDE : BETWEEN;
	for (int i = 0; i < schedule->steps; i++) {
		const struct fs_step *step = &schedule->step[i];
		int way = way_of(system, group, schedule, step);
		double times = times_shown(schedule, step, way);
		built->transport.hidden[step->level] = 1 - times / (way == slower ? 1 : chunks);
	}
}

/* The algorithm that was asked for, over the protocol that the library likes best for it. */
static int build_named(const struct fs_system *system, const struct fs_call *call,
                       const struct fs_schedule_request *request, const char *algorithm,
                       struct carried *built, struct fs_error *error)
{
	struct fs_choice choice[FS_MAX_CHOICES];
	struct fs_transport transport;
	int count = fs_library_choices(system, call, choice);
	if (fs_schedule_build(request, algorithm, &built->schedule, error))
		return -1;
	for (int i = 0; i < count; i++)
		if (strcmp(choice[i].algorithm, algorithm) == 0) {
			carry(built, &choice[i].transport);
			return 0;
		}
	carry(built, fs_library_default(system, call, &transport) ? &transport : NULL);
	return 0;
}

/* The first of the library's choices that can be built; false: none. */
static bool build_liked(const struct fs_system *system, const struct fs_call *call,
                        const struct fs_schedule_request *request, struct carried *built)
{
	struct fs_choice choice[FS_MAX_CHOICES];
	struct fs_error error;
	int count = fs_library_choices(system, call, choice);
	for (int i = 0; i < count; i++)
		if (fs_schedule_build(request, choice[i].algorithm, &built->schedule, &error) == 0) {
			carry(built, &choice[i].transport);
			return true;
		}
	return false;
}

/* The one predicted fastest on the tiers. Takes `best`, returns the one to keep. */
static struct carried *build_fastest(const struct fs_system *system, struct fs_contention *contention,
                                     struct fs_group group, const struct fs_schedule_request *request,
                                     struct carried *best)
{
	struct carried *candidate = fs_allocate(sizeof *candidate);
	struct fs_error error;
	double best_s = INFINITY;
	for (const struct fs_algorithm *row = fs_algorithms; row->name; row++) {
		if (row->collective != request->collective || row->by_library ||
		    fs_schedule_build(request, row->name, &candidate->schedule, &error))
			continue;
		double seconds =
		        fs_cost_schedule_s(system, contention, group, &candidate->schedule, request->bytes);
		if (seconds < best_s) {
			struct carried *swap = best;
			best = candidate, candidate = swap;
			best_s = seconds;
		}
	}
	free(candidate);
	assert(best_s < INFINITY);
	return best;
}

int fs_cost_choose(const struct fs_system *system, struct fs_contention *contention, struct fs_group group,
                   enum fs_collective collective, double bytes, const char *algorithm,
                   struct fs_schedule **schedule, struct fs_error *error)
{
	struct fs_schedule_request request = {.collective = collective, .size = group.size, .bytes = bytes};
	struct fs_call call = fs_library_call(system, collective, group.size, group.stride, bytes);
	fs_cost_domains(system, group, &request);
	struct carried *built = fs_allocate(sizeof *built);
	if (algorithm && build_named(system, &call, &request, algorithm, built, error)) {
		free(built);
		return -1;
	}
	if (!algorithm && !build_liked(system, &call, &request, built))
		built = build_fastest(system, contention, group, &request, built);
	if (built->schedule.transport && built->transport.chunk_bytes > 0)
		hide_levels(system, contention, group, bytes, built);
	*schedule = &built->schedule;
	return 0;
}
