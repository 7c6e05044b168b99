/*
 * The end of a step, for all stages together: what each does alone, then what the next action says that joins
 * stages, and so on, so that sends come before what receives them.
 */

#include "base/error.h"
#include "phase/step_end.h"
#include "plan/step_parts.h"

#include <stdlib.h>

/* All gradients that nothing overlapped with, or all weights. */
static void all_buckets(struct fs_step_build *build, bool weights)
{
	for (uint32_t stage = 0; stage < build->layout->pp; stage++) {
		for (uint32_t k = 0; k < fs_stage_chunks(build->layout); k++)
			fs_step_whole_chunk(build, stage,
			                    weights ? k : fs_stage_chunks(build->layout) - 1 - k, weights);
		if (weights)
			fs_step_turn(build, (int32_t)stage, fs_step_join_weights(build), 1);
	}
}

enum joining { NOTHING, ALL_STAGES, TWO_STAGES };

/* A collective over pipeline stages: over all of them, or over two that hold copies (a "group" of two chips
 * that lie a multiple of the pipeline's stride apart: step_end.h). */
static enum joining joins(const struct fs_step_build *build, const struct fs_action *action)
{
	struct fs_group pipeline = fs_layout_group(build->layout, FS_PIPELINE);
	if (action->kind != FS_ACTION_COLLECTIVE || pipeline.size < 2)
		return NOTHING;
	bool along = action->group.stride % pipeline.stride == 0 &&
	             action->group.stride < (uint64_t)pipeline.stride * pipeline.size;
	if (!along)
		return NOTHING;
	return action->group.size == pipeline.size && action->group.stride == pipeline.stride ? ALL_STAGES
	                                                                                      : TWO_STAGES;
}

/* How far a stage has come in its own actions. */
struct ending {
	struct fs_phase phase;
	int done;
};

/* What the stage does before the next action that joins stages. */
static void do_alone(struct fs_step_build *build, uint32_t stage, struct ending *ending)
{
	struct fs_op_range range;
	int begin = ending->done;
	while (ending->done < ending->phase.actions && !joins(build, &ending->phase.action[ending->done]))
		ending->done++;
	if (build->failed)
		return;
	if (fs_step_ops(build->program, build->system, &ending->phase, begin, ending->done, &range,
	                build->error))
		build->failed = true;
	else
		fs_step_turn(build, (int32_t)stage, range, 1);
}

static const struct fs_action *next_action(const struct ending *ending)
{
	return ending->done < ending->phase.actions ? &ending->phase.action[ending->done] : NULL;
}

/* Those that have come to a sum of copies exchange them with their partners. Returns whether any have. */
static bool exchange_copies(struct fs_step_build *build, struct ending *ending)
{
	uint32_t last = build->layout->pp - 1;
	bool any = false;
	for (int received = 0; received < 2; received++)
		for (uint32_t s = 0; s <= last; s++) {
			const struct fs_action *action = next_action(&ending[s]);
			if (!action || joins(build, action) != TWO_STAGES)
				continue;
			any = true;
			fs_step_copy(build, received ? last - s : s, received ? s : last - s, action->bytes,
			             received);
			ending[s].done += received;
		}
	return any;
}

/* Everybody has come to the same collective. */
static void join_all(struct fs_step_build *build, struct ending *ending)
{
	struct fs_op_range range;
	int at = ending[0].done;
	if (build->failed)
		return;
	if (fs_step_ops(build->program, build->system, &ending[0].phase, at, at + 2, &range, build->error)) {
		build->failed = true; /* the collective and its join */
		return;
	}
	build->program->op[range.first + 1].across = true;
	fs_step_turn(build, FS_ALL_STAGES, range, 1);
	for (uint32_t s = 0; s < build->layout->pp; s++)
		ending[s].done += 2;
}

static void end_phases(struct fs_step_build *build)
{
	uint32_t stages = build->layout->pp;
	struct ending *ending = fs_allocate_zeroed(stages, sizeof *ending);
	for (uint32_t s = 0; s < stages; s++)
		fs_phase_of_step_end(build->model, build->layout, s, &ending[s].phase);
	do {
		for (uint32_t s = 0; s < stages; s++)
			do_alone(build, s, &ending[s]);
		if (!exchange_copies(build, ending) && next_action(&ending[0]))
			join_all(build, ending);
	} while (next_action(&ending[0]));
	for (uint32_t s = 0; s < stages; s++)
		fs_phase_release(&ending[s].phase);
	free(ending);
}

void fs_step_finish(struct fs_step_build *build)
{
	bool exposed = !build->layout->overlap_dp;
	build->kind = FS_TURN_END;
	if (exposed && fs_step_reduces(build))
		all_buckets(build, false);
	end_phases(build);
	if (exposed && fs_step_gathers(build))
		all_buckets(build, true);
}
