/*
 * Collectives that switches help with: they add up what the members of a group hand in, and multicast.
 * Where a chip of an allreduce reads the sum of its part through the switch and stores it to everybody
 * (multimem.ld_reduce and multimem.st, NCCL's NVLS), a buffer of S bytes costs each port S out for all parts
 * that are read, S in for all that are stored, and S / n more both ways for its own part: (1 + 1/n) S, where
 * a ring takes 2 (1 - 1/n) S each way. Reading and storing overlap, so it is one iteration.
 * On NVLink: B. Klenk et al., "An in-network architecture for accelerating shared-memory multiprocessor
 * collectives", ISCA 2020. On InfiniBand: R. Graham et al., "Scalable hierarchical aggregation protocol
 * (SHARP)", COMHPC 2016.
 */

#include "schedule/build.h"

#include "base/error.h"

#include <assert.h>

/* What passes between a member and the switches. */
static const struct rule {
	bool in_network, reduce;
	bool all_up, all_down; /* all parts, or the member's own one alone */
	bool from_first;       /* only digit 0 hands in, and only the others get something */
} rules[] = {
        [FS_SWITCH_ALLREDUCE] = {true, true, true, true, false},
        [FS_SWITCH_REDUCE_SCATTER] = {true, true, true, false, false},
        [FS_SWITCH_ALLGATHER] = {true, false, false, true, false},
        [FS_SWITCH_BROADCAST] = {true, false, true, true, true},
};

bool fs_step_in_network(const struct fs_step *step)
{
	return rules[step->pattern].in_network;
}

void fs_switch_move(const struct fs_step *step, uint32_t digit, struct fs_slots own, struct fs_move *move)
{
	const struct rule *rule = &rules[step->pattern];
	struct fs_slots all = own;
	all.first = 0;
	all.count = all.modulus;
	move->to = rule->from_first && digit != 0 ? FS_NOBODY : FS_SWITCHES;
	move->from = rule->from_first && digit == 0 ? FS_NOBODY : FS_SWITCHES;
	move->sent = rule->all_up ? all : own;
	move->received = rule->all_down ? all : own;
}

uint64_t fs_switch_slots(const struct fs_step *step)
{
	bool both = step->pattern == FS_SWITCH_ALLREDUCE;
	return step->unit * (step->modulus + both);
}

/* The parts of a level are the slots that a reduce-scatter of it would leave each member. */
static void add_level(struct fs_schedule *schedule, int level, enum fs_pattern pattern)
{
	fs_add_step(schedule, (struct fs_step){
	                              .pattern = pattern,
	                              .level = level,
	                              .repeat = 1,
	                              .reduce = rules[pattern].reduce,
	                              .own_part = level > 0,
	                              .unit = fs_level_part(schedule, level),
	                              .modulus = schedule->level_size[level],
	                              .stride = 1,
	                              .count = 1,
	                              .first_digit = 1,
	                      });
}

void fs_add_switch_reduce_scatter(struct fs_schedule *schedule, int level)
{
	add_level(schedule, level, FS_SWITCH_REDUCE_SCATTER);
}

void fs_add_switch_allgather(struct fs_schedule *schedule, int level)
{
	add_level(schedule, level, FS_SWITCH_ALLGATHER);
}

static int check_whole(const struct fs_schedule_request *request, struct fs_error *error)
{
	if (request->tree[request->domains])
		return 0;
	return fs_fail(error, "tier %s, which joins the %u members, does not reduce in its switches",
	               request->tier ? request->tier : "(unnamed)", request->size);
}

static int build_whole(const struct fs_schedule_request *request, enum fs_pattern pattern,
                       struct fs_schedule *schedule, struct fs_error *error)
{
	if (check_whole(request, error))
		return -1;
	schedule->slots = request->size;
	add_level(schedule, 0, pattern);
	return 0;
}

int fs_in_network_allreduce(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                            struct fs_error *error)
{
	return build_whole(request, FS_SWITCH_ALLREDUCE, schedule, error);
}

int fs_in_network_reduce_scatter(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                                 struct fs_error *error)
{
	return build_whole(request, FS_SWITCH_REDUCE_SCATTER, schedule, error);
}

int fs_multicast_allgather(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                           struct fs_error *error)
{
	return build_whole(request, FS_SWITCH_ALLGATHER, schedule, error);
}

int fs_multicast_broadcast(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                           struct fs_error *error)
{
	return build_whole(request, FS_SWITCH_BROADCAST, schedule, error);
}

/* Without the domains that the switches of the next one reduce for in one go. */
static struct fs_schedule_request one_domain_a_tree(const struct fs_schedule_request *request)
{
	struct fs_schedule_request merged = *request;
	merged.domains = 0;
	for (int i = 0; i < request->domains; i++) {
		if (request->tree[i] && request->tree[i] == request->tree[i + 1])
			continue;
		merged.domain[merged.domains] = request->domain[i];
		merged.tree[merged.domains++] = request->tree[i];
	}
	merged.tree[merged.domains] = request->tree[request->domains];
	return merged;
}

bool fs_blocks_reduce(const struct fs_schedule_request *request, uint32_t members)
{
	int i = 0;
	while (i < request->domains && request->domain[i] % members != 0)
		i++;
	return request->tree[i] != 0;
}

static void add_levels(struct fs_schedule *schedule, const bool reduces[])
{
	int outermost = schedule->levels - 1;
	for (int level = 0; level < outermost + !reduces[outermost]; level++)
		if (reduces[level])
			fs_add_switch_reduce_scatter(schedule, level);
		else
			fs_add_reduce_scatter(schedule, level);
	if (reduces[outermost])
		add_level(schedule, outermost, FS_SWITCH_ALLREDUCE);
	for (int level = outermost - reduces[outermost]; level >= 0; level--)
		if (reduces[level])
			fs_add_switch_allgather(schedule, level);
		else
			fs_add_allgather(schedule, level);
}

int fs_hierarchical_in_network_allreduce(const struct fs_schedule_request *request,
                                         struct fs_schedule *schedule, struct fs_error *error)
{
	struct fs_schedule_request merged = one_domain_a_tree(request);
	bool reduces[FS_MAX_LEVELS], any = false;
	fs_split_into_levels(&merged, schedule);
	schedule->slots = request->size;
	for (int level = 0; level < schedule->levels; level++)
		any |= reduces[level] = fs_blocks_reduce(&merged, fs_level_stride(schedule, level + 1));
	if (!any)
		return fs_fail(error, "no tier that joins some of the %u members reduces in its switches",
		               request->size);
	add_levels(schedule, reduces);
	return 0;
}
