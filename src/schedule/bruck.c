/*
 * All-to-all in ceil(log2 n) rounds: slot j has to travel distance j, and does so bit by bit. In the round of
 * bit b everything whose distance has that bit set moves on by b. Few messages, but each slot travels up to
 * log2 n times: for small buffers.
 * J. Bruck et al., "Efficient algorithms for all-to-all communications in multiport message-passing systems",
 * IEEE TPDS 8 (1997).
 */

#include "schedule/build.h"

int fs_bruck_alltoall(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                      struct fs_error *error)
{
	(void)error;
	uint64_t size = request->size;
	schedule->slots = size;
	for (uint64_t bit = 1; bit < size; bit *= 2) {
		uint64_t runs =
		        (size + bit - 1) / (2 * bit); /* of slots with the bit set; the last may be cut */
		fs_add_step(schedule, (struct fs_step){
		                              .pattern = FS_SHIFT,
		                              .repeat = 1,
		                              .distance = (int64_t)bit,
		                              .unit = bit,
		                              .modulus = 2 * runs,
		                              .stride = 2,
		                              .count = runs,
		                              .first = 1,
		                      });
	}
	return 0;
}
