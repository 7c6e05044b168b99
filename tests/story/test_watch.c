/*
 * What is told of chips that are watched, by the story of two buckets: three chips on one tier, 1 us latency,
 * 1 KB takes 1 us; rings of 3 KB take 8 us, of 6 KB 12 us.
 */

#include "story/tiny.h"

static const struct tiny_plan three_chips = {.chips = 3, .tier = {{.group = 3, .GBps = 1, .latency_us = 1}}};
static const struct tiny_call first = {FS_ALLREDUCE, "ring", 3000};
static const struct tiny_call second = {FS_ALLREDUCE, "ring", 6000};

enum { MOST = 16 };

/* Kinds are kept, as programs that grow move their operations. */
struct seen {
	int count;
	struct fs_span span[MOST];
	enum fs_op_kind kind[MOST];
};

static void see(void *context, const struct fs_span *span)
{
	struct seen *seen = context;
	assert_true(seen->count < MOST);
	seen->kind[seen->count] = span->op->kind;
	seen->span[seen->count++] = *span;
}

struct expected {
	enum fs_op_kind kind;
	double begin_us, end_us;
	bool longer;
};

static void assert_seen(const struct seen *seen, uint64_t chip, const struct expected *expected, int count)
{
	int found = 0;
	for (int i = 0; i < seen->count; i++) {
		const struct fs_span *span = &seen->span[i];
		if (span->chip != chip)
			continue;
		assert_true(found < count);
		assert_int_equal(seen->kind[i], expected[found].kind);
		assert_int_equal(span->longer, expected[found].longer);
		if (!span->longer)
			assert_true(fabs(span->begin_s * 1e6 - expected[found].begin_us) < 1e-9);
		assert_true(fabs(span->end_s * 1e6 - expected[found].end_us) < 1e-9);
		found++;
	}
	assert_int_equal(found, count);
}

/* Before the program grows, the watch is told whom to look at. */
static void watch(struct tiny *tiny, struct seen *seen, const uint64_t *chips, int count)
{
	*seen = (struct seen){0};
	tiny->options.observe = see;
	tiny->options.observe_context = seen;
	tiny->options.observed = chips;
	tiny->options.observed_count = count;
	fs_watch_destroy(&tiny->cluster.watch);
	fs_watch_create(&tiny->cluster.watch, &tiny->options);
	for (int i = 0; i < count; i++)
		fs_watch_chip(&tiny->cluster.watch, chips[i], chips[i]);
	fs_watch_step(&tiny->cluster.watch, 0);
}

static void kernels_collectives_and_waits_are_told(void **state)
{
	(void)state;
	struct tiny tiny;
	struct seen seen;
	tiny_create(&tiny, three_chips);
	watch(&tiny, &seen, (const uint64_t[]){0, 2}, 2);
	tiny_compute(&tiny, 5);
	tiny_issue(&tiny, first);
	tiny_compute(&tiny, 5);
	tiny_issue(&tiny, second);
	tiny_wait(&tiny, FS_STREAM_DATA);
	tiny_wait(&tiny, FS_STREAM_DATA); /* takes no time: not told */
	const struct expected expected[] = {{FS_OP_COMPUTE, 0, 5},
	                                    {FS_OP_COLLECTIVE, 5, 13},
	                                    {FS_OP_COMPUTE, 5, 10},
	                                    {FS_OP_COLLECTIVE, 13, 25},
	                                    {FS_OP_WAIT, 10, 25}};
	assert_seen(&seen, 0, expected, 5);
	assert_seen(&seen, 2, expected, 5);
	assert_int_equal(seen.count, 10);
	tiny_destroy(&tiny);
}

/* The first is 8/3 us longer under way because of the second: test_two_buckets.c. */
static void who_takes_longer_is_told_again(void **state)
{
	(void)state;
	struct tiny tiny;
	struct seen seen;
	struct tiny_call aside = second;
	aside.stream = FS_STREAM_EXPERT;
	tiny_create(&tiny, three_chips);
	watch(&tiny, &seen, (const uint64_t[]){1}, 1);
	tiny_compute(&tiny, 5);
	tiny_issue(&tiny, first);
	tiny_issue(&tiny, aside);
	assert_seen(&seen, 1,
	            (const struct expected[]){{FS_OP_COMPUTE, 0, 5},
	                                      {FS_OP_COLLECTIVE, 5, 13},
	                                      {FS_OP_COLLECTIVE, 0, 13 + 8. / 3, true},
	                                      {FS_OP_COLLECTIVE, 5, 17 + 8. / 3}},
	            4);
	tiny_destroy(&tiny);
}

static void other_steps_are_not_told(void **state)
{
	(void)state;
	struct tiny tiny;
	struct seen seen;
	tiny_create(&tiny, three_chips);
	watch(&tiny, &seen, (const uint64_t[]){1}, 1);
	fs_watch_step(&tiny.cluster.watch, 1);
	tiny_compute(&tiny, 5);
	assert_int_equal(seen.count, 0);
	tiny_destroy(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(kernels_collectives_and_waits_are_told),
	        cmocka_unit_test(who_takes_longer_is_told_again),
	        cmocka_unit_test(other_steps_are_not_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
