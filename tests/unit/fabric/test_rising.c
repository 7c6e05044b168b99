/*
 * The queue of things whose levels rise, beside one that looks at everything each time.
 */

#include "unit/fabric/flows.h"

#include "fabric/rising.h"

#include <float.h>

enum { THINGS = 300 };

/* Levels over many octaves, or few, or only some values. */
static double draw_level(uint64_t *state, uint64_t kind)
{
	switch (kind % 3) {
	case 0:
		return exp2(draw_between(state, -30, 30));
	case 1:
		return draw_between(state, 1, 1.5);
	default:
		return (double)(draw(state) % 5);
	}
}

static double least_of(const double *level, const bool *taken)
{
	double least = INFINITY;
	for (uint32_t i = 0; i < THINGS; i++)
		if (!taken[i])
			least = fmin(least, level[i]);
	return least;
}

/* Some of those that are still there rise above `floor`, or never come again. */
static void raise_some(uint64_t *state, uint64_t kind, double floor, double *level)
{
	for (int i = 0; i < 5; i++) {
		uint32_t thing = (uint32_t)(draw(state) % THINGS);
		double risen = fmax(floor, level[thing]) + draw_level(state, kind);
		level[thing] = draw(state) % 8 ? risen : INFINITY;
	}
}

static void least_come_first_and_all_come(void **state)
{
	struct fs_rising *queue = *state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		uint64_t random = seed * 0x9e3779b97f4a7c15u;
		double level[THINGS];
		bool taken[THINGS] = {false};
		uint32_t thing;
		for (uint32_t i = 0; i < THINGS; i++)
			level[i] = draw_level(&random, seed);
		fs_rising_fill(queue, level, THINGS);
		for (double least; (least = least_of(level, taken)) < INFINITY;) {
			assert_false(least > 0 && fs_rising_take(queue, level, least * 0.999, &thing));
			assert_true(
			        fs_rising_take(queue, level, draw(&random) % 2 ? least : DBL_MAX, &thing));
			assert_true(!taken[thing] && level[thing] == least);
			taken[thing] = true;
			raise_some(&random, seed, least, level);
		}
		assert_false(fs_rising_take(queue, level, DBL_MAX, &thing));
	}
}

static void nothing_is_empty(void **state)
{
	uint32_t thing;
	double never = INFINITY;
	fs_rising_fill(*state, NULL, 0);
	assert_false(fs_rising_take(*state, NULL, DBL_MAX, &thing));
	fs_rising_fill(*state, &never, 1);
	assert_false(fs_rising_take(*state, &never, DBL_MAX, &thing));
}

static int set_up(void **state)
{
	*state = fs_rising_create();
	return 0;
}

static int tear_down(void **state)
{
	fs_rising_destroy(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(least_come_first_and_all_come),
	        cmocka_unit_test(nothing_is_empty),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
