#include "engine/in_network.h"

#include "base/error.h"
#include "engine/team.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where a chip lies: in which block of stride * size chips, with which digit, at which place under it. Groups
 * are numbered from the first block of this rank on: (block - first block) * stride + at. */
struct place {
	uint64_t block, digit, at;
};

static struct place place_of(const struct fs_in_network *step, uint64_t chip)
{
	return (struct place){chip / step->stride / step->size, chip / step->stride % step->size,
	                      chip % step->stride};
}

/* How many chips from here on have the same digit, and groups that follow each other. */
static uint64_t run_length(const struct fs_in_network *step, const struct place *place, uint64_t left)
{
	uint64_t run = step->stride - place->at;
	return run < left ? run : left;
}

static void move_on(const struct fs_in_network *step, struct place *place)
{
	place->at = 0;
	if (++place->digit < step->size)
		return;
	place->digit = 0;
	place->block++;
}

static inline double later(double a, double b)
{
	return a > b ? a : b;
}

/* last[group]: the latest of this rank's chips that hand something in. */
static void find_last(const struct fs_in_network *step, uint64_t first_block, const double *time,
                      double *last)
{
	struct place place = place_of(step, step->begin);
	for (uint64_t i = 0, run; i < step->count; i += run, move_on(step, &place)) {
		run = run_length(step, &place, step->count - i);
		if (step->from_first && place.digit != 0)
			continue;
		double *group = last + (place.block - first_block) * step->stride + place.at;
		for (uint64_t k = 0; k < run; k++)
			group[k] = later(group[k], time[i + k]);
	}
}

static void advance(const struct fs_in_network *step, uint64_t first_block, const double *last, double *time)
{
	struct place place = place_of(step, step->begin);
	for (uint64_t i = 0, run; i < step->count; i += run, move_on(step, &place)) {
		run = run_length(step, &place, step->count - i);
		const double *group = last + (place.block - first_block) * step->stride + place.at;
		double *mine = time + i;
		if (step->from_first && place.digit == 0)
			for (uint64_t k = 0; k < run; k++)
				mine[k] += step->hold_s;
		else
			for (uint64_t k = 0; k < run; k++)
				mine[k] = later(mine[k], group[k] + step->alpha_s) + step->hold_s;
	}
}

/* The blocks that ranks share, in order: those that a rank's chips begin inside of, among those that are
 * there. */
static uint64_t shared_blocks(const struct fs_in_network *step, int ranks, uint64_t *block)
{
	uint64_t length = step->stride * step->size, count = 0;
	for (int rank = 1; rank < ranks; rank++) {
		uint64_t begin = fs_block_begin(step->chips, ranks, rank);
		bool known = count && block[count - 1] == begin / length;
		if (begin % length && !known && begin > step->from && begin < step->until)
			block[count++] = begin / length;
	}
	return count;
}

/* This rank's part of the blocks that ranks share. */
struct shared {
	uint64_t first_block, blocks; /* that this rank has a part of */
	uint64_t count, stride;
	uint64_t *block;
	double *last; /* [count][stride] */
};

/* The groups of shared block i in this rank's own `last`, or NULL. */
static double *own_part(const struct shared *shared, uint64_t i, double *last)
{
	uint64_t block = shared->block[i];
	if (block < shared->first_block || block >= shared->first_block + shared->blocks)
		return NULL;
	return last + (block - shared->first_block) * shared->stride;
}

static void agree(struct fs_team *team, struct shared *shared, double *last)
{
	size_t bytes = shared->stride * sizeof *last;
	for (uint64_t i = 0; i < shared->count * shared->stride; i++)
		shared->last[i] = -INFINITY;
	for (uint64_t i = 0; i < shared->count; i++)
		if (own_part(shared, i, last))
			memcpy(shared->last + i * shared->stride, own_part(shared, i, last), bytes);
	fs_team_maximum(team, shared->last, (int)(shared->count * shared->stride));
	for (uint64_t i = 0; i < shared->count; i++)
		if (own_part(shared, i, last))
			memcpy(own_part(shared, i, last), shared->last + i * shared->stride, bytes);
}

/* Groups that lie on several ranks: the latest of all of their members. */
static void find_last_of_all(struct fs_team *team, const struct fs_in_network *step, uint64_t first_block,
                             uint64_t blocks, double *last)
{
	int ranks = fs_team_ranks(team);
	struct shared shared = {.first_block = first_block, .blocks = blocks, .stride = step->stride};
	shared.block = fs_allocate((unsigned long)ranks * sizeof *shared.block);
	shared.count = shared_blocks(step, ranks, shared.block);
	if (shared.count) {
		shared.last = fs_allocate(shared.count * shared.stride * sizeof *shared.last);
		agree(team, &shared, last);
	}
	free(shared.last);
	free(shared.block);
}

void fs_in_network_advance(struct fs_team *team, const struct fs_in_network *step, double *time)
{
	uint64_t length = step->stride * step->size;
	assert(step->chips % length == 0 && step->from % length == 0 && step->until % length == 0);
	uint64_t first_block = step->begin / length;
	uint64_t blocks = step->count ? (step->begin + step->count - 1) / length - first_block + 1 : 0;
	double *last = fs_allocate((blocks * step->stride + 1) * sizeof *last);
	for (uint64_t i = 0; i < blocks * step->stride; i++)
		last[i] = -INFINITY;
	find_last(step, first_block, time, last);
	if (fs_team_ranks(team) > 1)
		find_last_of_all(team, step, first_block, blocks, last);
	advance(step, first_block, last, time);
	free(last);
}
