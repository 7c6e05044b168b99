#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "calibrate/statistics.h"

static void percentiles(void **state)
{
	(void)state;
	static const struct {
		size_t count;
		double ascending[5], fraction, expected;
	} table[] = {
	        {1, {7}, 0, 7},
	        {1, {7}, 1, 7},
	        {2, {1, 3}, 0.5, 2},
	        {2, {1, 3}, 0.25, 1.5},
	        {3, {1, 2, 10}, 0.5, 2},
	        {4, {1, 2, 4, 8}, 0.5, 3},
	        {5, {0, 10, 20, 30, 40}, 0.05, 2},
	        {5, {0, 10, 20, 30, 40}, 0.95, 38},
	        {5, {0, 10, 20, 30, 40}, 0, 0},
	        {5, {0, 10, 20, 30, 40}, 1, 40},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		double found = fs_percentile(table[i].ascending, table[i].count, table[i].fraction);
		if (fabs(found - table[i].expected) > 1e-12)
			fail_msg("row %zu: %.17g, expected %.17g", i, found, table[i].expected);
	}
}

static void spread_of_unsorted_samples(void **state)
{
	(void)state;
	double samples[101];
	for (int i = 0; i <= 100; i++)
		samples[i] = i * 37 % 101; /* 0..100, shuffled: 37 and 101 are coprime */
	struct fs_spread spread = fs_spread_of(samples, 101);
	assert_true(spread.median == 50);
	assert_true(spread.p5 == 5);
	assert_true(spread.p95 == 95);
}

static void rank_correlations(void **state)
{
	(void)state;
	static const struct {
		size_t count;
		double a[5], b[5], expected;
	} table[] = {
	        {3, {1, 2, 3}, {10, 11, 99}, 1}, /* only the order counts */
	        {3, {1, 2, 3}, {3, 2, 1}, -1},
	        {3, {1, 2, 3}, {1, 3, 2}, 0.5},                  /* 1 - 6 (0 + 1 + 1) / (3 * 8) */
	        {5, {5, 4, 3, 2, 1}, {50, 40, 30, 10, 20}, 0.9}, /* 1 - 6 * 2 / (5 * 24) */
	        {4,
	         {1, 1, 2, 2},
	         {1, 2, 3, 4},
	         0.894427190999916}, /* ranks 1.5 1.5 3.5 3.5: 4 / sqrt(4 * 5) */
	        {3, {1, 1, 1}, {1, 2, 3}, NAN},
	        {1, {1}, {1}, NAN},
	        {0, {0}, {0}, NAN},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		double found = fs_rank_correlation(table[i].a, table[i].b, table[i].count);
		if (isnan(table[i].expected) ? !isnan(found) : !(fabs(found - table[i].expected) <= 1e-12))
			fail_msg("row %zu: %.17g, expected %.17g", i, found, table[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(percentiles),
	        cmocka_unit_test(rank_correlations),
	        cmocka_unit_test(spread_of_unsorted_samples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
