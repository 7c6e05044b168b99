#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "base/random.h"

static void assert_near(double value, double expected, double relative)
{
	if (fabs(value - expected) > relative * fabs(expected))
		fail_msg("%.17g, expected %.17g", value, expected);
}

/* Agrees with the C library's to a few units in the last place, over the whole range that is used. */
static void log_and_exp(void **state)
{
	(void)state;
	for (double x = 1e-300; x < 1e300; x *= 3.7)
		assert_near(fs_log(x), log(x), 2e-15);
	for (double x = 0.5; x < 2; x += 0.001)
		assert_true(fabs(fs_log(x) - log(x)) <= 4e-16);
	for (double x = -600; x < 600; x += 0.731)
		assert_near(fs_exp(x), exp(x), 2e-15);
	assert_true(fs_exp(0) == 1);
	assert_true(fs_log(1) == 0);
}

/* Known quantiles (Abramowitz & Stegun, table 26.1 and beyond). */
static void normal_quantiles(void **state)
{
	(void)state;
	static const struct {
		double p, z;
	} table[] = {{0.5, 0},
	             {0.841344746068542949, 1},
	             {0.977249868051820793, 2},
	             {0.998650101968369905, 3},
	             {0.0227501319481792072, -2},
	             {1e-6, -4.75342430882289895},
	             {1e-20, -9.26234008979840636}};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (fabs(fs_normal_quantile(table[i].p) - table[i].z) > 1e-13 * fmax(1, fabs(table[i].z)))
			fail_msg("p = %g: %.17g", table[i].p, fs_normal_quantile(table[i].p));
}

/* Known answer of Philox4x32-10 (Random123's kat_vectors): counter 0, key 0 -> 6627e8d5 e169c58d bc57ac4c
 * 9b00dbd8. */
static void philox_known_answer(void **state)
{
	(void)state;
	struct fs_uniform_pair pair = fs_random_pair(0, 0, 0, 0);
	uint64_t first = 0xe169c58d6627e8d5ull >> 12, second = 0x9b00dbd8bc57ac4cull >> 12;
	assert_true(pair.first == ((double)first + 0.5) * 0x1p-52);
	assert_true(pair.second == ((double)second + 0.5) * 0x1p-52);
}

/* A hundred thousand draws have the moments of a normal distribution; neighbours do not depend on each other.
 */
static void moments(void **state)
{
	(void)state;
	enum { COUNT = 100000 };
	double sum = 0, squares = 0, products = 0, previous = 0;
	for (uint64_t chip = 0; chip < COUNT; chip++) {
		double z = fs_normal_quantile(fs_random_pair(42, chip, 3, 1).first);
		sum += z, squares += z * z, products += z * previous;
		previous = z;
	}
	assert_true(fabs(sum / COUNT) < 0.02);
	assert_true(fabs(squares / COUNT - 1) < 0.03);
	assert_true(fabs(products / COUNT) < 0.02);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(log_and_exp), cmocka_unit_test(normal_quantiles),
	                                   cmocka_unit_test(philox_known_answer), cmocka_unit_test(moments)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
