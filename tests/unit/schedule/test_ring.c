/*
 * Rings: n - 1 rounds of one slot each for a phase, at every size.
 */

#include "unit/schedule/replay.h"

static const struct {
	enum fs_collective collective;
	uint32_t phases;
} rows[] = {{FS_ALLREDUCE, 2}, {FS_ALLGATHER, 1}, {FS_REDUCE_SCATTER, 1}};

static void every_size_is_right_and_costs_what_a_ring_costs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int j = 0; j < REPLAY_SIZES; j++) {
			uint32_t n = replay_sizes[j];
			struct fs_schedule_request request = {.collective = rows[i].collective, .size = n};
			struct replay_cost cost = replay(request, "ring");
			assert_int_equal(cost.rounds, rows[i].phases * (n - 1));
			assert_int_equal(cost.slots, rows[i].phases * (n - 1));
		}
}

static void a_ring_is_one_step_per_phase(void **state)
{
	(void)state;
	struct fs_schedule_request request = {.collective = FS_ALLREDUCE, .size = 15488};
	struct fs_schedule schedule = replay_build(request, "ring");
	assert_int_equal(schedule.steps, 2);
	assert_int_equal(schedule.slots, 15488);
}

/* Three members, by hand: slot j starts at member j + 1 and ends, summed, at member j. */
static void three_members_step_by_step(void **state)
{
	(void)state;
	static const struct {
		uint32_t s, member;
		int64_t to, from;
		uint64_t sends, receives;
	} told[] = {
	        {0, 0, 1, 2, 2, 1}, {0, 1, 2, 0, 0, 2}, {0, 2, 0, 1, 1, 0},
	        {1, 0, 1, 2, 1, 0}, {1, 1, 2, 0, 2, 1}, {1, 2, 0, 1, 0, 2},
	};
	struct fs_schedule_request request = {.collective = FS_REDUCE_SCATTER, .size = 3};
	struct fs_schedule schedule = replay_build(request, "ring");
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		struct fs_move move;
		uint64_t sends, receives;
		fs_step_move(&schedule, &schedule.step[0], told[i].s, told[i].member, &move);
		assert_int_equal(fs_slots_run(&move.sent, 0, 3, &sends), 1);
		assert_int_equal(fs_slots_run(&move.received, 0, 3, &receives), 1);
		assert_int_equal(move.to, told[i].to);
		assert_int_equal(move.from, told[i].from);
		assert_int_equal(sends, told[i].sends);
		assert_int_equal(receives, told[i].receives);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_size_is_right_and_costs_what_a_ring_costs),
	        cmocka_unit_test(a_ring_is_one_step_per_phase),
	        cmocka_unit_test(three_members_step_by_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
