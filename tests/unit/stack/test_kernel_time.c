#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stack/kernel_time.h"
#include "topology/system.h"

#include <math.h>

/* 100 TFLOPS, 1 TB/s, of which software gets half; no kernel below 2 us. */
static const struct fs_system chip = {
        .chip = {.peak_bf16_TFLOPS = {.value = 100}, .memory_TBps = {.value = 1}},
        .stack.kernel = {.points = 3,
                         .log10_flop = {8, 10, 12},
                         .efficiency = {0.1, 0.5, 0.8},
                         .min_kernel_us = {.value = 2},
                         .memory_efficiency = {.value = 0.5},
                         .sustained = {.value = 1}},
};

struct row {
	double flop, bytes, seconds;
};

static const struct row rows[] = {
        {0, 0, 2e-6},                         /* the shortest kernel */
        {1e6, 10, 2e-6},      {1e8, 0, 1e-5}, /* 1e8 / (1e14 * 0.1) */
        {5e7, 0, 5e-6},                       /* before the curve: as at its start */
        {1e9, 0, 1e9 / 3e13},                 /* half way between 0.1 and 0.5 */
        {1e10, 0, 2e-4},      {1e11, 0, 1e11 / 6.5e13},
        {1e12, 0, 1.25e-2},   {1e14, 0, 1.25}, /* beyond the curve: as at its end */
        {0, 1e9, 2e-3},                        /* memory alone */
        {1e8, 1e9, 2e-3},                      /* the longer of both */
        {1e12, 1e9, 1.25e-2},
};

static void the_slowest_of_launch_arithmetic_and_memory_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double seconds = fs_kernel_time_s(&chip, rows[i].flop, rows[i].bytes);
		assert_true(fabs(seconds / rows[i].seconds - 1) < 1e-12);
	}
}

static void more_work_never_takes_less_time(void **state)
{
	(void)state;
	double before = 0;
	for (double flop = 1e6; flop < 1e15; flop *= 1.01) {
		double seconds = fs_kernel_time_s(&chip, flop, 0);
		assert_true(seconds >= before);
		before = seconds;
	}
}

static void a_curve_of_one_point_is_a_constant(void **state)
{
	(void)state;
	struct fs_system constant = chip;
	constant.stack.kernel.points = 1;
	assert_true(fabs(fs_kernel_time_s(&constant, 1e13, 0) - 1) < 1e-12);
	assert_true(fabs(fs_kernel_time_s(&constant, 1e9, 0) - 1e-4) < 1e-16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_slowest_of_launch_arithmetic_and_memory_counts),
	        cmocka_unit_test(more_work_never_takes_less_time),
	        cmocka_unit_test(a_curve_of_one_point_is_a_constant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
