#include "unit/plan/stopwatch.h"

#include "base/clock.h"
#include "engine/meter.h"
#include "plan/build.h"
#include "plan/work.h"

/* What was reported. */
struct heard {
	int calls, partial;
	double since_s, shortest_gap_s;
	struct fs_progress last;
};

static void hear(void *context, const struct fs_progress *progress)
{
	struct heard *heard = context;
	double now_s = fs_clock_s();
	assert_true(progress->share >= heard->last.share && progress->share <= 1);
	assert_true(progress->chip_steps >= heard->last.chip_steps);
	assert_true(progress->chip_steps <= progress->of_chip_steps);
	if (progress->share < 1) {
		heard->partial++;
		heard->shortest_gap_s = fmin(heard->shortest_gap_s, now_s - heard->since_s);
		heard->since_s = now_s;
	}
	heard->calls++;
	heard->last = *progress;
}

static struct heard nothing_yet(void)
{
	return (struct heard){.since_s = fs_clock_s(), .shortest_gap_s = INFINITY};
}

static struct fs_engine_options reported_to(struct heard *heard, uint32_t steps)
{
	return (struct fs_engine_options){
	        .compute = FS_COMPUTE_MODEL, .steps = steps, .progress = hear, .progress_context = heard};
}

/* Two steps of a ring over 8 chips: 2 * 14 iterations. After 7 of them a quarter is done. A few chip-steps
 * are not worth a look at the clock: who asks hears of the end alone. */
static void shares_are_of_chip_steps(void **state)
{
	(void)state;
	struct heard heard = nothing_yet();
	struct fs_engine_options options = reported_to(&heard, 2);
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_program *ring = collective_program(system, FS_ALLREDUCE, 8, 1e6, "ring");
	struct fs_meter meter;
	fs_meter_start(&meter, ring, &options, true);
	assert_true(meter.of_chip_steps == 2 * 14 * 8);
	for (int i = 1; i <= 28; i++) {
		fs_meter_iteration(&meter, 8);
		assert_true(meter.effort / meter.of_effort == i / 28.0);
	}
	assert_int_equal(heard.calls, 0);
	fs_meter_end(&meter);
	assert_int_equal(heard.calls, 1);
	assert_true(heard.last.share == 1 && heard.last.chip_steps == 224 && heard.last.of_chip_steps == 224);
	fs_program_destroy(ring);
	fs_system_destroy(system);
}

static void ranks_that_do_not_speak_report_nothing(void **state)
{
	(void)state;
	struct heard heard = nothing_yet();
	struct fs_engine_options options = reported_to(&heard, 1);
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_program *ring = collective_program(system, FS_ALLREDUCE, 8, 1e6, "ring");
	struct fs_meter meter;
	fs_meter_start(&meter, ring, &options, false);
	for (int i = 0; i < 14; i++)
		fs_meter_iteration(&meter, 1 << 20);
	fs_meter_end(&meter);
	assert_int_equal(heard.calls, 0);
	fs_program_destroy(ring);
	fs_system_destroy(system);
}

/* A collective of 480 M chip-steps, in one step, is heard of before it ends, but not all the time. */
static void long_collectives_report_on_their_way(void **state)
{
	(void)state;
	struct heard heard = nothing_yet();
	struct fs_system *system = load_system("cloudmatrix-384");
	struct fs_program *ring = collective_program(system, FS_ALLREDUCE, 15488, 1e9, "ring");
	struct fs_outcome outcome = outcome_of(system, ring, reported_to(&heard, 1));
	assert_true(heard.partial >= 1);
	assert_int_equal(heard.calls, heard.partial + 1);
	assert_true(heard.shortest_gap_s > 0.045);
	assert_true(heard.last.share == 1 && heard.last.chip_steps == 30974.0 * 15488);
	fs_outcome_clear(&outcome);
	fs_program_destroy(ring);
	fs_system_destroy(system);
}

/* Twice the chips or twice the steps are twice the effort; drawing jitter takes its time. */
static void effort_grows_with_what_there_is_to_do(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_engine_options calm = {.compute = FS_COMPUTE_MODEL, .steps = 3, .warmup = 1}, twice = calm,
	                         jitter = calm;
	twice.steps = 7;
	jitter.jitter = true;
	double effort[2];
	for (int i = 0; i < 2; i++) {
		struct fs_program *program = fs_build_start(64u << i);
		struct fs_work nothing = {FS_WORK_NONE, false, 0};
		fs_build_compute(program, system, "kernel", FS_KERNEL_GEMM, 1e9, 1e6, nothing);
		effort[i] = fs_virtual_effort(program, &calm);
		assert_true(fs_virtual_effort(program, &twice) == 2 * effort[i]);
		assert_true(fs_virtual_effort(program, &jitter) > effort[i]);
		fs_program_destroy(program);
	}
	assert_true(effort[0] > 0 && effort[1] == 2 * effort[0]);
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(shares_are_of_chip_steps),
	        cmocka_unit_test(ranks_that_do_not_speak_report_nothing),
	        cmocka_unit_test(long_collectives_report_on_their_way),
	        cmocka_unit_test(effort_grows_with_what_there_is_to_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
