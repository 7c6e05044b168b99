/*
 * Point to point: everybody sends its buffer to the next member, as nccl-tests' sendrecv does.
 */

#include "schedule/build.h"

int fs_direct_sendrecv(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                       struct fs_error *error)
{
	(void)request, (void)error;
	schedule->slots = 1;
	fs_add_step(schedule, (struct fs_step){
	                              .pattern = FS_SHIFT,
	                              .repeat = 1,
	                              .distance = 1,
	                              .unit = 1,
	                              .modulus = 1,
	                              .count = 1,
	                      });
	return 0;
}
