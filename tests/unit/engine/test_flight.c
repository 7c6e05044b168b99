#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/flight.h"

#include <math.h>

struct row {
	double start, work, flight_end, slowdown, end;
};

static const struct row rows[] = {
        {0, 10, 0, 0.25, 10},      /* nothing in flight */
        {5, 10, 5, 0.25, 15},      /* it lands as the kernel starts */
        {5, 10, 3, 0.25, 15},      /* it landed before */
        {0, 10, 20, 0.25, 12.5},   /* in flight throughout */
        {0, 10, 12.5, 0.25, 12.5}, /* to the very end */
        {0, 10, 5, 0.25, 11},      /* 4 of 10 done by 5 */
        {3, 10, 8, 0.25, 14},      /* the same, 3 later */
        {0, 10, 5, 1, 12.5},       /* half speed: 2.5 done by 5 */
        {0, 10, 5, 0, 10},         /* no interference */
        {0, 0, 5, 0.25, 0},        /* no work */
        {0, 10, -INFINITY, 0.25, 10},
        {0, 10, INFINITY, 0.25, 12.5},
};

static void a_kernel_is_slower_until_the_flight_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		double end = fs_kernel_end_s(row->start, row->work, row->flight_end, row->slowdown);
		if (fabs(end - row->end) > 1e-12)
			fail_msg("row %d: ends at %.15g, expected %.15g", (int)i, end, row->end);
	}
}

/* Cutting a kernel in two, at any place, changes nothing. */
static void two_halves_end_when_the_whole_does(void **state)
{
	(void)state;
	for (double flight_end = 0; flight_end < 15; flight_end += 0.37)
		for (double cut = 0; cut <= 10; cut += 0.5) {
			double whole = fs_kernel_end_s(1, 10, flight_end, 0.3);
			double middle = fs_kernel_end_s(1, cut, flight_end, 0.3);
			assert_true(fabs(fs_kernel_end_s(middle, 10 - cut, flight_end, 0.3) - whole) < 1e-12);
		}
}

static void more_of_anything_never_ends_sooner(void **state)
{
	(void)state;
	for (double work = 0; work < 10; work += 0.7)
		for (double flight_end = 0; flight_end < 15; flight_end += 0.9) {
			double end = fs_kernel_end_s(1, work, flight_end, 0.3);
			assert_true(end >= 1 + work && end <= 1 + 1.3 * work + 1e-12);
			assert_true(fs_kernel_end_s(1.1, work, flight_end, 0.3) >= end);
			assert_true(fs_kernel_end_s(1, work + 0.1, flight_end, 0.3) >= end);
			assert_true(fs_kernel_end_s(1, work, flight_end + 0.1, 0.3) >= end);
			assert_true(fs_kernel_end_s(1, work, flight_end, 0.4) >= end);
		}
}

struct meeting {
	double start, end, other_end, stretch, other_stretch, new_end, new_other_end;
};

static const struct meeting meetings[] = {
        {0, 4, 4, 2, 2, 8, 8},             /* both at half speed throughout */
        {0, 4, 10, 2, 2, 8, 14},           /* until 8; by then 4 of the other's 10 are done */
        {0, 10, 4, 2, 2, 14, 8},           /* the other way round */
        {3, 7, 13, 2, 2, 11, 17},          /* the same, 3 later */
        {5, 9, 5, 2, 2, 9, 5},             /* the other was through already */
        {5, 9, 2, 2, 2, 9, 2},             /* long since */
        {0, 4, 10, 1, 1, 4, 10},           /* nothing shared */
        {0, 4, 10, 3, 1, 10 + 2. / 3, 10}, /* 10 of the 12 that it would take beside the other */
        {0, 4, 10, 2.5, 1, 10, 10},        /* both end at once */
        {0, 6, 6, 3, 1.5, 9 + 3, 9},       /* until 9, when 3 of 6 are done */
        {0, 6, 6, 1.5, 3, 9, 9 + 3},
};

static void flights_that_meet_slow_each_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof meetings / sizeof *meetings; i++) {
		const struct meeting *row = &meetings[i];
		double end = row->end, other_end = row->other_end;
		fs_flights_share(row->start, row->stretch, &end, row->other_stretch, &other_end);
		if (fabs(end - row->new_end) > 1e-12 || fabs(other_end - row->new_other_end) > 1e-12)
			fail_msg("row %d: end at %.15g and %.15g, expected %.15g and %.15g", (int)i, end,
			         other_end, row->new_end, row->new_other_end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_kernel_is_slower_until_the_flight_ends),
	        cmocka_unit_test(two_halves_end_when_the_whole_does),
	        cmocka_unit_test(more_of_anything_never_ends_sooner),
	        cmocka_unit_test(flights_that_meet_slow_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
