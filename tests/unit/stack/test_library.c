/*
 * What NCCL chooses, checked by hand from its constants (stacks/nccl.yaml), and what that then adds.
 */

#include "unit/plan/stopwatch.h"

#include "plan/build.h"
#include "stack/library.h"

struct choice_row {
	const char *system;
	enum fs_collective collective;
	struct fs_group group;
	double bytes;
	const char *algorithm, *protocol;
	double believed_us; /* 0: it has no rival, and nothing is believed of it */
};

static const struct choice_row rows[] = {
        /* 2 hops of 0.6: 6.6 + 1.2 + 1 KiB / 87.7 GB/s */
        {"selene", FS_ALLREDUCE, {2, 1}, 1024, "ring", "LL", 7.8 + 1.024 / 87.7},
        /* At 1 MiB LL takes 7.8 + 11.96, Simple 8.4 + 2 * 3.4 + 1 MiB / 240 GB/s; LL128 needs 17.8 for
         * nothing at all. */
        {"selene", FS_ALLREDUCE, {2, 1}, 1 << 20, "ring", "Simple", 15.2 + 1048.576 / 240},
        {"selene", FS_ALLREDUCE, {2, 1}, 1 << 19, "ring", "LL", 7.8 + 524.288 / 87.7},
        /* 14 hops: LL 15.0 + 7/4 S / 87.7, LL128 14 + 26.6 + 7/4 S / (0.92 * 240), Simple 8.4 + 47.6 +
         * 7/4 S / 240: LL128 from some 2 MiB to some 30. */
        {"selene", FS_ALLREDUCE, {8, 1}, 1 << 20, "ring", "LL", 15 + 1.75 * 1048.576 / 87.7},
        {"selene", FS_ALLREDUCE, {8, 1}, 8 << 20, "ring", "LL128", 40.6 + 1.75 * 8388.608 / 220.8},
        {"selene", FS_ALLREDUCE, {8, 1}, 1 << 28, "ring", "Simple", 56 + 1.75 * 268435.456 / 240},
        /* NVLS: 25 + S / (360 * 0.85 * 8/9), against LL's 15 + 7/4 S / 141 */
        {"hgx-h200", FS_ALLREDUCE, {8, 1}, 1 << 19, "ring", "LL", 15 + 1.75 * 524.288 / 141},
        {"hgx-h200", FS_ALLREDUCE, {8, 1}, 1 << 21, "in_network", "Simple", 25 + 2097.152 / 272},
        /* 7 hops each way alone, and LL's best rate on Blackwell is twice that on Hopper. */
        {"hgx-h200", FS_ALLGATHER, {8, 1}, 1 << 23, "ring", "LL128", 27.3 + 0.875 * 8388.608 / 331.2},
        {"hgx-b200", FS_ALLGATHER, {8, 1}, 1 << 23, "ring", "LL", 10.8 + 0.875 * 8388.608 / 282},
        {"hgx-b200", FS_REDUCE_SCATTER, {8, 1}, 1 << 24, "ring", "Simple", 32.2 + 0.875 * 16777.216 / 720},
        /* 512 GPUs in 64 nodes: a tree of LL, 6.8 + 2 (7 * 0.6 + 6 * 5), at little more than its latency;
         * the ring would need 126 hops of 2.7 between nodes. */
        {"selene", FS_ALLREDUCE, {512, 1}, 8, "tree", "LL", 75.2 + 0.008 / (0.5 * 19)},
        /* One GPU of each node: 63 hops of 2.7. */
        {"selene", FS_ALLGATHER, {64, 8}, 64, "ring", "LL", 6.6 + 63 * 2.7 + 0.064 * 63 / 64 / 12.5},
        /* 16 KiB for each of 8 peers; and 128. */
        {"selene", FS_ALLTOALL, {8, 1}, 128 << 10, "direct", "LL", 0},
        {"selene", FS_ALLTOALL, {8, 1}, 1 << 20, "direct", "Simple", 0},
};

static void nccl_chooses_as_its_tuning_model_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct choice_row *row = &rows[i];
		struct fs_system *system = load_system(row->system);
		struct fs_call call = fs_library_call(system, row->collective, row->group.size,
		                                      row->group.stride, row->bytes);
		struct fs_choice choice[FS_MAX_CHOICES];
		int count = fs_library_choices(system, &call, choice);
		assert_true(count > 0);
		if (strcmp(choice[0].algorithm, row->algorithm) != 0 ||
		    strcmp(choice[0].transport.protocol, row->protocol) != 0)
			fail_msg("row %d: %s %s", (int)i, choice[0].algorithm, choice[0].transport.protocol);
		if (fabs(choice[0].believed_s * 1e6 - row->believed_us) > 1e-6)
			fail_msg("row %d: %.9g us, expected %.9g", (int)i, choice[0].believed_s * 1e6,
			         row->believed_us);
		for (int k = 1; k < count; k++)
			assert_true(choice[k - 1].believed_s <= choice[k].believed_s);
		fs_system_destroy(system);
	}
}

static void a_call_knows_its_nodes(void **state)
{
	(void)state;
	static const struct {
		struct fs_group group;
		uint32_t nodes;
		double inside_GBps, between_GBps; /* by the data sheets */
	} calls[] = {
	        {{8, 1}, 1, 300, 0},  {{16, 1}, 2, 300, 200},
	        {{4, 2}, 1, 300, 0},  {{64, 8}, 64, 0, 25}, /* one GPU of each node */
	        {{8, 4}, 4, 300, 50},                       /* two of each */
	};
	struct fs_system *system = load_system("selene");
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		struct fs_call call = fs_library_call(system, FS_ALLREDUCE, calls[i].group.size,
		                                      calls[i].group.stride, 1e6);
		assert_int_equal(call.nodes, calls[i].nodes);
		assert_true(fabs(call.nominal_inside_Bps * 1e-9 - calls[i].inside_GBps) < 1e-9);
		assert_true(fabs(call.nominal_between_Bps * 1e-9 - calls[i].between_GBps) < 1e-9);
	}
	fs_system_destroy(system);
}

/* base + extra + 2 (n - 1) (latency + hop) + 2 (n - 1) / n S / (rate B) + own part, from the files' own
 * numbers: the engine's time of a ring on one tier. */
static void a_protocols_time_is_its_closed_form(void **state)
{
	(void)state;
	static const struct {
		double bytes;
		int protocol;
	} sizes[] = {{8, FS_LL}, {64 << 10, FS_LL}, {8 << 20, FS_LL128}, {1 << 30, FS_SIMPLE}};
	struct fs_system *system = load_system("selene");
	const struct fs_tier *nvlink = &system->tier[0];
	const struct fs_nccl *nccl = &system->stack.nccl;
	const struct fs_nccl_chip *chip = &system->stack.nccl_chip;
	double n = 8;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		int protocol = sizes[i].protocol;
		double Bps = nvlink->bandwidth_GBps.value * 1e9 * nvlink->efficiency.value *
		             nccl->rate.value[protocol];
		double hop_us = nvlink->latency_us.value + chip->hop_us.value[protocol];
		double moved = (2 * (n - 1) + nccl->own_reduction.value) / n * sizes[i].bytes;
		double expected = (chip->base_us.value + nccl->extra_us.value[protocol]) * 1e-6 +
		                  2 * (n - 1) * hop_us * 1e-6 + moved / Bps;
		struct fs_program *program =
		        collective_program(system, FS_ALLREDUCE, 8, sizes[i].bytes, NULL);
		const struct fs_op *op = &program->op[0];
		double predicted = fs_cost_schedule_s(system, NULL, op->group, op->schedule, op->size_bytes);
		if (fabs(step_s(system, program) / expected - 1) > 1e-12 ||
		    fabs(predicted / expected - 1) > 1e-12)
			fail_msg("%g bytes: %.9g us, predicted %.9g, expected %.9g", sizes[i].bytes,
			         step_s(system, program) * 1e6, predicted * 1e6, expected * 1e6);
		fs_program_destroy(program);
	}
	fs_system_destroy(system);
}

/* NVLSTree works on chunks: what is slower, the node's switches or the way out, decides. 4 GiB over 2 nodes
 * of 8 H100: a port of the switches passes 9/8 of them at 308.7 GB/s, 15.65 ms; the NICs an eighth at 46 to
 * 47, 11.4 to 11.7 ms. One after the other, and reduced before they are handed out, they would take 39 ms.
 * NCCL has been seen to do 470 and 487 GB/s of bus bandwidth (17.1 and 16.5 ms) on 2 nodes. */
static void levels_work_at_the_same_time(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_system placed = fs_system_place(system, 16);
	double bytes = 4.0 * (1 << 30), chunks = bytes / system->stack.nccl.chunk_bytes.value;
	double switches_s = 9.0 / 8 * bytes / (450e9 * system->tier[0].reduction.value);
	double nics_s = bytes / 8 / 46e9, once_s = 200e-6;
	struct fs_program *program = collective_program(&placed, FS_ALLREDUCE, 16, bytes, NULL);
	double seconds = step_s(&placed, program);
	assert_string_equal(program->op[0].schedule->algorithm, "hierarchical_in_network");
	assert_true(seconds > switches_s);
	assert_true(seconds < switches_s + nics_s / chunks + once_s);
	fs_program_destroy(program);
	fs_system_destroy(system);
}

/* An algorithm that NCCL does not have goes in Simple. Experts' kernels are not NCCL's, and a stack without a
 * library adds nothing. */
static void what_is_not_the_librarys(void **state)
{
	(void)state;
	struct fs_system *system = load_system("selene");
	struct fs_program *program = collective_program(system, FS_ALLREDUCE, 8, 8, "halving_doubling");
	assert_string_equal(program->op[0].schedule->transport->protocol, "Simple");
	fs_program_destroy(program);

	struct fs_error error;
	program = fs_build_start(8);
	static const enum fs_buffer_kind kinds[] = {FS_BUFFER_NONE, FS_BUFFER_DISPATCH, FS_BUFFER_NONE};
	for (int i = 0; i < 3; i++)
		assert_int_equal(fs_build_collective(program, system, "exchange", FS_STREAM_EXPERT,
		                                     FS_ALLTOALL, (struct fs_group){8, 1}, 1e6, NULL,
		                                     (struct fs_buffer){.kind = kinds[i]}, &error),
		                 0);
	assert_true(program->op[0].base_s > 0 && program->op[1].base_s == 0);
	assert_true(program->op[2].schedule == program->op[0].schedule);
	fs_program_destroy(program);
	fs_system_destroy(system);

	system = load_system("tpu-v4-pod");
	struct fs_call call = fs_library_call(system, FS_ALLREDUCE, 8, 1, 8);
	struct fs_choice choice[FS_MAX_CHOICES];
	struct fs_transport transport;
	assert_int_equal(fs_library_choices(system, &call, choice), 0);
	assert_false(fs_library_default(system, &call, &transport));
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nccl_chooses_as_its_tuning_model_says),
	        cmocka_unit_test(a_call_knows_its_nodes),
	        cmocka_unit_test(a_protocols_time_is_its_closed_form),
	        cmocka_unit_test(levels_work_at_the_same_time),
	        cmocka_unit_test(what_is_not_the_librarys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
