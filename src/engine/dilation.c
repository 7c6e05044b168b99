#include "engine/dilation.h"

#include "base/error.h"
#include "base/text.h"
#include "cost/cost.h"
#include "engine/engine.h"

#include <math.h>
#include <stdio.h>

/* Ranks are late by a wake-up for each that shares their core, and by what their hosts' clocks are wrong;
 * both together may be a 20th of the shortest message. */
static const double RESOLVED_TIMES = 20, WAKE_UP_S = 65e-6;

double fs_dilation_resolved_s(double sharing, double bound_s)
{
	return RESOLVED_TIMES * (WAKE_UP_S * sharing + bound_s);
}

/* On these hosts a step through switches is two messages, one after the other. */
static double message_s(const struct fs_system *system, const struct fs_op *op, const struct fs_step *step,
                        uint32_t s)
{
	double seconds = fs_cost_message_s(system, NULL, op->group, op->schedule, step, s, op->size_bytes);
	return fs_step_in_network(step) ? seconds / 2 : seconds;
}

static double shortest_message_s(const struct fs_system *system, const struct fs_program *program)
{
	double shortest = INFINITY;
	for (int i = 0; i < program->ops; i++) {
		const struct fs_op *op = &program->op[i];
		if (op->kind != FS_OP_COLLECTIVE)
			continue;
		for (int k = 0; k < op->schedule->steps; k++)
			for (uint32_t s = 0; s < op->schedule->step[k].repeat; s++)
				shortest = fmin(shortest, message_s(system, op, &op->schedule->step[k], s));
	}
	return shortest;
}

double fs_dilation_least(const struct fs_system *system, const struct fs_program *program, double resolved_s,
                         double work_wall_s)
{
	double shortest = shortest_message_s(system, program), compute = fs_program_kernels_s(program);
	double by_message = isinf(shortest) ? 1 : resolved_s / shortest;
	double by_work = compute > 0 ? work_wall_s / (FS_BUSY_SHARE * compute) : 1;
	return fmax(fmax(by_message, by_work), 1);
}

int fs_dilation_choose(double asked, double least, int ranks, const struct fs_host_clocks *clocks,
                       double *chosen, struct fs_error *error)
{
	char hosts[96] = "this host resolves", bound[32];
	*chosen = asked > 0 ? asked : least;
	if (*chosen >= least * (1 - 1e-9))
		return 0;
	if (clocks->hosts > 1)
		snprintf(hosts, sizeof hosts, "%d hosts, whose clocks are known to %s, resolve",
		         clocks->hosts, fs_text_seconds(clocks->bound_s, bound, sizeof bound));
	return fs_fail(error, "a dilation of %g is below what %s with %d ranks; %.4g or more would do", asked,
	               hosts, ranks, least);
}

int fs_dilation_check_clocks(const struct fs_outcome *outcome, struct fs_error *error)
{
	double most_s = 2 * outcome->message_wall_s / RESOLVED_TIMES;
	char bound[32], most[32];
	if (outcome->clocks.bound_s <= most_s)
		return 0;
	return fs_fail(
	        error,
	        "the clocks of %d hosts came up to %s apart during the run (limit %s); try again, or with "
	        "--dilation %.4g",
	        outcome->clocks.hosts, fs_text_seconds(outcome->clocks.bound_s, bound, sizeof bound),
	        fs_text_seconds(most_s, most, sizeof most), 2 * outcome->dilation);
}
