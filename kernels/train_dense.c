/* The pieces of a step that every transformer has. Each is one formula forward and its gradient backward. */

#include "kernels/attention.h"
#include "kernels/linear.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"
#include "kernels/stream.h"
#include "kernels/train_state.h"

#include <math.h>
#include <string.h>

static struct fs_layer_parameters weights_of(const struct fs_trainer *trainer, int layer)
{
	return fs_train_layer(trainer, trainer->dense.weight, layer);
}

static struct fs_layer_parameters gradients_of(const struct fs_trainer *trainer, int layer)
{
	return fs_train_layer(trainer, trainer->dense.gradient, layer);
}

static struct fs_attention_shape attention_shape(const struct fs_trainer *trainer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;

	return (struct fs_attention_shape){shape->tokens, shape->hidden, shape->heads};
}

static struct fs_linear linear(const struct fs_trainer *trainer, int in, int out)
{
	return (struct fs_linear){trainer->shape.tokens, in, out};
}

/* residual = embedding[symbol] + position */
void fs_train_embed(struct fs_trainer *trainer, int layer)
{
	struct fs_outer_parameters weight = fs_train_outer(trainer, trainer->dense.weight);
	size_t hidden = (size_t)trainer->shape.hidden, tokens = (size_t)trainer->shape.tokens;

	(void)layer;
	memcpy(trainer->residual, weight.position, tokens * hidden * sizeof *trainer->residual);
	for (size_t t = 0; t < tokens; t++) {
		size_t symbol = (size_t)trainer->symbols[t];

		fs_reduce_add(trainer->residual + t * hidden, weight.embedding + symbol * hidden, hidden);
	}
}

void fs_train_embed_backward(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_outer_parameters gradient = fs_train_outer(trainer, trainer->dense.gradient);
	size_t hidden = (size_t)shape->hidden, tokens = (size_t)shape->tokens;

	(void)layer;
	memcpy(gradient.position, trainer->residual_gradient, tokens * hidden * sizeof *gradient.position);
	memset(gradient.embedding, 0, (size_t)shape->vocabulary * hidden * sizeof *gradient.embedding);
	for (size_t t = 0; t < tokens; t++) {
		size_t symbol = (size_t)trainer->symbols[t];

		fs_reduce_add(gradient.embedding + symbol * hidden, trainer->residual_gradient + t * hidden,
		              hidden);
	}
}

/* qkv = norm1(residual) Wqkv */
void fs_train_qkv(struct fs_trainer *trainer, int layer)
{
	int tokens = trainer->shape.tokens, hidden = trainer->shape.hidden;
	struct fs_layer_parameters weight = weights_of(trainer, layer);
	struct fs_layer_kept *kept = &trainer->layer[layer];

	fs_norm_forward(tokens, hidden, trainer->residual, weight.norm1_gain, weight.norm1_bias, &kept->norm1,
	                kept->normed1);
	fs_linear_forward(linear(trainer, hidden, 3 * hidden), kept->normed1, weight.qkv, kept->qkv);
}

void fs_train_qkv_backward(struct fs_trainer *trainer, int layer)
{
	int tokens = trainer->shape.tokens, hidden = trainer->shape.hidden;
	struct fs_layer_parameters weight = weights_of(trainer, layer);
	struct fs_layer_parameters gradient = gradients_of(trainer, layer);
	struct fs_layer_kept *kept = &trainer->layer[layer];

	fs_linear_backward(linear(trainer, hidden, 3 * hidden), kept->normed1, weight.qkv,
	                   trainer->qkv_gradient, gradient.qkv, trainer->normed_gradient);
	fs_norm_backward(tokens, hidden, &kept->norm1, weight.norm1_gain, trainer->normed_gradient,
	                 trainer->residual_gradient, gradient.norm1_gain, gradient.norm1_bias);
}

/* attended = attention(qkv) */
void fs_train_attention(struct fs_trainer *trainer, int layer)
{
	struct fs_attention_shape shape = attention_shape(trainer);
	struct fs_layer_kept *kept = &trainer->layer[layer];

	fs_attention_forward(&shape, kept->qkv, kept->probabilities, kept->attended);
}

void fs_train_attention_backward(struct fs_trainer *trainer, int layer)
{
	struct fs_attention_shape shape = attention_shape(trainer);
	struct fs_layer_kept *kept = &trainer->layer[layer];

	fs_attention_backward(&shape, kept->qkv, kept->probabilities, trainer->attended_gradient,
	                      trainer->qkv_gradient, trainer->score_gradient);
}

/* residual += attended Wprojection */
void fs_train_projection(struct fs_trainer *trainer, int layer)
{
	int hidden = trainer->shape.hidden;

	fs_linear_forward_add(linear(trainer, hidden, hidden), trainer->layer[layer].attended,
	                      weights_of(trainer, layer).projection, trainer->residual);
}

void fs_train_projection_backward(struct fs_trainer *trainer, int layer)
{
	int hidden = trainer->shape.hidden;

	fs_linear_backward(linear(trainer, hidden, hidden), trainer->layer[layer].attended,
	                   weights_of(trainer, layer).projection, trainer->residual_gradient,
	                   gradients_of(trainer, layer).projection, trainer->attended_gradient);
}

/* gelu = GELU(norm2(residual) Wup) */
void fs_train_ffn_up(struct fs_trainer *trainer, int layer)
{
	int tokens = trainer->shape.tokens, hidden = trainer->shape.hidden, ffn = trainer->shape.ffn;
	struct fs_layer_parameters weight = weights_of(trainer, layer);
	struct fs_layer_kept *kept = &trainer->layer[layer];

	fs_norm_forward(tokens, hidden, trainer->residual, weight.norm2_gain, weight.norm2_bias, &kept->norm2,
	                kept->normed2);
	fs_linear_forward(linear(trainer, hidden, ffn), kept->normed2, weight.up, kept->up);
	fs_stream_gelu(kept->up, kept->gelu, (size_t)tokens * (size_t)ffn);
}

void fs_train_ffn_up_backward(struct fs_trainer *trainer, int layer)
{
	int tokens = trainer->shape.tokens, hidden = trainer->shape.hidden, ffn = trainer->shape.ffn;
	struct fs_layer_parameters weight = weights_of(trainer, layer);
	struct fs_layer_parameters gradient = gradients_of(trainer, layer);
	struct fs_layer_kept *kept = &trainer->layer[layer];

	fs_stream_gelu_backward(kept->up, trainer->up_gradient, (size_t)tokens * (size_t)ffn);
	fs_linear_backward(linear(trainer, hidden, ffn), kept->normed2, weight.up, trainer->up_gradient,
	                   gradient.up, trainer->normed_gradient);
	fs_norm_backward(tokens, hidden, &kept->norm2, weight.norm2_gain, trainer->normed_gradient,
	                 trainer->residual_gradient, gradient.norm2_gain, gradient.norm2_bias);
}

/* residual += gelu Wdown */
void fs_train_ffn_down(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;

	fs_linear_forward_add(linear(trainer, shape->ffn, shape->hidden), trainer->layer[layer].gelu,
	                      weights_of(trainer, layer).down, trainer->residual);
}

void fs_train_ffn_down_backward(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;

	fs_linear_backward(linear(trainer, shape->ffn, shape->hidden), trainer->layer[layer].gelu,
	                   weights_of(trainer, layer).down, trainer->residual_gradient,
	                   gradients_of(trainer, layer).down, trainer->up_gradient);
}

/* Softmax over each row of logits, and the mean of -log of what the targets got. */
static double cross_entropy(const struct fs_trainer *trainer, float *logits)
{
	size_t tokens = (size_t)trainer->shape.tokens, vocabulary = (size_t)trainer->shape.vocabulary;
	double sum = 0.0;

	for (size_t t = 0; t < tokens; t++) {
		float *row = logits + t * vocabulary;

		fs_softmax(row, vocabulary, 1.0f);
		sum -= log((double)row[trainer->symbols[t + 1]]);
	}
	return sum / (double)tokens;
}

/* probabilities = softmax(norm(residual) Whead) */
void fs_train_head(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_outer_parameters weight = fs_train_outer(trainer, trainer->dense.weight);

	(void)layer;
	fs_norm_forward(shape->tokens, shape->hidden, trainer->residual, weight.norm_gain, weight.norm_bias,
	                &trainer->norm, trainer->normed);
	fs_linear_forward(linear(trainer, shape->hidden, shape->vocabulary), trainer->normed, weight.head,
	                  trainer->probabilities);
	trainer->loss = cross_entropy(trainer, trainer->probabilities);
}

/* In place: d(mean cross-entropy) / d(logit) = (probability - [is target]) / tokens */
static void probabilities_to_logit_gradient(struct fs_trainer *trainer)
{
	size_t tokens = (size_t)trainer->shape.tokens, vocabulary = (size_t)trainer->shape.vocabulary;
	float weight = 1.0f / (float)tokens;

	for (size_t t = 0; t < tokens; t++) {
		float *row = trainer->probabilities + t * vocabulary;

		row[trainer->symbols[t + 1]] -= 1.0f;
		for (size_t i = 0; i < vocabulary; i++)
			row[i] *= weight;
	}
}

void fs_train_head_backward(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_outer_parameters weight = fs_train_outer(trainer, trainer->dense.weight);
	struct fs_outer_parameters gradient = fs_train_outer(trainer, trainer->dense.gradient);
	size_t floats = (size_t)shape->tokens * (size_t)shape->hidden;

	(void)layer;
	probabilities_to_logit_gradient(trainer);
	fs_linear_backward(linear(trainer, shape->hidden, shape->vocabulary), trainer->normed, weight.head,
	                   trainer->probabilities, gradient.head, trainer->normed_gradient);
	memset(trainer->residual_gradient, 0, floats * sizeof *trainer->residual_gradient);
	fs_norm_backward(shape->tokens, shape->hidden, &trainer->norm, weight.norm_gain,
	                 trainer->normed_gradient, trainer->residual_gradient, gradient.norm_gain,
	                 gradient.norm_bias);
}
