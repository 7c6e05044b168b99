#include "phase/phase.h"

#include "layout/replicas.h"
#include "model/model.h"
#include "phase/phase_write.h"

static bool has_experts(const struct fs_model *model, enum fs_part part)
{
	return part == FS_EXPERT_LAYER ||
	       (part == FS_MTP_LAYER && fs_model_layer_has_experts(model, model->layers));
}

static bool sandwich(const struct fs_writer *writer)
{
	return writer->model->norms_per_layer > 2;
}

static void norm_again(struct fs_writer *writer)
{
	if (writer->inputs && writer->layout->recompute == FS_RECOMPUTE_CHEAP)
		fs_write_norm_forward(writer, writer->outer, writer->hidden);
}

static void attention_forward(struct fs_writer *writer)
{
	fs_write_norm_forward(writer, writer->outer, writer->hidden);
	if (writer->model->kv_lora)
		fs_write_latent_forward(writer);
	else
		fs_write_attention_forward(writer);
	if (sandwich(writer))
		fs_write_norm_forward(writer, writer->outer, writer->hidden);
	fs_write_residual_forward(writer);
}

static void attention_backward(struct fs_writer *writer)
{
	fs_write_residual_backward(writer);
	if (sandwich(writer))
		fs_write_norm_backward(writer, writer->outer, writer->hidden);
	norm_again(writer);
	if (writer->model->kv_lora)
		fs_write_latent_backward(writer);
	else
		fs_write_attention_backward(writer);
	fs_write_norm_backward(writer, writer->outer, writer->hidden);
	fs_write_gradient_sum(writer);
}

static void block_forward(struct fs_writer *writer, bool experts)
{
	fs_write_norm_forward(writer, writer->outer, writer->hidden);
	if (experts)
		fs_write_experts_forward(writer);
	else
		fs_write_block_forward(writer, writer->model->ffn);
	if (sandwich(writer))
		fs_write_norm_forward(writer, writer->outer, writer->hidden);
	fs_write_residual_forward(writer);
}

static void block_backward(struct fs_writer *writer, bool experts)
{
	fs_write_residual_backward(writer);
	if (sandwich(writer))
		fs_write_norm_backward(writer, writer->outer, writer->hidden);
	norm_again(writer);
	if (experts)
		fs_write_experts_backward(writer);
	else
		fs_write_block_backward(writer, writer->model->ffn);
	fs_write_norm_backward(writer, writer->outer, writer->hidden);
	fs_write_gradient_sum(writer);
}

/* Before a layer of multi-token prediction: the next token's embedding and the hidden state, both normed,
 * side by side, into one (DeepSeek-V3, arXiv 2412.19437, sec. 2.2); after it a norm. */
static struct fs_linear joint_projection(const struct fs_writer *writer)
{
	return (struct fs_linear){"joint projection", FS_LINEAR_WHOLE, writer->hidden, 2 * writer->hidden};
}

static void joint_forward(struct fs_writer *writer)
{
	struct fs_linear joint = joint_projection(writer);
	fs_write_embedding_forward(writer);
	fs_write_norm_forward(writer, writer->outer, 2 * writer->hidden);
	fs_write_linear_forward(writer, &joint);
}

static void joint_backward(struct fs_writer *writer)
{
	struct fs_linear joint = joint_projection(writer);
	fs_write_linear_backward(writer, &joint);
	fs_write_norm_backward(writer, writer->outer, 2 * writer->hidden);
	fs_write_embedding_backward(writer);
}

static void layer_forward(struct fs_writer *writer, enum fs_part part)
{
	if (part == FS_MTP_LAYER)
		joint_forward(writer);
	attention_forward(writer);
	block_forward(writer, has_experts(writer->model, part));
}

static void layer_backward(struct fs_writer *writer, enum fs_part part)
{
	if (writer->inputs && writer->layout->recompute == FS_RECOMPUTE_FULL)
		layer_forward(writer, part);
	block_backward(writer, has_experts(writer->model, part));
	attention_backward(writer);
	if (part == FS_MTP_LAYER)
		joint_backward(writer);
}

static void forward(struct fs_writer *writer, enum fs_part part)
{
	if (part == FS_EMBEDDING)
		fs_write_embedding_forward(writer);
	else if (part == FS_HEAD)
		fs_write_head_forward(writer);
	else
		layer_forward(writer, part);
}

static void backward(struct fs_writer *writer, enum fs_part part)
{
	if (part == FS_EMBEDDING)
		fs_write_embedding_backward(writer);
	else if (part == FS_HEAD)
		fs_write_head_backward(writer);
	else
		layer_backward(writer, part);
}

/* What the part before issued is there; what the next part needs is issued. */
static void gather_weights(struct fs_writer *writer, const struct fs_held *held)
{
	enum { WEIGHT = 2 };
	writer->issued[FS_STREAM_WEIGHTS] = true;
	fs_write_join(writer, FS_STREAM_WEIGHTS);
	fs_write_replicas(writer, "weights", FS_STREAM_WEIGHTS, FS_ALLGATHER,
	                  &(struct fs_held){WEIGHT * held->dense, WEIGHT * held->experts});
}

/* As PyTorch's FSDP does: gradients of the part's weights are laid side by side, widened where they are
 * summed in 32 bits, and divided by a part of the number of chips. */
static void flatten_gradients(struct fs_writer *writer, const struct fs_held *held)
{
	enum { MADE = 2 };
	double parameters = held->dense + held->experts, wide = writer->gradient;
	fs_write_stream(writer, "flat gradients", 2 * MADE * parameters);
	if (wide > MADE)
		fs_write_stream(writer, "flat gradients", (MADE + wide) * parameters);
	fs_write_stream(writer, "flat gradients", 2 * wide * parameters);
}

static void scatter_gradients(struct fs_writer *writer, const struct fs_held *held)
{
	flatten_gradients(writer, held);
	fs_write_replicas(
	        writer, "gradients", FS_STREAM_DATA, FS_REDUCE_SCATTER,
	        &(struct fs_held){writer->gradient * held->dense, writer->gradient * held->experts});
}

void fs_phase_of_part(const struct fs_model *model, const struct fs_layout *layout, enum fs_part part,
                      enum fs_pass pass, struct fs_phase *phase)
{
	struct fs_writer writer = fs_writer(model, layout, pass, phase);
	struct fs_held held = fs_held_of_part(layout, model, part);
	phase->actions = 0;
	if (layout->zero == 3 && writer.inputs)
		gather_weights(&writer, &held);
	if (pass == FS_PASS_FORWARD)
		forward(&writer, part);
	else
		backward(&writer, part);
	if (layout->zero == 3 && writer.weights && pass != FS_PASS_FORWARD)
		scatter_gradients(&writer, &held);
}
