#ifndef FARSCALE_TESTS_STOPWATCH_H
#define FARSCALE_TESTS_STOPWATCH_H

/* How long the virtual clock says that a collective takes on its own, on one of the systems that come along.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "cost/cost.h"
#include "engine/engine.h"
#include "engine/team.h"
#include "topology/placement.h"
#include "topology/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const shipped_systems[] = {"dgx-h100-superpod", "nvl72-gb200",    "cloudmatrix-384",
                                              "h800-deepseek",     "atlas-950",      "atlas-960",
                                              "tpu-v4-pod",        "two-sites-500km"};

enum { SHIPPED_SYSTEMS = sizeof shipped_systems / sizeof *shipped_systems };

static inline struct fs_system *load_system(const char *name)
{
	struct fs_system *system;
	struct fs_error error;
	if (fs_system_load(name, NULL, NULL, 0, &system, &error))
		fail_msg("%s", error.text);
	return system;
}

/* The same without its library: collectives as the network does them, the one predicted fastest. */
static inline struct fs_system *load_bare_system(const char *name)
{
	struct fs_system *system = load_system(name);
	system->stack.has_nccl = false;
	system->stack.hccl.server_chips.value = 0;
	return system;
}

static inline struct fs_program *collective_program(const struct fs_system *system,
                                                    enum fs_collective collective, uint64_t chips,
                                                    double bytes, const char *algorithm)
{
	struct fs_program *program;
	struct fs_error error;
	if (fs_program_for_collective(system, collective, chips, bytes, algorithm, &program, &error))
		fail_msg("%s", error.text);
	return program;
}

/* Whether the group's switches can what the algorithm needs; any other refusal is an error. */
static inline bool is_possible(const struct fs_system *system, const struct fs_algorithm *row,
                               struct fs_group group)
{
	struct fs_schedule *schedule;
	struct fs_error error;
	if (fs_cost_choose(system, NULL, group, row->collective, 8, row->name, &schedule, &error) == 0) {
		free(schedule);
		return true;
	}
	if (!strstr(error.text, "in its switches"))
		fail_msg("%s", error.text);
	return false;
}

/* Switches of all tiers reduce at this part of the nominal bandwidth, as one tree for each kind of tier. */
static inline void let_all_reduce(struct fs_system *system, double reduction)
{
	for (int k = 0; k < system->tiers; k++)
		system->tier[k].reduction.value = reduction;
}

/* Runs the program on this process alone. Clear the outcome. */
static inline struct fs_outcome outcome_of(const struct fs_system *system, const struct fs_program *program,
                                           struct fs_engine_options options)
{
	struct fs_team *team = fs_team_alone();
	struct fs_outcome outcome;
	struct fs_error error;
	if (fs_virtual_run(team, system, program, &options, &outcome, &error))
		fail_msg("%s", error.text);
	fs_team_destroy(team);
	return outcome;
}

/* Seconds of one step without jitter. */
static inline double step_s(const struct fs_system *system, const struct fs_program *program)
{
	struct fs_engine_options options = {.compute = FS_COMPUTE_MODEL, .steps = 1};
	struct fs_outcome outcome = outcome_of(system, program, options);
	double seconds = outcome.step_s[0];
	fs_outcome_clear(&outcome);
	return seconds;
}

#endif
