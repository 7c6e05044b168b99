/*
 * Nonuniform hierarchical ring (HCCL's NHR): ceil(log2 p) rounds for any number p of members, and the volume
 * of a ring. In the round at distance b of an allgather a member sends, to the member b further on, its own
 * slot and every 2b-th before it: distances fall, so that the fewest slots go farthest. A reduce-scatter is
 * the same backwards. Where p is no power of two, the rounds at which a member has no more to give are
 * shorter, and nobody sits out. Huawei, CANN documentation, HCCL, "NHR".
 */

#include "schedule/parts.h"

/* Slots that the round at distance b moves: the numbers 0, 2b, 4b, ... below p - b. */
static uint32_t slots_of(uint32_t size, uint32_t distance)
{
	return (size - 1 + distance) / (2 * distance);
}

static void add_round(struct fs_schedule *schedule, uint32_t size, uint32_t distance, bool reduce)
{
	struct fs_part_round round = {.distance = reduce ? -(int64_t)distance : distance,
	                              .first = reduce ? -(int64_t)distance : 0,
	                              .apart = -2 * (int64_t)distance,
	                              .count = slots_of(size, distance)};
	fs_add_part_round(schedule, round, reduce);
}

void fs_add_place_nhr(struct fs_schedule *schedule, bool reduce)
{
	uint32_t size = schedule->level_size[schedule->levels - 1], farthest = 1;
	while (2 * farthest < size)
		farthest *= 2;
	for (uint32_t distance = 1; reduce && distance <= farthest; distance *= 2)
		add_round(schedule, size, distance, true);
	for (uint32_t distance = farthest; !reduce && distance > 0; distance /= 2)
		add_round(schedule, size, distance, false);
}

int fs_nhr(const struct fs_schedule_request *request, struct fs_schedule *schedule, struct fs_error *error)
{
	(void)error;
	schedule->slots = request->size;
	if (request->collective != FS_ALLGATHER)
		fs_add_place_nhr(schedule, true);
	if (request->collective != FS_REDUCE_SCATTER)
		fs_add_place_nhr(schedule, false);
	return 0;
}
