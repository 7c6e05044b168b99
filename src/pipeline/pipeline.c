#include "pipeline/pipeline.h"

#include "base/error.h"
#include "layout/stages.h"
#include "pipeline/pipeline_build.h"

#include <stdlib.h>

static fs_pipeline_builder *const builders[] = {
        [FS_1F1B] = fs_pipeline_1f1b,
        [FS_INTERLEAVED] = fs_pipeline_interleaved,
        [FS_DUALPIPE] = fs_pipeline_dualpipe,
        [FS_ZB1P] = fs_pipeline_zb1p,
};

void fs_pipeline_add(struct fs_pipeline_list *list, enum fs_pass pass, uint32_t chunk, uint32_t microbatch)
{
	if (list->turns == list->room) {
		list->room = list->room ? 2 * list->room : 16;
		list->turn = fs_reallocate(list->turn, (unsigned long)list->room * sizeof *list->turn);
	}
	list->turn[list->turns++] =
	        (struct fs_pipeline_turn){.pass = pass, .chunk = chunk, .microbatch = microbatch};
}

struct fs_pipeline *fs_pipeline_create(const struct fs_layout *layout)
{
	struct fs_pipeline *pipeline = fs_allocate_zeroed(1, sizeof *pipeline);
	pipeline->stages = layout->pp;
	pipeline->stage = fs_allocate_zeroed(layout->pp, sizeof *pipeline->stage);
	for (uint32_t s = 0; s < layout->pp; s++)
		builders[layout->schedule](layout, s, &pipeline->stage[s]);
	return pipeline;
}

void fs_pipeline_destroy(struct fs_pipeline *pipeline)
{
	if (!pipeline)
		return;
	for (uint32_t s = 0; s < pipeline->stages; s++)
		free(pipeline->stage[s].turn);
	free(pipeline->stage);
	free(pipeline);
}

uint32_t fs_pipeline_piece(const struct fs_layout *layout, uint32_t stage, uint32_t chunk)
{
	if (layout->schedule == FS_DUALPIPE)
		return chunk == 0 ? stage : layout->pp - 1 - stage;
	return chunk * layout->pp + stage;
}

uint32_t fs_pipeline_stage(const struct fs_layout *layout, uint32_t piece, uint32_t chunk)
{
	if (layout->schedule == FS_DUALPIPE)
		return chunk == 0 ? piece : layout->pp - 1 - piece;
	return piece % layout->pp;
}

enum fs_turn_kind fs_turn_kind_of(enum fs_pass pass)
{
	static const enum fs_turn_kind kinds[FS_PASSES] = {
	        [FS_PASS_FORWARD] = FS_TURN_FORWARD,
	        [FS_PASS_BACKWARD] = FS_TURN_BACKWARD,
	        [FS_PASS_BACKWARD_INPUT] = FS_TURN_BACKWARD_INPUT,
	        [FS_PASS_BACKWARD_WEIGHT] = FS_TURN_BACKWARD_WEIGHT,
	};
	return kinds[pass];
}

/* Which passes are done. A pass of a pair that is torn counts as its half for the input. */
struct progress {
	const struct fs_layout *layout;
	uint32_t pieces;
	bool *forward, *backward; /* [microbatch * pieces + piece] */
};

static bool is_ready(const struct progress *progress, uint32_t stage, const struct fs_pipeline_turn *turn)
{
	uint32_t piece = fs_pipeline_piece(progress->layout, stage, turn->chunk);
	size_t at = (size_t)turn->microbatch * progress->pieces + piece;
	switch (turn->pass) {
	case FS_PASS_FORWARD:
		return piece == 0 || progress->forward[at - 1];
	case FS_PASS_BACKWARD_WEIGHT:
		return progress->backward[at];
	default:
		return progress->forward[at] && (piece + 1 == progress->pieces || progress->backward[at + 1]);
	}
}

static void tick_off(struct progress *progress, uint32_t stage, const struct fs_pipeline_turn *turn)
{
	uint32_t piece = fs_pipeline_piece(progress->layout, stage, turn->chunk);
	size_t at = (size_t)turn->microbatch * progress->pieces + piece;
	if (turn->pass == FS_PASS_FORWARD)
		progress->forward[at] = true;
	else
		progress->backward[at] = true;
}

/* Does the stage's next turn, or pair of turns, if it can be done; returns how many. */
static uint32_t do_next(struct progress *progress, const struct fs_pipeline_list *list, uint32_t stage,
                        uint32_t next)
{
	uint32_t count = next < list->turns && list->turn[next].paired ? 2 : 1;
	if (next + count > list->turns)
		return 0;
	for (uint32_t i = 0; i < count; i++)
		if (!is_ready(progress, stage, &list->turn[next + i]))
			return 0;
	for (uint32_t i = 0; i < count; i++)
		tick_off(progress, stage, &list->turn[next + i]);
	return count;
}

bool fs_pipeline_order(const struct fs_pipeline *pipeline, const struct fs_layout *layout,
                       void (*visit)(uint32_t stage, const struct fs_pipeline_turn *turn, void *context),
                       void *context)
{
	size_t passes = (size_t)layout->pp * layout->vpp * layout->microbatches;
	struct progress progress = {.layout = layout, .pieces = layout->pp * layout->vpp};
	progress.forward = fs_allocate_zeroed(passes, sizeof *progress.forward);
	progress.backward = fs_allocate_zeroed(passes, sizeof *progress.backward);
	uint32_t *next = fs_allocate_zeroed(pipeline->stages, sizeof *next);
	bool moving = true, complete = true;
	while (moving) {
		moving = false;
		for (uint32_t s = 0; s < pipeline->stages; s++) {
			const struct fs_pipeline_list *list = &pipeline->stage[s];
			uint32_t count = do_next(&progress, list, s, next[s]);
			if (count)
				visit(s, &list->turn[next[s]], context);
			next[s] += count;
			moving |= count > 0;
		}
	}
	for (uint32_t s = 0; s < pipeline->stages; s++)
		complete &= next[s] == pipeline->stage[s].turns;
	free(next);
	free(progress.backward);
	free(progress.forward);
	return complete;
}
