/*
 * All-to-all, pairwise and direct: n - 1 messages of one slot.
 */

#include "unit/schedule/replay.h"

static const struct {
	const char *algorithm;
	bool independent;
} rows[] = {{"pairwise", false}, {"direct", true}};

enum { ROWS = sizeof rows / sizeof *rows };

static void every_size_is_right_with_each_slot_sent_once(void **state)
{
	(void)state;
	for (int i = 0; i < ROWS; i++)
		for (int j = 0; j < REPLAY_SIZES; j++) {
			uint32_t n = replay_sizes[j];
			struct fs_schedule_request request = {FS_ALLTOALL, .size = n};
			struct replay_cost cost = replay(request, rows[i].algorithm);
			assert_int_equal(cost.rounds, n - 1);
			assert_int_equal(cost.messages, n - 1);
			assert_int_equal(cost.slots, n - 1);
		}
}

static void only_direct_posts_all_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < ROWS; i++) {
		struct fs_schedule_request request = {FS_ALLTOALL, .size = 64};
		struct fs_schedule schedule = replay_build(request, rows[i].algorithm);
		assert_int_equal(schedule.steps, 1);
		assert_int_equal(schedule.step[0].independent, rows[i].independent);
	}
}

static void round_s_goes_to_distance_s_plus_1(void **state)
{
	(void)state;
	struct fs_schedule schedule =
	        replay_build((struct fs_schedule_request){FS_ALLTOALL, .size = 7}, "pairwise");
	for (uint32_t s = 0; s < 6; s++) {
		struct fs_move move;
		uint64_t slot;
		fs_step_move(&schedule, &schedule.step[0], s, 5, &move);
		assert_int_equal(fs_slots_run(&move.sent, 0, 7, &slot), 1);
		assert_int_equal(slot, s + 1);
		assert_int_equal(move.to, (5 + s + 1) % 7);
		assert_int_equal(fs_step_distance(&schedule.step[0], s), s + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_size_is_right_with_each_slot_sent_once),
	        cmocka_unit_test(only_direct_posts_all_at_once),
	        cmocka_unit_test(round_s_goes_to_distance_s_plus_1),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
