/*
 * Nonuniform hierarchical ring and nonuniform Bruck: ceil(log2 n) rounds at any size, the volume of a ring.
 */

#include "unit/schedule/replay.h"

static const struct {
	enum fs_collective collective;
	const char *algorithm;
	uint32_t phases;
} rows[] = {{FS_ALLREDUCE, "nhr", 2},
            {FS_ALLGATHER, "nhr", 1},
            {FS_REDUCE_SCATTER, "nhr", 1},
            {FS_ALLREDUCE, "nb", 2}};

enum { ROWS = sizeof rows / sizeof *rows };

static void every_size_is_right_in_log2_rounds_and_n_minus_1_slots(void **state)
{
	(void)state;
	for (int i = 0; i < ROWS; i++)
		for (int j = 0; j < REPLAY_SIZES; j++) {
			uint32_t n = replay_sizes[j];
			struct fs_schedule_request request = {.collective = rows[i].collective, .size = n};
			struct replay_cost cost = replay(request, rows[i].algorithm);
			assert_int_equal(cost.rounds, rows[i].phases * replay_log2(n));
			assert_int_equal(cost.slots, rows[i].phases * (n - 1));
		}
}

/* Five members: the first two rounds of NHR's allgather go over 4 and 2 with one slot, the last one over 1
 * with two, those of the member itself and of the one two before it. */
static void an_allgather_of_five_sends_little_far_and_much_near(void **state)
{
	(void)state;
	static const struct {
		int64_t to;
		uint64_t slots;
	} told[] = {{2, 1}, {0, 1}, {4, 2}};
	struct fs_schedule_request request = {.collective = FS_ALLGATHER, .size = 5};
	struct fs_schedule schedule = replay_build(request, "nhr");
	assert_int_equal(schedule.steps, 3);
	struct fs_move move;
	for (int k = 0; k < 3; k++) {
		fs_step_move(&schedule, &schedule.step[k], 0, 3, &move);
		assert_int_equal(move.to, told[k].to);
		assert_int_equal(fs_step_slots(&schedule, &schedule.step[k], 0), told[k].slots);
	}
	uint64_t begin;
	fs_slots_run(&move.sent, 0, 5, &begin);
	assert_int_equal(begin, 3);
	fs_slots_run(&move.sent, 1, 5, &begin);
	assert_int_equal(begin, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_size_is_right_in_log2_rounds_and_n_minus_1_slots),
	        cmocka_unit_test(an_allgather_of_five_sends_little_far_and_much_near),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
