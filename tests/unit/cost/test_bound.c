#include "unit/plan/stopwatch.h"

#include "plan/build.h"

static const uint32_t sizes[] = {2, 3, 5, 8, 16, 17, 72, 100, 144, 384};
static const double bytes[] = {8, 1 << 10, 1 << 20, 1 << 30};

enum { SIZES = sizeof sizes / sizeof *sizes, BYTES = sizeof bytes / sizeof *bytes };

/* The engine's time over the bound, for one collective over everyone. */
static double time_over_bound(const struct fs_system *system, const struct fs_algorithm *row, uint32_t chips,
                              double size)
{
	struct fs_program *program = collective_program(system, row->collective, chips, size, row->name);
	double bound = fs_cost_bound_s(system, (struct fs_group){chips, 1}, row->collective, size);
	double ratio = step_s(system, program) / bound;
	assert_true(bound > 0);
	fs_program_destroy(program);
	return ratio;
}

static void no_algorithm_beats_the_bound_of(const struct fs_system *system, uint32_t most)
{
	for (int i = 0; i < SIZES && sizes[i] <= most; i++) {
		struct fs_system placed = fs_system_place(system, sizes[i]);
		for (const struct fs_algorithm *row = fs_algorithms; row->name; row++)
			for (int b = 0; b < BYTES; b++) {
				if (!is_possible(&placed, row, (struct fs_group){sizes[i], 1}))
					continue;
				double ratio = time_over_bound(&placed, row, sizes[i], bytes[b]);
				if (ratio < 1 - 1e-12)
					fail_msg("%s: %s %s, %u chips, %g bytes: time / bound = %.15g",
					         system->name, fs_collective_name(row->collective), row->name,
					         sizes[i], bytes[b], ratio);
			}
	}
}

static void no_algorithm_beats_the_bound(void **state)
{
	(void)state;
	for (int s = 0; s < SHIPPED_SYSTEMS; s++) {
		struct fs_system *system = load_system(shipped_systems[s]);
		no_algorithm_beats_the_bound_of(system, 384);
		fs_system_destroy(system);
	}
}

static void not_even_with_switches_that_reduce(void **state)
{
	(void)state;
	for (int s = 0; s < SHIPPED_SYSTEMS; s++)
		for (double reduction = 0.25; reduction <= 1; reduction *= 2) {
			struct fs_system *system = load_system(shipped_systems[s]);
			let_all_reduce(system, reduction);
			no_algorithm_beats_the_bound_of(system, 100);
			fs_system_destroy(system);
		}
}

/* All groups of `size` chips, each `stride` from the next, with the same collective at once. */
static double groups_over_bound(const struct fs_system *system, const struct fs_algorithm *row,
                                struct fs_group group)
{
	struct fs_error error;
	struct fs_program *program = fs_build_start((uint64_t)group.size * group.stride);
	assert_int_equal(fs_build_collective(program, system, "groups", FS_STREAM_DATA, row->collective,
	                                     group, 1e9, row->name, (struct fs_buffer){0}, &error),
	                 0);
	fs_build_wait(program, FS_STREAM_DATA);
	double ratio = step_s(system, program) / fs_cost_bound_s(system, group, row->collective, 1e9);
	fs_program_destroy(program);
	return ratio;
}

/* A node of 8 holds 3 or 2 members of stride 3. As there is a group for each of the 3 chips in a stride, one
 * of them has only 2 in some node, and the bound holds for that one. */
static void no_algorithm_beats_the_bound_of_strided_groups(void **state)
{
	(void)state;
	static const uint32_t members[] = {2, 3, 5, 6, 8, 12, 16, 24};
	struct fs_system *system = load_system("dgx-h100-superpod");
	let_all_reduce(system, 1);
	for (uint32_t stride = 2; stride <= 9; stride++)
		for (int i = 0; i < 8; i++)
			for (const struct fs_algorithm *row = fs_algorithms; row->name; row++) {
				struct fs_group group = {members[i], stride};
				if (!is_possible(system, row, group))
					continue;
				double ratio = groups_over_bound(system, row, group);
				if (ratio < 1 - 1e-12)
					fail_msg("%s %s, %u chips, each %u from the next: time / bound = "
					         "%.15g",
					         fs_collective_name(row->collective), row->name, group.size,
					         stride, ratio);
			}
	fs_system_destroy(system);
}

/* Nodes of 4 at 4 GB/s and 1 us, leaves of 16 at 1 GB/s and 3 us, a spine of 64 at 2 GB/s and 5 us. */
static const struct fs_system three_tiers = {
        .tiers = 3,
        .tier = {{.group = {.value = 4},
                  .bandwidth_GBps = {.value = 4},
                  .efficiency = {.value = 1},
                  .latency_us = {.value = 1},
                  .oversubscription = {.value = 1}},
                 {.group = {.value = 16},
                  .bandwidth_GBps = {.value = 1},
                  .efficiency = {.value = 1},
                  .latency_us = {.value = 3},
                  .oversubscription = {.value = 1}},
                 {.group = {.value = 64},
                  .bandwidth_GBps = {.value = 4},
                  .efficiency = {.value = 0.5},
                  .latency_us = {.value = 5},
                  .oversubscription = {.value = 1}}},
};

struct row {
	enum fs_collective collective;
	struct fs_group group;
	double KB, us;
};

static const struct row rows[] = {
        /* nothing to send */
        {FS_ALLREDUCE, {1, 1}, 1000, 0},
        /* one latency, of the outermost tier that the group spans */
        {FS_ALLREDUCE, {4, 1}, 0, 1},
        {FS_ALLREDUCE, {5, 1}, 0, 3},
        {FS_BROADCAST, {17, 1}, 0, 5},
        {FS_ALLTOALL, {2, 4}, 0, 3},
        {FS_SENDRECV,
         {64, 1},
         0,
         1}, /* some members talk across nodes; the bound is for all, and looks at 0 */
        {FS_SENDRECV, {16, 4}, 0, 3},
        /* inside a node: 2 (n - 1) / n S / B and so on, B = 4 GB/s */
        {FS_ALLREDUCE, {4, 1}, 400, 150},
        {FS_ALLGATHER, {4, 1}, 400, 75},
        {FS_REDUCE_SCATTER, {4, 1}, 400, 75},
        {FS_ALLTOALL, {4, 1}, 400, 75},
        {FS_BROADCAST, {4, 1}, 400, 100},
        {FS_SENDRECV, {4, 1}, 400, 100},
        /* 4 nodes: 3/2 S over 4 ports of 1 GB/s, against 15/8 S over one of 4 */
        {FS_ALLREDUCE, {16, 1}, 400, 187.5},
        {FS_ALLGATHER, {16, 1}, 400, 93.75},
        /* a node takes in 3/4 of 4 buffers through 4 ports of 1 GB/s: 3/4 S / B */
        {FS_ALLTOALL, {16, 1}, 400, 300},
        {FS_BROADCAST, {16, 1}, 400, 100},
        /* one chip of each node: 3/2 S through one port of 1 GB/s */
        {FS_ALLREDUCE, {4, 4}, 400, 600},
        /* 4 leaves: the spine is twice as fast; a leaf takes in 3/4 of 16 buffers through 16 ports of 2 GB/s.
         * Out of a node, 15/16, and over the faster of leaf and spine, too: 187.5 us */
        {FS_ALLTOALL, {64, 1}, 400, 187.5},
};

static void by_hand(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		double us = 1e6 * fs_cost_bound_s(&three_tiers, row->group, row->collective, row->KB * 1000);
		if (fabs(us - row->us) > 1e-9)
			fail_msg("row %d: %.10g us, expected %.10g us", (int)i, us, row->us);
	}
}

/* Switches of the leaves reduce at half their bandwidth, and those of the spine, at half of 4 GB/s, too. */
static const struct row reduced_rows[] = {
        /* inside a node nothing does */
        {FS_ALLREDUCE, {4, 1}, 400, 150},
        /* 4 nodes: S over 4 ports of 1 GB/s (a port need not be used for what is reduced), and no longer 3/2
         * S; out of a chip, S at 4 GB/s */
        {FS_ALLREDUCE, {16, 1}, 400, 100},
        /* one chip of each node: S, not 3/2 S, through one port of 1 GB/s */
        {FS_ALLREDUCE, {4, 4}, 400, 400},
        /* two parts of one chip send and receive S either way */
        {FS_ALLREDUCE, {2, 4}, 400, 400},
        /* who gets everything gets it once, whoever copies it */
        {FS_ALLGATHER, {16, 1}, 400, 93.75},
        {FS_REDUCE_SCATTER, {16, 1}, 400, 93.75},
        {FS_BROADCAST, {16, 1}, 400, 100},
};

static void by_hand_with_switches_that_reduce(void **state)
{
	(void)state;
	struct fs_system system = three_tiers;
	system.tier[1].reduction.value = system.tier[2].reduction.value = 0.5;
	for (size_t i = 0; i < sizeof reduced_rows / sizeof *reduced_rows; i++) {
		const struct row *row = &reduced_rows[i];
		double us = 1e6 * fs_cost_bound_s(&system, row->group, row->collective, row->KB * 1000);
		if (fabs(us - row->us) > 1e-9)
			fail_msg("row %d: %.10g us, expected %.10g us", (int)i, us, row->us);
	}
}

/* Large messages in one node come as near as their algorithm promises: the ring is optimal, while switches do
 * not reduce. */
static void the_bound_is_met(void **state)
{
	(void)state;
	struct fs_system *system = load_bare_system("dgx-h100-superpod");
	system->stack.alltoall_efficiency.value = 1; /* software that adds nothing */
	system->stack.alltoall_peer_us.value = 0;
	const struct fs_algorithm *row;
	let_all_reduce(system, 0);
	struct fs_error error;
	static const struct {
		enum fs_collective collective;
		const char *algorithm;
	} optimal[] = {{FS_ALLREDUCE, "ring"},
	               {FS_ALLGATHER, "ring"},
	               {FS_REDUCE_SCATTER, "ring"},
	               {FS_ALLTOALL, "direct"},
	               {FS_SENDRECV, "direct"}};
	for (size_t i = 0; i < sizeof optimal / sizeof *optimal; i++) {
		row = fs_algorithm_find(optimal[i].collective, optimal[i].algorithm, &error);
		assert_true(time_over_bound(system, row, 8, 1e12) < 1 + 1e-5);
	}
	row = fs_algorithm_find(FS_ALLGATHER, "ring", &error);
	assert_true(fabs(time_over_bound(system, row, 2, 0) - 1) <
	            1e-12); /* one message of no bytes: one latency */
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(no_algorithm_beats_the_bound),
	        cmocka_unit_test(not_even_with_switches_that_reduce),
	        cmocka_unit_test(no_algorithm_beats_the_bound_of_strided_groups),
	        cmocka_unit_test(by_hand),
	        cmocka_unit_test(by_hand_with_switches_that_reduce),
	        cmocka_unit_test(the_bound_is_met),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
