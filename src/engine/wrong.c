#include "engine/wrong.h"

#include "base/error.h"
#include "engine/team.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A collective's result on this chip, and what was in its buffer. */
struct result {
	const struct fs_schedule *schedule;
	const float *before, *after;
	size_t floats;
};

static size_t begin_of(const struct result *result, uint64_t slot)
{
	return fs_slot_begin(slot, result->schedule->slots, result->floats);
}

/* --- Sums: of the elements [begin, end). */

static uint64_t count_wrong_sums(struct fs_team *group, const struct result *result, size_t begin, size_t end)
{
	size_t floats = result->floats;
	double *sum = fs_allocate(2 * floats * sizeof *sum), *magnitude = sum + floats;
	uint64_t wrong = 0;
	for (size_t i = 0; i < floats; i++) {
		sum[i] = (double)result->before[i];
		magnitude[i] = fabs(sum[i]);
	}
	fs_team_sum(group, sum, 2 * floats);
	for (size_t i = begin; i < end; i++)
		wrong += !(fabs(sum[i] - (double)result->after[i]) <= 1e-5 * magnitude[i]);
	free(sum);
	return wrong;
}

/* --- Copies: `expected` gets what should have come. */

static void expect_everybodys_slot(struct fs_team *group, const struct result *result, float *expected)
{
	uint64_t own = (uint64_t)fs_team_rank(group);
	size_t begin = begin_of(result, own), end = begin_of(result, own + 1);
	memset(expected, 0, result->floats * sizeof *expected);
	memcpy(expected + begin, result->before + begin, (end - begin) * sizeof *expected);
	fs_team_sum_floats(group, expected, result->floats); /* nothing but zeros is added to anything */
}

static void expect_firsts(struct fs_team *group, const struct result *result, float *expected)
{
	memcpy(expected, result->before, result->floats * sizeof *expected);
	fs_team_broadcast(group, expected, result->floats * sizeof *expected, 0);
}

static void expect_neighbours(struct fs_team *group, const struct result *result, float *expected)
{
	fs_team_shift(group, result->before, result->floats * sizeof *expected, expected, 1);
}

/* Slots differ in length by one element at most: each travels in as much room as the longest. */
static void expect_exchange(struct fs_team *group, const struct result *result, float *expected)
{
	const struct fs_schedule *schedule = result->schedule;
	uint32_t member = (uint32_t)fs_team_rank(group);
	size_t room = result->floats / schedule->slots + 1;
	assert(schedule->slots == (uint64_t)fs_team_ranks(group));
	float *sent = fs_allocate_zeroed(2 * schedule->slots * room, sizeof *sent),
	      *received = sent + schedule->slots * room;
	for (uint64_t slot = 0; slot < schedule->slots; slot++) {
		size_t begin = begin_of(result, slot), count = begin_of(result, slot + 1) - begin;
		memcpy(sent + fs_schedule_peer(schedule, member, slot, 1) * room, result->before + begin,
		       count * sizeof *sent);
	}
	fs_team_exchange(group, sent, room * sizeof *sent, received);
	for (uint64_t slot = 0; slot < schedule->slots; slot++) {
		size_t begin = begin_of(result, slot), count = begin_of(result, slot + 1) - begin;
		memcpy(expected + begin, received + fs_schedule_peer(schedule, member, slot, -1) * room,
		       count * sizeof *sent);
	}
	free(sent);
}

typedef void fs_expect(struct fs_team *group, const struct result *result, float *expected);

static uint64_t count_wrong_copies(struct fs_team *group, const struct result *result, fs_expect *expect)
{
	float *expected = fs_allocate(result->floats * sizeof *expected);
	uint64_t wrong = 0;
	expect(group, result, expected);
	for (size_t i = 0; i < result->floats; i++)
		wrong += !(result->after[i] == expected[i]);
	free(expected);
	return wrong;
}

uint64_t fs_wrong_count(struct fs_team *group, const struct fs_schedule *schedule, const float *before,
                        const float *after, size_t floats)
{
	const struct result result = {schedule, before, after, floats};
	uint64_t own = (uint64_t)fs_team_rank(group);
	switch (schedule->collective) {
	case FS_ALLREDUCE:
		return count_wrong_sums(group, &result, 0, floats);
	case FS_REDUCE_SCATTER:
		return count_wrong_sums(group, &result, begin_of(&result, own), begin_of(&result, own + 1));
	case FS_ALLGATHER:
		return count_wrong_copies(group, &result, expect_everybodys_slot);
	case FS_ALLTOALL:
		return count_wrong_copies(group, &result, expect_exchange);
	case FS_BROADCAST:
		return count_wrong_copies(group, &result, expect_firsts);
	case FS_SENDRECV:
		return count_wrong_copies(group, &result, expect_neighbours);
	default:
		return floats;
	}
}
