/*
 * Allreduce over nested domains: reduce-scatter inside the innermost, then, with what is left of the buffer,
 * inside the next, and so on to the outermost; and back as allgathers. Each level only carries the part that
 * the levels inside it could not reduce, so slow outer links see 1 / (domain size) of the buffer per member.
 */

#include "schedule/build.h"

/* Up to here a level is a ring, as in a node or a rack, where neighbours are joined directly and a round is
 * cheap; above it, rounds are what costs, and recursive halving needs only log2 of them. */
enum { LARGEST_RING = 16 };

void fs_add_reduce_scatter(struct fs_schedule *schedule, int level)
{
	if (schedule->level_size[level] <= LARGEST_RING)
		fs_add_ring_reduce_scatter(schedule, level);
	else
		fs_add_circulant_reduce_scatter(schedule, level);
}

void fs_add_allgather(struct fs_schedule *schedule, int level)
{
	if (schedule->level_size[level] <= LARGEST_RING)
		fs_add_ring_allgather(schedule, level);
	else
		fs_add_circulant_allgather(schedule, level);
}

int fs_hierarchical_allreduce(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                              struct fs_error *error)
{
	(void)error;
	fs_split_into_levels(request, schedule);
	schedule->slots = request->size;
	for (int level = 0; level < schedule->levels; level++)
		fs_add_reduce_scatter(schedule, level);
	for (int level = schedule->levels - 1; level >= 0; level--)
		fs_add_allgather(schedule, level);
	return 0;
}
