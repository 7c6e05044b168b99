/*
 * Four chips on a switch that adds up and multicasts. Who waits for whom, and for how long?
 *
 * 1 us of latency and 2 us in the switch: what the last chip hands in comes back 3 us later. A port gets half
 * of 1 GB/s for it: 1 KB takes 2 us. An allreduce of 4 KB passes 5 KB each way: all 4, and a chip's own one
 * once more. A chip's clock becomes max(its own, the last one's + 3) + what its port takes.
 */

#include "story/tiny.h"

static struct tiny_plan one_switch(void)
{
	return (struct tiny_plan){.chips = 4,
	                          .tier = {{.group = 4,
	                                    .GBps = 1,
	                                    .latency_us = 1,
	                                    .reduction = 0.5,
	                                    .reduction_latency_us = 2}}};
}

static void a_late_chip_delays_everybody_by_the_same(void **state)
{
	(void)state;
	struct tiny tiny;
	struct tiny_call call = {FS_ALLREDUCE, "in_network", KB(4)};
	tiny_create(&tiny, one_switch());
	tiny_issue_by_rounds(&tiny, call, 1, (const double[][TINY_CHIPS]){{13, 13, 13, 13}});
	tiny_late(&tiny, 2, 20); /* 7 after the others are through */
	tiny_issue_by_rounds(&tiny, call, 1, (const double[][TINY_CHIPS]){{33, 33, 33, 33}});
	tiny_wait(&tiny, FS_STREAM_DATA);
	assert_waited(&tiny, (const double[]){33, 33, 13, 33});
	tiny_destroy(&tiny);
}

/* Out 4 KB and in 1, or out 1 and in 4: the fuller way counts. */
static void halves_of_it_pass_four_kilobytes(void **state)
{
	(void)state;
	static const struct tiny_call calls[] = {{FS_REDUCE_SCATTER, "in_network", 4000},
	                                         {FS_ALLGATHER, "multicast", 4000}};
	for (int i = 0; i < 2; i++) {
		struct tiny tiny;
		tiny_create(&tiny, one_switch());
		tiny_late(&tiny, 0, 1);
		tiny_issue_by_rounds(&tiny, calls[i], 1, (const double[][TINY_CHIPS]){{12, 12, 12, 12}});
		tiny_destroy(&tiny);
	}
}

/* Chip 0 is done when its port is; the others wait for it, and a late one for nobody. */
static void a_broadcast_waits_for_its_root_alone(void **state)
{
	(void)state;
	struct tiny tiny;
	struct tiny_call call = {FS_BROADCAST, "multicast", KB(4)};
	tiny_create(&tiny, one_switch());
	tiny_late(&tiny, 0, 5);
	tiny_late(&tiny, 3, 20);
	tiny_issue_by_rounds(&tiny, call, 1, (const double[][TINY_CHIPS]){{13, 16, 16, 28}});
	tiny_destroy(&tiny);
}

/* Pairs on a link of 2 GB/s and 0 us; what joins the pairs reduces. 4 KB: halves within the pair, 1 us; then
 * 2 KB through the switch with the like chip of the other pair: its 2, and 1 once more, 6 us after 3; and the
 * other half back, 1 us. */
static void the_switch_between_pairs_sees_half_of_it(void **state)
{
	(void)state;
	struct tiny tiny;
	struct tiny_call call = {FS_ALLREDUCE, "hierarchical_in_network", KB(4)};
	struct tiny_plan plan = {
	        .chips = 4,
	        .tier = {{.group = 2, .GBps = 2, .latency_us = 0},
	                 {.group = 4,
	                  .GBps = 1,
	                  .latency_us = 1,
	                  .reduction = 0.5,
	                  .reduction_latency_us = 2}},
	};
	tiny_create(&tiny, plan);
	tiny_late(&tiny, 3, 5);
	tiny_issue_by_rounds(&tiny, call, 3,
	                     (const double[][TINY_CHIPS]){
	                             {1, 1, 6, 6},     /* the other pair knows nothing of it */
	                             {15, 15, 15, 15}, /* 0 with 2, and 1 with 3, at 6 + 3 + 6 */
	                             {16, 16, 16, 16}, /* */
	                     });
	tiny_destroy(&tiny);
}

/* Only those who share a group wait: pairs, each with a switch of its own. */
static void groups_are_on_their_own(void **state)
{
	(void)state;
	struct tiny tiny;
	struct tiny_call neighbours = {FS_ALLREDUCE, "in_network", KB(2), FS_STREAM_DATA, {2, 1}};
	struct tiny_call apart = {FS_ALLREDUCE, "in_network", KB(2), FS_STREAM_DATA, {2, 2}};
	tiny_create(&tiny, one_switch());
	tiny_late(&tiny, 3, 5);
	tiny_issue_by_rounds(&tiny, neighbours, 1, (const double[][TINY_CHIPS]){{9, 9, 14, 14}});
	tiny_late(&tiny, 0, 20); /* 11 after it is through */
	tiny_issue_by_rounds(&tiny, apart, 1, (const double[][TINY_CHIPS]){{29, 23, 29, 23}});
	tiny_destroy(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_late_chip_delays_everybody_by_the_same),
	        cmocka_unit_test(halves_of_it_pass_four_kilobytes),
	        cmocka_unit_test(a_broadcast_waits_for_its_root_alone),
	        cmocka_unit_test(the_switch_between_pairs_sees_half_of_it),
	        cmocka_unit_test(groups_are_on_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
