/* Experts spread over chips give what experts on every chip give: the all-to-alls bring every token to its
 * expert and back, and every gradient too. */

#include "cluster.h"

static const struct fs_trainer_shape shape = {.layers = 2,
                                              .hidden = 16,
                                              .heads = 2,
                                              .ffn = 24,
                                              .tokens = 20,
                                              .vocabulary = 31,
                                              .experts = 8,
                                              .top_k = 2,
                                              .seed = 9};

struct spread {
	int chips, levels, level_size[2], top_k;
	double capacity_factor;
	bool drops;
};

static const struct spread spreads[] = {
        {.chips = 2, .top_k = 2, .capacity_factor = 100.0},
        {.chips = 4, .top_k = 1, .capacity_factor = 100.0},
        {.chips = 4, .top_k = 3, .capacity_factor = 100.0},
        {.chips = 4, .levels = 2, .level_size = {2, 2}, .top_k = 2, .capacity_factor = 100.0},
        {.chips = 4, .levels = 1, .level_size = {4}, .top_k = 2, .capacity_factor = 100.0},
        {.chips = 2, .top_k = 2, .capacity_factor = 0.5, .drops = true},
        {.chips = 4, .levels = 2, .level_size = {2, 2}, .top_k = 2, .capacity_factor = 0.5, .drops = true},
};
enum { SPREADS = sizeof spreads / sizeof *spreads };

static struct fs_trainer_shape shape_of(const struct spread *spread, bool levels)
{
	struct fs_trainer_shape result = shape;

	result.top_k = spread->top_k;
	result.capacity_factor = spread->capacity_factor;
	result.expert_levels = levels ? spread->levels : 0;
	for (int i = 0; i < result.expert_levels; i++)
		result.expert_level_size[i] = spread->level_size[i];
	return result;
}

static void assert_same_dense_gradients(struct cluster *spread, struct cluster *local)
{
	for (int index = 0; index <= shape.layers + 1; index++) {
		struct fs_buffer which = {.kind = FS_BUFFER_GRADIENT, .index = index};
		size_t floats;
		float *actual = fs_trainer_buffer(spread->trainer[0], which, &floats);
		float *expected = fs_trainer_buffer(local->trainer[0], which, &floats);

		assert_all_close(actual, expected, floats, 1e-5);
	}
}

/* Chip e of the spread cluster has the e-th part of the first matrices and of the second ones. */
static void assert_same_expert_gradients(struct cluster *spread, struct cluster *local)
{
	for (int layer = 0; layer < shape.layers; layer++) {
		struct fs_buffer which = {.kind = FS_BUFFER_EXPERT_GRADIENT, .index = layer};
		size_t all, part;
		float *expected = fs_trainer_buffer(local->trainer[0], which, &all);

		for (int chip = 0; chip < spread->chips; chip++) {
			float *actual = fs_trainer_buffer(spread->trainer[chip], which, &part);
			size_t half = part / 2, at = (size_t)chip * half;

			assert_int_equal(part * (size_t)spread->chips, all);
			assert_all_close(actual, expected + at, half, 1e-5);
			assert_all_close(actual + half, expected + all / 2 + at, half, 1e-5);
		}
	}
}

static void spread_experts_learn_what_local_ones_do(void **state)
{
	(void)state;
	for (int i = 0; i < SPREADS; i++) {
		struct cluster spread = cluster_create(spreads[i].chips, true, shape_of(&spreads[i], true));
		struct cluster local = cluster_create(spreads[i].chips, false, shape_of(&spreads[i], false));

		for (int step = 0; step < 3; step++) {
			cluster_step(&spread);
			cluster_step(&local);
			for (int chip = 0; chip < spread.chips; chip++) {
				assert_close(fs_trainer_loss(spread.trainer[chip]),
				             fs_trainer_loss(local.trainer[chip]), 2e-5, 0.0);
				assert_true((fs_trainer_dropped(spread.trainer[chip]) > 0) ==
				            spreads[i].drops);
				assert_true(fs_trainer_dropped(spread.trainer[chip]) ==
				            fs_trainer_dropped(local.trainer[chip]));
			}
			assert_same_dense_gradients(&spread, &local);
			assert_same_expert_gradients(&spread, &local);
		}
		cluster_destroy(&spread);
		cluster_destroy(&local);
	}
}

/* The comparison above must be able to fail: without all-to-alls, tokens reach the wrong experts. */
static void tokens_that_stay_at_home_meet_other_experts(void **state)
{
	(void)state;
	struct cluster spread = cluster_create(2, true, shape), local = cluster_create(2, false, shape);

	cluster_step(&local);
	spread.shape.expert_group = 1; /* its all-to-alls do nothing now */
	cluster_next_batch(&spread);
	cluster_forward(&spread);
	assert_true(fabs(cluster_loss(&spread) - cluster_loss(&local)) > 1e-3);
	cluster_destroy(&spread);
	cluster_destroy(&local);
}

/* Capacity 0.5 * 20 * 2 / 8 = 2.5, so 3 places for each of 8 experts, 16 floats each, from each chip. */
static void buffers_have_one_slot_per_member(void **state)
{
	(void)state;
	struct fs_trainer_shape tight = shape;
	tight.capacity_factor = 0.5;
	struct cluster cluster = cluster_create(4, true, tight);

	for (int kind = FS_BUFFER_DISPATCH; kind <= FS_BUFFER_COMBINE; kind++)
		for (int backward = 0; backward < 2; backward++) {
			struct fs_buffer which = {(enum fs_buffer_kind)kind, 1, backward};
			size_t floats;

			assert_non_null(fs_trainer_buffer(cluster.trainer[2], which, &floats));
			assert_int_equal(floats, 8 * 3 * 16);
		}
	cluster_destroy(&cluster);
}

/* 40 choices a layer, 24 places. */
static void at_least_what_finds_no_place_is_dropped(void **state)
{
	(void)state;
	struct fs_trainer_shape tight = shape;
	tight.capacity_factor = 0.5;
	struct cluster cluster = cluster_create(1, false, tight);

	cluster_next_batch(&cluster);
	cluster_forward(&cluster);
	assert_in_range(fs_trainer_dropped(cluster.trainer[0]), 2 * (40 - 24), 2 * 40 - 1);
	cluster_destroy(&cluster);
}

/* Drops in `steps` steps, of 128 choices each. */
static uint64_t drops_in(struct cluster *cluster, int steps)
{
	uint64_t before = fs_trainer_dropped(cluster->trainer[0]);

	for (int i = 0; i < steps; i++)
		cluster_step(cluster);
	return fs_trainer_dropped(cluster->trainer[0]) - before;
}

static void training_keeps_the_experts_equally_busy(void **state)
{
	(void)state;
	struct fs_trainer_shape longer = shape;
	longer.tokens = 64;
	longer.layers = 1;
	struct cluster cluster = cluster_create(1, false, longer);

	drops_in(&cluster, 100);
	assert_true(drops_in(&cluster, 50) < 50 * 128 / 20);
	cluster_destroy(&cluster);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(spread_experts_learn_what_local_ones_do),
	        cmocka_unit_test(tokens_that_stay_at_home_meet_other_experts),
	        cmocka_unit_test(buffers_have_one_slot_per_member),
	        cmocka_unit_test(at_least_what_finds_no_place_is_dropped),
	        cmocka_unit_test(training_keeps_the_experts_equally_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
