#include "unit/plan/stopwatch.h"

#include "calibrate/calibration.h"
#include "engine/measured.h"
#include "plan/build.h"

/* A host on which every chunk of every kernel is said to take so many seconds. */
static struct fs_calibration calibration_of(double chunk_s)
{
	struct fs_calibration calibration = {0};
	for (int kind = 0; kind < FS_KERNELS; kind++)
		calibration.kernel[kind].chunk_s = (struct fs_spread){.median = chunk_s};
	return calibration;
}

enum { LIVE = 40 };

/* Said to take a second: the factor is the time that the chunk really took, far below that. */
static void the_live_chips_factor_is_its_own_time(void **state)
{
	(void)state;
	struct fs_calibration calibration = calibration_of(1);
	struct fs_measured *measured = fs_measured_create(&calibration, LIVE);
	for (int kind = 0; kind < FS_KERNELS; kind++) {
		fs_measured_run(measured, (enum fs_kernel_kind)kind);
		double factor = fs_measured_factor(measured, 1, LIVE, 0, 0);
		assert_true(factor > 1e-7 && factor < 0.9);
		assert_true(fs_measured_factor(measured, 2, LIVE, 3, 4) ==
		            factor); /* whatever the coordinates */
	}
	fs_measured_destroy(measured);
	fs_measured_destroy(NULL);
}

static bool is_among(const double *factors, int count, double factor)
{
	for (int i = 0; i < count; i++)
		if (factors[i] == factor)
			return true;
	return false;
}

/* Five runs: the other chips' factors are those five, and in the long run all of them. */
static void other_chips_draw_among_the_measured(void **state)
{
	(void)state;
	enum { RUNS = 5 };
	struct fs_calibration calibration = calibration_of(1e-3);
	struct fs_measured *measured = fs_measured_create(&calibration, LIVE);
	double factors[RUNS], drawn[1000];
	for (int i = 0; i < RUNS; i++) {
		fs_measured_run(measured, FS_KERNEL_STREAM);
		factors[i] = fs_measured_factor(measured, 1, LIVE, 0, 0);
	}
	for (uint64_t chip = 0; chip < 1000; chip++) {
		drawn[chip] = fs_measured_factor(measured, 1, LIVE + 1 + chip, 0, 0);
		assert_true(is_among(factors, RUNS, drawn[chip]));
		assert_true(fs_measured_factor(measured, 1, LIVE + 1 + chip, 0, 0) == drawn[chip]);
	}
	for (int i = 0; i < RUNS; i++)
		assert_true(is_among(drawn, 1000, factors[i]));
	fs_measured_destroy(measured);
}

/* A kernel's factors are drawn from its own measurements. */
static void kernels_do_not_mix(void **state)
{
	(void)state;
	struct fs_calibration calibration = calibration_of(1);
	calibration.kernel[FS_KERNEL_REDUCE].chunk_s.median = 1e-9; /* factors beyond all others */
	struct fs_measured *measured = fs_measured_create(&calibration, LIVE);
	fs_measured_run(measured, FS_KERNEL_REDUCE);
	assert_true(fs_measured_factor(measured, 1, 0, 0, 0) > 10);
	fs_measured_run(measured, FS_KERNEL_GEMM);
	for (uint64_t chip = 0; chip < 100; chip++)
		assert_true(fs_measured_factor(measured, 1, chip, 0, 0) < 10);
	fs_measured_run(measured, FS_KERNEL_REDUCE);
	assert_true(fs_measured_factor(measured, 1, 0, 0, 0) > 10);
	fs_measured_destroy(measured);
}

/* One rank stands in for 8 chips, of which the first is live. Factors, of a host that is slower than it
 * thinks by far, stretch every kernel. */
static void a_run_mixes_measured_factors_in(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_calibration calibration = calibration_of(1e-9);
	struct fs_program *program = fs_build_start(8);
	struct fs_work nothing = {FS_WORK_NONE, false, 0};
	fs_build_compute(program, system, "gemm", FS_KERNEL_GEMM, 1e12, 0, nothing);
	struct fs_engine_options options = {
	        .compute = FS_COMPUTE_BLAS, .steps = 2, .seed = 1, .calibration = &calibration};
	struct fs_outcome outcome = outcome_of(system, program, options);
	assert_int_equal(outcome.live_chips, 1);
	assert_int_equal(outcome.modelled_chips, 7);
	assert_true(outcome.step_s[0] > 100 * fs_program_kernels_s(program));
	assert_true(outcome.compute_s > 100 * fs_program_kernels_s(program));
	fs_outcome_clear(&outcome);
	fs_program_destroy(program);
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_live_chips_factor_is_its_own_time),
	        cmocka_unit_test(other_chips_draw_among_the_measured),
	        cmocka_unit_test(kernels_do_not_mix),
	        cmocka_unit_test(a_run_mixes_measured_factors_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
