/*
 * Rings: n - 1 rounds, in each of which every member passes one part on to the next member.
 * A part starts its way round the ring at the member after its owner and, reduced, ends at its owner; copies
 * of it then go round once more. Bandwidth-optimal at any size: P. Patarasuk, X. Yuan, "Bandwidth optimal
 * all-reduce algorithms for clusters of workstations", J. Parallel Distrib. Comput. 69 (2009).
 * Libraries run several such rings at once, each of which enters and leaves a node at another port (NCCL:
 * channels), so that the one message that leaves a node has all its ports: `spread`.
 */

#include "schedule/build.h"

static struct fs_step ring(const struct fs_schedule *schedule, int level)
{
	uint32_t size = schedule->level_size[level];
	return (struct fs_step){
	        .pattern = FS_SHIFT,
	        .level = level,
	        .repeat = size - 1,
	        .distance = 1,
	        .spread = true,
	        .own_part = level > 0,
	        .unit = fs_level_part(schedule, level),
	        .modulus = size,
	        .stride = 1,
	        .count = 1,
	        .first_digit = 1,
	        .first_advance = -1,
	};
}

void fs_add_ring_reduce_scatter(struct fs_schedule *schedule, int level)
{
	struct fs_step step = ring(schedule, level);
	step.reduce = true;
	step.first = -1;
	fs_add_step(schedule, step);
}

void fs_add_ring_allgather(struct fs_schedule *schedule, int level)
{
	fs_add_step(schedule, ring(schedule, level));
}

int fs_ring_allreduce(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                      struct fs_error *error)
{
	(void)error;
	schedule->slots = request->size;
	fs_add_ring_reduce_scatter(schedule, 0);
	fs_add_ring_allgather(schedule, 0);
	return 0;
}

int fs_ring_reduce_scatter(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                           struct fs_error *error)
{
	(void)error;
	schedule->slots = request->size;
	fs_add_ring_reduce_scatter(schedule, 0);
	return 0;
}

int fs_ring_allgather(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                      struct fs_error *error)
{
	(void)error;
	schedule->slots = request->size;
	fs_add_ring_allgather(schedule, 0);
	return 0;
}
