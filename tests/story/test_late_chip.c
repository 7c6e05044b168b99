/*
 * One chip is late. Who is delayed, and who is not?
 *
 * One tier: 1 us latency, 1 KB takes 1 us. In each round a chip's clock becomes the later of
 *   max(its own clock, sender's clock + 1) + 1   the message has come in
 *   its own clock + 1                            its own message has gone out
 */

#include "story/tiny.h"

static struct tiny_plan one_tier(int chips)
{
	return (struct tiny_plan){.chips = chips, .tier = {{.group = 4, .GBps = 1, .latency_us = 1}}};
}

/* Ring 0 -> 1 -> 2 -> 0. Without the delay all three would be at 2, 4, 6, 8. */
static void a_delay_travels_round_the_ring_one_chip_a_round(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, one_tier(3));
	tiny_late(&tiny, 0, 5);
	struct tiny_call ring = {FS_ALLREDUCE, "ring", KB(3)};
	tiny_issue_by_rounds(&tiny, ring, 4,
	                     (const double[][TINY_CHIPS]){
	                             {6, 7, 2},    /* 1 waits for 0; 2 does not know yet */
	                             {7, 8, 9},    /* 2 waits for 1. For 0 a message has been waiting */
	                             {11, 9, 10},  /* 0 has to wait for 2, 1 has not had to wait for 0 */
	                             {12, 13, 11}, /* the last one ends 5 late, 2 only 3 late */
	                     });
	tiny_wait(&tiny, FS_STREAM_DATA);
	assert_compute(&tiny, (const double[]){12, 13, 11});
	assert_waited(&tiny, (const double[]){7, 13, 11}); /* the late chip waits least */
	tiny_destroy(&tiny);
}

/* Everybody sends to the next once. The late one finds its own message waiting, and loses nothing. */
static void late_by_one_latency_only_the_receiver_loses(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, one_tier(3));
	tiny_late(&tiny, 0, 1);
	struct tiny_call shift = {FS_SENDRECV, "direct", KB(1)};
	tiny_issue_by_rounds(&tiny, shift, 1, (const double[][TINY_CHIPS]){{2, 3, 2}});
	tiny_destroy(&tiny);
}

/* Pairs at distance 1: (0 1) (2 3); then at distance 2: (0 2) (1 3). Buffer 4 KB: halves, quarters, and back.
 */
static void halving_doubling_tells_everybody_in_two_rounds(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, one_tier(4));
	tiny_late(&tiny, 3, 10);
	struct tiny_call call = {FS_ALLREDUCE, "halving_doubling", KB(4)};
	tiny_issue_by_rounds(&tiny, call, 4,
	                     (const double[][TINY_CHIPS]){
	                             {3, 3, 13, 12},   /* 2 KB: 0 and 1 have not met anyone who is late */
	                             {15, 14, 14, 13}, /* 1 KB */
	                             {16, 15, 17, 16}, /* 1 KB: back over distance 2 */
	                             {18, 19, 19, 20}, /* 2 KB; nobody late: 3, 5, 7, 10 */
	                     });
	tiny_destroy(&tiny);
}

/* Binomial tree: 0 -> 1, then 0 -> 2 and 1 -> 3. A sender does not wait until its receiver is ready. */
static void in_a_broadcast_only_those_below_the_late_chip_are_delayed(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, one_tier(4));
	tiny_late(&tiny, 1, 5);
	struct tiny_call call = {FS_BROADCAST, "binomial", KB(1)};
	tiny_issue_by_rounds(
	        &tiny, call, 2,
	        (const double[][TINY_CHIPS]){
	                {1, 6, 0, 0}, /* 0's port is free at 1; the message waits for 1 until 5 */
	                {2, 7, 3, 8}, /* 2 is in time; 3 gets it from 1, 6 + 1 + 1 */
	        });
	tiny_destroy(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_delay_travels_round_the_ring_one_chip_a_round),
	        cmocka_unit_test(late_by_one_latency_only_the_receiver_loses),
	        cmocka_unit_test(halving_doubling_tells_everybody_in_two_rounds),
	        cmocka_unit_test(in_a_broadcast_only_those_below_the_late_chip_are_delayed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
