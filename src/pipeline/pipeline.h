#ifndef FARSCALE_PIPELINE_PIPELINE_H
#define FARSCALE_PIPELINE_PIPELINE_H

/*
 * Pipeline schedules: which pass of which micro-batch each stage does when. One file a schedule.
 *
 * Chunks are numbered as in layout/stages.h: stage p's k-th chunk is piece p + k pp of the model; of
 * dualpipe's two chunks, the first is piece p and the second pp - 1 - p. With dualpipe the first half of the
 * micro-batches go through the stages' first chunks, the others through the second ones, from the other end.
 */

#include "layout/layout.h"
#include "phase/phase.h"
#include "pipeline/turn.h"

struct fs_pipeline_turn {
	enum fs_pass pass;
	uint32_t chunk, microbatch;
	bool paired; /* a forward pass that goes on at once with the backward pass that follows it in the list
	              */
};

struct fs_pipeline_list {
	uint32_t turns, room;
	struct fs_pipeline_turn *turn;
};

struct fs_pipeline {
	uint32_t stages;
	struct fs_pipeline_list *stage; /* in the order in which each does them */
};

/** Of a layout whose microbatches the schedule can have (layout/layout.h checks that). Pure. */
struct fs_pipeline *fs_pipeline_create(const struct fs_layout *layout);
void fs_pipeline_destroy(struct fs_pipeline *pipeline);

/** Of a turn that is this pass alone. */
enum fs_turn_kind fs_turn_kind_of(enum fs_pass pass);

/** The piece of the model, 0 .. pp * vpp - 1, that is the stage's chunk; and back: the stage that has the
 * piece for this micro-batch. */
uint32_t fs_pipeline_piece(const struct fs_layout *layout, uint32_t stage, uint32_t chunk);
uint32_t fs_pipeline_stage(const struct fs_layout *layout, uint32_t piece, uint32_t chunk);

/** Calls visit for every turn (of a pair, for the forward pass alone) in one order for all stages: each
 * stage's own, and nobody before what it needs is done: a forward pass needs the one through the piece
 * before, a backward pass the one through the piece after. Returns whether that is possible; if not, some are
 * left out. */
bool fs_pipeline_order(const struct fs_pipeline *pipeline, const struct fs_layout *layout,
                       void (*visit)(uint32_t stage, const struct fs_pipeline_turn *turn, void *context),
                       void *context);

#endif
