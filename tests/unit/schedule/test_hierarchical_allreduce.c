/*
 * Allreduce over nested domains.
 */

#include "unit/schedule/domains.h"
#include "unit/schedule/replay.h"

static void every_size_is_right_in_all_domains_at_the_volume_of_a_ring(void **state)
{
	(void)state;
	for (int row = 0; row < DOMAIN_ROWS; row++)
		for (int i = 0; i < REPLAY_SIZES && (replay_sizes[i] < 1000 || row == 3); i++) {
			uint32_t n = replay_sizes[i];
			struct replay_cost cost =
			        replay(domain_request(FS_ALLREDUCE, n, row), "hierarchical");
			assert_int_equal(cost.slots, 2 * (n - 1));
		}
}

/* 384 chips of CloudMatrix: 2 dies of a package, 8 packages of a node, 24 nodes. Small levels are rings, the
 * large one takes ceil(log2 24) rounds; each level moves its part of what the levels inside leave. */
static void the_levels_of_384_chips(void **state)
{
	(void)state;
	static const struct {
		int level;
		uint32_t rounds;
		uint64_t slots;
		bool reduce;
	} told[] = {
	        {0, 1, 192, true}, {1, 7, 24, true}, {2, 1, 8, true},   {2, 1, 8, true},    {2, 1, 4, true},
	        {2, 1, 2, true},   {2, 1, 1, true},  {2, 1, 1, false},  {2, 1, 2, false},   {2, 1, 4, false},
	        {2, 1, 8, false},  {2, 1, 8, false}, {1, 7, 24, false}, {0, 1, 192, false},
	};
	struct fs_schedule schedule = replay_build(domain_request(FS_ALLREDUCE, 384, 3), "hierarchical");
	assert_int_equal(schedule.steps, sizeof told / sizeof *told);
	for (int i = 0; i < schedule.steps; i++) {
		const struct fs_step *step = &schedule.step[i];
		assert_int_equal(step->level, told[i].level);
		assert_int_equal(step->repeat, told[i].rounds);
		assert_int_equal(fs_step_slots(&schedule, step, 0), told[i].slots);
		assert_int_equal(step->reduce, told[i].reduce);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_size_is_right_in_all_domains_at_the_volume_of_a_ring),
	        cmocka_unit_test(the_levels_of_384_chips),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
