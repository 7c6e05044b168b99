#include "unit/plan/stopwatch.h"

#include "model/model.h"
#include "plan/build.h"
#include "plan/work.h"

static struct fs_program *training_program(const struct fs_system *system, const char *name, uint64_t chips)
{
	struct fs_program *program;
	struct fs_model model;
	struct fs_error error;
	if (fs_model_load(name, &model, &error) ||
	    fs_program_for_model(system, &model, chips, NULL, &program, &error))
		fail_msg("%s", error.text);
	return program;
}

static const struct fs_engine_options jittered = {
        .compute = FS_COMPUTE_MODEL, .jitter = true, .seed = 7, .steps = 3};
static const struct fs_engine_options calm = {.compute = FS_COMPUTE_MODEL, .steps = 3};

/* The system with one tier's bandwidth, and its latency, so many times what they are; tier -1: of all tiers.
 */
static struct fs_system changed(const struct fs_system *system, int tier, double bandwidth, double latency)
{
	struct fs_system other = *system;
	for (int k = 0; k < system->tiers; k++)
		if (tier < 0 || tier == k) {
			other.tier[k].bandwidth_GBps.value *= bandwidth;
			other.tier[k].latency_us.value *= latency;
			other.tier[k].reduction_latency_us.value *= latency;
		}
	return other;
}

struct job {
	const char *system;
	uint32_t chips;
};

static const struct job jobs[] = {
        {"dgx-h100-superpod", 12}, {"dgx-h100-superpod", 17}, {"cloudmatrix-384", 48}};

enum { JOBS = sizeof jobs / sizeof *jobs };

/* Without a tolerance: every operation of the clock keeps the order of its inputs, rounding included. */
static void assert_better_links_never_hurt(const struct fs_system *system, const struct fs_program *program)
{
	double seconds = step_s(system, program);
	for (int tier = -1; tier < system->tiers; tier++) {
		struct fs_system wider = changed(system, tier, 2, 1), slower = changed(system, tier, 1, 2);
		assert_true(step_s(&wider, program) <= seconds);
		assert_true(step_s(&slower, program) >= seconds);
	}
	/* Both at once only change the scale, and a factor of two rounds nothing. */
	struct fs_system twice = changed(system, -1, 0.5, 2);
	assert_true(step_s(&twice, program) == 2 * seconds);
}

static void better_links_never_hurt_a_collective(void **state)
{
	(void)state;
	static const double sizes[] = {8, 64e3, 1e9};
	for (int i = 0; i < JOBS; i++) {
		struct fs_system *system = load_bare_system(jobs[i].system);
		system->stack.alltoall_peer_us.value = 0; /* it is no link's */
		struct fs_system placed = fs_system_place(system, jobs[i].chips);
		let_all_reduce(&placed, 0.5);
		for (const struct fs_algorithm *row = fs_algorithms; row->name; row++)
			for (int b = 0; b < 3; b++) {
				struct fs_program *program = collective_program(
				        &placed, row->collective, jobs[i].chips, sizes[b], row->name);
				assert_better_links_never_hurt(&placed, program);
				fs_program_destroy(program);
			}
		fs_system_destroy(system);
	}
}

/* The same program, jitter, overlap and interference included. */
static void better_links_never_hurt_a_training_step(void **state)
{
	(void)state;
	struct fs_system *system = load_system("cloudmatrix-384");
	struct fs_program *program = training_program(system, "dp-moe", 48);
	struct fs_outcome plain = outcome_of(system, program, jittered);
	for (int tier = -1; tier < system->tiers; tier++) {
		struct fs_system wider = changed(system, tier, 2, 1), slower = changed(system, tier, 1, 2);
		struct fs_outcome better = outcome_of(&wider, program, jittered);
		struct fs_outcome worse = outcome_of(&slower, program, jittered);
		assert_true(better.step_s[0] <= plain.step_s[0]);
		assert_true(worse.step_s[0] >= plain.step_s[0]);
		fs_outcome_clear(&better);
		fs_outcome_clear(&worse);
	}
	fs_outcome_clear(&plain);
	fs_program_destroy(program);
	fs_system_destroy(system);
}

/* Two collectives issued together on streams of their own, in either order. */
static struct fs_program *two_streams(const struct fs_system *system, bool data_first)
{
	struct fs_program *program = fs_build_start(16);
	struct fs_work nothing = {FS_WORK_NONE, false, 0};
	struct fs_error error;
	fs_build_compute(program, system, "before", FS_KERNEL_GEMM, 1e12, 0, nothing);
	for (int i = 0; i < 2; i++) {
		bool data = data_first == (i == 0);
		struct fs_group group = data ? (struct fs_group){16, 1} : (struct fs_group){8, 1};
		assert_int_equal(fs_build_collective(program, system, "both",
		                                     data ? FS_STREAM_DATA : FS_STREAM_EXPERT,
		                                     data ? FS_ALLREDUCE : FS_ALLTOALL, group, 1e8, NULL,
		                                     (struct fs_buffer){0}, &error),
		                 0);
	}
	fs_build_compute(program, system, "beside", FS_KERNEL_GEMM, 1e11, 0, nothing);
	fs_build_wait(program, data_first ? FS_STREAM_DATA : FS_STREAM_EXPERT);
	fs_build_wait(program, data_first ? FS_STREAM_EXPERT : FS_STREAM_DATA);
	return program;
}

static void streams_do_not_depend_on_the_order_of_issue(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_program *one = two_streams(system, true), *other = two_streams(system, false);
	struct fs_engine_options options = calm;
	struct fs_outcome first = outcome_of(system, one, options),
	                  second = outcome_of(system, other, options);
	assert_true(first.step_s[0] == second.step_s[0]);
	assert_true(first.fingerprint == second.fingerprint);
	assert_true(first.compute_s == second.compute_s);
	fs_outcome_clear(&first);
	fs_outcome_clear(&second);
	fs_program_destroy(one);
	fs_program_destroy(other);
	fs_system_destroy(system);
}

static void seeds_decide_and_nothing_else(void **state)
{
	(void)state;
	struct fs_system *system = load_system("nvl72-gb200");
	struct fs_program *program = training_program(system, "dp-gpt", 96);
	struct fs_engine_options options = jittered, other_seed = jittered, calm_seed = calm;
	other_seed.seed = 8;
	calm_seed.seed = 8;
	struct fs_outcome one = outcome_of(system, program, options),
	                  again = outcome_of(system, program, options);
	struct fs_outcome other = outcome_of(system, program, other_seed);
	struct fs_outcome quiet = outcome_of(system, program, calm),
	                  quiet_too = outcome_of(system, program, calm_seed);
	assert_memory_equal(one.step_s, again.step_s, 3 * sizeof *one.step_s);
	assert_true(one.fingerprint == again.fingerprint);
	assert_true(one.fingerprint != other.fingerprint);
	assert_true(fabs(other.step_s[0] / one.step_s[0] - 1) > 1e-5);
	assert_true(fabs(one.step_s[1] / one.step_s[0] - 1) > 1e-5); /* each step draws anew */
	assert_true(quiet.fingerprint == quiet_too.fingerprint); /* without jitter there is nothing to draw */
	assert_true(quiet.fingerprint != one.fingerprint);
	struct fs_outcome *all[] = {&one, &again, &other, &quiet, &quiet_too};
	for (int i = 0; i < 5; i++)
		fs_outcome_clear(all[i]);
	fs_program_destroy(program);
	fs_system_destroy(system);
}

static double sum_of_steps(const struct fs_outcome *outcome)
{
	double sum = 0;
	for (uint32_t i = 0; i < outcome->steps; i++)
		sum += outcome->step_s[i];
	return sum;
}

/* Means are of times cut to a picosecond (fs_team_sum_exact). */
static bool nearly_equal(double a, double b)
{
	return fabs(a - b) <= 2e-12 + 1e-12 * fabs(b);
}

/* A chip's compute stream is busy or waits, and what is left of a step is behind it when others still run. */
static void busy_and_waiting_times_add_up(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	static const uint64_t chips[] = {1, 2, 24, 384};
	for (int i = 0; i < 4; i++) {
		struct fs_system placed = fs_system_place(system, chips[i]);
		struct fs_program *program = training_program(&placed, "dp-moe", chips[i]);
		struct fs_outcome noisy = outcome_of(&placed, program, jittered),
		                  quiet = outcome_of(&placed, program, calm);
		double mean = sum_of_steps(&noisy) / 3, used = noisy.compute_s + noisy.wait_s;
		assert_true(used <= mean * (1 + 1e-12));
		assert_true(used >= mean * 0.98); /* the last wait brings everyone together */
		assert_true(chips[i] > 1 || nearly_equal(used, mean));
		assert_true(quiet.compute_s >=
		            fs_program_kernels_s(program) * (1 - 1e-9)); /* interference only adds */
		assert_true(chips[i] > 1 || quiet.wait_s == 0);
		fs_outcome_clear(&noisy);
		fs_outcome_clear(&quiet);
		fs_program_destroy(program);
	}
	fs_system_destroy(system);
}

/* Nobody computes, so all of a bare collective is waiting. */
static void a_bare_collective_is_all_wait(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_program *program = collective_program(system, FS_ALLREDUCE, 8, 1e6, "ring");
	struct fs_outcome outcome = outcome_of(system, program, calm);
	assert_true(outcome.compute_s == 0);
	assert_true(nearly_equal(outcome.wait_s, outcome.step_s[0]));
	fs_outcome_clear(&outcome);
	fs_program_destroy(program);
	fs_system_destroy(system);
}

/* Steps that are not counted leave no trace in the means, and counted ones are those that come after. */
static void warm_up_is_not_counted(void **state)
{
	(void)state;
	struct fs_system *system = load_system("nvl72-gb200");
	struct fs_program *program = training_program(system, "dp-gpt", 8);
	struct fs_engine_options all = jittered, last = jittered;
	all.steps = 4;
	last.warmup = 3;
	last.steps = 1;
	struct fs_outcome four = outcome_of(system, program, all), one = outcome_of(system, program, last);
	assert_int_equal(one.steps, 1);
	assert_true(one.step_s[0] == four.step_s[3]);
	assert_true(one.fingerprint == four.fingerprint); /* of all chips' times at the end */
	assert_true(fabs(one.compute_s + one.wait_s - one.step_s[0]) < 0.02 * one.step_s[0]);
	fs_outcome_clear(&four);
	fs_outcome_clear(&one);
	fs_program_destroy(program);
	fs_system_destroy(system);
}

/* Chips that exchange nothing with each other keep their own times: two cells of 8 end as one does. */
static void groups_do_not_touch_each_other(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_error error;
	double seconds[2];
	for (int i = 0; i < 2; i++) {
		struct fs_program *program = fs_build_start(i ? 64 : 8);
		assert_int_equal(fs_build_collective(program, system, "cells", FS_STREAM_DATA, FS_ALLTOALL,
		                                     (struct fs_group){8, 1}, 1e7, "pairwise",
		                                     (struct fs_buffer){0}, &error),
		                 0);
		fs_build_wait(program, FS_STREAM_DATA);
		seconds[i] = step_s(system, program);
		fs_program_destroy(program);
	}
	assert_true(seconds[0] == seconds[1]);
	fs_system_destroy(system);
}

static void keep_progress(void *context, const struct fs_progress *progress)
{
	*(struct fs_progress *)context = *progress;
}

static void the_outcome_says_what_ran(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_program *program = training_program(system, "dp-gpt", 16);
	struct fs_progress last = {0};
	struct fs_engine_options options = jittered;
	options.warmup = 2;
	options.progress = keep_progress;
	options.progress_context = &last;
	struct fs_outcome outcome = outcome_of(system, program, options);
	assert_true(last.share == 1);
	assert_true(last.chip_steps > 0 && last.chip_steps == last.of_chip_steps);
	assert_true(last.chip_steps == 5 * fs_program_work(program).chip_steps); /* warm-up too */
	assert_int_equal(outcome.steps, 3);
	assert_int_equal(outcome.live_chips, 0);
	assert_int_equal(outcome.modelled_chips, 16);
	assert_int_equal(outcome.wrong, 0);
	assert_true(outcome.dilation == 1 && outcome.resolution_s == 0 && outcome.late_s == 0);
	assert_true(isnan(outcome.loss_first) && isnan(outcome.loss_last));
	fs_outcome_clear(&outcome);
	assert_null(outcome.step_s);
	fs_program_destroy(program);
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(better_links_never_hurt_a_collective),
	        cmocka_unit_test(better_links_never_hurt_a_training_step),
	        cmocka_unit_test(streams_do_not_depend_on_the_order_of_issue),
	        cmocka_unit_test(seeds_decide_and_nothing_else),
	        cmocka_unit_test(busy_and_waiting_times_add_up),
	        cmocka_unit_test(a_bare_collective_is_all_wait),
	        cmocka_unit_test(warm_up_is_not_counted),
	        cmocka_unit_test(groups_do_not_touch_each_other),
	        cmocka_unit_test(the_outcome_says_what_ran),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
