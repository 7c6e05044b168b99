#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "topology/system.h"

#include <math.h>

/* Packages of 2, nodes of 8, pods of 24 chips; the outermost tier joins pods. */
static const struct fs_system three = {
        .tiers = 3,
        .tier = {{.group = {.value = 2}}, {.group = {.value = 8}}, {.group = {.value = 24}}},
};

static const struct fs_system one = {.tiers = 1, .tier = {{.group = {.value = 4}}}};

struct pair_row {
	const struct fs_system *system;
	uint64_t a, b;
	int tier;
};

static const struct pair_row pairs[] = {
        {&three, 0, 0, 0},   {&three, 0, 1, 0},   {&three, 1, 2, 1},
        {&three, 2, 3, 0},   {&three, 0, 7, 1},   {&three, 7, 8, 2},
        {&three, 0, 23, 2},  {&three, 23, 24, 2}, /* beyond the last group: still the outermost */
        {&three, 24, 25, 0}, {&three, 26, 31, 1}, {&three, 0, UINT64_MAX, 2},
        {&one, 0, 3, 0},     {&one, 3, 4, 0},     {&one, 0, 1000000, 0},
};

static void a_pair_talks_over_the_innermost_tier_that_holds_both(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		const struct pair_row *row = &pairs[i];
		assert_int_equal(fs_system_tier_between(row->system, row->a, row->b), row->tier);
		assert_int_equal(fs_system_tier_between(row->system, row->b, row->a), row->tier);
	}
}

struct span_row {
	const struct fs_system *system;
	uint64_t span;
	int tier;
};

static const struct span_row spans[] = {
        {&three, 1, 0},  {&three, 2, 0},  {&three, 3, 2}, /* 6, 7, 8 lie in two nodes; 24 is a multiple of 3
                                                           */
        {&three, 4, 1},  {&three, 6, 2},  {&three, 8, 1}, {&three, 12, 2}, {&three, 16, 2},
        {&three, 24, 2}, {&three, 48, 2}, {&one, 4, 0},   {&one, 5, 0},
};

static void a_span_fits_where_its_aligned_blocks_always_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
		assert_int_equal(fs_system_tier_of_span(spans[i].system, spans[i].span), spans[i].tier);
}

/* The rule behind the table, tried on every block of the first three pods: no pair of a block needs more. */
static void no_pair_within_a_span_needs_an_outer_tier(void **state)
{
	(void)state;
	for (uint64_t span = 1; span <= 24; span++) {
		int tier = fs_system_tier_of_span(&three, span);
		for (uint64_t first = 0; first + span <= 72; first += span)
			for (uint64_t other = first; other < first + span; other++)
				assert_true(fs_system_tier_between(&three, first, other) <= tier);
	}
}

static void alpha_and_beta_are_in_seconds(void **state)
{
	(void)state;
	const struct fs_tier tier = {.bandwidth_GBps = {.value = 50},
	                             .efficiency = {.value = 0.8},
	                             .latency_us = {.value = 2.5},
	                             .oversubscription = {.value = 2}};
	assert_true(fabs(fs_tier_alpha_s(&tier) - 2.5e-6) < 1e-21);
	assert_true(fabs(fs_tier_beta_s(&tier) - 1 / 40e9) < 1e-25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_pair_talks_over_the_innermost_tier_that_holds_both),
	        cmocka_unit_test(a_span_fits_where_its_aligned_blocks_always_do),
	        cmocka_unit_test(no_pair_within_a_span_needs_an_outer_tier),
	        cmocka_unit_test(alpha_and_beta_are_in_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
