/* Records come in any order and leave in groups. */

#include "report/summary.h"
#include "unit/report/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void quantiles(void **state)
{
	(void)state;
	static const struct {
		int count;
		double values[5], q, expected;
	} rows[] = {
	        {1, {7}, 0.05, 7},
	        {1, {7}, 0.95, 7},
	        {2, {4, 2}, 0.5, 3},
	        {3, {9, 1, 4}, 0.5, 4},
	        {5, {5, 4, 3, 2, 1}, 0, 1},
	        {5, {5, 4, 3, 2, 1}, 1, 5},
	        {5, {5, 4, 3, 2, 1}, 0.25, 2},
	        {5, {50, 40, 30, 20, 10}, 0.05, 12},
	        {5, {50, 40, 30, 20, 10}, 0.95, 48},
	        {4, {NAN, 3, NAN, 1}, 0.5, 2},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double values[5];
		memcpy(values, rows[i].values, sizeof values);
		assert_true(fabs(fs_quantile(values, rows[i].count, rows[i].q) - rows[i].expected) < 1e-12);
	}
	double nothing[] = {NAN, NAN};
	assert_true(isnan(fs_quantile(nothing, 2, 0.5)));
	assert_true(isnan(fs_quantile(nothing, 0, 0.5)));
}

static void the_weaker_letter_wins(void **state)
{
	(void)state;
	static const struct {
		char a, b, expected;
	} rows[] = {
	        {'R', 'R', 'R'}, {'R', 'D', 'D'}, {'M', 'D', 'M'}, {'E', 'M', 'E'},
	        {'R', 'U', 'E'}, {'R', '?', 'E'}, {'R', 0, 'E'},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(fs_trust_weaker(rows[i].a, rows[i].b), rows[i].expected);
		assert_int_equal(fs_trust_weaker(rows[i].b, rows[i].a), rows[i].expected);
	}
}

static void records_are_grouped_and_sorted(void **state)
{
	(void)state;
	const struct fs_run_record records[] = {
	        a_run("gpt", "nvl72", 64, 2),      a_live_run("gpt", "dgx", 8, 0.01),
	        a_run("moe", "dgx", 8, 1),         a_run("gpt", "dgx", 1024, 1),
	        a_run("gpt", "nvl72", 64, 1),      a_run("gpt", "dgx", 8, 2),
	        a_live_run("gpt", "dgx", 2, 0.02), a_run("gpt", "dgx", 8, 1),
	};
	static const struct {
		const char *model, *system;
		int points;
		struct {
			uint64_t chips;
			bool live;
			int records;
		} point[4];
	} expected[] = {
	        {"gpt", "dgx", 4, {{2, true, 1}, {8, false, 2}, {8, true, 1}, {1024, false, 1}}},
	        {"gpt", "nvl72", 1, {{64, false, 2}}},
	        {"moe", "dgx", 1, {{8, false, 1}}},
	};
	struct fs_summary *summary = fs_summary_create(records, sizeof records / sizeof *records);
	assert_int_equal(summary->count, 3);
	for (int i = 0; i < 3; i++) {
		const struct fs_series *series = &summary->series[i];
		assert_string_equal(series->first->model, expected[i].model);
		assert_string_equal(series->first->system, expected[i].system);
		assert_string_equal(series->label, expected[i].system);
		assert_int_equal(series->points, expected[i].points);
		for (int j = 0; j < series->points; j++) {
			assert_int_equal(series->point[j].first->chips, expected[i].point[j].chips);
			assert_int_equal(series->point[j].live, expected[i].point[j].live);
			assert_int_equal(series->point[j].records, expected[i].point[j].records);
			assert_int_equal(series->point[j].first->seed, 1);
		}
	}
	assert_int_equal(fs_summary_same_model(summary, 0), 2);
	assert_int_equal(fs_summary_same_model(summary, 2), 1);
	fs_summary_destroy(summary);
}

static void near(double value, double expected)
{
	if (fabs(value - expected) > 1e-12)
		fail_msg("%.17g, expected %.17g", value, expected);
}

/* Three seeds, steps of 10, 11 and 15 ms; p5 are 9, 10, 13 ms, p95 12.5, 13, 20 ms. Efficiency is 8 ms /
 * step. */
static void seeds_give_medians_and_bars(void **state)
{
	(void)state;
	struct fs_run_record records[3];
	static const double step[] = {15e-3, 10e-3, 11e-3}, p5[] = {13e-3, 9e-3, 10e-3},
	                    p95[] = {20e-3, 12.5e-3, 13e-3}, straggler[] = {5.5e-3, 0.5e-3, 1.5e-3};
	for (int i = 0; i < 3; i++) {
		records[i] = a_run("gpt", "dgx", 8, (uint64_t)i);
		records[i].step_s = step[i];
		records[i].step_p5_s = p5[i];
		records[i].step_p95_s = p95[i];
		records[i].efficiency = 8e-3 / step[i];
		records[i].straggler_s = straggler[i];
		records[i].wrong = 1;
	}
	struct fs_summary *summary = fs_summary_create(records, 3);
	const struct fs_point *point = summary->series[0].point;
	near(point->step_s.low, 9.1e-3); /* a tenth of the way from 9 to 10 */
	near(point->step_s.median, 11e-3);
	near(point->step_s.high, 19.3e-3); /* nine tenths of the way from 13 to 20 */
	near(point->efficiency.low, 8 / 19.3);
	near(point->efficiency.median, 8 / 11.0);
	near(point->efficiency.high, 8 / 9.1);
	near(point->compute_s, 8e-3);
	near(point->exposed_comm_s, 1.5e-3);
	near(point->straggler_s, 2.5e-3);
	assert_true(isnan(point->difference));
	assert_int_equal(point->wrong, 3);
	fs_summary_destroy(summary);
}

static void labels_tell_series_apart(void **state)
{
	(void)state;
	struct fs_run_record records[] = {
	        a_run("gpt", "dgx", 8, 1),         a_run("gpt", "dgx", 8, 1),
	        a_run("gpt", "cloudmatrix", 8, 1), a_run("gpt", "cloudmatrix", 8, 1),
	        a_run("moe", "dgx", 8, 1),
	};
	strcpy(records[1].overrides, "stack.launch_us=9");
	strcpy(records[3].stack, "cann");
	static const char *const expected[] = {"cloudmatrix, cann", "cloudmatrix, nccl", "dgx",
	                                       "dgx, stack.launch_us=9", "dgx"};
	struct fs_summary *summary = fs_summary_create(records, 5);
	assert_int_equal(summary->count, 5);
	for (int i = 0; i < 5; i++)
		assert_string_equal(summary->series[i].label, expected[i]);
	fs_summary_destroy(summary);
}

static void nothing_gives_nothing(void **state)
{
	(void)state;
	struct fs_summary *summary = fs_summary_create(NULL, 0);
	assert_int_equal(summary->count, 0);
	fs_summary_destroy(summary);
	fs_summary_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(quantiles),
	        cmocka_unit_test(the_weaker_letter_wins),
	        cmocka_unit_test(records_are_grouped_and_sorted),
	        cmocka_unit_test(seeds_give_medians_and_bars),
	        cmocka_unit_test(labels_tell_series_apart),
	        cmocka_unit_test(nothing_gives_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
