#include "engine/turn_times.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

struct fs_turn_times {
	uint64_t count;
	enum fs_turn_kind *now; /* [stage] */
	double *since;          /* compute - bubble when it began */
	double *sum[FS_TURN_KINDS];
};

struct fs_turn_times *fs_turn_times_create(uint64_t stages, uint64_t count)
{
	struct fs_turn_times *times = fs_allocate_zeroed(1, sizeof *times);
	times->count = count;
	times->now = fs_allocate_zeroed(stages, sizeof *times->now);
	times->since = fs_allocate_zeroed(count, sizeof *times->since);
	for (int kind = 0; kind < FS_TURN_KINDS; kind++)
		times->sum[kind] = fs_allocate_zeroed(count, sizeof *times->sum[kind]);
	return times;
}

void fs_turn_times_destroy(struct fs_turn_times *times)
{
	if (!times)
		return;
	for (int kind = 0; kind < FS_TURN_KINDS; kind++)
		free(times->sum[kind]);
	free(times->since);
	free(times->now);
	free(times);
}

/* Turns of one kind that follow each other are as one. */
void fs_turn_times_begin(struct fs_turn_times *times, uint64_t stage, uint64_t at, uint64_t count,
                         enum fs_turn_kind kind, const double *compute, const double *bubble)
{
	double *since = times->since + at, *sum = times->sum[times->now[stage]] + at;
	if (times->now[stage] == kind)
		return;
	for (uint64_t i = 0; i < count; i++) {
		double own = compute[i] - bubble[i];
		sum[i] += own - since[i];
		since[i] = own;
	}
	times->now[stage] = kind;
}

void fs_turn_times_restart(struct fs_turn_times *times, const double *compute)
{
	memcpy(times->since, compute, times->count * sizeof *compute);
	for (int kind = 0; kind < FS_TURN_KINDS; kind++)
		memset(times->sum[kind], 0, times->count * sizeof *times->sum[kind]);
}

const double *fs_turn_times(const struct fs_turn_times *times, enum fs_turn_kind kind)
{
	return times->sum[kind];
}
