/*
 * All-to-all over nested domains: sum of (level size - 1) messages, and a slot travels once per digit that is
 * not zero.
 */

#include "unit/schedule/domains.h"
#include "unit/schedule/replay.h"

static void every_size_is_right_in_all_domains(void **state)
{
	(void)state;
	for (int row = 0; row < DOMAIN_ROWS; row++)
		for (int i = 0; i < REPLAY_SIZES; i++) {
			struct fs_schedule schedule = replay_build(
			        domain_request(FS_ALLTOALL, replay_sizes[i], row), "hierarchical");
			struct replay_cost cost = replay_schedule(&schedule);
			uint64_t messages = 0, slots = 0;
			for (int level = 0; level < schedule.levels; level++) {
				messages += schedule.level_size[level] - 1;
				slots += schedule.size - schedule.size / schedule.level_size[level];
			}
			assert_int_equal(cost.messages, messages);
			assert_int_equal(cost.slots, slots);
		}
}

/* 32 chips in domains of 8: inside a domain, messages of the 4 slots for one place of all 4 domains; across,
 * of the 8 slots for one domain. */
static void what_crosses_domains_is_gathered_first(void **state)
{
	(void)state;
	struct fs_schedule schedule = replay_build(domain_request(FS_ALLTOALL, 32, 1), "hierarchical");
	assert_int_equal(schedule.steps, 2);
	assert_int_equal(schedule.step[0].repeat, 7);
	assert_int_equal(fs_step_slots(&schedule, &schedule.step[0], 0), 4);
	assert_int_equal(schedule.step[1].repeat, 3);
	assert_int_equal(fs_step_slots(&schedule, &schedule.step[1], 2), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_size_is_right_in_all_domains),
	        cmocka_unit_test(what_crosses_domains_is_gathered_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
