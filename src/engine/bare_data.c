#include "engine/bare_data.h"

enum { PERIOD = 101 }; /* elements repeat after so many, sums of chips as well */

static float filled(size_t element, int64_t chip)
{
	return (float)((element * 7 + (size_t)chip * 13) % PERIOD);
}

void fs_bare_data_fill(float *buffer, size_t floats, int chip)
{
	for (size_t i = 0; i < floats; i++)
		buffer[i] = filled(i, chip);
}

/* Chip `chip` is member `own` of its group. */
struct place {
	const struct fs_op *op;
	int64_t chip;
	uint32_t own;
};

static int64_t chip_of(const struct place *place, int64_t member)
{
	return place->chip + (member - (int64_t)place->own) * place->op->group.stride;
}

static void sum_members(const struct place *place, float sum[PERIOD])
{
	for (size_t i = 0; i < PERIOD; i++) {
		double all = 0;
		for (uint32_t member = 0; member < place->op->group.size; member++)
			all += (double)filled(i, chip_of(place, member));
		sum[i] = (float)all;
	}
}

/* Whose element a collective that only copies puts into slot `slot`. */
static int64_t origin(const struct place *place, uint64_t slot)
{
	const struct fs_schedule *schedule = place->op->schedule;
	switch (schedule->collective) {
	case FS_ALLGATHER:
		return (int64_t)slot;
	case FS_ALLTOALL:
		return fs_schedule_peer(schedule, place->own, slot, -1);
	case FS_SENDRECV:
		return (place->own + schedule->size - 1) % schedule->size;
	default: /* broadcast */
		return 0;
	}
}

uint64_t fs_bare_data_wrong(const struct fs_op *op, int chip, const float *after, size_t floats)
{
	const struct fs_schedule *schedule = op->schedule;
	const struct place place = {op, chip, (uint32_t)chip / op->group.stride % op->group.size};
	bool scatters = schedule->collective == FS_REDUCE_SCATTER;
	bool sums = scatters || schedule->collective == FS_ALLREDUCE;
	float sum[PERIOD];
	uint64_t wrong = 0;
	sum_members(&place, sum);
	for (uint64_t slot = 0; slot < schedule->slots; slot++) {
		size_t end = fs_slot_begin(slot + 1, schedule->slots, floats);
		int64_t from = sums ? 0 : chip_of(&place, origin(&place, slot));
		if (scatters && slot != place.own)
			continue; /* others answer for these */
		for (size_t i = fs_slot_begin(slot, schedule->slots, floats); i < end; i++)
			wrong += !(after[i] == (sums ? sum[i % PERIOD] : filled(i, from)));
	}
	return wrong;
}
