/*
 * Nonuniform Bruck (HCCL's NB): ceil(log2 p) rounds for any number p of members, in each of which a member
 * passes on the newest of what it holds, as many as the other one lacks. Its allgather over all members is
 * the table's recursive_doubling, its reduce-scatter recursive_halving (circulant.c); here are the allreduce,
 * and the rounds for members at one place of their servers. J. Bruck et al., "Efficient algorithms for
 * all-to-all communications in multiport message-passing systems", IEEE TPDS 8 (1997).
 */

#include "schedule/parts.h"

/* The parts at hand grow from `held` to 2 * held, or to all in the last round; a reduce-scatter sends them
 * back to where they came from. */
static void add_round(struct fs_schedule *schedule, uint32_t size, uint32_t held, bool reduce)
{
	uint32_t missing = size - held, count = held < missing ? held : missing;
	struct fs_part_round round = {
	        .distance = held, .first = 1 - (int64_t)count, .apart = 1, .count = count};
	if (reduce) {
		round.distance = -(int64_t)held;
		round.first -= held;
	}
	fs_add_part_round(schedule, round, reduce);
}

void fs_add_place_nb(struct fs_schedule *schedule, bool reduce)
{
	uint32_t size = schedule->level_size[schedule->levels - 1], most = 1;
	while (2 * most < size)
		most *= 2;
	for (uint32_t held = most; reduce && held > 0; held /= 2)
		add_round(schedule, size, held, true);
	for (uint32_t held = 1; !reduce && held <= most; held *= 2)
		add_round(schedule, size, held, false);
}

int fs_nb(const struct fs_schedule_request *request, struct fs_schedule *schedule, struct fs_error *error)
{
	(void)error;
	schedule->slots = request->size;
	fs_add_place_nb(schedule, true);
	fs_add_place_nb(schedule, false);
	return 0;
}
