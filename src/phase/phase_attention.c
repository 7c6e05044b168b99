/* Attention with heads of its own for queries, and as many or fewer for keys and values. */

#include "phase/phase_write.h"

#include "model/model.h"

#include <math.h>

double fs_kv_heads_of_chip(const struct fs_writer *writer)
{
	const struct fs_model *model = writer->model;
	return fmax(1, (model->kv_lora ? model->heads : model->kv_heads) / writer->tp);
}

struct attention {
	struct fs_linear qkv, projection;
	double queries, keys; /* elements of a token */
};

static struct attention attention_of(const struct fs_writer *writer)
{
	const struct fs_model *model = writer->model;
	double queries = model->heads / writer->tp * model->head_dim;
	double keys = fs_kv_heads_of_chip(writer) * model->head_dim;
	return (struct attention){.qkv = {"qkv", FS_LINEAR_COLUMN, queries + 2 * keys, writer->hidden,
	                                  .biased = model->biases != FS_BIASES_NONE},
	                          .projection = {"projection", FS_LINEAR_ROW, writer->hidden, queries,
	                                         .biased = model->biases == FS_BIASES_ALL, .cast = true},
	                          .queries = queries,
	                          .keys = keys};
}

/* Queries, then keys: each is read and written. */
static void rotate(struct fs_writer *writer, const struct attention *attention)
{
	if (writer->model->learned_positions)
		return;
	fs_write_stream(writer, "rotary", 4 * writer->tokens * attention->queries);
	fs_write_stream(writer, "rotary", 4 * writer->tokens * attention->keys);
}

void fs_write_attention_forward(struct fs_writer *writer)
{
	struct attention attention = attention_of(writer);
	fs_write_linear_forward(writer, &attention.qkv);
	rotate(writer, &attention);
	fs_write_scores_forward(writer);
	fs_write_linear_forward(writer, &attention.projection);
}

void fs_write_attention_backward(struct fs_writer *writer)
{
	struct attention attention = attention_of(writer);
	fs_write_linear_backward(writer, &attention.projection);
	if (writer->inputs) {
		fs_write_scores_backward(writer);
		rotate(writer, &attention);
		/* The three gradients are laid side by side. */
		fs_write_stream(writer, "qkv", 4 * writer->tokens * attention.qkv.outputs);
	}
	fs_write_linear_backward(writer, &attention.qkv);
}
