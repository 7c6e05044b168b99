/*
 * All-to-all on four chips: round by round (pairwise) against all at once (direct), with everyone in time and
 * with a late chip.
 *
 * One tier: 1 us latency, 1 KB takes 1 us. The buffer of 4 KB has 1 KB for each chip, of which 3 KB travel:
 * in round s to the chip s places on.
 */

#include "story/tiny.h"

#include "cost/cost.h"

static const struct tiny_plan four_chips = {.chips = 4, .tier = {{.group = 4, .GBps = 1, .latency_us = 1}}};
static const struct tiny_call pairwise = {FS_ALLTOALL, "pairwise", 4000};
static const struct tiny_call direct = {FS_ALLTOALL, "direct", 4000};

static void in_time_pairwise_pays_the_latency_in_every_round(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, four_chips);
	tiny_issue_by_rounds(&tiny, pairwise, 3,
	                     (const double[][TINY_CHIPS]){{2, 2, 2, 2}, {4, 4, 4, 4}, {6, 6, 6, 6}});
	tiny_destroy(&tiny);
}

/* Sends leave at 0, 1, 2, whatever comes in; so heads are there at 1, 2, 3, each as the port is free for it.
 */
static void in_time_direct_pays_it_once(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, four_chips);
	tiny_issue_by_rounds(&tiny, direct, 3,
	                     (const double[][TINY_CHIPS]){{2, 2, 2, 2}, {3, 3, 3, 3}, {4, 4, 4, 4}});
	tiny_destroy(&tiny);
}

/* Chip 0 comes 5 us late. In a round, whoever waited for it makes the next one wait. */
static void pairwise_hands_the_delay_on(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, four_chips);
	tiny_late(&tiny, 0, 5);
	tiny_issue_by_rounds(&tiny, pairwise, 3,
	                     (const double[][TINY_CHIPS]){
	                             {6, 7, 2, 2},     /* 1 hears from 0 */
	                             {7, 8, 8, 9},     /* 2 hears from 0; 3 from 1, which had to wait */
	                             {10, 10, 11, 10}, /* 0 hears from 1 and waits; 2 from 3 */
	                     });
	tiny_destroy(&tiny);
}

/* The late chip's messages leave at 5, 6, 7, all others' at 0, 1, 2. Nobody is delayed twice. */
static void direct_does_not(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, four_chips);
	tiny_late(&tiny, 0, 5);
	tiny_issue_by_rounds(&tiny, direct, 3,
	                     (const double[][TINY_CHIPS]){
	                             {6, 7, 2, 2}, /* head from 0 at 1: 5 + 1, in by 7 */
	                             {7, 8, 8, 3}, /* 1: its next message has waited behind; 2: 6 + 1 + 1 */
	                             {8, 9, 9, 9}, /* 3: 7 + 1 + 1. The late chip is the first to be done */
	                     });
	tiny_destroy(&tiny);
}

/* With 1 byte a message only latencies count: 3 against 1; Bruck needs 2, as 4 = 2^2. */
static void small_messages(void **state)
{
	(void)state;
	static const struct {
		const char *algorithm;
		double us;
	} rows[] = {{"pairwise", 3.003}, {"bruck", 2.004}, {"direct", 1.003}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tiny tiny;
		double us = rows[i].us;
		tiny_create(&tiny, four_chips);
		tiny_issue(&tiny, (struct tiny_call){FS_ALLTOALL, rows[i].algorithm, 4});
		assert_stream(&tiny, FS_STREAM_DATA, (const double[]){us, us, us, us});
		tiny_destroy(&tiny);
	}
}

/* Software that gets half of the link out of many peers, and needs 0.5 us for each: a message holds the ports
 * for 2 + 0.5 us. */
static void slow_software(void **state)
{
	(void)state;
	static const struct {
		struct tiny_call call;
		double us[3];
	} rows[] = {{{FS_ALLTOALL, "pairwise", 4000}, {3.5, 7, 10.5}},
	            {{FS_ALLTOALL, "direct", 4000}, {3.5, 6, 8.5}}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tiny tiny;
		const double *us = rows[i].us;
		tiny_create(&tiny, four_chips);
		tiny.system->stack.alltoall_efficiency.value = 0.5;
		tiny.system->stack.alltoall_peer_us.value = 0.5;
		tiny_issue_by_rounds(&tiny, rows[i].call, 3,
		                     (const double[][TINY_CHIPS]){{us[0], us[0], us[0], us[0]},
		                                                  {us[1], us[1], us[1], us[1]},
		                                                  {us[2], us[2], us[2], us[2]}});
		const struct fs_op *op = &tiny.program->op[0];
		double predicted =
		        fs_cost_schedule_s(tiny.system, NULL, op->group, op->schedule, op->size_bytes);
		assert_true(fabs(predicted - us[2] * 1e-6) < 1e-15);
		tiny_destroy(&tiny);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(in_time_pairwise_pays_the_latency_in_every_round),
	        cmocka_unit_test(in_time_direct_pays_it_once),
	        cmocka_unit_test(pairwise_hands_the_delay_on),
	        cmocka_unit_test(direct_does_not),
	        cmocka_unit_test(small_messages),
	        cmocka_unit_test(slow_software),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
