/* The trainer: true gradients, falling loss, the same bits wherever they must be the same. */

#include "cluster.h"

/* Small enough to check the gradient of every single weight. */
static const struct fs_trainer_shape tiny = {
        .layers = 2, .hidden = 8, .heads = 2, .ffn = 12, .tokens = 7, .vocabulary = 11, .seed = 3};
static const struct fs_trainer_shape small = {
        .layers = 2, .hidden = 64, .heads = 4, .ffn = 128, .tokens = 64, .vocabulary = 64, .seed = 5};

static struct fs_trainer_shape with_experts(struct fs_trainer_shape shape, int experts, int top_k)
{
	shape.experts = experts;
	shape.top_k = top_k;
	return shape;
}

static double loss_of(void *context)
{
	struct cluster *cluster = context;

	cluster_forward(cluster);
	return cluster_loss(cluster);
}

static void check_buffer(struct cluster *cluster, struct fs_buffer which)
{
	size_t floats, weights;
	float *gradient = fs_trainer_buffer(cluster->trainer[0], which, &floats);
	float *weight = fs_trainer_weights(cluster->trainer[0], which, &weights);

	assert_int_equal(floats, weights);
	assert_is_gradient(loss_of, cluster, weight, gradient, floats, 5e-3f, 3e-4, 1e-2);
}

static void every_gradient_is_the_slope_of_the_loss(void **state)
{
	(void)state;
	const struct fs_trainer_shape shapes[] = {tiny, with_experts(tiny, 4, 2), with_experts(tiny, 3, 1)};

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		struct cluster cluster = cluster_create(1, false, shapes[i]);

		for (int step = 0; step < 3; step++)
			cluster_step(&cluster); /* away from gains of 1 and biases of 0 */
		cluster_next_batch(&cluster);
		cluster_forward(&cluster);
		cluster_backward(&cluster);
		for (int index = 0; index <= tiny.layers + 1; index++)
			check_buffer(&cluster,
			             (struct fs_buffer){.kind = FS_BUFFER_GRADIENT, .index = index});
		for (int index = 0; index < tiny.layers && shapes[i].experts; index++)
			check_buffer(&cluster,
			             (struct fs_buffer){.kind = FS_BUFFER_EXPERT_GRADIENT, .index = index});
		cluster_destroy(&cluster);
	}
}

/* Mean loss over `steps` steps of training. */
static double train(struct cluster *cluster, int steps)
{
	double sum = 0.0;

	for (int i = 0; i < steps; i++) {
		cluster_step(cluster);
		sum += cluster_loss(cluster);
	}
	return sum / steps;
}

/* An untrained model knows nothing: ln 64 = 4.16 nats and more. The language has 1.04. */
static void the_loss_falls(void **state)
{
	(void)state;
	const struct {
		int chips;
		bool spread;
		struct fs_trainer_shape shape;
	} cases[] = {
	        {1, false, small},
	        {2, false, small},
	        {1, false, with_experts(small, 8, 2)},
	        {4, true, with_experts(small, 8, 2)},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cluster cluster = cluster_create(cases[i].chips, cases[i].spread, cases[i].shape);
		double first = train(&cluster, 3);

		train(&cluster, 50);
		double last = train(&cluster, 7);
		assert_true(first > 3.5);
		assert_true(last < 0.6 * first && last > 0.9);
		cluster_destroy(&cluster);
	}
}

static void chips_with_summed_gradients_stay_equal_to_the_bit(void **state)
{
	(void)state;
	struct cluster cluster = cluster_create(3, false, small);
	uint64_t before = fs_trainer_checksum(cluster.trainer[0]);

	for (int step = 0; step < 5; step++) {
		cluster_step(&cluster);
		assert_true(fs_trainer_loss(cluster.trainer[0]) != fs_trainer_loss(cluster.trainer[1]));
		for (int i = 1; i < cluster.chips; i++)
			assert_true(fs_trainer_checksum(cluster.trainer[0]) ==
			            fs_trainer_checksum(cluster.trainer[i]));
	}
	assert_true(fs_trainer_checksum(cluster.trainer[0]) != before);
	cluster_destroy(&cluster);
}

static void a_missed_allreduce_shows_in_the_checksum(void **state)
{
	(void)state;
	struct cluster cluster = cluster_create(2, false, tiny);

	cluster_next_batch(&cluster);
	cluster_forward(&cluster);
	cluster_backward(&cluster);
	cluster_work(&cluster, FS_WORK_OPTIMIZER, false, 0);
	assert_true(fs_trainer_checksum(cluster.trainer[0]) != fs_trainer_checksum(cluster.trainer[1]));
	cluster_destroy(&cluster);
}

/* (g + g) / 2 = g exactly, so two chips that read the same text train as one does. */
static void the_optimizer_takes_the_mean_over_the_data_group(void **state)
{
	(void)state;
	struct cluster one = cluster_create(1, false, small), two = cluster_create(2, false, small);
	struct fs_trainer_shape twin = two.shape;

	fs_trainer_destroy(two.trainer[1]);
	two.trainer[1] = fs_trainer_create(&twin);
	for (int step = 0; step < 3; step++) {
		cluster_step(&one);
		cluster_step(&two);
		assert_true(fs_trainer_checksum(one.trainer[0]) == fs_trainer_checksum(two.trainer[0]));
		assert_true(fs_trainer_loss(one.trainer[0]) == fs_trainer_loss(two.trainer[1]));
	}
	cluster_destroy(&one);
	cluster_destroy(&two);
}

static void training_repeats_to_the_bit(void **state)
{
	(void)state;
	const struct fs_trainer_shape shapes[] = {small, with_experts(small, 8, 2)};

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		struct cluster one = cluster_create(1, false, shapes[i]),
		               again = cluster_create(1, false, shapes[i]);

		assert_true(train(&one, 4) == train(&again, 4));
		assert_true(fs_trainer_checksum(one.trainer[0]) == fs_trainer_checksum(again.trainer[0]));
		cluster_destroy(&one);
		cluster_destroy(&again);
	}
}

static void the_seed_changes_the_weights(void **state)
{
	(void)state;
	struct fs_trainer_shape other_shape = tiny;
	other_shape.seed++;
	struct cluster one = cluster_create(1, false, tiny), other = cluster_create(1, false, other_shape);

	assert_true(fs_trainer_checksum(one.trainer[0]) != fs_trainer_checksum(other.trainer[0]));
	cluster_destroy(&one);
	cluster_destroy(&other);
}

/* 4h + 4h^2 + 2hf floats a layer; (v + t)h + 2h + hv for what is outside them. */
static void gradient_buffers_follow_each_other(void **state)
{
	(void)state;
	struct cluster cluster = cluster_create(1, false, tiny);
	const size_t expected[] = {32 + 256 + 192, 32 + 256 + 192, 16 + 88, 18 * 8};
	const float *end = NULL;

	for (int index = 0; index <= tiny.layers + 1; index++) {
		struct fs_buffer which = {.kind = FS_BUFFER_GRADIENT, .index = index};
		size_t floats;
		float *buffer = fs_trainer_buffer(cluster.trainer[0], which, &floats);

		assert_int_equal(floats, expected[index]);
		assert_true(end == NULL || buffer == end);
		end = buffer + floats;
	}
	cluster_destroy(&cluster);
}

static void impossible_shapes_are_refused(void **state)
{
	(void)state;
	struct fs_trainer_shape good = with_experts(tiny, 4, 2);
	good.data_group = good.expert_group = 2;
	struct fs_trainer *trainer = fs_trainer_create(&good);
	assert_non_null(trainer);
	fs_trainer_destroy(trainer);

	const struct {
		size_t field;
		int value;
	} faults[] = {
	        {offsetof(struct fs_trainer_shape, layers), 0},
	        {offsetof(struct fs_trainer_shape, hidden), -8},
	        {offsetof(struct fs_trainer_shape, hidden), 1 << 20},
	        {offsetof(struct fs_trainer_shape, heads), 3}, /* does not divide hidden */
	        {offsetof(struct fs_trainer_shape, heads), 0},
	        {offsetof(struct fs_trainer_shape, ffn), 0},
	        {offsetof(struct fs_trainer_shape, tokens), 0},
	        {offsetof(struct fs_trainer_shape, vocabulary), 1},
	        {offsetof(struct fs_trainer_shape, experts), -1},
	        {offsetof(struct fs_trainer_shape, experts), 5}, /* not a multiple of the group */
	        {offsetof(struct fs_trainer_shape, experts), 0}, /* dense, but with a top_k and a group */
	        {offsetof(struct fs_trainer_shape, top_k), 0},
	        {offsetof(struct fs_trainer_shape, top_k), 5},
	        {offsetof(struct fs_trainer_shape, expert_group), 0},
	        {offsetof(struct fs_trainer_shape, expert_group), 8},
	        {offsetof(struct fs_trainer_shape, expert_index), 2},
	        {offsetof(struct fs_trainer_shape, expert_index), -1},
	        {offsetof(struct fs_trainer_shape, data_group), 0},
	        {offsetof(struct fs_trainer_shape, data_group), 3}, /* not a multiple of the expert group */
	        {offsetof(struct fs_trainer_shape, expert_levels), 5},
	        {offsetof(struct fs_trainer_shape, expert_levels), 1}, /* of size 0 */
	};
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		struct fs_trainer_shape bad = good;

		memcpy((char *)&bad + faults[i].field, &faults[i].value, sizeof faults[i].value);
		if (fs_trainer_create(&bad))
			fail_msg("fault %zu was accepted", i);
	}
	good.capacity_factor = NAN;
	assert_null(fs_trainer_create(&good));
	fs_trainer_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_gradient_is_the_slope_of_the_loss),
	        cmocka_unit_test(the_loss_falls),
	        cmocka_unit_test(chips_with_summed_gradients_stay_equal_to_the_bit),
	        cmocka_unit_test(a_missed_allreduce_shows_in_the_checksum),
	        cmocka_unit_test(the_optimizer_takes_the_mean_over_the_data_group),
	        cmocka_unit_test(training_repeats_to_the_bit),
	        cmocka_unit_test(the_seed_changes_the_weights),
	        cmocka_unit_test(gradient_buffers_follow_each_other),
	        cmocka_unit_test(impossible_shapes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
