#include "plan/step.h"

#include "base/error.h"
#include "model/flop.h"
#include "plan/step_parts.h"

#include <assert.h>
#include <stdlib.h>

static void visit(uint32_t stage, const struct fs_pipeline_turn *turn, void *context)
{
	fs_step_visit(context, stage, turn);
}

static void put_stages(struct fs_step_build *build)
{
	struct fs_group pipeline = fs_layout_group(build->layout, FS_PIPELINE);
	if (pipeline.size > 1)
		fs_build_stages(build->program, pipeline.size, pipeline.stride);
	else
		fs_build_stages(build->program, 1, build->program->chips);
}

static void put_totals(struct fs_step_build *build)
{
	struct fs_model one = *build->model; /* a sequence */
	const struct fs_layout *layout = build->layout;
	one.sequence = layout->seq;
	one.microbatch = 1;
	double sequences = (double)layout->gbs / (double)build->program->chips; /* of each chip */
	build->program->model_flop = fs_model_step_flop(&one) * sequences;
	build->program->tokens = (double)layout->seq * sequences;
	fs_layout_text(layout, build->model, build->program->layout, sizeof build->program->layout);
}

static void put_together(struct fs_step_build *build)
{
	const struct fs_layout *layout = build->layout;
	uint32_t queues = 4 * layout->pp * layout->vpp + layout->pp;
	build->transfer = fs_allocate_zeroed(2ul * queues, sizeof *build->transfer);
	build->pair = fs_allocate_zeroed(2ul * layout->pp, sizeof *build->pair);
	build->ahead = fs_allocate_zeroed(layout->pp, sizeof *build->ahead);
	build->pipeline = fs_pipeline_create(layout);
	put_stages(build);
	bool possible = fs_pipeline_order(build->pipeline, layout, visit, build);
	assert(possible);
	(void)possible;
	fs_step_finish(build);
	put_totals(build);
	fs_pipeline_destroy(build->pipeline);
	fs_phase_release(&build->phase);
	free(build->bucket);
	free(build->pair);
	free(build->ahead);
	free(build->transfer);
}

int fs_program_for_layout(const struct fs_system *system, const struct fs_model *model,
                          const struct fs_layout *layout, uint64_t chips, struct fs_program **program,
                          struct fs_error *error)
{
	struct fs_step_build build = {.program = fs_build_start(chips),
	                              .system = system,
	                              .model = model,
	                              .layout = layout,
	                              .error = error};
	if (fs_build_networks(build.program, system, error))
		build.failed = true;
	else
		put_together(&build);
	if (build.failed) {
		fs_program_destroy(build.program);
		return -1;
	}
	*program = build.program;
	return 0;
}
