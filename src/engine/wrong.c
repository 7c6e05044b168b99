#include "engine/wrong.h"

#include "base/error.h"
#include "engine/team.h"

#include <math.h>
#include <stdlib.h>

static float filled(size_t element, int64_t chip)
{
	return (float)((element * 7 + (size_t)chip * 13) % 101);
}

void fs_wrong_fill(float *buffer, size_t floats, int chip)
{
	for (size_t i = 0; i < floats; i++)
		buffer[i] = filled(i, chip);
}

/* Everybody's buffers before the collective, and this chip's place among them. */
struct evidence {
	const struct fs_op *op;
	const float *all; /* NULL: what fs_wrong_fill put there */
	size_t floats;
	uint32_t chip, member;
};

static float before_of(const struct evidence *evidence, int64_t member, size_t element)
{
	int64_t chip = evidence->chip + (member - (int64_t)evidence->member) * evidence->op->group.stride;
	return evidence->all ? evidence->all[(size_t)chip * evidence->floats + element]
	                     : filled(element, chip);
}

static bool sums_up(const struct evidence *evidence, size_t element, float result)
{
	double sum = 0, magnitude = 0;
	for (uint32_t member = 0; member < evidence->op->group.size; member++) {
		double value = before_of(evidence, member, element);
		sum += value, magnitude += fabs(value);
	}
	return fabs(sum - result) <= 1e-5 * magnitude;
}

static bool element_right(const struct evidence *evidence, uint64_t slot, size_t element, float result)
{
	const struct fs_schedule *schedule = evidence->op->schedule;
	uint32_t size = schedule->size, member = evidence->member;
	switch (schedule->collective) {
	case FS_ALLREDUCE:
		return sums_up(evidence, element, result);
	case FS_REDUCE_SCATTER:
		return slot != member || sums_up(evidence, element, result);
	case FS_ALLGATHER:
		return result == before_of(evidence, (int64_t)slot, element);
	case FS_ALLTOALL:
		return result == before_of(evidence, fs_schedule_peer(schedule, member, slot, -1), element);
	case FS_BROADCAST:
		return result == before_of(evidence, 0, element);
	case FS_SENDRECV:
		return result == before_of(evidence, (member + size - 1) % size, element);
	default:
		return false;
	}
}

static uint64_t count(const struct fs_op *op, int chip, const float *all, const float *after, size_t floats)
{
	struct evidence evidence = {.op = op, .all = all, .floats = floats, .chip = (uint32_t)chip};
	evidence.member = evidence.chip / op->group.stride % op->group.size;
	uint64_t wrong = 0;
	for (uint64_t slot = 0; slot < op->schedule->slots; slot++) {
		size_t begin = fs_slot_begin(slot, op->schedule->slots, floats);
		size_t end = fs_slot_begin(slot + 1, op->schedule->slots, floats);
		for (size_t i = begin; i < end; i++)
			wrong += !element_right(&evidence, slot, i, after[i]);
	}
	return wrong;
}

uint64_t fs_wrong_count(struct fs_team *team, const struct fs_op *op, const float *before, const float *after,
                        size_t floats)
{
	float *all = fs_allocate((unsigned long)fs_team_ranks(team) * floats * sizeof *all);
	fs_team_gather(team, before, floats * sizeof *before, all);
	uint64_t wrong = count(op, fs_team_rank(team), all, after, floats);
	free(all);
	return wrong;
}

uint64_t fs_wrong_count_filled(const struct fs_op *op, int chip, const float *after, size_t floats)
{
	return count(op, chip, NULL, after, floats);
}
