/*
 * A step with experts on four chips: ep = 2 neighbours, (0 1) and (2 3), share all experts; dp = 2 copies of
 * them, so the same experts are on (0 2) and on (1 3).
 *
 * One tier: 1 us latency, 1 KB takes 1 us. Dispatch and combine: 2 KB, of which half stays and 1 KB goes to
 * the neighbour, 1 + 1 us. The experts compute for 10 us. Their gradients: a ring of two chips, 2 KB, two
 * rounds of 1 + 1.
 */

#include "story/tiny.h"

static const struct tiny_plan four_chips = {.chips = 4, .tier = {{.group = 4, .GBps = 1, .latency_us = 1}}};
static const struct fs_group neighbours = {.size = 2, .stride = 1}, same_experts = {.size = 2, .stride = 2};

static void to_the_neighbour(struct tiny *tiny)
{
	tiny_issue(tiny, (struct tiny_call){FS_ALLTOALL, "pairwise", KB(2), FS_STREAM_EXPERT, neighbours});
	tiny_wait(tiny, FS_STREAM_EXPERT);
}

static void reduce_gradients(struct tiny *tiny)
{
	tiny_issue(tiny, (struct tiny_call){FS_ALLREDUCE, "ring", KB(2), FS_STREAM_DATA, same_experts});
}

static void all_in_time(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, four_chips);
	to_the_neighbour(&tiny); /* dispatch */
	assert_compute(&tiny, (const double[]){2, 2, 2, 2});
	tiny_compute(&tiny, 10); /* experts */
	to_the_neighbour(&tiny); /* combine */
	assert_compute(&tiny, (const double[]){14, 14, 14, 14});
	reduce_gradients(&tiny);
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){18, 18, 18, 18});
	tiny_compute(&tiny, 3); /* hides three quarters of it */
	tiny_wait(&tiny, FS_STREAM_DATA);
	assert_compute(&tiny, (const double[]){18, 18, 18, 18});
	assert_waited(&tiny, (const double[]){5, 5, 5, 5}); /* 2 + 2 + 1 */
	tiny_destroy(&tiny);
}

/* Chip 3 is 4 us late. Tokens stay within its pair, so the other pair hears of it only through the gradients.
 */
static void a_late_chip_delays_its_neighbour_first(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, four_chips);
	tiny_late(&tiny, 3, 4);
	to_the_neighbour(&tiny);
	assert_compute(&tiny,
	               (const double[]){2, 2, 6, 5}); /* 2: 4 + 1 + 1; for 3 the tokens were there: 4 + 1 */
	tiny_compute(&tiny, 10);
	assert_compute(&tiny, (const double[]){12, 12, 16, 15});
	to_the_neighbour(&tiny);
	assert_compute(&tiny, (const double[]){14, 14, 17, 18}); /* 2: 15 + 1 + 1; 3: 16 + 1 + 1 */
	reduce_gradients(&tiny);
	/* Round 1: 0: 17 + 2 = 19, 2: 17 + 1 = 18. Round 2: 0: 19 + 1 = 20 (head from 2 at 19); 2: 19 + 2
	 * = 21. The other ring, of 1 and 3, is 1 us later. */
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){20, 21, 21, 22});
	tiny_destroy(&tiny);
}

/* While the gradients are under way the next layer's tokens travel on a stream of their own. Either holds its
 * ports half of the time: they meet there for a quarter of it, and the 2 us of the tokens become 2.5. */
static void tokens_overtake_gradients(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, four_chips);
	reduce_gradients(&tiny);
	to_the_neighbour(&tiny);
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){4.5, 4.5, 4.5, 4.5});
	assert_compute(&tiny, (const double[]){2.5, 2.5, 2.5, 2.5});
	tiny_destroy(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(all_in_time),
	        cmocka_unit_test(a_late_chip_delays_its_neighbour_first),
	        cmocka_unit_test(tokens_overtake_gradients),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
