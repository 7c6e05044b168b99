/* What is said of a set of predictions. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "command/validation_summary.h"

#include <math.h>

enum { MOST = 8 };

/* Every measured value is 100, or 100 times the row's number where layouts are ranked. */
static struct fs_validation_summary summary_of(int count, const double *predicted,
                                               struct fs_validation_summary bars)
{
	struct fs_validation_record record[MOST];
	for (int i = 0; i < count; i++) {
		record[i] = (struct fs_validation_record){.measured = 100, .predicted = predicted[i]};
		snprintf(record[i].row, sizeof record[i].row, "row %d", i);
	}
	fs_validation_summarize(record, count, &bars);
	return bars;
}

static bool near(double a, double b)
{
	return isnan(a) ? isnan(b) : fabs(a - b) < 1e-12;
}

static void errors_by_hand(void **state)
{
	(void)state;
	/* Errors +10 %, -20 %, 0, +2 %. */
	struct fs_validation_summary found =
	        summary_of(4, (double[]){110, 80, 100, 102}, (struct fs_validation_summary){0});
	assert_int_equal(found.rows, 4);
	assert_int_equal(found.predicted, 4);
	assert_true(near(found.mean, 0.08));
	assert_true(near(found.median, 0.06)); /* of 0, 2, 10, 20 % */
	assert_true(near(found.bias, -0.02));
	assert_true(near(found.worst, -0.2));
	assert_string_equal(found.worst_row, "row 1");
	assert_true(isnan(found.rank));
	assert_true(found.met); /* no bar */
}

static void bars_are_limits(void **state)
{
	(void)state;
	static const struct {
		double mean, median, worst;
		bool met;
	} rows[] = {
	        {0.09, 0, 0, true},       {0.07, 0, 0, false},       {0, 0.07, 0, true},
	        {0, 0.05, 0, false},      {0, 0, 0.21, true},        {0, 0, 0.19, false},
	        {0.09, 0.07, 0.21, true}, {0.09, 0.07, 0.19, false}, {0.07, 0, 0.21, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_validation_summary bars = {
		        .bar_mean = rows[i].mean, .bar_median = rows[i].median, .bar_worst = rows[i].worst};
		struct fs_validation_summary found = summary_of(4, (double[]){110, 80, 100, 102}, bars);
		if (found.met != rows[i].met)
			fail_msg("row %zu: %s", i, found.met ? "met" : "not met");
	}
}

/* A row without a prediction spoils the set, and nothing else. */
static void what_is_not_predicted_does_not_count(void **state)
{
	(void)state;
	struct fs_validation_summary wide = {.bar_mean = 10, .bar_worst = 10};
	struct fs_validation_summary found = summary_of(3, (double[]){NAN, 90, 130}, wide);
	assert_int_equal(found.predicted, 2);
	assert_true(near(found.mean, 0.2));
	assert_true(near(found.bias, 0.1));
	assert_string_equal(found.worst_row, "row 2");
	assert_false(found.met);
	found = summary_of(2, (double[]){NAN, NAN}, wide);
	assert_int_equal(found.predicted, 0);
	assert_true(isnan(found.mean) && isnan(found.median) && isnan(found.bias) && isnan(found.worst));
	assert_string_equal(found.worst_row, "");
	assert_false(found.met);
}

/* Three layouts of a in order, four of b of which two neighbours are swapped, two of c, one of nothing:
 * (3 * 1 + 4 * 0.8) / 7; two are too few to rank. */
static void layouts_are_ranked_among_their_like(void **state)
{
	(void)state;
	static const struct {
		const char *of;
		double measured, predicted;
	} rows[] = {{"a", 1, 5}, {"b", 1, 100}, {"a", 2, 6},   {"c", 1, 2}, {"b", 2, 120},
	            {"a", 3, 7}, {"b", 3, 110}, {"b", 4, 130}, {"c", 2, 1}, {"", 9, 0.1}};
	enum { ROWS = sizeof rows / sizeof *rows };
	struct fs_validation_record record[ROWS];
	struct fs_validation_summary found = {0};
	for (int i = 0; i < ROWS; i++) {
		record[i] = (struct fs_validation_record){.measured = rows[i].measured,
		                                          .predicted = rows[i].predicted};
		snprintf(record[i].layouts_of, sizeof record[i].layouts_of, "%s", rows[i].of);
	}
	fs_validation_summarize(record, ROWS, &found);
	assert_true(near(found.rank, 6.2 / 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(errors_by_hand),
	        cmocka_unit_test(bars_are_limits),
	        cmocka_unit_test(what_is_not_predicted_does_not_count),
	        cmocka_unit_test(layouts_are_ranked_among_their_like),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
