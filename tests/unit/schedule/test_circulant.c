/*
 * Recursive doubling and halving for any size: the textbook's rounds and volume.
 */

#include "unit/schedule/replay.h"

static const struct {
	enum fs_collective collective;
	const char *algorithm;
} rows[] = {{FS_ALLGATHER, "recursive_doubling"}, {FS_REDUCE_SCATTER, "recursive_halving"}};

enum { ROWS = sizeof rows / sizeof *rows };

static void every_size_is_right_in_log2_rounds_and_n_minus_1_slots(void **state)
{
	(void)state;
	for (int i = 0; i < ROWS; i++)
		for (int j = 0; j < REPLAY_SIZES; j++) {
			uint32_t n = replay_sizes[j];
			struct fs_schedule_request request = {.collective = rows[i].collective, .size = n};
			struct replay_cost cost = replay(request, rows[i].algorithm);
			assert_int_equal(cost.rounds, replay_log2(n));
			assert_int_equal(cost.slots, n - 1);
		}
}

static void volumes_double_and_halve_as_in_the_textbook(void **state)
{
	(void)state;
	static const uint64_t volumes[] = {1, 2, 4, 8, 16};
	for (int i = 0; i < ROWS; i++) {
		struct fs_schedule_request request = {.collective = rows[i].collective, .size = 32};
		struct fs_schedule schedule = replay_build(request, rows[i].algorithm);
		assert_int_equal(schedule.steps, 5);
		for (int round = 0; round < 5; round++) {
			uint64_t volume = volumes[rows[i].collective == FS_ALLGATHER ? round : 4 - round];
			assert_int_equal(fs_step_slots(&schedule, &schedule.step[round], 0), volume);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_size_is_right_in_log2_rounds_and_n_minus_1_slots),
	        cmocka_unit_test(volumes_double_and_halve_as_in_the_textbook),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
