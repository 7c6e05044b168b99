#include "kernels/train.h"

#include "kernels/hash.h"
#include "kernels/language.h"
#include "kernels/stream.h"
#include "kernels/train_state.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 14 };

/* For these small models; the mean gradient over more chips is less noisy and takes the same rate. */
static const float learning_rate = 0.05f, momentum = 0.9f;
static const double usual_capacity_factor = 2.0;

static bool within(int value, int least, int most)
{
	return value >= least && value <= most;
}

static bool levels_are_possible(const struct fs_trainer_shape *shape)
{
	int64_t product = 1;

	if (!within(shape->expert_levels, 0, FS_EXPERT_LEVELS))
		return false;
	for (int level = 0; level < shape->expert_levels; level++) {
		if (!within(shape->expert_level_size[level], 1, shape->expert_group))
			return false;
		product *= shape->expert_level_size[level];
	}
	return shape->expert_levels == 0 || product == shape->expert_group;
}

static bool experts_are_possible(const struct fs_trainer_shape *shape)
{
	if (shape->experts == 0)
		return shape->top_k == 0 && shape->expert_group == 1;
	return within(shape->experts, 1, LARGEST) && within(shape->top_k, 1, shape->experts) &&
	       within(shape->expert_group, 1, shape->experts) && shape->experts % shape->expert_group == 0 &&
	       within(shape->expert_index, 0, shape->expert_group - 1) && shape->capacity_factor >= 0.0 &&
	       isfinite(shape->capacity_factor) && levels_are_possible(shape);
}

static bool is_possible(const struct fs_trainer_shape *shape)
{
	return within(shape->layers, 1, LARGEST) && within(shape->hidden, 1, LARGEST) &&
	       within(shape->heads, 1, shape->hidden) && shape->hidden % shape->heads == 0 &&
	       within(shape->ffn, 1, LARGEST) && within(shape->tokens, 1, LARGEST) &&
	       within(shape->vocabulary, 2, LARGEST) && experts_are_possible(shape) &&
	       shape->data_group >= 1 && shape->data_group % shape->expert_group == 0;
}

/* Memory is laid out twice by the same lines: once to measure, with no base, and once to hand out. */
struct arena {
	char *base;
	size_t used;
};

enum { ALIGNMENT = 64 };

static void *take(struct arena *arena, size_t count, size_t size)
{
	void *here = arena->base ? arena->base + arena->used : NULL;

	arena->used += (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return here;
}

static float *take_floats(struct arena *arena, size_t rows, size_t columns)
{
	return take(arena, rows * columns, sizeof(float));
}

static void lay_out_parameters(struct fs_parameters *parameters, struct arena *arena)
{
	parameters->weight = take_floats(arena, 1, parameters->floats);
	parameters->gradient = take_floats(arena, 1, parameters->floats);
	parameters->velocity = take_floats(arena, 1, parameters->floats);
}

static void lay_out_norm(struct fs_norm_kept *norm, size_t rows, size_t width, struct arena *arena)
{
	norm->normal = take_floats(arena, rows, width);
	norm->inverse_deviation = take_floats(arena, rows, 1);
}

/* Rows of the inner activations: tokens, or the places of all tokens that come to this chip's experts. */
static size_t inner_rows(const struct fs_trainer *trainer)
{
	return (size_t)(trainer->shape.experts ? trainer->rows : trainer->shape.tokens);
}

static void lay_out_layer(const struct fs_trainer *trainer, struct fs_layer_kept *kept, struct arena *arena)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	size_t tokens = (size_t)shape->tokens, hidden = (size_t)shape->hidden, rows = (size_t)trainer->rows;

	lay_out_norm(&kept->norm1, tokens, hidden, arena);
	lay_out_norm(&kept->norm2, tokens, hidden, arena);
	kept->normed1 = take_floats(arena, tokens, hidden);
	kept->normed2 = take_floats(arena, tokens, hidden);
	kept->qkv = take_floats(arena, tokens, 3 * hidden);
	kept->probabilities = take_floats(arena, (size_t)shape->heads * tokens, tokens);
	kept->attended = take_floats(arena, tokens, hidden);
	kept->up = take_floats(arena, inner_rows(trainer), (size_t)shape->ffn);
	kept->gelu = take_floats(arena, inner_rows(trainer), (size_t)shape->ffn);
	kept->gate = take_floats(arena, tokens, (size_t)shape->experts);
	kept->favour = take_floats(arena, 1, (size_t)shape->experts);
	kept->demand = take(arena, (size_t)shape->experts, sizeof *kept->demand);
	kept->chosen = take(arena, tokens * (size_t)shape->top_k, sizeof *kept->chosen);
	kept->row = take(arena, tokens * (size_t)shape->top_k, sizeof *kept->row);
	kept->expert_in = take_floats(arena, rows, hidden);
	for (int direction = 0; direction < FS_DIRECTIONS; direction++) {
		kept->dispatch[direction] = take_floats(arena, rows, hidden);
		kept->combine[direction] = take_floats(arena, rows, hidden);
	}
}

static void lay_out(struct fs_trainer *trainer, struct arena *arena)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	size_t tokens = (size_t)shape->tokens, hidden = (size_t)shape->hidden;

	lay_out_parameters(&trainer->dense, arena);
	lay_out_parameters(&trainer->experts, arena);
	for (int layer = 0; layer < shape->layers; layer++)
		lay_out_layer(trainer, &trainer->layer[layer], arena);
	trainer->symbols = take(arena, tokens + 1, sizeof *trainer->symbols);
	trainer->residual = take_floats(arena, tokens, hidden);
	trainer->residual_gradient = take_floats(arena, tokens, hidden);
	lay_out_norm(&trainer->norm, tokens, hidden, arena);
	trainer->normed = take_floats(arena, tokens, hidden);
	trainer->probabilities = take_floats(arena, tokens, (size_t)shape->vocabulary);
	trainer->normed_gradient = take_floats(arena, tokens, hidden);
	trainer->attended_gradient = take_floats(arena, tokens, hidden);
	trainer->qkv_gradient = take_floats(arena, tokens, 3 * hidden);
	trainer->up_gradient = take_floats(arena, inner_rows(trainer), (size_t)shape->ffn);
	trainer->score_gradient = take_floats(arena, tokens, tokens);
	trainer->gate_gradient = take_floats(arena, tokens, (size_t)shape->experts);
	trainer->expert_rows = take_floats(arena, (size_t)trainer->rows, hidden);
}

static int allocate(struct fs_trainer *trainer)
{
	struct arena arena = {0};

	trainer->layer = calloc((size_t)trainer->shape.layers, sizeof *trainer->layer);
	if (!trainer->layer)
		return -1;
	lay_out(trainer, &arena);
	trainer->memory = aligned_alloc(ALIGNMENT, arena.used);
	if (!trainer->memory)
		return -1;
	memset(trainer->memory, 0, arena.used);
	arena = (struct arena){.base = trainer->memory};
	lay_out(trainer, &arena);
	return 0;
}

/* Places for each expert and source chip: the capacity factor times its fair share of the choices, but never
 * more than there are tokens, because a token chooses an expert once. */
static int capacity_of(const struct fs_trainer_shape *shape)
{
	double factor = shape->capacity_factor > 0.0 ? shape->capacity_factor : usual_capacity_factor;
	double share = (double)shape->tokens * shape->top_k / shape->experts;

	return (int)fmin(ceil(factor * share), shape->tokens);
}

static void derive_sizes(struct fs_trainer *trainer)
{
	struct fs_trainer_shape *shape = &trainer->shape;

	if (shape->experts) {
		trainer->local_experts = shape->experts / shape->expert_group;
		trainer->capacity = capacity_of(shape);
		trainer->rows = shape->experts * trainer->capacity;
	}
	if (shape->expert_levels == 0) {
		shape->expert_levels = 1;
		shape->expert_level_size[0] = shape->expert_group;
	}
	fs_train_size_blocks(trainer);
}

struct fs_trainer *fs_trainer_create(const struct fs_trainer_shape *shape)
{
	if (!is_possible(shape))
		return NULL;
	struct fs_trainer *trainer = calloc(1, sizeof *trainer);

	if (!trainer)
		return NULL;
	trainer->shape = *shape;
	derive_sizes(trainer);
	if (allocate(trainer)) {
		fs_trainer_destroy(trainer);
		return NULL;
	}
	fs_train_initialise(trainer);
	return trainer;
}

void fs_trainer_destroy(struct fs_trainer *trainer)
{
	if (!trainer)
		return;
	free(trainer->layer);
	free(trainer->memory);
	free(trainer);
}

void fs_trainer_next_batch(struct fs_trainer *trainer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_language language = {.seed = shape->seed, .vocabulary = shape->vocabulary};
	uint64_t text = fs_kernel_hash(shape->chip, trainer->batches++);

	fs_language_write(&language, text, trainer->symbols, shape->tokens + 1);
}

static void update(struct fs_parameters *parameters, int data_group)
{
	struct fs_sgd sgd = {.rate = learning_rate, .momentum = momentum, .scale = 1.0f / (float)data_group};

	fs_stream_sgd(sgd, parameters->weight, parameters->velocity, parameters->gradient,
	              parameters->floats);
}

static void optimize(struct fs_trainer *trainer, int layer)
{
	(void)layer;
	update(&trainer->dense, trainer->shape.data_group);
	update(&trainer->experts, trainer->shape.data_group);
	for (int i = 0; i < trainer->shape.layers && trainer->shape.experts; i++)
		fs_train_balance(trainer, i);
}

static void nothing(struct fs_trainer *trainer, int layer)
{
	(void)trainer;
	(void)layer;
}

typedef void piece(struct fs_trainer *trainer, int layer);

static piece *const pieces[][FS_DIRECTIONS] = {
        [FS_WORK_NONE] = {nothing, nothing},
        [FS_WORK_EMBED] = {fs_train_embed, fs_train_embed_backward},
        [FS_WORK_QKV] = {fs_train_qkv, fs_train_qkv_backward},
        [FS_WORK_ATTENTION] = {fs_train_attention, fs_train_attention_backward},
        [FS_WORK_PROJECTION] = {fs_train_projection, fs_train_projection_backward},
        [FS_WORK_FFN_UP] = {fs_train_ffn_up, fs_train_ffn_up_backward},
        [FS_WORK_FFN_DOWN] = {fs_train_ffn_down, fs_train_ffn_down_backward},
        [FS_WORK_ROUTER] = {fs_train_router, fs_train_router_backward},
        [FS_WORK_EXPERTS] = {fs_train_run_experts, fs_train_run_experts_backward},
        [FS_WORK_COMBINE] = {fs_train_combine, fs_train_combine_backward},
        [FS_WORK_HEAD] = {fs_train_head, fs_train_head_backward},
        [FS_WORK_OPTIMIZER] = {optimize, NULL},
};

enum scope { WHOLE_MODEL, ANY_LAYER, DENSE_LAYER, MOE_LAYER };

static enum scope scope_of(enum fs_work_part part)
{
	switch (part) {
	case FS_WORK_QKV:
	case FS_WORK_ATTENTION:
	case FS_WORK_PROJECTION:
		return ANY_LAYER;
	case FS_WORK_FFN_UP:
	case FS_WORK_FFN_DOWN:
		return DENSE_LAYER;
	case FS_WORK_ROUTER:
	case FS_WORK_EXPERTS:
	case FS_WORK_COMBINE:
		return MOE_LAYER;
	default:
		return WHOLE_MODEL;
	}
}

void fs_trainer_work(struct fs_trainer *trainer, struct fs_work work)
{
	enum scope scope = scope_of(work.part);
	piece *carry_out = pieces[work.part][work.backward ? FS_BACKWARD : FS_FORWARD];

	assert(carry_out);
	assert(scope == WHOLE_MODEL || within(work.layer, 0, trainer->shape.layers - 1));
	assert(scope != DENSE_LAYER || trainer->shape.experts == 0);
	assert(scope != MOE_LAYER || trainer->shape.experts > 0);
	carry_out(trainer, work.layer);
}

/* The block of weights or gradients that `which` names. */
static float *block_of(const struct fs_trainer *trainer, float *dense, float *experts, struct fs_buffer which,
                       size_t *floats)
{
	size_t index = (size_t)which.index;

	if (which.kind == FS_BUFFER_GRADIENT) {
		int past_layers = which.index - trainer->shape.layers;
		assert(within(which.index, 0, trainer->shape.layers + 1));
		size_t layers = which.layers ? (size_t)which.layers : 1;
		*floats = past_layers < 0    ? layers * trainer->layer_floats
		          : past_layers == 0 ? trainer->head_floats
		                             : trainer->embedding_floats;
		return dense + index * trainer->layer_floats -
		       (past_layers > 0 ? trainer->layer_floats - trainer->head_floats : 0);
	}
	assert(which.kind == FS_BUFFER_EXPERT_GRADIENT && trainer->shape.experts > 0);
	assert(within(which.index, 0, trainer->shape.layers - 1));
	*floats = trainer->expert_floats;
	return experts + index * trainer->expert_floats;
}

float *fs_trainer_buffer(struct fs_trainer *trainer, struct fs_buffer which, size_t *floats)
{
	if (which.kind == FS_BUFFER_GRADIENT || which.kind == FS_BUFFER_EXPERT_GRADIENT)
		return block_of(trainer, trainer->dense.gradient, trainer->experts.gradient, which, floats);

	assert(which.kind == FS_BUFFER_DISPATCH || which.kind == FS_BUFFER_COMBINE);
	assert(trainer->shape.experts > 0 && within(which.index, 0, trainer->shape.layers - 1));
	struct fs_layer_kept *kept = &trainer->layer[which.index];
	int direction = which.backward ? FS_BACKWARD : FS_FORWARD;

	*floats = (size_t)trainer->rows * (size_t)trainer->shape.hidden;
	return which.kind == FS_BUFFER_DISPATCH ? kept->dispatch[direction] : kept->combine[direction];
}

float *fs_trainer_weights(struct fs_trainer *trainer, struct fs_buffer which, size_t *floats)
{
	return block_of(trainer, trainer->dense.weight, trainer->experts.weight, which, floats);
}

double fs_trainer_loss(const struct fs_trainer *trainer)
{
	return trainer->loss;
}

uint64_t fs_trainer_dropped(const struct fs_trainer *trainer)
{
	return trainer->dropped;
}

uint64_t fs_trainer_checksum(const struct fs_trainer *trainer)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < trainer->dense.floats; i++) {
		uint32_t bits;

		memcpy(&bits, &trainer->dense.weight[i], sizeof bits);
		sum = fs_kernel_hash(sum, bits);
	}
	return sum;
}
