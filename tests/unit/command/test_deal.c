/* Work dealt out to parts: everything once, evenly, the same for all who deal. */

#include "command/deal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST = 1000 };

static double load_of(const double *work, const int *part_of, int count, int part)
{
	double load = 0;
	for (int i = 0; i < count; i++)
		load += part_of[i] == part ? work[i] : 0;
	return load;
}

/* 7 to the first, 6 to the second; 5 to the second (6 < 7), 3 to the first (7 < 11), 2 to the first (10 <
 * 11). */
static void the_heaviest_first_to_who_has_least(void **state)
{
	(void)state;
	const double work[] = {2, 7, 5, 6, 3};
	const int expected[] = {0, 0, 1, 1, 0};
	int part_of[5];
	fs_deal(work, 5, 2, part_of);
	assert_memory_equal(part_of, expected, sizeof expected);
}

static void equals_go_round(void **state)
{
	(void)state;
	const double work[] = {1, 1, 1, 1, 1, 1, 1};
	const int expected[] = {0, 1, 2, 0, 1, 2, 0};
	int part_of[7];
	fs_deal(work, 7, 3, part_of);
	assert_memory_equal(part_of, expected, sizeof expected);
}

static void more_parts_than_pieces(void **state)
{
	(void)state;
	const double work[] = {1, 2};
	int part_of[2];
	fs_deal(work, 2, 5, part_of);
	assert_int_equal(part_of[1], 0);
	assert_int_equal(part_of[0], 1);
	fs_deal(work, 0, 5, part_of);
}

/* Graham 1969: with m parts LPT is at most 4/3 - 1/(3m) times the best, which is at least the mean and the
 * largest piece. */
static void no_part_has_much_more_than_its_share(void **state)
{
	(void)state;
	double work[MOST], sum = 0;
	int part_of[MOST];
	uint32_t random = 1;
	for (int i = 0; i < MOST; i++) {
		random = random * 1664525 + 1013904223;
		work[i] = 0.05 + (random >> 16) % 1000 / 10.0;
		sum += work[i];
	}
	for (int parts = 1; parts <= 64; parts *= 2) {
		fs_deal(work, MOST, parts, part_of);
		for (int part = 0; part < parts; part++)
			assert_true(load_of(work, part_of, MOST, part) <= 4.0 / 3 * sum / parts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_heaviest_first_to_who_has_least),
	        cmocka_unit_test(equals_go_round),
	        cmocka_unit_test(more_parts_than_pieces),
	        cmocka_unit_test(no_part_has_much_more_than_its_share),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
