#include "unit/plan/stopwatch.h"

#include "plan/build.h"
#include "plan/work.h"

/* Iterations that every chip goes through, by the definitions of the algorithms. */
static const struct {
	enum fs_collective collective;
	const char *algorithm;
	uint64_t chips;
	double iterations;
} collectives[] = {
        {FS_ALLREDUCE, "ring", 8, 14},        /* 2 (n - 1) */
        {FS_ALLREDUCE, "ring", 15488, 30974}, /* */
        {FS_ALLGATHER, "ring", 8, 7},         /* n - 1 */
        {FS_ALLTOALL, "pairwise", 1 << 20, (1 << 20) - 1.0},
        {FS_ALLREDUCE, "halving_doubling", 64, 12}, /* 2 log2 n */
        {FS_ALLREDUCE, "halving_doubling", 65, 14}, /* and the odd one is folded in and told */
        {FS_BROADCAST, "binomial", 64, 6},
        {FS_ALLREDUCE, "ring", 1, 0},
};

static void chips_times_iterations(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	for (size_t i = 0; i < sizeof collectives / sizeof *collectives; i++) {
		struct fs_program *program =
		        collective_program(system, collectives[i].collective, collectives[i].chips, 1e6,
		                           collectives[i].algorithm);
		struct fs_program_work work = fs_program_work(program);
		double expected = (double)collectives[i].chips * collectives[i].iterations;
		if (work.chip_steps != expected || work.chip_kernels != 0)
			fail_msg("%s of %s over %llu chips: %.17g chip-steps, not %.17g",
			         collectives[i].algorithm, fs_collective_name(collectives[i].collective),
			         (unsigned long long)collectives[i].chips, work.chip_steps, expected);
		fs_program_destroy(program);
	}
	fs_system_destroy(system);
}

/* 64 chips: two kernels each; a ring in groups of 8 (14 iterations) by all groups at once, twice; a wait is
 * nothing. */
static void operations_add_up(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_program *program = fs_build_start(64);
	struct fs_work nothing = {FS_WORK_NONE, false, 0};
	struct fs_error error;
	for (int i = 0; i < 2; i++) {
		fs_build_compute(program, system, "kernel", FS_KERNEL_GEMM, 1e9, 1e6, nothing);
		assert_int_equal(fs_build_collective(program, system, "ring", FS_STREAM_DATA, FS_ALLREDUCE,
		                                     (struct fs_group){8, 1}, 1e6, "ring",
		                                     (struct fs_buffer){0}, &error),
		                 0);
		fs_build_wait(program, FS_STREAM_DATA);
	}
	struct fs_program_work work = fs_program_work(program);
	assert_true(work.chip_kernels == 2 * 64);
	assert_true(work.chip_steps == 2 * 64 * 14);
	fs_program_destroy(program);
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(chips_times_iterations),
	        cmocka_unit_test(operations_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
