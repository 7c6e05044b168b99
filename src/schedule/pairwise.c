/*
 * All-to-all in n - 1 messages per member, each with what the sender has for the receiver.
 * `pairwise` goes round by round, so that every receiver has one sender at a time: in round s from the member
 * at distance s + 1 (Thakur et al. 2005). `direct` posts all rounds at once, as NCCL does with grouped sends
 * and receives; and in NCCL's order (its p2p schedule): node by node, and in each its chips one after the
 * other, so that at no time do all chips of a node send to the same chip.
 */

#include "schedule/build.h"

static struct fs_step exchange(const struct fs_schedule *schedule)
{
	return (struct fs_step){
	        .pattern = FS_SHIFT,
	        .repeat = schedule->size - 1,
	        .distance = 1,
	        .advance = 1,
	        .unit = 1,
	        .modulus = schedule->size,
	        .stride = 1,
	        .count = 1,
	        .first = 1,
	        .first_advance = 1,
	};
}

int fs_pairwise_alltoall(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                         struct fs_error *error)
{
	(void)request, (void)error;
	schedule->slots = schedule->size;
	fs_add_step(schedule, exchange(schedule));
	return 0;
}

int fs_direct_alltoall(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                       struct fs_error *error)
{
	(void)error;
	fs_split_into_levels(request, schedule);
	schedule->slots = schedule->size;
	struct fs_step step = exchange(schedule);
	step.independent = true;
	step.level = schedule->levels - 1;
	if (schedule->levels > 1)
		step.pattern = FS_SHIFT_ALL;
	fs_add_step(schedule, step);
	return 0;
}
