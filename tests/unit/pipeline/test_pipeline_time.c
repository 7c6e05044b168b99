/* Pipelines by hand. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pipeline/pipeline_time.h"

#include <math.h>

enum { MOST = 8 };

static struct fs_layout layout_of(enum fs_pipelining schedule, uint32_t pp, uint32_t vpp,
                                  uint32_t microbatches)
{
	return (struct fs_layout){
	        .pp = pp, .vpp = vpp, .schedule = schedule, .microbatches = microbatches, .overlap_pp = 1};
}

static void expect(double found, double expected)
{
	if (fabs(found - expected) > 1e-9)
		fail_msg("%g, not %g", found, expected);
}

/* Stages alike: forward 1, backward 2, of which weights 1. */
static void test_stages_alike(void **state)
{
	static const struct {
		enum fs_pipelining schedule;
		uint32_t pp, vpp, m;
		double expected;
	} cases[] = {
	        {FS_1F1B, 1, 1, 5, 5 * 3},
	        {FS_1F1B, 2, 1, 4, 4 * 3 + 3}, /* bubble (p - 1) / m: 3 of 12 */
	        {FS_1F1B, 4, 1, 8, 8 * 3 + 3 * 3},
	        {FS_1F1B, 4, 1, 1, 4 * 3},     /* one micro-batch goes down and up */
	        {FS_1F1B, 4, 1, 100, 103 * 3}, /* beyond 4 pp */
	        {FS_INTERLEAVED, 4, 2, 8, 8 * 3 + 3 * 3 / 2.0},
	        {FS_ZB1P, 4, 1, 8, 8 * 3 + 3 * 1}, /* (p - 1) (F + B - W) = 3 (1 + 1 - 1) */
	        {FS_ZB1P, 4, 1, 100, 100 * 3 + 3 * 1},
	        {FS_ZB1P, 2, 1, 1, 2 * 2 + 1}, /* one micro-batch: only the last weights wait for nobody */
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_layout layout = layout_of(cases[i].schedule, cases[i].pp, cases[i].vpp, cases[i].m);
		struct fs_stage_time stage[MOST];
		double end[MOST];
		for (uint32_t p = 0; p < cases[i].pp; p++)
			stage[p] = (struct fs_stage_time){1, 2, 1};
		expect(fs_pipeline_time_s(&layout, stage, 0, end), cases[i].expected);
	}
}

/* Two stages, four micro-batches. The first twice as slow as the second:
 *   stage 0: F0 0-2, F1 2-4, B0 5-9 (F0 and B0 of stage 1 take until 5), F2 9-11, B1 11-15, F3 15-17, B2
 * 17-21, B3 21-25 The second twice as slow as the first: it begins at 1, works 4 * 6, and stage 0's last
 * backward pass of 2 follows. */
static void test_the_slowest_stage_rules(void **state)
{
	static const struct fs_stage_time first_slow[] = {{2, 4, 0}, {1, 2, 0}};
	static const struct fs_stage_time last_slow[] = {{1, 2, 0}, {2, 4, 0}};
	(void)state;
	struct fs_layout layout = layout_of(FS_1F1B, 2, 1, 4);
	double end[2];
	expect(fs_pipeline_time_s(&layout, first_slow, 0, end), 25);
	expect(fs_pipeline_time_s(&layout, last_slow, 0, end), 1 + 24 + 2);
	expect(end[1], 25);
}

/* Transfers of 1 between two stages, forward 1 and backward 2, two micro-batches:
 *   stage 0: F0 0-1, F1 1-2,                 B0 6-8, B1 9-11
 *   stage 1:          F0 2-3, B0 3-5, F1 5-6, B1 6-8
 * Where the sender waits: F0 is sent from 1 to 2, F1 from 3 to 4; stage 1 sends B0's gradient from 5 to 6,
 * has F1 from 6 to 7 and B1 from 7 to 9, sent until 10: the end is at 12. */
static void test_transfers(void **state)
{
	static const struct fs_stage_time stage[] = {{1, 2, 0}, {1, 2, 0}};
	(void)state;
	struct fs_layout layout = layout_of(FS_1F1B, 2, 1, 2);
	double end[2];
	expect(fs_pipeline_time_s(&layout, stage, 1, end), 11);
	layout.overlap_pp = 0;
	expect(fs_pipeline_time_s(&layout, stage, 1, end), 12);
}

/* 100 micro-batches told from 4 pp of them, with a slow stage and transfers: as all of them told. */
static void test_long_pipelines_go_on_as_they_began(void **state)
{
	(void)state;
	struct fs_stage_time stage[] = {{1.1, 2.1, 0}, {1, 2, 0}, {1, 2, 0}, {1.4, 2.5, 0}};
	struct fs_layout few = layout_of(FS_1F1B, 4, 1, 16), many = layout_of(FS_1F1B, 4, 1, 116);
	double end[4], period;
	double sixteen = fs_pipeline_time_s(&few, stage, 0.25, end);
	double more = fs_pipeline_time_s(&many, stage, 0.25, end);
	period = (more - sixteen) / 100;
	expect(period, 1.4 + 2.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_stages_alike),
	        cmocka_unit_test(test_the_slowest_stage_rules),
	        cmocka_unit_test(test_transfers),
	        cmocka_unit_test(test_long_pipelines_go_on_as_they_began),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
