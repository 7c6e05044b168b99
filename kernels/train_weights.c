/* Where the trainer's parameters lie and what they are at first. */

#include "kernels/hash.h"
#include "kernels/train_state.h"

#include <math.h>

void fs_train_size_blocks(struct fs_trainer *trainer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	size_t hidden = (size_t)shape->hidden, ffn = (size_t)shape->ffn;
	size_t vocabulary = (size_t)shape->vocabulary, tokens = (size_t)shape->tokens;
	size_t second = shape->experts ? hidden * (size_t)shape->experts : 2 * hidden * ffn;

	trainer->layer_floats = 4 * hidden + 4 * hidden * hidden + second;
	trainer->head_floats = 2 * hidden + hidden * vocabulary;
	trainer->embedding_floats = (vocabulary + tokens) * hidden;
	trainer->expert_floats = (size_t)trainer->local_experts * 2 * hidden * ffn;
	trainer->dense.floats = (size_t)shape->layers * trainer->layer_floats + trainer->head_floats +
	                        trainer->embedding_floats;
	trainer->experts.floats = (size_t)shape->layers * trainer->expert_floats;
}

static float *next(float **cursor, size_t floats)
{
	float *here = *cursor;

	*cursor += floats;
	return here;
}

struct fs_layer_parameters fs_train_layer(const struct fs_trainer *trainer, float *dense, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	size_t hidden = (size_t)shape->hidden, ffn = (size_t)shape->ffn;
	float *cursor = dense + (size_t)layer * trainer->layer_floats;
	struct fs_layer_parameters of = {0};

	of.norm1_gain = next(&cursor, hidden);
	of.norm1_bias = next(&cursor, hidden);
	of.qkv = next(&cursor, hidden * 3 * hidden);
	of.projection = next(&cursor, hidden * hidden);
	of.norm2_gain = next(&cursor, hidden);
	of.norm2_bias = next(&cursor, hidden);
	if (shape->experts) {
		of.router = next(&cursor, hidden * (size_t)shape->experts);
	} else {
		of.up = next(&cursor, hidden * ffn);
		of.down = next(&cursor, ffn * hidden);
	}
	return of;
}

struct fs_outer_parameters fs_train_outer(const struct fs_trainer *trainer, float *dense)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	size_t hidden = (size_t)shape->hidden, vocabulary = (size_t)shape->vocabulary;
	float *cursor = dense + (size_t)shape->layers * trainer->layer_floats;
	struct fs_outer_parameters of;

	of.norm_gain = next(&cursor, hidden);
	of.norm_bias = next(&cursor, hidden);
	of.head = next(&cursor, hidden * vocabulary);
	of.embedding = next(&cursor, vocabulary * hidden);
	of.position = next(&cursor, (size_t)shape->tokens * hidden);
	return of;
}

struct fs_expert_parameters fs_train_experts(const struct fs_trainer *trainer, float *experts, int layer)
{
	float *cursor = experts + (size_t)layer * trainer->expert_floats;
	struct fs_expert_parameters of;

	of.up = next(&cursor, trainer->expert_floats / 2);
	of.down = next(&cursor, trainer->expert_floats / 2);
	return of;
}

static void fill(float *weight, size_t floats, float value)
{
	for (size_t i = 0; i < floats; i++)
		weight[i] = value;
}

static void draw(float *weight, size_t floats, float variance, uint64_t key)
{
	float scale = sqrtf(3.0f * variance);

	for (size_t i = 0; i < floats; i++)
		weight[i] = scale * fs_kernel_uniform(key, i);
}

static void draw_matrix(float *weight, int inputs, int outputs, uint64_t key)
{
	draw(weight, (size_t)inputs * (size_t)outputs, 1.0f / (float)inputs, key);
}

/* Every matrix has a key of its own, from the seed, its block and its number there. */
enum matrix { QKV, PROJECTION, UP, DOWN, ROUTER, EMBEDDING, POSITION, HEAD, EXPERTS };

static uint64_t key_of(const struct fs_trainer *trainer, int block, uint64_t matrix)
{
	return fs_kernel_hash(fs_kernel_hash(trainer->shape.seed, (uint64_t)block), matrix);
}

static void initialise_layer(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_layer_parameters weight = fs_train_layer(trainer, trainer->dense.weight, layer);

	fill(weight.norm1_gain, (size_t)shape->hidden, 1.0f);
	fill(weight.norm2_gain, (size_t)shape->hidden, 1.0f);
	draw_matrix(weight.qkv, shape->hidden, 3 * shape->hidden, key_of(trainer, layer, QKV));
	draw_matrix(weight.projection, shape->hidden, shape->hidden, key_of(trainer, layer, PROJECTION));
	if (shape->experts) {
		draw_matrix(weight.router, shape->hidden, shape->experts, key_of(trainer, layer, ROUTER));
	} else {
		draw_matrix(weight.up, shape->hidden, shape->ffn, key_of(trainer, layer, UP));
		draw_matrix(weight.down, shape->ffn, shape->hidden, key_of(trainer, layer, DOWN));
	}
}

/* An expert's weights go by its number in the whole group, so that they are the same however it is spread. */
static void initialise_experts(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_expert_parameters weight = fs_train_experts(trainer, trainer->experts.weight, layer);
	size_t matrix = (size_t)shape->hidden * (size_t)shape->ffn;

	for (int i = 0; i < trainer->local_experts; i++) {
		uint64_t expert = (uint64_t)(shape->expert_index * trainer->local_experts + i);

		draw_matrix(weight.up + (size_t)i * matrix, shape->hidden, shape->ffn,
		            key_of(trainer, layer, EXPERTS + 2 * expert));
		draw_matrix(weight.down + (size_t)i * matrix, shape->ffn, shape->hidden,
		            key_of(trainer, layer, EXPERTS + 2 * expert + 1));
	}
}

void fs_train_initialise(struct fs_trainer *trainer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_outer_parameters weight = fs_train_outer(trainer, trainer->dense.weight);
	size_t hidden = (size_t)shape->hidden;
	int outer = shape->layers;

	for (int layer = 0; layer < shape->layers; layer++) {
		initialise_layer(trainer, layer);
		if (shape->experts)
			initialise_experts(trainer, layer);
	}
	draw(weight.embedding, (size_t)shape->vocabulary * hidden, 1.0f, key_of(trainer, outer, EMBEDDING));
	draw(weight.position, (size_t)shape->tokens * hidden, 1.0f / (float)hidden,
	     key_of(trainer, outer, POSITION));
	fill(weight.norm_gain, hidden, 1.0f);
	draw_matrix(weight.head, shape->hidden, shape->vocabulary, key_of(trainer, outer, HEAD));
}
