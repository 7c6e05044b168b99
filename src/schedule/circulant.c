/*
 * Recursive doubling and halving for any number of members: ceil(log2 n) rounds, and n - 1 parts moved per
 * member. Where the textbook pairs members by xor, and so wants a power of two, everybody here shifts round
 * the circle; for a power of two, rounds and volumes are the textbook's. Allgather: J. Bruck et al.,
 * "Efficient algorithms for all-to-all communications in multiport message-passing systems", IEEE TPDS 8
 * (1997). Reduce-scatter is the same backwards: J. L. Traff, "Optimal, non-pipelined reduce-scatter and
 * allreduce algorithms", arXiv:2410.14234 (2024).
 */

#include "schedule/build.h"

/* The round in which the parts at hand grow from `held` to 2 * held, or to all in the last one: a member
 * sends its newest parts, that is those of the members up to and with itself, to the member `held` further
 * on. */
static struct fs_step doubling(const struct fs_schedule *schedule, int level, uint32_t held)
{
	uint32_t size = schedule->level_size[level];
	uint32_t missing = size - held;
	uint32_t count = held < missing ? held : missing;
	return (struct fs_step){
	        .pattern = FS_SHIFT,
	        .level = level,
	        .repeat = 1,
	        .distance = held,
	        .own_part = level > 0,
	        .unit = fs_level_part(schedule, level),
	        .modulus = size,
	        .stride = 1,
	        .count = count,
	        .first = 1 - (int64_t)count,
	        .first_digit = 1,
	};
}

/* The same backwards: what was received goes back to where it came from. */
static struct fs_step halving(const struct fs_schedule *schedule, int level, uint32_t held)
{
	struct fs_step step = doubling(schedule, level, held);
	step.reduce = true;
	step.distance = schedule->level_size[level] - held;
	step.first -= held;
	return step;
}

void fs_add_circulant_allgather(struct fs_schedule *schedule, int level)
{
	for (uint32_t held = 1; held < schedule->level_size[level]; held *= 2)
		fs_add_step(schedule, doubling(schedule, level, held));
}

void fs_add_circulant_reduce_scatter(struct fs_schedule *schedule, int level)
{
	uint32_t held = 1;
	while (2 * held < schedule->level_size[level])
		held *= 2;
	for (; held > 0; held /= 2)
		fs_add_step(schedule, halving(schedule, level, held));
}

int fs_circulant_allgather(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                           struct fs_error *error)
{
	(void)error;
	schedule->slots = request->size;
	fs_add_circulant_allgather(schedule, 0);
	return 0;
}

int fs_circulant_reduce_scatter(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                                struct fs_error *error)
{
	(void)error;
	schedule->slots = request->size;
	fs_add_circulant_reduce_scatter(schedule, 0);
	return 0;
}
