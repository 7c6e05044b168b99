/*
 * Broadcast in ceil(log2 n) rounds: everybody who has the buffer sends it to one who has not.
 */

#include "schedule/build.h"

int fs_binomial_broadcast(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                          struct fs_error *error)
{
	(void)error;
	schedule->slots = 1;
	for (int64_t have = 1; have < request->size; have *= 2)
		fs_add_step(schedule, (struct fs_step){
		                              .pattern = FS_BINOMIAL,
		                              .repeat = 1,
		                              .distance = have,
		                              .unit = 1,
		                              .modulus = 1,
		                              .count = 1,
		                      });
	return 0;
}
