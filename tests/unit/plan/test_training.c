#include "unit/plan/stopwatch.h"

#include "model/flop.h"
#include "unit/given.h"

#include <stdio.h>
#include <string.h>

static struct fs_program *training_program(const struct fs_system *system, const struct fs_model *model,
                                           uint64_t chips, const char *layout)
{
	struct fs_program *program;
	struct fs_error error;
	if (fs_program_for_model(system, model, chips, layout, &program, &error))
		fail_msg("%s", error.text);
	return program;
}

/* One word an operation: a kernel with its layer, ' for backward; (a collective); | for a wait. */
static void tell(const struct fs_program *program, char *text, size_t size)
{
	size_t used = 0;
	*text = 0;
	for (int i = 0; i < program->ops; i++) {
		const struct fs_op *op = &program->op[i];
		const char *space = i ? " " : "";
		if (op->kind == FS_OP_COMPUTE)
			used += (size_t)snprintf(text + used, size - used, "%s%s%d%s", space, op->label,
			                         op->work.layer, op->work.backward ? "'" : "");
		else if (op->kind == FS_OP_COLLECTIVE)
			used += (size_t)snprintf(text + used, size - used, "%s(%s)", space, op->label);
		else
			used += (size_t)snprintf(text + used, size - used, "%s|", space);
		assert_true(used < size);
	}
}

/* dp-gpt and dp-moe with so few layers that their steps can be read. */
struct story {
	const char *model;
	uint32_t layers;
	uint64_t chips;
	const char *layout, *text;
};

static const struct story stories[] = {
        {"dp-gpt", 2, 16, NULL,
         "embed0 qkv0 attention0 projection0 ffn up0 ffn down0 qkv1 attention1 projection1 ffn up1 ffn down1 "
         "head0 "
         "head0' (head gradients) "
         "ffn down1' ffn up1' projection1' attention1' qkv1' (gradients) "
         "ffn down0' ffn up0' projection0' attention0' qkv0' (gradients) "
         "embed0' (embedding gradients) | optimizer0"},
        /* alone: nothing to reduce */
        {"dp-gpt", 1, 1, NULL,
         "embed0 qkv0 attention0 projection0 ffn up0 ffn down0 head0 "
         "head0' ffn down0' ffn up0' projection0' attention0' qkv0' embed0' | optimizer0"},
        {"dp-moe", 1, 4, "ep=2",
         "embed0 qkv0 attention0 projection0 router0 (dispatch) | experts0 (combine) | combine0 head0 "
         "head0' (head gradients) "
         "combine0' (combine) | experts0' (dispatch) | router0' (expert gradients) "
         "projection0' attention0' qkv0' (gradients) "
         "embed0' (embedding gradients) | optimizer0"},
        /* all experts on every chip: no tokens travel */
        {"dp-moe", 1, 4, "ep=1",
         "embed0 qkv0 attention0 projection0 router0 experts0 combine0 head0 "
         "head0' (head gradients) "
         "combine0' experts0' router0' (expert gradients) projection0' attention0' qkv0' (gradients) "
         "embed0' (embedding gradients) | optimizer0"},
        /* each expert once: its gradients stay where they are */
        {"dp-moe", 1, 4, "ep=4",
         "embed0 qkv0 attention0 projection0 router0 (dispatch) | experts0 (combine) | combine0 head0 "
         "head0' (head gradients) "
         "combine0' (combine) | experts0' (dispatch) | router0' projection0' attention0' qkv0' (gradients) "
         "embed0' (embedding gradients) | optimizer0"},
};

static void a_step_in_order(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
		const struct story *story = &stories[i];
		struct fs_model model = given_model(story->model);
		char text[2048];
		model.layers = story->layers;
		struct fs_program *program = training_program(system, &model, story->chips, story->layout);
		tell(program, text, sizeof text);
		assert_string_equal(text, story->text);
		fs_program_destroy(program);
	}
	fs_system_destroy(system);
}

static double sum_of_flop(const struct fs_program *program)
{
	double sum = 0;
	for (int i = 0; i < program->ops; i++)
		sum += program->op[i].flop;
	return sum;
}

/* fs_model_step_flop counts the router's weights, too; its kernel is counted as memory-bound work. */
static double router_flop(const struct fs_model *model)
{
	return 6 * fs_model_tokens(model) * model->layers * model->hidden * model->experts;
}

static void kernels_do_the_models_flop(void **state)
{
	(void)state;
	static const char *const models[] = {"dp-gpt", "dp-moe"};
	struct fs_system *system = load_system("nvl72-gb200");
	for (int i = 0; i < 2; i++) {
		struct fs_model model = given_model(models[i]);
		struct fs_program *program = training_program(system, &model, 64, NULL);
		double expected = fs_model_step_flop(&model) - router_flop(&model);
		assert_true(fabs(sum_of_flop(program) / expected - 1) < 1e-12);
		assert_true(program->model_flop == fs_model_step_flop(&model));
		assert_true(program->tokens == fs_model_tokens(&model));
		assert_true(router_flop(&model) < 1e-3 * program->model_flop);
		fs_program_destroy(program);
	}
	fs_system_destroy(system);
}

static double reduced_bytes(const struct fs_program *program, enum fs_buffer_kind kind)
{
	double sum = 0;
	for (int i = 0; i < program->ops; i++) {
		const struct fs_op *op = &program->op[i];
		if (op->kind == FS_OP_COLLECTIVE && op->buffer.kind == kind) {
			assert_int_equal(op->schedule->collective, FS_ALLREDUCE);
			sum += op->size_bytes;
		}
	}
	return sum;
}

/* Each weight's gradient is reduced once: 2 bytes a weight, of the chip's share of the experts. */
static void every_weight_is_reduced_once(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_model gpt = given_model("dp-gpt"), moe = given_model("dp-moe");
	double square = 4096. * 4096, table = 2 * 32000. * 4096; /* embedding and head */

	struct fs_program *program = training_program(system, &gpt, 16, NULL);
	assert_true(reduced_bytes(program, FS_BUFFER_GRADIENT) ==
	            2 * (4 * (4 * square + 2 * 4096. * 16384) + table));
	assert_true(reduced_bytes(program, FS_BUFFER_EXPERT_GRADIENT) == 0);
	fs_program_destroy(program);

	program = training_program(system, &moe, 16, "ep=8");
	assert_true(reduced_bytes(program, FS_BUFFER_GRADIENT) == 2 * (2 * 4 * square + table));
	assert_true(reduced_bytes(program, FS_BUFFER_EXPERT_GRADIENT) == 2 * 2 * (16 / 8) * 2 * 4096. * 2048);
	fs_program_destroy(program);
	fs_system_destroy(system);
}

/* Gradients over everyone; those of experts over the chips ep apart; tokens, top_k times each, among
 * neighbours. */
static void collectives_run_in_the_right_groups(void **state)
{
	(void)state;
	struct fs_system *system = load_system("cloudmatrix-384");
	struct fs_model moe = given_model("dp-moe");
	struct fs_program *program = training_program(system, &moe, 48, "ep=4");
	double token_bytes = 4096. * 2 * 4 * 4096 * 2;
	int seen[3] = {0};
	assert_string_equal(program->layout, "dp=12,ep=4,bucket_MB=256");
	for (int i = 0; i < program->ops; i++) {
		const struct fs_op *op = &program->op[i];
		if (op->kind != FS_OP_COLLECTIVE)
			continue;
		bool tokens = op->schedule->collective == FS_ALLTOALL;
		bool experts = op->buffer.kind == FS_BUFFER_EXPERT_GRADIENT;
		assert_int_equal(op->stream, tokens ? FS_STREAM_EXPERT : FS_STREAM_DATA);
		assert_int_equal(op->group.size, tokens ? 4 : experts ? 12 : 48);
		assert_int_equal(op->group.stride, experts ? 4 : 1);
		if (tokens)
			assert_true(op->size_bytes == token_bytes);
		seen[tokens ? 0 : experts ? 1 : 2]++;
	}
	assert_int_equal(seen[0], 8); /* 2 layers, there and back, forward and backward */
	assert_int_equal(seen[1], 2);
	assert_int_equal(seen[2], 3); /* head, both layers in one bucket, embedding */
	fs_program_destroy(program);
	fs_system_destroy(system);
}

struct bucket_row {
	int bucket_MB;
	int buckets[4]; /* layers in each, in the order of issue: the last layers first */
};

/* 4 layers of 402.7 MB. A bucket is sent as soon as it holds bucket_MB, and at the end of the backward pass.
 */
static const struct bucket_row buckets[] = {
        {1, {1, 1, 1, 1}}, {256, {1, 1, 1, 1}}, {402, {1, 1, 1, 1}}, {403, {2, 2}}, {805, {2, 2}},
        {806, {3, 1}},     {1207, {3, 1}},      {1208, {4}},         {100000, {4}},
};

static void layers_share_buckets(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_model gpt = given_model("dp-gpt");
	double layer_bytes = 2 * (4 * 4096. * 4096 + 2 * 4096. * 16384);
	for (size_t i = 0; i < sizeof buckets / sizeof *buckets; i++) {
		char layout[32];
		snprintf(layout, sizeof layout, "bucket_MB=%d", buckets[i].bucket_MB);
		struct fs_program *program = training_program(system, &gpt, 8, layout);
		int bucket = 0, first = 4;
		for (int k = 0; k < program->ops; k++) {
			const struct fs_op *op = &program->op[k];
			if (op->kind != FS_OP_COLLECTIVE || strcmp(op->label, "gradients") != 0)
				continue;
			int layers = buckets[i].buckets[bucket++];
			first -= layers;
			assert_int_equal(op->buffer.layers, layers);
			assert_int_equal(op->buffer.index, first); /* of the layers that it holds */
			assert_true(op->size_bytes == layers * layer_bytes);
		}
		assert_int_equal(first, 0); /* all of them */
		fs_program_destroy(program);
	}
	fs_system_destroy(system);
}

/* Six experts on three chips each: groups that no node divides. */
static void odd_expert_groups_run(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_model moe = given_model("dp-moe");
	moe.experts = 6;
	for (uint64_t chips = 6; chips <= 768; chips *= 2) {
		struct fs_system placed = fs_system_place(system, chips);
		struct fs_program *program = training_program(&placed, &moe, chips, "ep=3");
		assert_true(step_s(&placed, program) > fs_program_kernels_s(program));
		fs_program_destroy(program);
	}
	fs_system_destroy(system);
}

static void what_cannot_be_is_refused(void **state)
{
	(void)state;
	struct fs_system *system = load_system("dgx-h100-superpod");
	struct fs_model gpt = given_model("dp-gpt");
	struct fs_program *program = NULL;
	struct fs_error error;
	assert_int_equal(fs_program_for_model(system, &gpt, (1u << 24) + 1, NULL, &program, &error), -1);
	assert_string_equal(error.text, "16777217 chips; at most 16777216");
	assert_int_equal(fs_program_for_model(system, &gpt, 8, "ep=2", &program, &error), -1);
	assert_string_equal(error.text, "layout: ep=2, but dp-gpt has no experts");
	assert_null(program);
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_step_in_order),
	        cmocka_unit_test(kernels_do_the_models_flop),
	        cmocka_unit_test(every_weight_is_reduced_once),
	        cmocka_unit_test(collectives_run_in_the_right_groups),
	        cmocka_unit_test(layers_share_buckets),
	        cmocka_unit_test(odd_expert_groups_run),
	        cmocka_unit_test(what_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
