#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/jitter.h"
#include "topology/system.h"

#include <math.h>
#include <stdlib.h>

enum { MANY = 200000 };

static struct fs_jitter jitter_of(double core_sigma, double tail_probability, double tail_mean)
{
	return (struct fs_jitter){.core_sigma = {.value = core_sigma},
	                          .tail_probability = {.value = tail_probability},
	                          .tail_mean = {.value = tail_mean}};
}

static void none_is_exactly_one(void **state)
{
	(void)state;
	struct fs_jitter none = jitter_of(0, 0, 0);
	for (uint64_t chip = 0; chip < 1000; chip++)
		assert_true(fs_jitter_factor(&none, 7, chip, (uint32_t)chip % 13, (uint32_t)chip % 7) == 1);
}

/* The logarithm of the core has mean 0 and deviation sigma. */
static void the_core_is_lognormal(void **state)
{
	(void)state;
	struct fs_jitter core = jitter_of(0.05, 0, 0);
	double sum = 0, squares = 0;
	int beyond_two_sigma = 0;
	for (uint64_t chip = 0; chip < MANY; chip++) {
		double z = log(fs_jitter_factor(&core, 1, chip, 2, 3)) / 0.05;
		sum += z;
		squares += z * z;
		beyond_two_sigma += fabs(z) > 2;
	}
	assert_true(fabs(sum / MANY) < 0.01); /* 4.5 standard errors */
	assert_true(fabs(squares / MANY - 1) < 0.015);
	assert_true(fabs((double)beyond_two_sigma / MANY - 0.0455) < 0.002);
}

/* One in a hundred has a tail on top, exponential: of mean 0.5, a fraction e^-2 of them above 1. */
static void the_tail_is_exponential(void **state)
{
	(void)state;
	struct fs_jitter tail = jitter_of(0, 0.01, 0.5);
	double sum = 0;
	int tails = 0, large = 0;
	for (uint64_t chip = 0; chip < MANY; chip++) {
		double factor = fs_jitter_factor(&tail, 1, chip, 2, 3);
		assert_true(factor >= 1);
		tails += factor > 1;
		large += factor > 2;
		sum += factor - 1;
	}
	assert_true(abs(tails - MANY / 100) < 200); /* 4.5 standard errors */
	assert_true(fabs(sum / tails - 0.5) < 0.05);
	assert_true(fabs((double)large / tails - exp(-2)) < 0.035);
}

static void always_a_tail(void **state)
{
	(void)state;
	struct fs_jitter tail = jitter_of(0, 1, 0.5);
	double sum = 0;
	for (uint64_t chip = 0; chip < MANY; chip++)
		sum += fs_jitter_factor(&tail, 1, chip, 0, 0) - 1;
	assert_true(fabs(sum / MANY - 0.5) < 0.005);
}

/* A factor and the one next to it in one of the coordinates. */
struct neighbour {
	const char *name;
	uint64_t seed, chip;
	uint32_t step, op;
};

static const struct neighbour neighbours[] = {
        {"seed", 1, 0, 0, 0},
        {"chip", 0, 1, 0, 0},
        {"step", 0, 0, 1, 0},
        {"op", 0, 0, 0, 1},
        {"high chip", 0, 1ull << 32, 0, 0},
        {"high seed", 1ull << 32, 0, 0, 0},
};

static void every_coordinate_counts_and_neighbours_are_independent(void **state)
{
	(void)state;
	struct fs_jitter jitter = jitter_of(0.1, 0, 0);
	for (size_t i = 0; i < sizeof neighbours / sizeof *neighbours; i++) {
		const struct neighbour *by = &neighbours[i];
		double products = 0;
		for (uint32_t k = 0; k < MANY / 4; k++) {
			uint64_t seed = 5 + k % 3, chip = k;
			uint32_t step = k % 11, op = k % 5;
			double here = log(fs_jitter_factor(&jitter, seed, chip, step, op)) / 0.1;
			double there = log(fs_jitter_factor(&jitter, seed + by->seed, chip + by->chip,
			                                    step + by->step, op + by->op)) /
			               0.1;
			assert_true(here != there);
			products += here * there;
		}
		if (fabs(products / (MANY / 4)) > 0.02)
			fail_msg("factors of neighbouring %s correlate: %g", by->name, products / (MANY / 4));
	}
}

/* Whether a tail comes says nothing about the core. */
static void core_and_tail_are_independent(void **state)
{
	(void)state;
	struct fs_jitter core = jitter_of(0.1, 0, 0), both = jitter_of(0.1, 0.05, 10);
	double sum = 0;
	int tails = 0;
	for (uint64_t chip = 0; chip < MANY; chip++) {
		double alone = fs_jitter_factor(&core, 3, chip, 0, 0);
		double together = fs_jitter_factor(&both, 3, chip, 0, 0);
		assert_true(together >= alone);
		if (together > alone) {
			sum += log(alone) / 0.1;
			tails++;
		}
	}
	assert_true(abs(tails - MANY / 20) < 450);
	assert_true(fabs(sum / tails) < 0.045);
}

/* Many chips at once, from anywhere, draw what each draws alone: the same bits. */
static void together_as_alone(void **state)
{
	(void)state;
	static const struct {
		uint64_t seed, first, count;
		double core_sigma, tail_probability, tail_mean;
	} rows[] = {
	        {1, 0, 1, 0.05, 0.01, 0.5},
	        {7, 15487, 513, 0.02, 0.001, 1},
	        {99, 0xFFFFFFF0, 50000, 0.3, 0.5, 2}, /* chips' numbers grow beyond 32 bits */
	        {1, 0, 2000, 0, 0, 0},
	        {1ull << 63, 3, 511, 0.05, 1, 0.1},
	};
	for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
		struct fs_jitter jitter =
		        jitter_of(rows[row].core_sigma, rows[row].tail_probability, rows[row].tail_mean);
		double *factor = malloc(rows[row].count * sizeof *factor);
		fs_jitter_factors(&jitter, rows[row].seed, rows[row].first, rows[row].count, 5, 11, factor);
		for (uint64_t i = 0; i < rows[row].count; i++)
			assert_true(factor[i] ==
			            fs_jitter_factor(&jitter, rows[row].seed, rows[row].first + i, 5, 11));
		free(factor);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(together_as_alone),
	        cmocka_unit_test(none_is_exactly_one),
	        cmocka_unit_test(the_core_is_lognormal),
	        cmocka_unit_test(the_tail_is_exponential),
	        cmocka_unit_test(always_a_tail),
	        cmocka_unit_test(every_coordinate_counts_and_neighbours_are_independent),
	        cmocka_unit_test(core_and_tail_are_independent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
