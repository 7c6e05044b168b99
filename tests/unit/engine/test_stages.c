/* Collectives of pipeline stages, stage by stage, end for every chip when they do for all stages at once; and
 * which chips a stage has. */

#include "unit/plan/stopwatch.h"

#include "engine/stage_chips.h"
#include "plan/build.h"

enum { CHIPS = 96 };

/* Chips 0 .. 11 in 3 stages, 2 apart: 0 1 6 7, 2 3 8 9, 4 5 10 11. */
static void chips_of_stages(void **state)
{
	(void)state;
	const struct fs_stages stages = {.chips = 12, .stages = 3, .stride = 2};
	static const uint64_t chips[3][4] = {{0, 1, 6, 7}, {2, 3, 8, 9}, {4, 5, 10, 11}};
	for (uint64_t s = 0; s < 3; s++)
		for (uint64_t place = 0; place < 4; place++) {
			uint64_t run;
			assert_int_equal(fs_stage_chip(&stages, s, place, &run), chips[s][place]);
			assert_int_equal(run, 2 - place % 2);
			assert_int_equal(fs_stage_place(&stages, s, chips[s][place]), place);
			assert_int_equal(fs_stage_place(&stages, s, chips[s][place] + 1), place + 1);
		}
	/* Of chips 3 .. 9, stage 0 has its third and fourth, stage 1 all but the first. */
	struct fs_stage_part part = fs_stage_part_of(&stages, 0, 3, 7);
	assert_int_equal(part.first, 2);
	assert_int_equal(part.count, 2);
	part = fs_stage_part_of(&stages, 1, 3, 7);
	assert_int_equal(part.first, 1);
	assert_int_equal(part.count, 3);
}

static const struct {
	enum fs_collective collective;
	const char *algorithm;
	struct fs_group group;
} collectives[] = {
        {FS_ALLREDUCE, "ring", {4, 1}},
        {FS_ALLREDUCE, "ring", {3, 32}},
        {FS_ALLTOALL, "pairwise", {4, 1}},
        {FS_ALLREDUCE, "tree", {3, 32}},
        {FS_ALLREDUCE, "in_network", {4, 1}},
        {FS_BROADCAST, "binomial", {4, 1}},
        {FS_ALLGATHER, "ring", {6, 16}},
        {FS_REDUCE_SCATTER, "ring", {2, 2}},
        {FS_ALLREDUCE, "halving_doubling", {3, 32}},
};

enum { COLLECTIVES = sizeof collectives / sizeof *collectives };

/* No chip's group has chips of several stages. */
static bool inside(struct fs_group group, uint64_t stages, uint64_t stride)
{
	uint64_t span = (uint64_t)group.stride * group.size;
	return stride % span == 0 || group.stride % (stages * stride) == 0;
}

/* Everybody computes, as long as jitter says; then all groups have their collective, stage by stage (stages >
 * 0), or all at once. */
static uint64_t fingerprint_of(const struct fs_system *placed, int i, uint32_t stages, uint64_t stride)
{
	struct fs_error error;
	struct fs_outcome outcome;
	struct fs_team *team = fs_team_alone();
	struct fs_program *program = fs_build_start(CHIPS);
	const struct fs_engine_options options = {
	        .compute = FS_COMPUTE_MODEL, .jitter = true, .seed = 5, .warmup = 0, .steps = 2};
	if (fs_build_networks(program, placed, &error))
		fail_msg("%s", error.text);
	if (stages)
		fs_build_stages(program, stages, stride);
	fs_build_kernels(program, "kernel", FS_KERNEL_GEMM, 0, 0, 1e-3, 0);
	if (fs_build_collective(program, placed, "story", FS_STREAM_DATA, collectives[i].collective,
	                        collectives[i].group, 1e6, collectives[i].algorithm, (struct fs_buffer){0},
	                        &error))
		fail_msg("%s", error.text);
	fs_build_wait(program, FS_STREAM_DATA);
	if (stages)
		fs_build_turn(program, (struct fs_turn){0, 1, 1, FS_ALL_STAGES});
	for (uint32_t s = 0; s < stages; s++)
		fs_build_turn(program, (struct fs_turn){1, 2, 1, (int32_t)s});
	if (fs_virtual_run(team, placed, program, &options, &outcome, &error))
		fail_msg("%s", error.text);
	assert_true(outcome.wait_s > 0);
	fs_outcome_clear(&outcome);
	fs_program_destroy(program);
	fs_team_destroy(team);
	return outcome.fingerprint;
}

static void stage_by_stage_as_all_at_once(void **state)
{
	(void)state;
	static const char *const settings[][3] = {
	        {"tier.nvlink4.reduction=0.9", NULL, NULL},
	        {"tier.nvlink4.reduction=0.9", "tier.ib_ndr_leaf.oversubscription=3", NULL},
	};
	static const uint64_t strides[] = {1, 4, 8, 16, 32};
	int compared = 0;
	for (int k = 0; k < 2; k++) {
		struct fs_override overrides[3];
		int count = 0;
		for (; settings[k][count]; count++)
			overrides[count].text = settings[k][count];
		struct fs_system *loaded;
		struct fs_error error;
		if (fs_system_load("dgx-h100-superpod", NULL, overrides, count, &loaded, &error))
			fail_msg("%s", error.text);
		struct fs_system placed = fs_system_place(loaded, CHIPS);
		for (int i = 0; i < COLLECTIVES; i++) {
			uint64_t together = fingerprint_of(&placed, i, 0, 0);
			for (size_t s = 0; s < sizeof strides / sizeof *strides; s++)
				for (uint32_t stages = 2; stages <= 6; stages++) {
					if (CHIPS % (stages * strides[s]) ||
					    !inside(collectives[i].group, stages, strides[s]))
						continue;
					if (fingerprint_of(&placed, i, stages, strides[s]) != together)
						fail_msg("%s in groups of %u, %u apart, in %u stages, %d "
						         "apart",
						         collectives[i].algorithm, collectives[i].group.size,
						         collectives[i].group.stride, stages,
						         (int)strides[s]);
					compared++;
				}
		}
		fs_system_destroy(loaded);
	}
	assert_true(compared > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(chips_of_stages),
	        cmocka_unit_test(stage_by_stage_as_all_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
