#include "unit/plan/stopwatch.h"

#include "plan/build.h"

/* 1 TFLOPS at any size, 1 TB/s, 1 us latency, 1 GB/s: 1e6 flop, 1e6 bytes of memory and 1000 bytes on a link
 * take 1 us. */
static const struct fs_system system_of_ones = {
        .tiers = 1,
        .tier = {{.group = {.value = 64},
                  .bandwidth_GBps = {.value = 1},
                  .efficiency = {.value = 1},
                  .latency_us = {.value = 1},
                  .oversubscription = {.value = 1}}},
        .chip = {.peak_bf16_TFLOPS = {.value = 1}, .memory_TBps = {.value = 1}},
        .stack = {.launch_us = {.value = 3},
                  .kernel = {.points = 1,
                             .log10_flop = {6},
                             .efficiency = {1},
                             .memory_efficiency = {.value = 1},
                             .sustained = {.value = 1}}},
};

static const struct fs_group everyone = {8, 1};

static const struct fs_op *add(struct fs_program *program, enum fs_collective collective,
                               struct fs_group group, double bytes, const char *algorithm)
{
	struct fs_error error;
	struct fs_buffer buffer = {FS_BUFFER_GRADIENT, 3, true, 2};
	if (fs_build_collective(program, &system_of_ones, "gradients", FS_STREAM_EXPERT, collective, group,
	                        bytes, algorithm, buffer, &error))
		fail_msg("%s", error.text);
	return &program->op[program->ops - 1];
}

static void operations_stay_in_the_order_of_issue(void **state)
{
	(void)state;
	struct fs_program *program = fs_build_start(8);
	struct fs_work work = {FS_WORK_QKV, true, 5};
	fs_build_compute(program, &system_of_ones, "qkv", FS_KERNEL_ATTENTION, 7e6, 5e6, work);
	add(program, FS_ALLREDUCE, everyone, 1e6, "ring");
	fs_build_wait(program, FS_STREAM_EXPERT);
	assert_int_equal(program->chips, 8);
	assert_int_equal(program->ops, 3);

	const struct fs_op *compute = &program->op[0];
	assert_int_equal(compute->kind, FS_OP_COMPUTE);
	assert_string_equal(compute->label, "qkv");
	assert_int_equal(compute->kernel, FS_KERNEL_ATTENTION);
	assert_true(compute->flop == 7e6 && compute->bytes == 5e6);
	assert_true(fabs(compute->time_s - 7e-6) < 1e-18);
	assert_true(compute->work.part == work.part && compute->work.backward == work.backward &&
	            compute->work.layer == work.layer);

	const struct fs_op *collective = &program->op[1];
	assert_int_equal(collective->kind, FS_OP_COLLECTIVE);
	assert_string_equal(collective->label, "gradients");
	assert_int_equal(collective->stream, FS_STREAM_EXPERT);
	assert_int_equal(collective->group.size, 8);
	assert_int_equal(collective->group.stride, 1);
	assert_true(collective->size_bytes == 1e6);
	assert_true(fabs(collective->launch_s - 3e-6) < 1e-18);
	assert_string_equal(collective->schedule->algorithm, "ring");
	assert_int_equal(collective->buffer.kind, FS_BUFFER_GRADIENT);
	assert_int_equal(collective->buffer.index, 3);
	assert_int_equal(collective->buffer.layers, 2);

	assert_int_equal(program->op[2].kind, FS_OP_WAIT);
	assert_int_equal(program->op[2].stream, FS_STREAM_EXPERT);
	fs_program_destroy(program);
}

struct share_row {
	enum fs_collective collective;
	struct fs_group group;
	double bytes;
	const char *algorithm;
	int schedules; /* there are now */
};

static const struct share_row shares[] = {
        {FS_ALLREDUCE, {8, 1}, 1e6, "ring", 1},
        {FS_ALLREDUCE, {8, 1}, 1e6, "ring", 1}, /* the next layer's */
        {FS_ALLREDUCE, {8, 1}, 2e6, "ring", 2},
        {FS_ALLREDUCE, {4, 1}, 1e6, "ring", 3},
        {FS_ALLREDUCE, {4, 2}, 1e6, "ring", 4},
        {FS_ALLREDUCE, {8, 1}, 1e6, "tree", 5}, /* another was asked for */
        {FS_REDUCE_SCATTER, {8, 1}, 1e6, "ring", 6},
        {FS_REDUCE_SCATTER, {8, 1}, 1e6, NULL, 7}, /* no wish: may be another than the one before */
        {FS_REDUCE_SCATTER, {8, 1}, 1e6, NULL, 7},
        {FS_ALLREDUCE, {8, 1}, 1e6, "tree", 7},
};

static void equal_collectives_share_a_schedule(void **state)
{
	(void)state;
	struct fs_program *program = fs_build_start(8);
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
		const struct share_row *row = &shares[i];
		const struct fs_op *op =
		        add(program, row->collective, row->group, row->bytes, row->algorithm);
		assert_int_equal(program->schedules, row->schedules);
		assert_int_equal(op->schedule->collective, row->collective);
		assert_int_equal(op->schedule->size, row->group.size);
		if (row->algorithm)
			assert_string_equal(op->schedule->algorithm, row->algorithm);
	}
	fs_program_destroy(program);
}

/* As a benchmark's loop launches ahead. */
static void a_bare_collective_has_no_launch_cost(void **state)
{
	(void)state;
	struct fs_program *program = collective_program(&system_of_ones, FS_ALLGATHER, 4, 4000, "ring");
	assert_int_equal(program->ops, 2);
	assert_int_equal(program->op[0].kind, FS_OP_COLLECTIVE);
	assert_true(program->op[0].launch_s == 0);
	assert_int_equal(program->op[0].buffer.kind, FS_BUFFER_NONE);
	assert_int_equal(program->op[1].kind, FS_OP_WAIT);
	assert_int_equal(program->op[1].stream, program->op[0].stream);
	assert_true(fabs(step_s(&system_of_ones, program) - 6e-6) < 1e-18); /* 3 rounds of 1 + 1 us */
	assert_true(fs_program_kernels_s(program) == 0);
	fs_program_destroy(program);
}

static void kernels_add_up_without_waits(void **state)
{
	(void)state;
	struct fs_program *program = fs_build_start(8);
	struct fs_work nothing = {FS_WORK_NONE, false, 0};
	fs_build_compute(program, &system_of_ones, "a", FS_KERNEL_GEMM, 4e6, 0, nothing);
	add(program, FS_ALLREDUCE, everyone, 1e9, NULL);
	fs_build_wait(program, FS_STREAM_EXPERT);
	fs_build_compute(program, &system_of_ones, "b", FS_KERNEL_STREAM, 0, 2e6, nothing);
	assert_true(fabs(fs_program_kernels_s(program) - 6e-6) < 1e-18);
	fs_program_destroy(program);
}

static void what_cannot_be_is_refused(void **state)
{
	(void)state;
	struct fs_program *program = NULL;
	struct fs_error error;
	assert_int_equal(fs_program_for_collective(&system_of_ones, FS_ALLTOALL, (1u << 24) + 1, 8, NULL,
	                                           &program, &error),
	                 -1);
	assert_string_equal(error.text, "16777217 chips in one collective; at most 16777216");
	assert_int_equal(
	        fs_program_for_collective(&system_of_ones, FS_BROADCAST, 8, 8, "ring", &program, &error), -1);
	assert_string_equal(error.text,
	                    "broadcast has no algorithm 'ring'; it has: binomial, tree, multicast");
	assert_null(program);
	fs_program_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(operations_stay_in_the_order_of_issue),
	        cmocka_unit_test(equal_collectives_share_a_schedule),
	        cmocka_unit_test(a_bare_collective_has_no_launch_cost),
	        cmocka_unit_test(kernels_add_up_without_waits),
	        cmocka_unit_test(what_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
