/*
 * Which schedule a collective gets: the one that was asked for, what the stack's library likes, or what is
 * predicted fastest.
 */

#include "cost/cost.h"

#include "base/error.h"
#include "cost/peers.h"
#include "stack/library.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Levels that work chunk by chunk take as long as the slower of both ways; the other's first chunk comes on
 * top. */
static void hide_levels(const struct fs_system *system, struct fs_contention *contention,
                        struct fs_group group, double bytes, struct carried *built)
{
	const struct fs_schedule *schedule = &built->schedule;
	double seconds[WAYS] = {0, 0};
	double chunks = schedule->chunks ? schedule->chunks : bytes / built->transport.chunk_bytes;
	if (chunks < 2)
		return;
	for (int i = 0; i < schedule->steps; i++) {
		const struct fs_step *step = &schedule->step[i];
		double step_s = fs_cost_step_s(system, contention, group, schedule, step, bytes) -
		                fs_cost_step_s(system, contention, group, schedule, step, 0);
		int way = way_of(system, group, schedule, step);
		seconds[way] += step_s * both_ways(schedule, step->level);
	}
	int slower = seconds[INSIDE] > seconds[BETWEEN] ? INSIDE : BETWEEN;
	for (int i = 0; i < schedule->steps; i++) {
		const struct fs_step *step = &schedule->step[i];
		int way = way_of(system, group, schedule, step);
		double shown = both_ways(schedule, step->level) / (way == slower ? 1 : chunks);
		built->transport.hidden[step->level] = 1 - shown;
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
