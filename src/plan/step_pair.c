/*
 * A forward pass of the one direction and a backward pass of the other at once (DualPipe: DeepSeek-V3, arXiv
 * 2412.19437, sec. 3.2.1, fig. 4): whenever the one would wait for communication, the other goes on, until it
 * is done. When is predicted here, so that both passes become one list of operations. Who has more to
 * communicate goes first. A stream of communication is in order, so that before the other issues something on
 * it the one waits after all: it would have been behind that anyway.
 */

#include "base/error.h"
#include "cost/cost.h"
#include "plan/step_parts.h"

#include <math.h>
#include <stdlib.h>

/* A pass as operations of the program. */
struct side {
	uint32_t ops, at, room;
	uint32_t *op;
	double *seconds;    /* that each takes */
	double exchanges_s; /* of communication that is still to come */
};

/* The chip, as it goes through both. */
struct merge {
	struct fs_step_build *build;
	struct side *side[2];
	double now, end[FS_STREAMS];
};

static double seconds_of(const struct fs_step_build *build, const struct fs_op *op)
{
	if (op->kind == FS_OP_COMPUTE)
		return op->time_s;
	if (op->kind != FS_OP_COLLECTIVE)
		return 0;
	return op->launch_s + fs_cost_schedule_s(build->system, build->program->contention, op->group,
	                                         op->schedule, op->size_bytes);
}

static void add(const struct fs_step_build *build, struct side *side, struct fs_op_range range)
{
	for (uint32_t i = range.first; i < range.first + range.ops; i++) {
		const struct fs_op *op = &build->program->op[i];
		if (side->ops == side->room) {
			side->room = side->room ? 2 * side->room : 64;
			side->op = fs_reallocate(side->op, (unsigned long)side->room * sizeof *side->op);
			side->seconds = fs_reallocate(side->seconds,
			                              (unsigned long)side->room * sizeof *side->seconds);
		}
		side->seconds[side->ops] = seconds_of(build, op);
		side->exchanges_s += op->kind == FS_OP_COLLECTIVE ? side->seconds[side->ops] : 0;
		side->op[side->ops++] = i;
	}
}

static void free_side(struct side *side)
{
	free(side->op);
	free(side->seconds);
}

static struct side side_of(struct fs_step_build *build, uint32_t stage, uint32_t chunk, enum fs_pass pass)
{
	struct fs_step_parts parts = fs_step_parts_of(build, stage, chunk);
	struct side side = {0};
	for (int i = 0; i < parts.count; i++) {
		enum fs_part part = parts.part[pass == FS_PASS_FORWARD ? i : parts.count - 1 - i];
		add(build, &side, fs_step_pass(build, part, pass));
	}
	free(parts.part);
	return side;
}

static const struct fs_op *next_op(const struct merge *merge, int which)
{
	const struct side *side = merge->side[which];
	return side->at < side->ops ? &merge->build->program->op[side->op[side->at]] : NULL;
}

/* Does the side wait for what it has issued on this stream? */
static bool waits_on(const struct merge *merge, int which, enum fs_stream stream)
{
	const struct fs_op *op = next_op(merge, which);
	return op && op->kind == FS_OP_WAIT && op->stream == stream;
}

/* When the side can go on. */
static double ready_at(const struct merge *merge, int which)
{
	const struct fs_op *op = next_op(merge, which);
	if (!op)
		return INFINITY;
	bool waits = op->kind == FS_OP_WAIT ||
	             (op->kind == FS_OP_COLLECTIVE && waits_on(merge, !which, op->stream));
	return waits ? fmax(merge->now, merge->end[op->stream]) : merge->now;
}

static void take(struct merge *merge, int which)
{
	const struct fs_op op = *next_op(merge, which); /* they move when one is appended */
	struct side *side = merge->side[which];
	double seconds = side->seconds[side->at], *end = &merge->end[op.stream];
	merge->now = ready_at(merge, which);
	if (op.kind == FS_OP_COMPUTE)
		merge->now += seconds;
	if (op.kind == FS_OP_COLLECTIVE) {
		if (waits_on(merge, !which, op.stream))
			take(merge, !which);
		*end = fmax(*end, merge->now) + seconds;
		side->exchanges_s -= seconds;
	}
	fs_build_again(merge->build->program, side->op[side->at++]);
}

static int who_is_next(const struct merge *merge)
{
	double ready[2] = {ready_at(merge, 0), ready_at(merge, 1)};
	if (ready[0] == ready[1])
		return merge->side[1]->exchanges_s > merge->side[0]->exchanges_s;
	return ready[1] < ready[0];
}

static struct fs_op_range interleave(struct fs_step_build *build, struct side *one, struct side *other)
{
	struct merge merge = {.build = build, .side = {one, other}};
	struct fs_op_range range = {.first = (uint32_t)build->program->ops};
	while (next_op(&merge, 0) || next_op(&merge, 1))
		take(&merge, who_is_next(&merge));
	range.ops = (uint32_t)build->program->ops - range.first;
	return range;
}

struct fs_op_range fs_step_pair(struct fs_step_build *build, uint32_t stage, uint32_t chunk)
{
	struct fs_op_range *known = &build->pair[2 * stage + chunk];
	if (known->ops == 0 && !build->failed) {
		struct side forward = side_of(build, stage, chunk, FS_PASS_FORWARD);
		struct side backward = side_of(build, stage, 1 - chunk, FS_PASS_BACKWARD);
		*known = interleave(build, &forward, &backward);
		free_side(&forward);
		free_side(&backward);
	}
	return *known;
}
