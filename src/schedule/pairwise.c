/*
 * All-to-all in n - 1 messages per member: in round s everybody sends to the member at distance s + 1 what it
 * has for it. `pairwise` goes round by round, so that every receiver has one sender at a time (Thakur et al.
 * 2005); `direct` posts all rounds at once, as NCCL does with grouped sends and receives.
 */

#include "schedule/build.h"

static void add_exchange(struct fs_schedule *schedule, bool independent)
{
	schedule->slots = schedule->size;
	fs_add_step(schedule, (struct fs_step){
	                              .pattern = FS_SHIFT,
	                              .repeat = schedule->size - 1,
	                              .distance = 1,
	                              .advance = 1,
	                              .independent = independent,
	                              .unit = 1,
	                              .modulus = schedule->size,
	                              .stride = 1,
	                              .count = 1,
	                              .first = 1,
	                              .first_advance = 1,
	                      });
}

int fs_pairwise_alltoall(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                         struct fs_error *error)
{
	(void)request, (void)error;
	add_exchange(schedule, false);
	return 0;
}

int fs_direct_alltoall(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                       struct fs_error *error)
{
	(void)request, (void)error;
	add_exchange(schedule, true);
	return 0;
}
