#include "engine/links.h"

#include "base/error.h"
#include "topology/system.h"

#include <stdlib.h>

void fs_links_create(struct fs_links *links, uint64_t begin, uint64_t count)
{
	links->begin = begin;
	links->count = count;
	links->from = fs_allocate(count * sizeof *links->from);
	links->to = fs_allocate(count * sizeof *links->to);
	links->alpha = fs_allocate(count * sizeof *links->alpha);
	links->beta_in = fs_allocate(count * sizeof *links->beta_in);
	links->beta_out = fs_allocate(count * sizeof *links->beta_out);
}

void fs_links_destroy(struct fs_links *links)
{
	free(links->from);
	free(links->to);
	free(links->alpha);
	free(links->beta_in);
	free(links->beta_out);
}

/* Link costs of every tier, in SI units, once per call. */
struct tier_costs {
	int tiers;
	uint64_t group[FS_MAX_TIERS];
	double alpha[FS_MAX_TIERS], beta[FS_MAX_TIERS];
};

static struct tier_costs tier_costs(const struct fs_system *system)
{
	struct tier_costs costs = { .tiers = system->tiers };
	for (int k = 0; k < system->tiers; k++) {
		costs.group[k] = (uint64_t)system->tier[k].group.value;
		costs.alpha[k] = fs_tier_alpha_s(&system->tier[k]);
		costs.beta[k] = fs_tier_beta_s(&system->tier[k]);
	}
	return costs;
}

/* The same as fs_system_tier_between, without its look at the system. */
static int tier_between(const struct tier_costs *costs, uint64_t a, uint64_t b)
{
	int k = 0;
	while (k < costs->tiers - 1 && a / costs->group[k] != b / costs->group[k])
		k++;
	return k;
}

static void set_link(struct fs_links *links, uint64_t i, const struct tier_costs *costs, int64_t from, int64_t to)
{
	uint64_t chip = links->begin + i;
	links->from[i] = from < 0 ? FS_NO_CHIP : (uint32_t)from;
	links->to[i] = to < 0 ? FS_NO_CHIP : (uint32_t)to;
	int in = from < 0 ? -1 : tier_between(costs, (uint64_t)from, chip);
	int out = to < 0 ? -1 : tier_between(costs, chip, (uint64_t)to);
	links->alpha[i] = in < 0 ? 0 : costs->alpha[in];
	links->beta_in[i] = in < 0 ? 0 : costs->beta[in];
	links->beta_out[i] = out < 0 ? 0 : costs->beta[out];
}

void fs_links_find(struct fs_links *links, const struct fs_system *system, struct fs_group group,
                   const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s)
{
	struct tier_costs costs = tier_costs(system);
	struct fs_move move;
	for (uint64_t i = 0; i < links->count; i++) {
		uint64_t chip = links->begin + i;
		uint64_t member = chip / group.stride % group.size;
		uint64_t first = chip - member * group.stride;
		fs_step_peers(schedule, step, s, (uint32_t)member, &move);
		int64_t from = move.from < 0 ? -1 : (int64_t)(first + (uint64_t)move.from * group.stride);
		int64_t to = move.to < 0 ? -1 : (int64_t)(first + (uint64_t)move.to * group.stride);
		set_link(links, i, &costs, from, to);
	}
}
