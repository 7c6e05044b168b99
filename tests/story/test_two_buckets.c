/*
 * Two gradient buckets queue on one stream.
 *
 * Three chips on one tier: 1 us latency, 1 KB takes 1 us. A ring of 3 KB takes 4 * (1 + 1) = 8 us, one of 6
 * KB 4 * (1 + 2) = 12 us.
 */

#include "story/tiny.h"

static const struct tiny_plan three_chips = {.chips = 3, .tier = {{.group = 3, .GBps = 1, .latency_us = 1}}};
static const struct tiny_call first = {FS_ALLREDUCE, "ring", 3000};
static const struct tiny_call second = {FS_ALLREDUCE, "ring", 6000};

static void the_second_waits_for_the_first(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, three_chips);
	tiny_compute(&tiny, 5);
	tiny_issue(&tiny, first);
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){13, 13, 13});
	tiny_compute(&tiny, 5);
	tiny_issue(&tiny, second); /* at 10, but starts at 13 */
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){25, 25, 25});
	tiny_compute(&tiny, 5);
	assert_compute(&tiny, (const double[]){15, 15, 15});
	tiny_wait(&tiny, FS_STREAM_DATA); /* one wait joins both */
	assert_compute(&tiny, (const double[]){25, 25, 25});
	assert_waited(&tiny, (const double[]){10, 10, 10});
	tiny_destroy(&tiny);
}

/* The same with 10 us of compute in between: the stream is idle from 13 to 15. */
static void the_second_comes_when_the_stream_is_free(void **state)
{
	(void)state;
	struct tiny tiny;
	tiny_create(&tiny, three_chips);
	tiny_compute(&tiny, 5);
	tiny_issue(&tiny, first);
	tiny_compute(&tiny, 10);
	tiny_issue(&tiny, second);
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){27, 27, 27});
	tiny_destroy(&tiny);
}

/* On streams of their own both run at once. Alone they would end at 13 and 17; but the first holds its ports
 * for 4 of 8 us, the second for 8 of 12, so that they meet there 1/2 * 2/3 of the time: for as long as both
 * are in flight they take 4/3 as long. */
static void on_two_streams_they_share_the_ports(void **state)
{
	(void)state;
	struct tiny tiny;
	struct tiny_call aside = second;
	aside.stream = FS_STREAM_EXPERT;
	tiny_create(&tiny, three_chips);
	tiny_compute(&tiny, 5);
	tiny_issue(&tiny, first);
	tiny_issue(&tiny, aside);
	const double later = 8. / 3;
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){13 + later, 13 + later, 13 + later});
	assert_stream(&tiny, FS_STREAM_EXPERT, (const double[]){17 + later, 17 + later, 17 + later});
	tiny_wait(&tiny, FS_STREAM_DATA);
	assert_compute(&tiny, (const double[]){13 + later, 13 + later, 13 + later});
	tiny_wait(&tiny, FS_STREAM_EXPERT);
	assert_compute(&tiny, (const double[]){17 + later, 17 + later, 17 + later});
	tiny_destroy(&tiny);
}

/* Small messages hold their ports for 1/11 of the time each, and seldom meet: 1 + 1/121 times as long. */
static void on_two_streams_small_messages_seldom_meet(void **state)
{
	(void)state;
	struct tiny tiny;
	struct tiny_call small = {FS_ALLREDUCE, "ring", 300}, aside = small; /* 4 * (1 + 0.1) */
	aside.stream = FS_STREAM_EXPERT;
	tiny_create(&tiny, three_chips);
	tiny_issue(&tiny, small);
	tiny_issue(&tiny, aside);
	const double end = 4.4 * (1 + 1. / 121);
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){end, end, end});
	assert_stream(&tiny, FS_STREAM_EXPERT, (const double[]){end, end, end});
	tiny_destroy(&tiny);
}

/* Chip 0 comes 50 us late to a collective of 8 us, beside a long one that holds its ports for 80 of 84 us:
 * they meet 1/2 * 20/21 of the time. Who waits for chip 0 sends nothing meanwhile, and nothing is held up by
 * that: of his 58 and 56 us, 8 us and a quarter of them count, of chip 0's all 7. */
static void waiting_for_a_late_chip_holds_nothing_up(void **state)
{
	(void)state;
	struct tiny tiny;
	struct tiny_call beside = {FS_ALLREDUCE, "ring", 60000};
	beside.stream = FS_STREAM_EXPERT;
	const double more = 10. / 21;
	tiny_create(&tiny, three_chips);
	tiny_issue(&tiny, beside);
	tiny_late(&tiny, 0, 50);
	tiny_issue(&tiny, first); /* alone: 57, 58, 56 */
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){57 + 7 * more, 58 + 10 * more, 56 + 10 * more});
	assert_stream(&tiny, FS_STREAM_EXPERT,
	              (const double[]){84 + 7 * more, 84 + 10 * more, 84 + 10 * more});
	tiny_destroy(&tiny);
}

/* The host takes 2 us to launch a collective, while the chip computes on. Who queues has no more of it to
 * pay. */
static void a_launch_hides_in_the_queue(void **state)
{
	(void)state;
	struct tiny tiny;
	struct tiny_plan plan = three_chips;
	plan.launch_us = 2;
	tiny_create(&tiny, plan);
	tiny_compute(&tiny, 5);
	tiny_issue(&tiny, first); /* 5 + 2 + 8 */
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){15, 15, 15});
	tiny_compute(&tiny, 5);
	assert_compute(&tiny, (const double[]){10, 10, 10});
	tiny_issue(&tiny, second); /* launched by 12, starts at 15 */
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){27, 27, 27});
	tiny_destroy(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_second_waits_for_the_first),
	        cmocka_unit_test(the_second_comes_when_the_stream_is_free),
	        cmocka_unit_test(on_two_streams_they_share_the_ports),
	        cmocka_unit_test(on_two_streams_small_messages_seldom_meet),
	        cmocka_unit_test(waiting_for_a_late_chip_holds_nothing_up),
	        cmocka_unit_test(a_launch_hides_in_the_queue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
