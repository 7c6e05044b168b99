/* What counts as wrong in a bare collective: three chips, one slot each, every element by hand. */

#include "engine/bare_data.h"

#include "base/error.h"
#include "schedule/schedule.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

enum { CHIPS = 3, FLOATS = 300 };

static struct fs_schedule schedule_of(enum fs_collective collective, const char *algorithm)
{
	const struct fs_schedule_request request = {
	        .collective = collective, .size = CHIPS, .bytes = 4 * FLOATS};
	struct fs_schedule schedule;
	struct fs_error error;
	assert_int_equal(fs_schedule_build(&request, algorithm, &schedule, &error), 0);
	return schedule;
}

static float filled(int i, int chip)
{
	return (float)((i * 7 + chip * 13) % 101);
}

static void sums_of_all_are_right_and_nothing_else(void **state)
{
	(void)state;
	struct fs_schedule schedule = schedule_of(FS_ALLREDUCE, "ring");
	struct fs_op op = {.schedule = &schedule, .group = {CHIPS, 1}};
	float after[FLOATS];
	for (int i = 0; i < FLOATS; i++)
		after[i] = filled(i, 0) + filled(i, 1) + filled(i, 2);
	assert_int_equal(fs_bare_data_wrong(&op, 1, after, FLOATS), 0);
	after[7] += 1;
	after[299] = 0;
	assert_int_equal(fs_bare_data_wrong(&op, 1, after, FLOATS), 2);
	fs_bare_data_fill(after, FLOATS, 1); /* nothing was done */
	assert_true(fs_bare_data_wrong(&op, 1, after, FLOATS) > FLOATS * 9 / 10);
}

static void slots_of_an_alltoall_come_from_their_distance(void **state)
{
	(void)state;
	struct fs_schedule schedule = schedule_of(FS_ALLTOALL, "pairwise");
	struct fs_op op = {.schedule = &schedule, .group = {CHIPS, 1}};
	float after[FLOATS];
	/* Chip 2 keeps its own slot 0; slot 1 comes from chip 1, slot 2 from chip 0. */
	for (int i = 0; i < FLOATS; i++)
		after[i] = filled(i, 2 - i / 100);
	assert_int_equal(fs_bare_data_wrong(&op, 2, after, FLOATS), 0);
	for (int i = 100; i < 200; i++)
		after[i] = filled(i, 0);
	assert_int_equal(fs_bare_data_wrong(&op, 2, after, FLOATS), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sums_of_all_are_right_and_nothing_else),
	                                   cmocka_unit_test(slots_of_an_alltoall_come_from_their_distance)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
