/* A turn of the schedule: a pass of a micro-batch through a chunk, with the messages before and after it. */

#include "plan/step_parts.h"

#include <stdlib.h>

/* The stage's turn list, from either end: is this the chunk's first forward pass, or the last that makes
 * gradients of weights? */
static bool is_first(const struct fs_step_build *build, uint32_t stage, const struct fs_pipeline_turn *turn)
{
	const struct fs_pipeline_list *list = &build->pipeline->stage[stage];
	for (uint32_t i = 0; i < list->turns; i++)
		if (list->turn[i].pass == FS_PASS_FORWARD && list->turn[i].chunk == turn->chunk)
			return &list->turn[i] == turn;
	return false;
}

static bool makes_gradients(const struct fs_pipeline_turn *turn)
{
	return turn->pass == FS_PASS_BACKWARD || turn->pass == FS_PASS_BACKWARD_WEIGHT;
}

static bool is_last(const struct fs_step_build *build, uint32_t stage, const struct fs_pipeline_turn *turn)
{
	const struct fs_pipeline_list *list = &build->pipeline->stage[stage];
	for (uint32_t i = list->turns; i-- > 0;)
		if (makes_gradients(&list->turn[i]) && list->turn[i].chunk == turn->chunk)
			return &list->turn[i] == turn;
	return false;
}

/* Parts begin .. end - 1, one way or the other. Layers that are alike are one turn. */
static void pass_through(struct fs_step_build *build, uint32_t stage, const struct fs_step_parts *parts,
                         int begin, int end, enum fs_pass pass)
{
	bool backward = pass != FS_PASS_FORWARD;
	for (int done = 0, alike; done < end - begin; done += alike) {
		enum fs_part part = parts->part[backward ? end - 1 - done : begin + done];
		for (alike = 1; done + alike < end - begin; alike++)
			if (parts->part[backward ? end - 1 - done - alike : begin + done + alike] != part)
				break;
		fs_step_turn(build, (int32_t)stage, fs_step_pass(build, part, pass), (uint32_t)alike);
	}
}

static void gather(struct fs_step_build *build, uint32_t stage, const struct fs_step_parts *parts, int begin)
{
	struct fs_held held;
	fs_step_next_bucket(build, parts, stage, begin, false, &held);
	fs_step_turn(build, (int32_t)stage, fs_step_bucket(build, &held, true), 1);
}

/* The first weights of the chunk after this one; with dualpipe chunks have no such order. */
static bool gather_next_chunk(struct fs_step_build *build, uint32_t stage, uint32_t chunk)
{
	if (build->layout->schedule == FS_DUALPIPE || chunk + 1 >= fs_stage_chunks(build->layout))
		return false;
	struct fs_step_parts parts = fs_step_parts_of(build, stage, chunk + 1);
	gather(build, stage, &parts, 0);
	free(parts.part);
	return true;
}

/* Weights come a bucket ahead of the layers; the first is on its way. */
static void first_forward(struct fs_step_build *build, uint32_t stage, uint32_t chunk,
                          const struct fs_step_parts *parts)
{
	struct fs_held held;
	for (int begin = 0, end; begin < parts->count; begin = end) {
		end = fs_step_next_bucket(build, parts, stage, begin, false, &held);
		fs_step_turn(build, (int32_t)stage, fs_step_join_weights(build), 1);
		if (end < parts->count)
			gather(build, stage, parts, end);
		else
			build->ahead[stage] = gather_next_chunk(build, stage, chunk);
		pass_through(build, stage, parts, begin, end, FS_PASS_FORWARD);
	}
}

/* Gradients go out as soon as there are enough of them. */
static void summing_backward(struct fs_step_build *build, uint32_t stage, enum fs_pass pass,
                             const struct fs_step_parts *parts)
{
	struct fs_held held;
	for (int end = parts->count, begin; end > 0; end = begin) {
		begin = fs_step_next_bucket(build, parts, stage, end, true, &held);
		pass_through(build, stage, parts, begin, end, pass);
		fs_step_turn(build, (int32_t)stage, fs_step_bucket(build, &held, false), 1);
	}
}

/* Where every micro-batch's gradients are summed over replicas: there is room for one. */
static void sum_now(struct fs_step_build *build, uint32_t stage, uint32_t chunk, bool overlaps)
{
	fs_step_whole_chunk(build, stage, chunk, false);
	if (!overlaps)
		fs_step_turn(build, (int32_t)stage, fs_step_join_gradients(build), 1);
}

/* zero=2: the gradients that went out last have to be gone. */
static void make_room(struct fs_step_build *build, uint32_t stage)
{
	if (fs_step_reduces_always(build) && build->layout->overlap_dp)
		fs_step_turn(build, (int32_t)stage, fs_step_join_gradients(build), 1);
}

static void visit_one(struct fs_step_build *build, uint32_t stage, const struct fs_pipeline_turn *turn)
{
	build->kind = fs_turn_kind_of(turn->pass);
	struct fs_step_parts parts = fs_step_parts_of(build, stage, turn->chunk);
	bool overlaps = build->layout->overlap_dp;
	bool last = makes_gradients(turn) && is_last(build, stage, turn);
	bool sums = makes_gradients(turn) && (last || fs_step_reduces_always(build));
	bool starts = turn->pass == FS_PASS_FORWARD && overlaps && fs_step_gathers(build) &&
	              is_first(build, stage, turn);
	if (starts && !build->ahead[stage]) /* while the message is on its way */
		gather(build, stage, &parts, 0);
	fs_step_message(build, stage, turn, true);
	if (sums)
		make_room(build, stage);
	if (starts)
		first_forward(build, stage, turn->chunk, &parts);
	else if (sums && overlaps && fs_step_reduces(build))
		summing_backward(build, stage, turn->pass, &parts);
	else
		pass_through(build, stage, &parts, 0, parts.count, turn->pass);
	if (sums && !last && !overlaps)
		sum_now(build, stage, turn->chunk, false);
	fs_step_message(build, stage, turn, false);
	free(parts.part);
}

/* Both have come before either begins. */
static void visit_pair(struct fs_step_build *build, uint32_t stage, const struct fs_pipeline_turn *turn)
{
	build->kind = FS_TURN_PAIR;
	for (int i = 0; i < 2; i++)
		fs_step_message(build, stage, &turn[i], true);
	if (fs_step_reduces_always(build))
		make_room(build, stage);
	fs_step_turn(build, (int32_t)stage, fs_step_pair(build, stage, turn->chunk), 1);
	if (fs_step_reduces_always(build))
		sum_now(build, stage, turn[1].chunk, build->layout->overlap_dp);
	for (int i = 0; i < 2; i++)
		fs_step_message(build, stage, &turn[i], false);
}

void fs_step_visit(struct fs_step_build *build, uint32_t stage, const struct fs_pipeline_turn *turn)
{
	if (!turn->paired)
		visit_one(build, stage, turn);
	else if (is_first(build, stage, turn) || is_last(build, stage, turn + 1))
		visit_one(build, stage, turn), visit_one(build, stage, turn + 1);
	else
		visit_pair(build, stage, turn);
}
