/*
 * Bruck's all-to-all: ceil(log2 n) messages, each slot sent once per bit of its distance.
 */

#include "unit/schedule/replay.h"

static uint64_t bits_set_below(uint32_t n)
{
	uint64_t bits = 0;
	for (uint32_t i = 0; i < n; i++)
		bits += (uint64_t)__builtin_popcount(i);
	return bits;
}

static void every_size_is_right_in_log2_rounds(void **state)
{
	(void)state;
	for (int i = 0; i < REPLAY_SIZES; i++) {
		uint32_t n = replay_sizes[i];
		struct replay_cost cost =
		        replay((struct fs_schedule_request){FS_ALLTOALL, .size = n}, "bruck");
		assert_int_equal(cost.rounds, replay_log2(n));
		assert_int_equal(cost.slots, bits_set_below(n));
	}
}

/* Of 11 slots, those with bit 0, 1, 2 and 3: the last run of bits 1 and 3 is cut. */
static void a_message_has_the_slots_with_its_bit(void **state)
{
	(void)state;
	static const uint64_t slots[] = {5, 5, 4, 3};
	struct fs_schedule schedule =
	        replay_build((struct fs_schedule_request){FS_ALLTOALL, .size = 11}, "bruck");
	assert_int_equal(schedule.steps, 4);
	for (int bit = 0; bit < 4; bit++) {
		assert_int_equal(fs_step_slots(&schedule, &schedule.step[bit], 0), slots[bit]);
		assert_int_equal(fs_step_distance(&schedule.step[bit], 0), 1 << bit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_size_is_right_in_log2_rounds),
	        cmocka_unit_test(a_message_has_the_slots_with_its_bit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
