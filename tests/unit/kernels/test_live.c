/* Live kernels: every kind has a name, says what it does, and runs in a short time, again and again. */

#include "testing.h"

#include "kernels/live.h"

#include <string.h>
#include <time.h>

static const struct {
	enum fs_kernel_kind kind;
	const char *name;
	bool memory_bound;
} kinds[FS_KERNELS] = {
        {FS_KERNEL_GEMM, "gemm", false},           {FS_KERNEL_GROUPED_GEMM, "grouped_gemm", false},
        {FS_KERNEL_ATTENTION, "attention", false}, {FS_KERNEL_STREAM, "stream", true},
        {FS_KERNEL_REDUCE, "reduce", true},
};

static void every_kind_says_what_it_is(void **state)
{
	(void)state;
	for (int i = 0; i < FS_KERNELS; i++) {
		struct fs_live_kernel *kernel = fs_live_kernel_create(kinds[i].kind);
		double flop = fs_live_kernel_flop(kernel), bytes = fs_live_kernel_bytes(kernel);

		assert_string_equal(fs_kernel_name(kinds[i].kind), kinds[i].name);
		assert_true(flop > 0.0 && bytes > 0.0);
		assert_true(kinds[i].memory_bound == (flop < bytes));
		fs_live_kernel_destroy(kernel);
	}
}

static double now_s(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The bound is wide, for busy machines and sanitizers; the shortest of many runs must be short. */
static void a_chunk_is_short(void **state)
{
	(void)state;
	for (int i = 0; i < FS_KERNELS; i++) {
		struct fs_live_kernel *kernel = fs_live_kernel_create(kinds[i].kind);
		double shortest_s = 1.0;

		for (int run = 0; run < 30; run++) {
			double begin_s = now_s();

			fs_live_kernel_run(kernel);
			shortest_s = fmin(shortest_s, now_s() - begin_s);
		}
		fs_live_kernel_destroy(kernel);
		if (shortest_s > 0.02)
			fail_msg("%s takes %g s", kinds[i].name, shortest_s);
	}
}

static void the_core_type_has_a_name(void **state)
{
	(void)state;
	assert_non_null(fs_blas_core());
	assert_true(strlen(fs_blas_core()) > 0);
}

static void destroying_nothing_is_fine(void **state)
{
	(void)state;
	fs_live_kernel_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_kind_says_what_it_is),
	        cmocka_unit_test(a_chunk_is_short),
	        cmocka_unit_test(the_core_type_has_a_name),
	        cmocka_unit_test(destroying_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
