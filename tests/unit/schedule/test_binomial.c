/*
 * Binomial broadcast.
 */

#include "unit/schedule/replay.h"

static void every_size_is_right_in_log2_rounds(void **state)
{
	(void)state;
	for (int i = 0; i < REPLAY_SIZES; i++) {
		uint32_t n = replay_sizes[i];
		struct replay_cost cost =
		        replay((struct fs_schedule_request){FS_BROADCAST, .size = n}, "binomial");
		assert_int_equal(cost.rounds, replay_log2(n));
		assert_int_equal(cost.messages, replay_log2(n)); /* the root sends in every round */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_size_is_right_in_log2_rounds)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
