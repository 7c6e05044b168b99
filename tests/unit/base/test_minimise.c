/* Functions whose least value is known. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/minimise.h"

static const struct fs_minimise_options options = {
        .evaluations = 2000, .restarts = 1, .side = 0.2, .place = 1e-7, .value = 1e-12};

/* Rosenbrock's valley, Computer Journal 3, 1960: 0 at (1, 1), at the end of a bent valley. */
static double rosenbrock(const double *x, void *context)
{
	int *calls = context;
	++*calls;
	return 100 * pow(x[1] - x[0] * x[0], 2) + pow(1 - x[0], 2);
}

static void a_bent_valley(void **state)
{
	(void)state;
	static const struct fs_range range[] = {{-2, 2}, {-2, 2}};
	double x[] = {-1.2, 1};
	int calls = 0;
	struct fs_minimum found = fs_minimise(2, range, x, rosenbrock, &calls, &options);
	assert_true(found.settled);
	assert_int_equal(found.evaluations, calls);
	assert_true(calls < 600);
	assert_true(fabs(x[0] - 1) < 1e-5 && fabs(x[1] - 1) < 1e-5);
	assert_true(found.value < 1e-10);
	assert_true(found.value == rosenbrock(x, &calls)); /* the value is that of the point */
}

/* Squares of the distances, in logarithms, from (0.5, 20, 3): the tops of parabolas are there or, where a
 * range ends before, at its end. Fails if it is asked outside. */
struct bowl {
	const struct fs_range *range;
	bool left;
};

static double bowl(const double *x, void *context)
{
	static const double least[] = {0.5, 20, 3}, weight[] = {1, 10, 0.1};
	struct bowl *bowl_of = context;
	double sum = 0;
	for (int i = 0; i < 3; i++) {
		bowl_of->left |= x[i] < bowl_of->range[i].low || x[i] > bowl_of->range[i].high;
		sum += weight[i] * pow(log(x[i] / least[i]), 2);
	}
	return sum;
}

static void bounds_hold(void **state)
{
	(void)state;
	static const struct {
		struct fs_range range[3];
		double start[3], least[3];
	} rows[] = {
	        {{{0.1, 1}, {1, 100}, {1, 10}}, {0.9, 2, 9}, {0.5, 20, 3}},  /* all inside */
	        {{{0.6, 1}, {1, 100}, {1, 10}}, {0.9, 2, 9}, {0.6, 20, 3}},  /* one ends before */
	        {{{0.6, 1}, {1, 10}, {4, 10}}, {0.9, 2, 9}, {0.6, 10, 4}},   /* all do */
	        {{{0.1, 1}, {1, 100}, {1, 10}}, {5, 0.1, 10}, {0.5, 20, 3}}, /* begun outside */
	};
	for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
		double x[3] = {rows[row].start[0], rows[row].start[1], rows[row].start[2]};
		struct bowl bowl_of = {.range = rows[row].range};
		fs_minimise(3, bowl_of.range, x, bowl, &bowl_of, &options);
		assert_false(bowl_of.left);
		for (int i = 0; i < 3; i++)
			if (fabs(x[i] / rows[row].least[i] - 1) > 1e-4)
				fail_msg("row %zu: x[%d] = %.9g, not %.9g", row, i, x[i], rows[row].least[i]);
	}
}

static double distance(const double *x, void *context)
{
	(void)context;
	return fabs(x[0] + 1) + fabs(x[1]); /* errors have such edges */
}

static void ranges_through_zero_are_linear(void **state)
{
	(void)state;
	static const struct fs_range range[] = {{-3, 1}, {0, 5}};
	double x[] = {1, 5};
	fs_minimise(2, range, x, distance, NULL, &options);
	assert_true(fabs(x[0] + 1) < 1e-5);
	assert_true(x[1] < 1e-5);
}

static double forbidden(const double *x, void *context)
{
	(void)context;
	return x[0] < 2 ? INFINITY : x[0];
}

static void what_is_not_allowed_is_avoided(void **state)
{
	(void)state;
	static const struct fs_range range[] = {{1, 10}};
	double x[] = {9};
	struct fs_minimum found = fs_minimise(1, range, x, forbidden, NULL, &options);
	assert_true(x[0] >= 2 && x[0] < 2.0001);
	assert_true(found.value == x[0]);
}

static double flat(const double *x, void *context)
{
	int *calls = context;
	++*calls;
	return x[0] > 0;
}

static void nothing_to_find_costs_little(void **state)
{
	(void)state;
	static const struct fs_range range[] = {{1, 10}, {1, 10}};
	double x[] = {3, 4};
	int calls = 0;
	assert_true(fs_minimise(2, range, x, flat, &calls, &options).settled);
	assert_int_equal(calls, 5); /* one, and two simplices' two others */
	assert_true(fabs(x[0] - 3) < 1e-12 && fabs(x[1] - 4) < 1e-12);
}

static void the_limit_is_kept(void **state)
{
	(void)state;
	static const struct fs_range range[] = {{-2, 2}, {-2, 2}};
	struct fs_minimise_options few = options;
	double x[] = {-1.2, 1};
	int calls = 0;
	few.evaluations = 30;
	struct fs_minimum found = fs_minimise(2, range, x, rosenbrock, &calls, &few);
	assert_false(found.settled);
	assert_in_range(calls, 30, 30 + 4); /* a move that was begun is ended: two steps and two corners */
	assert_true(found.value < 24.2);    /* where it began */
}

/* Two valleys: 1 deep at 0.1, 2 deep at 0.8; neither can be seen from the other. */
static double valleys(const double *x, void *context)
{
	(void)context;
	return fmin(fabs(x[0] - 0.1) - 1, 5 * fabs(x[0] - 0.8) - 2);
}

static void the_deeper_valley_needs_a_look_around(void **state)
{
	(void)state;
	static const struct fs_range range[] = {{0, 1}};
	struct fs_minimise_options around = options;
	around.around = 8; /* 1/2 1/4 3/4 1/8 ... */
	around.side = 0.05;
	double near[] = {0.15}, far[] = {0.15};
	const struct fs_minimise_options blind = {
	        .evaluations = 2000, .restarts = 1, .side = 0.05, .place = 1e-7, .value = 1e-12};
	fs_minimise(1, range, near, valleys, NULL, &blind);
	fs_minimise(1, range, far, valleys, NULL, &around);
	assert_true(fabs(near[0] - 0.1) < 1e-6);
	assert_true(fabs(far[0] - 0.8) < 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_bent_valley),
	        cmocka_unit_test(bounds_hold),
	        cmocka_unit_test(ranges_through_zero_are_linear),
	        cmocka_unit_test(what_is_not_allowed_is_avoided),
	        cmocka_unit_test(nothing_to_find_costs_little),
	        cmocka_unit_test(the_limit_is_kept),
	        cmocka_unit_test(the_deeper_valley_needs_a_look_around),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
