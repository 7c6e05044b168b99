/*
 * Recursive halving and doubling at any size, and the fold that makes powers of two.
 */

#include "schedule/fold.h"
#include "unit/schedule/replay.h"

static void every_size_is_right_and_costs_what_the_paper_says(void **state)
{
	(void)state;
	for (int i = 0; i < REPLAY_SIZES; i++) {
		uint32_t n = replay_sizes[i], p = fs_fold_participants(n);
		struct fs_schedule_request request = {.collective = FS_ALLREDUCE, .size = n};
		struct replay_cost cost = replay(request, "halving_doubling");
		bool folded = p < n;
		assert_int_equal(cost.rounds, 2 * replay_log2(p) + (folded ? 2 : 0));
		/* a participant that also has a surplus member to tell sends the whole buffer once more */
		assert_int_equal(cost.slots, 2 * (p - 1) + (folded ? p : 0));
	}
}

static void nearest_partners_come_first_with_most_data(void **state)
{
	(void)state;
	static const struct {
		int64_t distance;
		uint64_t slots;
		bool reduce;
	} told[] = {{1, 4, true}, {2, 2, true}, {4, 1, true}, {4, 1, false}, {2, 2, false}, {1, 4, false}};
	struct fs_schedule_request request = {.collective = FS_ALLREDUCE, .size = 8};
	struct fs_schedule schedule = replay_build(request, "halving_doubling");
	assert_int_equal(schedule.steps, 6);
	for (int i = 0; i < 6; i++) {
		const struct fs_step *step = &schedule.step[i];
		assert_int_equal(fs_step_distance(step, 0), told[i].distance);
		assert_int_equal(fs_step_slots(&schedule, step, 0), told[i].slots);
		assert_int_equal(step->reduce, told[i].reduce);
	}
}

static void the_fold_of_eleven_members(void **state)
{
	(void)state;
	static const int64_t participant[11] = {FS_NOBODY, 0, FS_NOBODY, 1, FS_NOBODY, 2, 3, 4, 5, 6, 7};
	assert_int_equal(fs_fold_participants(11), 8);
	for (uint32_t member = 0; member < 11; member++) {
		assert_int_equal(fs_fold_participant(11, member), participant[member]);
		if (participant[member] != FS_NOBODY)
			assert_int_equal(fs_fold_member(11, (uint32_t)participant[member]), member);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_size_is_right_and_costs_what_the_paper_says),
	        cmocka_unit_test(nearest_partners_come_first_with_most_data),
	        cmocka_unit_test(the_fold_of_eleven_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
