/* Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, sec. 2.1): queries, and keys with values, are
 * compressed by products that are whole on every chip, normed, and made into heads by split ones. With sp it
 * is what is compressed that is gathered. */

#include "phase/phase_write.h"

#include "model/model.h"

struct latent {
	struct fs_linear queries_down, queries, keys_down, keys, projection;
	double heads; /* elements of a token's queries, or keys */
};

static struct latent latent_of(const struct fs_writer *writer)
{
	const struct fs_model *model = writer->model;
	double heads = model->heads / writer->tp, key = fs_model_key_dim(model);
	double queries_in = model->q_lora ? model->q_lora : writer->hidden;
	return (struct latent){
	        .queries_down = {"queries down", FS_LINEAR_WHOLE, model->q_lora, writer->hidden},
	        .queries = {"queries", FS_LINEAR_COLUMN, heads * key, queries_in},
	        .keys_down = {"keys down", FS_LINEAR_WHOLE, (double)model->kv_lora + model->rope_dim,
	                      writer->hidden},
	        .keys = {"keys", FS_LINEAR_COLUMN, heads * (model->nope_dim + model->v_dim), model->kv_lora},
	        .projection = {"projection", FS_LINEAR_ROW, writer->hidden, heads * model->v_dim,
	                       .cast = true},
	        .heads = heads * key};
}

/* The part of a head that carries the position is turned, and laid beside the rest: queries, keys. */
static void rotate(struct fs_writer *writer, const struct latent *latent)
{
	fs_write_stream(writer, "rotary", 4 * writer->tokens * latent->heads);
	fs_write_stream(writer, "rotary", 4 * writer->tokens * latent->heads);
}

/* From what is compressed. */
static void make_heads(struct fs_writer *writer, const struct latent *latent)
{
	if (writer->model->q_lora)
		fs_write_norm_forward(writer, writer->outer, writer->model->q_lora);
	fs_write_linear_forward(writer, &latent->queries);
	fs_write_norm_forward(writer, writer->outer, writer->model->kv_lora);
	fs_write_linear_forward(writer, &latent->keys);
	rotate(writer, latent);
}

void fs_write_latent_forward(struct fs_writer *writer)
{
	struct latent latent = latent_of(writer);
	if (writer->model->q_lora)
		fs_write_linear_forward(writer, &latent.queries_down);
	fs_write_linear_forward(writer, &latent.keys_down);
	make_heads(writer, &latent);
	fs_write_scores_forward(writer);
	fs_write_linear_forward(writer, &latent.projection);
}

void fs_write_latent_backward(struct fs_writer *writer)
{
	struct latent latent = latent_of(writer);
	if (writer->inputs && writer->layout->recompute == FS_RECOMPUTE_CHEAP)
		make_heads(writer, &latent);
	fs_write_linear_backward(writer, &latent.projection);
	if (writer->inputs) {
		fs_write_scores_backward(writer);
		rotate(writer, &latent);
	}
	fs_write_linear_backward(writer, &latent.keys);
	fs_write_norm_backward(writer, writer->outer, writer->model->kv_lora);
	fs_write_linear_backward(writer, &latent.keys_down);
	fs_write_linear_backward(writer, &latent.queries);
	if (writer->model->q_lora) {
		fs_write_norm_backward(writer, writer->outer, writer->model->q_lora);
		fs_write_linear_backward(writer, &latent.queries_down);
	}
	fs_write_gradient_sum(writer); /* of both ways down */
}
