/*
 * Compute, issue, compute, wait: how much of an allreduce is hidden, and what that costs.
 *
 * Three chips on one tier: 1 us latency, 1 KB takes 1 us. The allreduce of 3 KB takes 8 us. While it is in
 * flight, compute takes 1.25 times as long: in 8 us it gets 6.4 us of work done.
 */

#include "story/tiny.h"

static const struct tiny_plan three_chips = {
        .chips = 3, .tier = {{.group = 3, .GBps = 1, .latency_us = 1}}, .slowdown = 0.25};
static const struct tiny_call allreduce = {FS_ALLREDUCE, "ring", 3000};

static void start(struct tiny *tiny)
{
	tiny_create(tiny, three_chips);
	tiny_compute(tiny, 10);
	assert_compute(tiny, (const double[]){10, 10, 10});
}

static void nothing_to_do_meanwhile(void **state)
{
	(void)state;
	struct tiny tiny;
	start(&tiny);
	tiny_issue(&tiny, allreduce);
	tiny_wait(&tiny, FS_STREAM_DATA);
	assert_compute(&tiny, (const double[]){18, 18, 18});
	assert_waited(&tiny, (const double[]){8, 8, 8});
	tiny_destroy(&tiny);
}

/* 20 us of work: 6.4 of it in the first 8 us, 13.6 at full speed. The allreduce costs 1.6 us and no wait. */
static void full_overlap(void **state)
{
	(void)state;
	struct tiny tiny;
	start(&tiny);
	tiny_issue(&tiny, allreduce);
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){18, 18, 18});
	tiny_compute(&tiny, 20);
	assert_compute(&tiny, (const double[]){31.6, 31.6, 31.6});
	tiny_wait(&tiny, FS_STREAM_DATA);
	assert_compute(&tiny, (const double[]){31.6, 31.6, 31.6});
	assert_busy(&tiny, (const double[]){31.6, 31.6, 31.6});
	assert_waited(&tiny, (const double[]){0, 0, 0});
	tiny_destroy(&tiny);
}

/* 4 us of work, all of it slowed down to 5; then 3 us of the 8 are left to wait for. */
static void partial_overlap(void **state)
{
	(void)state;
	struct tiny tiny;
	start(&tiny);
	tiny_issue(&tiny, allreduce);
	tiny_compute(&tiny, 4);
	assert_compute(&tiny, (const double[]){15, 15, 15});
	tiny_wait(&tiny, FS_STREAM_DATA);
	assert_compute(&tiny, (const double[]){18, 18, 18});
	assert_busy(&tiny, (const double[]){15, 15, 15});
	assert_waited(&tiny, (const double[]){3, 3, 3});
	tiny_destroy(&tiny);
}

/* Cut into two kernels, the work is done at the same time: the second is slowed down for what is left of the
 * flight. */
static void two_kernels_are_slowed_down_as_one(void **state)
{
	(void)state;
	struct tiny tiny;
	start(&tiny);
	tiny_issue(&tiny, allreduce);
	tiny_compute(&tiny, 4);
	assert_compute(&tiny, (const double[]){15, 15, 15});
	tiny_compute(&tiny, 16); /* 2.4 of it in 3 us, 13.6 after */
	assert_compute(&tiny, (const double[]){31.6, 31.6, 31.6});
	tiny_destroy(&tiny);
}

/* Chip 0 issues at 15: the ring ends at 22, 23 and 21 instead of 18 (see the late chip's story). The others'
 * compute suffers for as long as their allreduce hangs: by a fifth of 13 and of 11 us, chip 0's by a fifth
 * of 7. */
static void a_late_chip_keeps_everybodys_allreduce_in_flight(void **state)
{
	(void)state;
	struct tiny tiny;
	start(&tiny);
	tiny_late(&tiny, 0, 5);
	tiny_issue(&tiny, allreduce);
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){22, 23, 21});
	tiny_compute(&tiny, 20);
	assert_compute(&tiny, (const double[]){36.4, 32.6, 32.2});
	tiny_wait(&tiny, FS_STREAM_DATA);
	assert_waited(&tiny, (const double[]){0, 0, 0});
	tiny_destroy(&tiny);
}

/* The allreduce alone would take 8 us and hold its ports for 4 of them, the transfer 20 and hold them for 19:
 * they meet there for 0.5 * 0.95 of the time. So both take 1.475 times as long until the shorter one is
 * through, 11.8 us instead of 8. Two in flight slow compute as one does, until the last has ended. */
static void two_streams_in_flight(void **state)
{
	(void)state;
	struct tiny tiny;
	start(&tiny);
	tiny_issue(&tiny, allreduce);
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){18, 18, 18});
	tiny_issue(&tiny, (struct tiny_call){FS_SENDRECV, "direct", KB(19), FS_STREAM_EXPERT});
	assert_stream(&tiny, FS_STREAM_DATA, (const double[]){21.8, 21.8, 21.8});
	assert_stream(&tiny, FS_STREAM_EXPERT, (const double[]){33.8, 33.8, 33.8}); /* 3.8 later than alone */
	tiny_compute(&tiny, 20); /* 19.04 of it until 33.8 */
	assert_compute(&tiny, (const double[]){34.76, 34.76, 34.76});
	tiny_destroy(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_to_do_meanwhile),
	        cmocka_unit_test(full_overlap),
	        cmocka_unit_test(partial_overlap),
	        cmocka_unit_test(two_kernels_are_slowed_down_as_one),
	        cmocka_unit_test(a_late_chip_keeps_everybodys_allreduce_in_flight),
	        cmocka_unit_test(two_streams_in_flight),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
