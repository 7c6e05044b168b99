/* How long two stages are in turns of each kind. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/turn_times.h"

static void expect(const struct fs_turn_times *times, enum fs_turn_kind kind, double first, double second)
{
	const double *sum = fs_turn_times(times, kind);
	if (sum[0] != first || sum[1] != second)
		fail_msg("kind %d: %g and %g s, not %g and %g", (int)kind, sum[0], sum[1], first, second);
}

/* One chip a stage. The first: end of the last step until 1, forward until 4, of which it waits 1; backward
 * until 6. The second: forward, twice, from 2 until 7. */
static void test_two_stages(void **state)
{
	(void)state;
	struct fs_turn_times *times = fs_turn_times_create(2, 2);
	const double at[] = {1, 4, 6}, waited[] = {0, 1, 1}, other[] = {2, 5, 7}, none = 0;
	fs_turn_times_begin(times, 0, 0, 1, FS_TURN_FORWARD, &at[0], &waited[0]);
	fs_turn_times_begin(times, 1, 1, 1, FS_TURN_FORWARD, &other[0], &none);
	fs_turn_times_begin(times, 0, 0, 1, FS_TURN_BACKWARD, &at[1], &waited[1]);
	fs_turn_times_begin(times, 1, 1, 1, FS_TURN_FORWARD, &other[1], &none);
	fs_turn_times_begin(times, 0, 0, 1, FS_TURN_END, &at[2], &waited[2]);
	fs_turn_times_begin(times, 1, 1, 1, FS_TURN_PAIR, &other[2], &none);
	expect(times, FS_TURN_END, 1, 2);
	expect(times, FS_TURN_FORWARD, 2, 5);
	expect(times, FS_TURN_BACKWARD, 2, 0);
	expect(times, FS_TURN_PAIR, 0, 0);
	fs_turn_times_restart(times, (const double[]){10, 11});
	fs_turn_times_begin(times, 0, 0, 1, FS_TURN_FORWARD, &(const double){12}, &none);
	fs_turn_times_begin(times, 1, 1, 1, FS_TURN_END, &(const double){12}, &none);
	expect(times, FS_TURN_END, 2, 0);
	expect(times, FS_TURN_FORWARD, 0, 0);
	expect(times, FS_TURN_PAIR, 0, 1);
	fs_turn_times_destroy(times);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_stages)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
