#include "pipeline/pipeline_walk.h"

#include "base/error.h"
#include "layout/stages.h"
#include "pipeline/pipeline.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct walk {
	const struct fs_layout *layout;
	const struct fs_chunk_time *chunk;
	double transfer;
	uint32_t pieces;
	double *forward, *backward; /* [microbatch * pieces + piece]: when its result is where it is needed */
	struct fs_pipeline_times *times;
};

static size_t place(const struct walk *walk, uint32_t stage, const struct fs_pipeline_turn *turn)
{
	return (size_t)turn->microbatch * walk->pieces + fs_pipeline_piece(walk->layout, stage, turn->chunk);
}

static double ready_at(const struct walk *walk, uint32_t stage, const struct fs_pipeline_turn *turn)
{
	uint32_t piece = fs_pipeline_piece(walk->layout, stage, turn->chunk);
	size_t at = place(walk, stage, turn);
	if (turn->pass == FS_PASS_FORWARD)
		return piece > 0 ? walk->forward[at - 1] : 0;
	return turn->pass != FS_PASS_BACKWARD_WEIGHT && piece + 1 < walk->pieces ? walk->backward[at + 1] : 0;
}

static double seconds_of(const struct walk *walk, uint32_t stage, const struct fs_pipeline_turn *turn)
{
	const struct fs_chunk_time *chunk = &walk->chunk[stage * fs_stage_chunks(walk->layout) + turn->chunk];
	switch (turn->pass) {
	case FS_PASS_FORWARD:
		return turn->paired ? chunk->beside : chunk->forward;
	case FS_PASS_BACKWARD_INPUT:
		return chunk->backward - chunk->weight;
	case FS_PASS_BACKWARD_WEIGHT:
		return chunk->weight;
	default:
		return chunk->backward;
	}
}

/* Sends the turn's result on at `end`, and returns when it is there. */
static double send(struct walk *walk, uint32_t stage, const struct fs_pipeline_turn *turn, double end)
{
	uint32_t piece = fs_pipeline_piece(walk->layout, stage, turn->chunk);
	bool forward = turn->pass == FS_PASS_FORWARD;
	if (turn->pass == FS_PASS_BACKWARD_WEIGHT)
		return end;
	double there = end + (piece == (forward ? walk->pieces - 1 : 0) ? 0 : walk->transfer);
	(forward ? walk->forward : walk->backward)[place(walk, stage, turn)] = there;
	return there;
}

static void visit(uint32_t stage, const struct fs_pipeline_turn *turn, void *context)
{
	struct walk *walk = context;
	double *free_at = &walk->times->end[stage], start = *free_at, there = 0;
	double seconds = seconds_of(walk, stage, turn);
	for (int i = 0; i <= turn->paired; i++)
		start = fmax(start, ready_at(walk, stage, &turn[i]));
	for (int i = 0; i <= turn->paired; i++)
		there = fmax(there, send(walk, stage, &turn[i], start + seconds));
	*free_at = walk->layout->overlap_pp ? start + seconds : there;
	if (stage == 0)
		walk->times->turn_s[turn->paired ? FS_TURN_PAIR : fs_turn_kind_of(turn->pass)] += seconds;
}

static void walk_all(const struct fs_layout *all, uint32_t microbatches, const struct fs_chunk_time *chunk,
                     double transfer, struct fs_pipeline_times *times)
{
	struct fs_layout layout = *all;
	layout.microbatches = microbatches;
	struct walk walk = {.layout = &layout, .chunk = chunk, .transfer = transfer, .times = times};
	walk.pieces = layout.pp * layout.vpp;
	size_t passes = (size_t)walk.pieces * microbatches;
	walk.forward = fs_allocate_zeroed(2 * passes, sizeof *walk.forward);
	walk.backward = walk.forward + passes;
	*times = (struct fs_pipeline_times){.end = times->end};
	for (uint32_t p = 0; p < layout.pp; p++)
		times->end[p] = 0;
	struct fs_pipeline *pipeline = fs_pipeline_create(&layout);
	bool possible = fs_pipeline_order(pipeline, &layout, visit, &walk);
	assert(possible);
	(void)possible;
	fs_pipeline_destroy(pipeline);
	free(walk.forward);
}

void fs_pipeline_walk(const struct fs_layout *layout, const struct fs_chunk_time *chunk, double transfer,
                      struct fs_pipeline_times *times)
{
	uint32_t pp = layout->pp, all = layout->microbatches, enough = 4 * pp;
	if (all <= enough) {
		walk_all(layout, all, chunk, transfer, times);
		return;
	}
	struct fs_pipeline_times before = {.end = fs_allocate(pp * sizeof(double))};
	walk_all(layout, enough - pp, chunk, transfer, &before);
	walk_all(layout, enough, chunk, transfer, times);
	double more = (double)(all - enough) / pp;
	for (uint32_t p = 0; p < pp; p++)
		times->end[p] += more * (times->end[p] - before.end[p]);
	for (int kind = 0; kind < FS_TURN_KINDS; kind++)
		times->turn_s[kind] += more * (times->turn_s[kind] - before.turn_s[kind]);
	free(before.end);
}
