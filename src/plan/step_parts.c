#include "plan/step_parts.h"

#include "base/error.h"
#include "layout/activations.h"
#include "layout/memory.h"
#include "model/model.h"
#include "phase/step_end.h"

#include <stdlib.h>

static enum fs_part part_of(const struct fs_model *model, uint32_t layer)
{
	if (layer >= model->layers)
		return FS_MTP_LAYER;
	return fs_model_layer_has_experts(model, layer) ? FS_EXPERT_LAYER : FS_DENSE_LAYER;
}

struct fs_step_parts fs_step_parts_of(const struct fs_step_build *build, uint32_t stage, uint32_t chunk)
{
	struct fs_chunk held = fs_stage_chunk(build->layout, build->model, stage, chunk);
	struct fs_step_parts parts = {.part = fs_allocate((held.layers + 2ul) * sizeof *parts.part)};
	if (held.embedding)
		parts.part[parts.count++] = FS_EMBEDDING;
	for (uint32_t i = 0; i < held.layers; i++)
		parts.part[parts.count++] = part_of(build->model, held.first + i);
	if (held.head)
		parts.part[parts.count++] = FS_HEAD;
	return parts;
}

/* The phase as operations; none once something has failed. */
static struct fs_op_range build_phase(struct fs_step_build *build)
{
	struct fs_op_range range = {0, 0};
	if (!build->failed && fs_step_ops(build->program, build->system, &build->phase, 0,
	                                  build->phase.actions, &range, build->error)) {
		build->failed = true;
		return (struct fs_op_range){0, 0};
	}
	return range;
}

struct fs_op_range fs_step_pass(struct fs_step_build *build, enum fs_part part, enum fs_pass pass)
{
	if (!build->passed[part][pass]) {
		fs_phase_of_part(build->model, build->layout, part, pass, &build->phase);
		build->pass[part][pass] = build_phase(build);
		build->passed[part][pass] = true;
	}
	return build->pass[part][pass];
}

struct fs_op_range fs_step_bucket(struct fs_step_build *build, const struct fs_held *held, bool weights)
{
	for (int i = 0; i < build->buckets; i++) {
		const struct fs_step_bucket *known = &build->bucket[i];
		if (known->weights == weights && known->held.dense == held->dense &&
		    known->held.experts == held->experts)
			return known->range;
	}
	if (weights)
		fs_phase_of_weights(build->model, build->layout, held, &build->phase);
	else
		fs_phase_of_gradients(build->model, build->layout, held, &build->phase);
	struct fs_op_range range = build_phase(build);
	build->bucket =
	        fs_reallocate(build->bucket, (unsigned long)(build->buckets + 1) * sizeof *build->bucket);
	build->bucket[build->buckets++] = (struct fs_step_bucket){*held, weights, range};
	return range;
}

static struct fs_op_range join(struct fs_step_build *build, struct fs_op_range *known, enum fs_stream stream)
{
	if (known->ops == 0) {
		*known = (struct fs_op_range){(uint32_t)build->program->ops, 1};
		fs_build_wait(build->program, stream);
	}
	return *known;
}

struct fs_op_range fs_step_join_weights(struct fs_step_build *build)
{
	return join(build, &build->join_weights, FS_STREAM_WEIGHTS);
}

struct fs_op_range fs_step_join_gradients(struct fs_step_build *build)
{
	return join(build, &build->join_gradients, FS_STREAM_DATA);
}

void fs_step_turn(struct fs_step_build *build, int32_t stage, struct fs_op_range range, uint32_t repeat)
{
	if (!build->failed)
		fs_build_turn(build->program,
		              (struct fs_turn){range.first, range.ops, repeat, stage, build->kind});
}

/* Parameters of a part of the stage; the head's, its copy of the embedding included. */
static struct fs_held held_of(const struct fs_step_build *build, enum fs_part part, uint32_t stage)
{
	struct fs_held held = fs_held_of_part(build->layout, build->model, part);
	if (part == FS_HEAD)
		held.dense += fs_memory_copied_table(build->layout, build->model, stage);
	return held;
}

int fs_step_next_bucket(const struct fs_step_build *build, const struct fs_step_parts *parts, uint32_t stage,
                        int begin, bool backward, struct fs_held *held)
{
	enum { GRADIENT = 4 };
	int at = begin, end = backward ? 0 : parts->count;
	*held = (struct fs_held){0};
	while (at != end && GRADIENT * (held->dense + held->experts) < build->layout->bucket_MB * 1e6) {
		at -= backward;
		struct fs_held one = held_of(build, parts->part[at], stage);
		held->dense += one.dense;
		held->experts += one.experts;
		at += !backward;
	}
	return at;
}

void fs_step_whole_chunk(struct fs_step_build *build, uint32_t stage, uint32_t chunk, bool weights)
{
	struct fs_step_parts parts = fs_step_parts_of(build, stage, chunk);
	struct fs_held held;
	for (int at = weights ? 0 : parts.count; at != (weights ? parts.count : 0);) {
		at = fs_step_next_bucket(build, &parts, stage, at, !weights, &held);
		fs_step_turn(build, (int32_t)stage, fs_step_bucket(build, &held, weights), 1);
	}
	free(parts.part);
}

bool fs_step_reduces(const struct fs_step_build *build)
{
	return build->layout->zero < 3;
}

bool fs_step_reduces_always(const struct fs_step_build *build)
{
	return build->layout->zero == 2;
}

bool fs_step_gathers(const struct fs_step_build *build)
{
	return build->layout->zero == 1 || build->layout->zero == 2;
}

/* Queues of passes: for each chunk of a stage's own direction, boundary between pieces, and way. */
static uint32_t pass_queue(const struct fs_step_build *build, uint32_t piece, uint32_t chunk, bool backward)
{
	uint32_t direction = build->layout->schedule == FS_DUALPIPE ? chunk : 0;
	return 2 * (direction * build->layout->pp * build->layout->vpp + piece) + backward;
}

static void transfer(struct fs_step_build *build, const char *label, struct fs_transfer message,
                     bool received)
{
	struct fs_op_range *range = &build->transfer[2 * message.queue + received];
	if (range->ops == 0) {
		*range = (struct fs_op_range){(uint32_t)build->program->ops, 1};
		fs_build_transfer(build->program, build->system, received ? FS_OP_RECEIVE : FS_OP_SEND, label,
		                  message);
	}
	fs_step_turn(build, (int32_t)(received ? message.to : message.from), *range, 1);
}

/* What neighbours received is put together. */
static struct fs_op_range arrival(struct fs_step_build *build)
{
	if (!build->arrives) {
		fs_phase_of_arrival(build->model, build->layout, &build->phase);
		build->arrival = build_phase(build);
		build->arrives = true;
	}
	return build->arrival;
}

void fs_step_message(struct fs_step_build *build, uint32_t stage, const struct fs_pipeline_turn *turn,
                     bool received)
{
	const struct fs_layout *layout = build->layout;
	uint32_t piece = fs_pipeline_piece(layout, stage, turn->chunk), last = layout->pp * layout->vpp - 1;
	bool backward = turn->pass != FS_PASS_FORWARD, before = backward != received;
	if (turn->pass == FS_PASS_BACKWARD_WEIGHT || piece == (before ? 0 : last))
		return;
	uint32_t other = fs_pipeline_stage(layout, before ? piece - 1 : piece + 1, turn->chunk);
	struct fs_transfer message = {
	        .from = received ? other : stage,
	        .to = received ? stage : other,
	        .queue = pass_queue(build, before ? piece : piece + 1, turn->chunk, backward),
	        .bytes = fs_activation_sent_bytes(build->model, layout),
	        .blocks = !layout->overlap_pp};
	transfer(build, backward ? "gradients of activations" : "activations", message, received);
	if (received)
		fs_step_turn(build, (int32_t)stage, arrival(build), 1);
}

void fs_step_copy(struct fs_step_build *build, uint32_t from, uint32_t to, double bytes, bool received)
{
	uint32_t passes = 4 * build->layout->pp * build->layout->vpp;
	struct fs_transfer message = {
	        .from = from, .to = to, .queue = passes + from, .bytes = bytes, .sums = true};
	transfer(build, "copies", message, received);
}
