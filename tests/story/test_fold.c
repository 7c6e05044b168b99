/*
 * Recursive halving and doubling on three chips. Only two can take part, so chip 0 hands everything to chip 1
 * first (fold), and gets the result back at the end (unfold).
 *
 * One tier: 1 us latency, 1 KB takes 1 us. The buffer of 4 KB has two slots of 2 KB.
 */

#include "story/tiny.h"

static const struct tiny_plan three_chips = {.chips = 3, .tier = {{.group = 3, .GBps = 1, .latency_us = 1}}};
static const struct tiny_call call = {FS_ALLREDUCE, "halving_doubling", 4000};

static void one_is_folded_in(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, three_chips);
	tiny_issue_by_rounds(&tiny, call, 4,
	                     (const double[][TINY_CHIPS]){
	                             {4, 5, 0}, /* fold: 0's port is free at 4, 1 has it all at 1 + 4 */
	                             {4, 7, 8}, /* halving: 2's half is there already, 5 + 2; 2: 5 + 1 + 2 */
	                             {4, 11, 10},  /* doubling: 1: 8 + 1 + 2; 2: 8 + 2 */
	                             {16, 15, 10}, /* unfold: 1 sends 4 KB from 11 to 15; 0 has them at 16 */
	                     });
	tiny_destroy(&tiny);
}

/* Everything goes through chip 1; if chip 0 is late by 3, so is everybody. */
static void if_the_folded_chip_is_late_so_are_all(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, three_chips);
	tiny_late(&tiny, 0, 3);
	tiny_issue_by_rounds(&tiny, call, 4,
	                     (const double[][TINY_CHIPS]){{7, 8, 0}, {7, 10, 11}, {7, 14, 13}, {19, 18, 13}});
	tiny_destroy(&tiny);
}

/* Chip 2 has time until the fold is over: it is expected at 5, less the 1 us that its message takes to be
 * there. */
static void the_unpaired_chip_may_be_four_late(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, three_chips);
	tiny_late(&tiny, 2, 4);
	tiny_issue_by_rounds(&tiny, call, 4,
	                     (const double[][TINY_CHIPS]){{4, 5, 4}, {4, 7, 8}, {4, 11, 10}, {16, 15, 10}});
	tiny_destroy(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(one_is_folded_in),
	        cmocka_unit_test(if_the_folded_chip_is_late_so_are_all),
	        cmocka_unit_test(the_unpaired_chip_may_be_four_late),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
