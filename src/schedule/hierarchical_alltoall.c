/*
 * All-to-all over nested domains: a slot travels digit by digit, inside the innermost domain first. So all
 * that a domain has for another one is first gathered, inside, on the members that talk to that place in
 * every domain, and then crosses the slow links in few large messages.
 */

#include "schedule/build.h"

int fs_hierarchical_alltoall(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                             struct fs_error *error)
{
	(void)error;
	fs_split_into_levels(request, schedule);
	schedule->slots = request->size;
	for (int level = 0; level < schedule->levels; level++) {
		uint32_t size = schedule->level_size[level];
		uint32_t stride = fs_level_stride(schedule, level);
		/* Iteration s moves every slot whose digit of this level is s + 1. */
		fs_add_step(schedule, (struct fs_step){
		                              .pattern = FS_SHIFT,
		                              .level = level,
		                              .repeat = size - 1,
		                              .distance = 1,
		                              .advance = 1,
		                              .unit = stride,
		                              .modulus = request->size / stride,
		                              .stride = size,
		                              .count = request->size / stride / size,
		                              .first = 1,
		                              .first_advance = 1,
		                      });
	}
	return 0;
}
