/*
 * A ring allreduce on three chips.
 *
 * One tier: a message's head arrives 1 us after it left, and 1 KB takes 1 us to come in. The buffer of 3 KB
 * is cut into 3 slots, so each message takes 1 + 1 = 2 us. Reduce-scatter: 2 rounds; allgather: 2 rounds.
 */

#include "story/tiny.h"

#include "cost/cost.h"

static const struct tiny_plan three_chips = {.chips = 3, .tier = {{.group = 3, .GBps = 1, .latency_us = 1}}};

static void four_rounds_of_two_microseconds(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, three_chips);
	struct tiny_call ring = {FS_ALLREDUCE, "ring", KB(3)};
	tiny_issue_by_rounds(&tiny, ring, 4,
	                     (const double[][TINY_CHIPS]){
	                             {2, 2, 2}, /* every chip has sent one slot and added the one that came */
	                             {4, 4, 4}, /* chip i holds the sum of slot i */
	                             {6, 6, 6}, /* sums go round */
	                             {8, 8, 8}, /* everyone has all three */
	                     });
	/* Nobody computes meanwhile, so everybody waits for all of it. */
	tiny_wait(&tiny, FS_STREAM_DATA);
	assert_compute(&tiny, (const double[]){8, 8, 8});
	assert_waited(&tiny, (const double[]){8, 8, 8});
	tiny_destroy(&tiny);
}

/* 2 (n - 1) alpha + 2 (n - 1) / n S / B = 4 * 1 us + 4 / 3 * 3 us. The bound knows of one latency only. */
static void the_closed_form_says_the_same(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, three_chips);
	const struct fs_op *op = tiny_append(&tiny, (struct tiny_call){FS_ALLREDUCE, "ring", KB(3)});
	assert_true(fabs(fs_cost_schedule_s(tiny.system, NULL, op->group, op->schedule, op->size_bytes) -
	                 8e-6) < 1e-18);
	assert_true(fabs(fs_cost_bound_s(tiny.system, op->group, FS_ALLREDUCE, op->size_bytes) - 4e-6) <
	            1e-18);
	tiny_destroy(&tiny);
}

/* Twice the bytes: 1 + 2 us a message. A second allreduce starts when the first has left the stream. */
static void the_next_one_follows_on_the_same_stream(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, three_chips);
	tiny_issue(&tiny, (struct tiny_call){FS_ALLREDUCE, "ring", KB(3)});
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){8, 8, 8});
	tiny_issue(&tiny, (struct tiny_call){FS_ALLREDUCE, "ring", KB(6)});
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){20, 20, 20});
	assert_stream(&tiny, FS_STREAM_EXPERT, (const double[]){0, 0, 0});
	assert_compute(&tiny, (const double[]){0, 0, 0});
	tiny_destroy(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(four_rounds_of_two_microseconds),
	        cmocka_unit_test(the_closed_form_says_the_same),
	        cmocka_unit_test(the_next_one_follows_on_the_same_stream),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
