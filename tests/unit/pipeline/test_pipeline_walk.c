/* Schedules turn by turn, by hand. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pipeline/pipeline_walk.h"

#include <math.h>

enum { MOST = 8 };

static struct fs_layout layout_of(enum fs_pipelining schedule, uint32_t pp, uint32_t vpp, uint32_t m)
{
	return (struct fs_layout){
	        .pp = pp, .vpp = vpp, .schedule = schedule, .microbatches = m, .overlap_pp = 1};
}

static void expect(double found, double expected)
{
	if (fabs(found - expected) > 1e-9)
		fail_msg("%g, not %g", found, expected);
}

static double latest(const struct fs_layout *layout, const struct fs_pipeline_times *times)
{
	double last = 0;
	for (uint32_t p = 0; p < layout->pp; p++)
		last = fmax(last, times->end[p]);
	return last;
}

/* Chunks alike: forward 1, backward 2, of which weights 1, both at once 2.5: what papers say in closed form.
 */
static void test_chunks_alike(void **state)
{
	static const struct {
		enum fs_pipelining schedule;
		uint32_t pp, vpp, m;
		double expected;
	} cases[] = {
	        {FS_1F1B, 4, 1, 8, 8 * 3 + 3 * 3},
	        {FS_1F1B, 4, 1, 100, 103 * 3},                /* beyond 4 pp */
	        {FS_INTERLEAVED, 4, 2, 8, 2 * 8 * 3 + 3 * 3}, /* every chunk has 1 and 2 */
	        {FS_ZB1P, 4, 1, 8, 8 * 3 + 3 * 1},            /* (p - 1) (F + B - W) = 3 (1 + 1 - 1) */
	        /* F F, F B, both at once, B, half of B, W: only one pair of four is at once */
	        {FS_DUALPIPE, 2, 1, 4, 1 + 1 + 1 + 2 + 2.5 + 2 + 1 + 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_layout layout = layout_of(cases[i].schedule, cases[i].pp, cases[i].vpp, cases[i].m);
		struct fs_chunk_time chunk[2 * MOST];
		double end[MOST];
		struct fs_pipeline_times times = {.end = end};
		for (int k = 0; k < 2 * MOST; k++)
			chunk[k] = (struct fs_chunk_time){1, 2, 1, 2.5};
		fs_pipeline_walk(&layout, chunk, 0, &times);
		expect(latest(&layout, &times), cases[i].expected);
	}
}

/* DualPipe's stages wait (pp / 2 - 1) (F&B + B - 3 W) (DeepSeek-V3, arXiv 2412.19437, table 2): 3 (3 + 2 - 3)
 * of 8 stages, however many micro-batches; exactly so where pairs gain nothing, F&B = F + B, else less. Stage
 * 0's turns of 20: 11 forward alone (6 near ones, near and far, 3 far), 9 pairs; 11 backward, 7 of them torn.
 */
static void test_dualpipe(void **state)
{
	static const uint32_t microbatches[] = {20, 32, 120};
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct fs_layout layout = layout_of(FS_DUALPIPE, 8, 1, microbatches[i]);
		struct fs_chunk_time chunk[2 * MOST];
		double end[MOST], busy = 0, more = microbatches[i] - 20;
		struct fs_pipeline_times times = {.end = end};
		for (int k = 0; k < 2 * MOST; k++)
			chunk[k] = (struct fs_chunk_time){1, 2, 1, 3};
		fs_pipeline_walk(&layout, chunk, 0, &times);
		for (int kind = 0; kind < FS_TURN_KINDS; kind++)
			busy += times.turn_s[kind];
		expect(end[0] - busy, 3 * (3 + 2 - 3));
		expect(times.turn_s[FS_TURN_FORWARD], 11);
		expect(times.turn_s[FS_TURN_PAIR], (9 + more) * 3);
		expect(times.turn_s[FS_TURN_BACKWARD], 4 * 2);
		expect(times.turn_s[FS_TURN_BACKWARD_INPUT], 7);
		expect(times.turn_s[FS_TURN_BACKWARD_WEIGHT], 7);
		expect(times.turn_s[FS_TURN_END], 0);
	}
}

/* Both directions of two stages, chunk 0 twice as slow as chunk 1 where it is alone: a pair is as slow as
 * said. */
static void test_chunks_of_their_own(void **state)
{
	static const struct fs_chunk_time chunk[] = {{2, 4, 2, 3}, {1, 2, 1, 5}, {2, 4, 2, 3}, {1, 2, 1, 5}};
	(void)state;
	struct fs_layout layout = layout_of(FS_DUALPIPE, 2, 1, 4);
	double end[2];
	struct fs_pipeline_times times = {.end = end};
	fs_pipeline_walk(&layout, chunk, 0, &times);
	expect(times.turn_s[FS_TURN_FORWARD], 2 + 1 + 2);
	expect(times.turn_s[FS_TURN_PAIR], 5); /* forward through chunk 1 */
	expect(times.turn_s[FS_TURN_BACKWARD], 2 + 2);
	expect(times.turn_s[FS_TURN_BACKWARD_INPUT], 2);
	expect(times.turn_s[FS_TURN_BACKWARD_WEIGHT], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_chunks_alike),
	        cmocka_unit_test(test_dualpipe),
	        cmocka_unit_test(test_chunks_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
