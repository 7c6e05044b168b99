/*
 * A forward pass of the one direction and a backward pass of the other at once (DualPipe: DeepSeek-V3, arXiv
 * 2412.19437, sec. 3.2.1, fig. 4): whenever the one would wait for communication, the other goes on. A stream
 * of communication is in order, so that before the other issues something on it the one waits after all: it
 * would have been behind that anyway.
 */

#include "base/error.h"
#include "plan/step_parts.h"

#include <stdlib.h>

/* A pass as operations of the program. */
struct side {
	uint32_t ops, at, room;
	uint32_t *op;
};

static void add(struct side *side, struct fs_op_range range)
{
	for (uint32_t i = range.first; i < range.first + range.ops; i++) {
		if (side->ops == side->room) {
			side->room = side->room ? 2 * side->room : 64;
			side->op = fs_reallocate(side->op, (unsigned long)side->room * sizeof *side->op);
		}
		side->op[side->ops++] = i;
	}
}

static struct side side_of(struct fs_step_build *build, uint32_t stage, uint32_t chunk, enum fs_pass pass)
{
	struct fs_step_parts parts = fs_step_parts_of(build, stage, chunk);
	struct side side = {0};
	for (int i = 0; i < parts.count; i++) {
		enum fs_part part = parts.part[pass == FS_PASS_FORWARD ? i : parts.count - 1 - i];
		add(&side, fs_step_pass(build, part, pass));
	}
	free(parts.part);
	return side;
}

static const struct fs_op *next_op(const struct fs_step_build *build, const struct side *side)
{
	return side->at < side->ops ? &build->program->op[side->op[side->at]] : NULL;
}

static void take(struct fs_step_build *build, struct side *side)
{
	fs_build_again(build->program, side->op[side->at++]);
}

/* Does the side wait for what it has issued on this stream? */
static bool waits_on(const struct fs_step_build *build, const struct side *side, enum fs_stream stream)
{
	const struct fs_op *op = next_op(build, side);
	return op && op->kind == FS_OP_WAIT && op->stream == stream;
}

/* What it can do before it has to wait. */
static void go_on(struct fs_step_build *build, struct side *side, struct side *other)
{
	const struct fs_op *op;
	while ((op = next_op(build, side)) && op->kind != FS_OP_WAIT) {
		if (op->kind == FS_OP_COLLECTIVE && waits_on(build, other, op->stream))
			take(build, other);
		take(build, side);
	}
}

static struct fs_op_range merge(struct fs_step_build *build, struct side *one, struct side *other)
{
	struct fs_op_range range = {.first = (uint32_t)build->program->ops};
	struct side *now = one, *then = other;
	while (next_op(build, one) || next_op(build, other)) {
		const struct fs_op *op = next_op(build, now);
		if (op && op->kind == FS_OP_WAIT)
			take(build, now);
		go_on(build, now, then);
		struct side *swapped = now;
		now = then, then = swapped;
	}
	range.ops = (uint32_t)build->program->ops - range.first;
	return range;
}

struct fs_op_range fs_step_pair(struct fs_step_build *build, uint32_t stage, uint32_t chunk)
{
	struct fs_op_range *known = &build->pair[2 * stage + chunk];
	if (known->ops == 0 && !build->failed) {
		struct side forward = side_of(build, stage, chunk, FS_PASS_FORWARD);
		struct side backward = side_of(build, stage, 1 - chunk, FS_PASS_BACKWARD);
		*known = merge(build, &forward, &backward);
		free(forward.op);
		free(backward.op);
	}
	return *known;
}
