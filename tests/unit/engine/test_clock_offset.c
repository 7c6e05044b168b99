#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "engine/clock_offset.h"

#include <math.h>

static void assert_close(double a, double b, double error)
{
	if (!(fabs(a - b) <= error))
		fail_msg("%.12g is not %.12g", a, b);
}

/* Sent at 10 and back after 4 ms; the other clock, 1000 s ahead, was read after 1 ms: the middle is 1 ms off,
 * and the bound of 2 ms holds. */
static void test_one_ping(void **state)
{
	(void)state;
	const struct fs_ping ping = {10.000, 1010.001, 10.004};
	struct fs_clock_offset offset = fs_clock_offset_of(&ping, 1);
	assert_close(offset.offset_s, 999.999, 1e-9);
	assert_close(offset.bound_s, 0.002, 1e-9);
	assert_close(offset.at_s, 1010.001, 1e-9);
}

/* The shortest round trip is believed, wherever it stands among the others. */
static void test_shortest_wins(void **state)
{
	(void)state;
	const struct fs_ping ping[] = {
	        {0.000, -50 + 0.009, 0.010},   /* 10 ms, almost all of it there */
	        {1.000, -50 + 1.0001, 1.0002}, /* 0.2 ms */
	        {2.000, -50 + 2.0001, 2.005},  /* 5 ms, almost all of it back */
	};
	for (int first = 0; first < 3; first++) {
		struct fs_ping turned[3];
		for (int i = 0; i < 3; i++)
			turned[i] = ping[(first + i) % 3];
		struct fs_clock_offset offset = fs_clock_offset_of(turned, 3);
		assert_close(offset.offset_s, -50, 1e-9);
		assert_close(offset.bound_s, 0.0001, 1e-9);
	}
}

/* Made-up clocks and delays: the truth always lies within the bound, however lopsided the way, and the more
 * often one asks the narrower it gets. */
static void test_truth_is_within_bound(void **state)
{
	(void)state;
	double narrow = 0, wide = 0;
	for (uint64_t seed = 0; seed < 500; seed++) {
		double ahead = (fs_random_pair(seed, 0, 0, 0).first - 0.5) * 1e6, now = 1000;
		struct fs_ping ping[100];
		for (uint32_t i = 0; i < 100; i++) {
			struct fs_uniform_pair delay = fs_random_pair(seed, 1, i, 0);
			double there = 20e-6 - 200e-6 * log(delay.first),
			       back = 5e-6 - 100e-6 * log(delay.second);
			ping[i] = (struct fs_ping){now, now + there + ahead, now + there + back};
			now += there + back;
		}
		struct fs_clock_offset few = fs_clock_offset_of(ping, 5),
		                       many = fs_clock_offset_of(ping, 100);
		assert_true(fabs(few.offset_s - ahead) <= few.bound_s + 1e-9);
		assert_true(fabs(many.offset_s - ahead) <= many.bound_s + 1e-9);
		assert_true(many.bound_s <= few.bound_s);
		narrow += many.bound_s / 500;
		wide += few.bound_s / 500;
	}
	assert_true(narrow < 60e-6 && wide > 1.5 * narrow);
}

/* Eight hosts in a binomial tree: host 7 hears of host 3, that of host 1, that of host 0. */
static void test_chain(void **state)
{
	(void)state;
	struct fs_clock_offset one = {5, 100, 1e-5}, three = {7, -300, 2e-5}, seven = {9, 0.5, 4e-5};
	struct fs_clock_offset far = fs_clock_offset_beyond(fs_clock_offset_beyond(one, three), seven);
	assert_close(far.offset_s, -199.5, 1e-9);
	assert_close(far.bound_s, 7e-5, 1e-15);
	assert_close(far.at_s, 9, 0);
}

/* A clock that starts 500 s ahead of the first and gains 40 us a second, known to 20 us at every look. */
static struct fs_clock_offset look_at(double first_s, double wrong_s)
{
	double own_s = 500 + first_s * (1 + 40e-6);
	return (struct fs_clock_offset){own_s, own_s - first_s + wrong_s, 20e-6};
}

static void test_drift(void **state)
{
	(void)state;
	const struct {
		double later_s;
		int seen;
	} rows[] = {{0, 0}, {0.5, 0}, {0.9, 0}, {2, 1}, {10, 1}, {1000, 1}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double now = rows[i].later_s;
		struct fs_clock_line line = fs_clock_line_through(look_at(0, 7e-6), look_at(now, -4e-6));
		assert_int_equal(line.used != 0, rows[i].seen);
		assert_true(line.drift_bound >= fabs(line.drift - 40e-6) - 1e-8);
		/* As long again: wrong by as much as the line was, and twice what its ends were. */
		double error_s = fs_clock_line_error_s(&line, look_at(2 * now, 0));
		assert_true(error_s <= 20e-6 + (rows[i].seen ? 2 * 7e-6 + 4e-6 : 40e-6 * now + 7e-6) + 1e-9);
	}
}

/* There and back again, with a drift and without. */
static void test_same_instant(void **state)
{
	(void)state;
	for (double later = 0; later < 200; later += 50) {
		struct fs_clock_line line = fs_clock_line_through(look_at(0, 0), look_at(later, 0));
		assert_close(fs_clock_own_s(&line, fs_clock_first_s(&line, 1234.5)), 1234.5, 1e-9);
		assert_close(fs_clock_first_s(&line, look_at(later, 0).at_s), later, 1e-9);
		if (line.used != 0)
			assert_close(fs_clock_first_s(&line, look_at(900, 0).at_s), 900, 1e-6);
	}
}

/* One host: a line of nothing changes nothing. */
static void test_no_line(void **state)
{
	(void)state;
	const struct fs_clock_line line = {0};
	assert_close(fs_clock_first_s(&line, 123456.789), 123456.789, 0);
	assert_close(fs_clock_own_s(&line, 123456.789), 123456.789, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_one_ping), cmocka_unit_test(test_shortest_wins),
	        cmocka_unit_test(test_chain),    cmocka_unit_test(test_truth_is_within_bound),
	        cmocka_unit_test(test_drift),    cmocka_unit_test(test_same_instant),
	        cmocka_unit_test(test_no_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
