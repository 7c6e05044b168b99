#ifndef FARSCALE_TESTS_PEERS_H
#define FARSCALE_TESTS_PEERS_H

/* Who sends to whom, chip by chip, the slow and obvious way: what links and the clock are compared with. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "cost/cost.h"
#include "topology/system.h"

#include <math.h>
#include <string.h>
#include <stdlib.h>

/* From whom chip `chip` receives and to whom it sends, -1 for nobody, and over which links. */
struct chip_peers {
	int64_t from, to;
	double alpha, beta_in, beta_out;
};

/* Over a tier; in a spread step, those that leave a group of the tier inside share all its ports. */
static inline double beta_by_hand(const struct fs_system *system, struct fs_group group,
                                  const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                                  int tier)
{
	double beta = fs_tier_beta_s(&system->tier[tier]), leave = 0;
	uint64_t inner = tier ? (uint64_t)system->tier[tier - 1].group.value : 1;
	uint64_t block = group.stride;
	for (int level = 0; level <= step->level; level++)
		block *= schedule->level_size[level];
	if (!step->spread || tier == 0 || inner >= block || block % inner ||
	    inner % (block / schedule->level_size[step->level]))
		return beta;
	for (uint64_t chip = 0; chip < inner; chip++) {
		struct fs_move move;
		uint64_t member = chip / group.stride % group.size;
		fs_step_move(schedule, step, s, (uint32_t)member, &move);
		leave += chip + (uint64_t)(move.to - (int64_t)member) * group.stride >= inner;
	}
	return fmax(beta_by_hand(system, group, schedule, step, s, tier - 1), beta * leave / (double)inner);
}

static inline struct chip_peers peers_by_hand(const struct fs_system *system, struct fs_group group,
                                              const struct fs_schedule *schedule, const struct fs_step *step,
                                              uint32_t s, uint64_t chip)
{
	struct chip_peers peers = {-1, -1, -INFINITY, 0, 0};
	struct fs_move move;
	uint64_t member = chip / group.stride % group.size;
	fs_step_move(schedule, step, s, (uint32_t)member, &move);
	if (move.from != FS_NOBODY) {
		peers.from = (int64_t)chip + (move.from - (int64_t)member) * group.stride;
		int tier = fs_system_tier_between(system, (uint64_t)peers.from, chip);
		peers.alpha = fs_tier_alpha_s(&system->tier[tier]);
		peers.beta_in = beta_by_hand(system, group, schedule, step, s, tier);
	}
	if (move.to != FS_NOBODY) {
		peers.to = (int64_t)chip + (move.to - (int64_t)member) * group.stride;
		peers.beta_out = beta_by_hand(system, group, schedule, step, s,
		                              fs_system_tier_between(system, chip, (uint64_t)peers.to));
	}
	return peers;
}

/* Tier k joins group[k] chips; every tier has an alpha and a beta of its own. Ends with a group of 0. */
static inline struct fs_system system_of_groups(const uint32_t groups[4])
{
	struct fs_system system = {.tiers = 0};
	for (int k = 0; k < 4 && groups[k]; k++) {
		struct fs_tier *tier = &system.tier[system.tiers++];
		tier->group.value = groups[k];
		tier->latency_us.value = 0.7 + 1.1 * k;
		tier->bandwidth_GBps.value = 100. / (1 + k);
		tier->efficiency.value = 0.9;
		tier->oversubscription.value = 1;
	}
	return system;
}

/* Groups on chips, for properties: all that a tier border, a fold or an uneven end could get wrong. */
struct case_of_groups {
	uint32_t groups[4];
	uint64_t chips;
	struct fs_group group;
};

static const struct case_of_groups cases_of_groups[] = {
        {{64}, 16, {16, 1}},           {{64}, 13, {13, 1}},
        {{4, 16}, 16, {16, 1}},        {{4, 64}, 24, {24, 1}},
        {{8, 16}, 13, {13, 1}},        {{2, 8, 24}, 48, {48, 1}},
        {{2, 8, 24}, 48, {8, 1}},      {{2, 8, 24}, 48, {6, 8}},
        {{2, 8, 24}, 48, {16, 3}},     {{5, 10, 20, 40}, 40, {40, 1}},
        {{5, 10, 20, 40}, 40, {4, 2}}, {{8, 64}, 64, {2, 4}},
        {{8, 64}, 60, {5, 3}},         {{8, 256}, 100, {100, 1}},
        {{6, 36}, 36, {3, 12}},        {{1, 4}, 12, {12, 1}},
        {{3, 12}, 36, {1, 1}},
};

enum { CASES_OF_GROUPS = sizeof cases_of_groups / sizeof *cases_of_groups };

/* NULL for what needs switches that reduce, and so has no links. */
static inline struct fs_schedule *schedule_of(const struct fs_system *system, struct fs_group group,
                                              const struct fs_algorithm *row)
{
	struct fs_schedule *schedule;
	struct fs_error error;
	if (fs_cost_choose(system, NULL, group, row->collective, 1e6, row->name, &schedule, &error) == 0)
		return schedule;
	if (!strstr(error.text, "in its switches"))
		fail_msg("%s", error.text);
	return NULL;
}

#endif
