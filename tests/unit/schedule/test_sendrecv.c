/*
 * Point to point.
 */

#include "unit/schedule/replay.h"

static void everybody_sends_its_buffer_to_the_next(void **state)
{
	(void)state;
	for (int i = 0; i < REPLAY_SIZES; i++) {
		uint32_t n = replay_sizes[i];
		struct replay_cost cost =
		        replay((struct fs_schedule_request){FS_SENDRECV, .size = n}, "direct");
		assert_int_equal(cost.rounds, n > 1);
		assert_int_equal(cost.slots, n > 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(everybody_sends_its_buffer_to_the_next)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
