/*
 * Two nodes of two chips: (0 1) (2 3).
 *
 * Inside a node 1 us and 4 GB/s: 10 KB take 2.5 us. Between nodes 2 us and 1 GB/s: 10 KB take 10 us.
 */

#include "story/tiny.h"

static const struct tiny_plan two_nodes = {
        .chips = 4,
        .tier = {{.group = 2, .GBps = 4, .latency_us = 1}, {.group = 4, .GBps = 1, .latency_us = 2}}};

/* The ring 0 -> 1 => 2 -> 3 => 0 crosses the border twice (=>). 40 KB: 10 KB a round. It is one of two that
 * the library runs, each of which crosses at another chip, so what crosses has both ports of the node: 2 + 5.
 * A message takes turns on both kinds of links: two rounds take 2 + 5 and 1 + 2.5. */
static void a_ring_has_all_ports_of_a_node_at_its_border(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, two_nodes);
	struct tiny_call ring = {FS_ALLREDUCE, "ring", KB(40)};
	tiny_issue_by_rounds(&tiny, ring, 6,
	                     (const double[][TINY_CHIPS]){
	                             {7, 5, 7, 5},         /* 1: has its message by 3.5, and sends until 5 */
	                             {12, 10.5, 12, 10.5}, /* 1: 7 + 1 + 2.5 */
	                             {17.5, 15.5, 17.5, 15.5}, /* 0: 10.5 + 2 + 5; 1: 12 + 1 + 2.5 */
	                             {22.5, 21, 22.5, 21},
	                             {28, 26, 28, 26},
	                             {33, 31.5, 33, 31.5},
	                     });
	tiny_destroy(&tiny);
}

/* 1 KB a round: 2 + 0.5 us over the border, 1 + 0.25 inside. */
static void small_messages_take_turns_on_slow_and_fast_links(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, two_nodes);
	struct tiny_call ring = {FS_ALLREDUCE, "ring", KB(4)};
	tiny_issue_by_rounds(&tiny, ring, 6,
	                     (const double[][TINY_CHIPS]){
	                             {2.5, 1.25, 2.5, 1.25},
	                             {3.75, 3.75, 3.75, 3.75}, /* 0: 1.25 + 2 + 0.5; 1: 2.5 + 1 + 0.25 */
	                             {6.25, 5, 6.25, 5},
	                             {7.5, 7.5, 7.5, 7.5},
	                             {10, 8.75, 10, 8.75},
	                             {11.25, 11.25, 11.25, 11.25},
	                     });
	tiny_destroy(&tiny);
}

/* Inside the nodes first: half of 40 KB each way, 1 + 5 us; then a quarter over the border, 2 + 10, and all
 * the way back: 36 us. */
static void hierarchical_crosses_the_border_with_half_as_much(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, two_nodes);
	struct tiny_call hierarchical = {FS_ALLREDUCE, "hierarchical", KB(40)};
	tiny_issue_by_rounds(&tiny, hierarchical, 4,
	                     (const double[][TINY_CHIPS]){
	                             {6, 6, 6, 6},     /* 0 and 1: each the node's sum of 20 KB */
	                             {18, 18, 18, 18}, /* 0 with 2, 1 with 3: the sum of all of 10 KB */
	                             {30, 30, 30, 30},
	                             {36, 36, 36, 36},
	                     });
	tiny_destroy(&tiny);
}

/* Chip 3 is 10 us late. Its node mate hears of it in round 1, the other node in round 2. */
static void hierarchical_with_a_late_chip(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, two_nodes);
	tiny_late(&tiny, 3, 10);
	struct tiny_call hierarchical = {FS_ALLREDUCE, "hierarchical", KB(40)};
	tiny_issue_by_rounds(&tiny, hierarchical, 4,
	                     (const double[][TINY_CHIPS]){
	                             {6, 6, 16, 15}, /* 2: 10 + 1 + 5; for 3 the message was there: 10 + 5 */
	                             {28, 27, 26, 25}, /* 0: 16 + 2 + 10; 2: 16 + 10 */
	                             {38, 37, 40, 39}, /* 2: 28 + 2 + 10; 0: free and head at 28, + 10 */
	                             {43, 44, 45, 46}, /* 3: 40 + 1 + 5. The other node ends 7 and 8 late */
	                     });
	tiny_destroy(&tiny);
}

/* Inside first, all that goes to places of the neighbour's kind: 20 KB, 1 + 5. Then 20 KB over the border, 2
 * + 20. */
static void alltoall_gathered_before_the_border(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, two_nodes);
	struct tiny_call call = {FS_ALLTOALL, "hierarchical", KB(40)};
	tiny_issue_by_rounds(&tiny, call, 2, (const double[][TINY_CHIPS]){{6, 6, 6, 6}, {28, 28, 28, 28}});
	tiny_destroy(&tiny);
}

/* All at once, in an order in which no two chips of a node send to the same chip at a time: to the neighbour,
 * then to the chip of the same place in the other node, then to its neighbour. All chips do alike: they send
 * from 0, 2.5 and 12.5 on. */
static void alltoall_straight_over_the_border(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, two_nodes);
	struct tiny_call call = {FS_ALLTOALL, "direct", KB(40)};
	tiny_issue_by_rounds(
	        &tiny, call, 3,
	        (const double[][TINY_CHIPS]){
	                {3.5, 3.5, 3.5, 3.5},     /* 1 + 2.5 */
	                {14.5, 14.5, 14.5, 14.5}, /* left at 2.5; + 2 + 10 */
	                {24.5, 24.5, 24.5, 24.5}, /* left at 12.5, found the port busy until 14.5 */
	        });
	tiny_destroy(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_ring_has_all_ports_of_a_node_at_its_border),
	        cmocka_unit_test(small_messages_take_turns_on_slow_and_fast_links),
	        cmocka_unit_test(hierarchical_crosses_the_border_with_half_as_much),
	        cmocka_unit_test(hierarchical_with_a_late_chip),
	        cmocka_unit_test(alltoall_gathered_before_the_border),
	        cmocka_unit_test(alltoall_straight_over_the_border),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
