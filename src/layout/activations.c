#include "layout/activations.h"

#include "model/model.h"

/* Sizes per token of one chip; what tp splits is divided at once. */
struct sizes {
	const struct fs_model *model;
	double tp;    /* splits heads and inner sizes */
	double whole; /* splits the width between them: tp with sequence parallelism, else 1 */
	double hidden;
	double input; /* bytes of an element that a matrix product keeps */
	bool flash;
	bool cheap; /* what is recomputed at little cost is not kept */
};

static struct sizes sizes_of(const struct fs_model *model, const struct fs_layout *layout, bool cheap)
{
	return (struct sizes){.model = model,
	                      .tp = layout->tp,
	                      .whole = layout->sp ? layout->tp : 1,
	                      .hidden = model->hidden,
	                      .input = layout->dtype == FS_FP8 ? 1 : 2,
	                      .flash = layout->flash,
	                      .cheap = cheap};
}

static double tokens_of(const struct fs_layout *layout)
{
	return (double)layout->mbs * layout->seq / layout->cp;
}

/* Every key of a sequence gets a score from every query, wherever the two are. */
static double scores(const struct sizes *sizes, const struct fs_layout *layout)
{
	if (sizes->flash)
		return 0;
	double kept = sizes->model->dropout ? 2 + 1 + 2 : 2; /* softmax; mask and what it leaves */
	return kept * sizes->model->heads * layout->seq / sizes->tp;
}

/* Keys and values of the heads that a chip has. */
static double keys_and_values(const struct sizes *sizes)
{
	const struct fs_model *model = sizes->model;
	double heads = model->kv_lora ? model->heads / sizes->tp : model->kv_heads / sizes->tp;
	if (heads < 1)
		heads = 1;
	return heads * 2 * (fs_model_key_dim(model) + fs_model_value_dim(model));
}

/* What a matrix product keeps of the width's elements, which come out of a norm. */
static double normed_input(const struct sizes *sizes)
{
	bool again = sizes->cheap && sizes->model->norm != FS_NORM_NONE;
	return again ? 0 : sizes->hidden * sizes->input / sizes->whole;
}

/* Queries, keys and values; with latent attention also what they are made of: inputs of norms and products,
 * and the part that carries the position. */
static double heads(const struct sizes *sizes)
{
	const struct fs_model *model = sizes->model;
	double queries = 2.0 * model->heads * fs_model_key_dim(model) / sizes->tp;
	if (!model->kv_lora)
		return queries + keys_and_values(sizes);
	double compressed = 2.0 * (model->q_lora + model->kv_lora + model->rope_dim) / sizes->whole;
	if (sizes->cheap)
		return compressed;
	double inputs = sizes->input * (model->q_lora + model->kv_lora) / sizes->whole;
	return compressed + inputs + queries + keys_and_values(sizes);
}

static double attention(const struct sizes *sizes)
{
	const struct fs_model *model = sizes->model;
	double output = (double)model->heads * fs_model_value_dim(model) / sizes->tp;
	double bytes = normed_input(sizes) + heads(sizes) + output * sizes->input;
	if (sizes->flash) /* a sum per row; its own output, which else is the projection's input */
		bytes += 4 * model->heads / sizes->tp + (sizes->input < 2 ? 2 * output : 0);
	return bytes;
}

/* Between the two products of a block with this inner size: what goes into the activation function, what
 * comes out. */
static double inner(const struct sizes *sizes, double size)
{
	double in = sizes->model->gated ? 2 : 1;
	return size / sizes->tp * (sizes->cheap ? in * sizes->input : in * 2 + sizes->input);
}

static double experts(const struct sizes *sizes)
{
	const struct fs_model *model = sizes->model;
	double router = ((sizes->cheap ? 0 : 2 * sizes->hidden) + 4.0 * model->experts) / sizes->whole;
	double copies = model->top_k * (sizes->hidden * sizes->input + inner(sizes, model->expert_ffn));
	double shared = (double)model->shared_experts * model->expert_ffn;
	return router + copies + (shared > 0 ? normed_input(sizes) + inner(sizes, shared) : 0);
}

static double feed_forward(const struct sizes *sizes)
{
	return normed_input(sizes) + inner(sizes, sizes->model->ffn);
}

static bool has_experts(const struct fs_model *model, enum fs_part part)
{
	return part == FS_EXPERT_LAYER ||
	       (part == FS_MTP_LAYER && fs_model_layer_has_experts(model, model->layers));
}

/* Without scores. */
static double layer(const struct sizes *sizes, enum fs_part part)
{
	const struct fs_model *model = sizes->model;
	double norms = 2.0 * model->norms_per_layer * sizes->hidden / sizes->whole;
	double masks = model->dropout ? 2 * sizes->hidden / sizes->whole : 0;
	double block = has_experts(model, part) ? experts(sizes) : feed_forward(sizes);
	/* The joint projection of multi-token prediction: two norms' inputs, its own. */
	double joint = part == FS_MTP_LAYER ? 2 * sizes->hidden * (2 + sizes->input) / sizes->whole : 0;
	return norms + attention(sizes) + block + masks + joint;
}

static double head(const struct sizes *sizes)
{
	const struct fs_model *model = sizes->model;
	double norm = model->norm != FS_NORM_NONE ? 2 * sizes->hidden / sizes->whole : 0;
	double logits = 4.0 * model->vocabulary / sizes->tp;
	return (1 + model->mtp_layers) * (norm + 2 * sizes->hidden / sizes->whole + logits);
}

double fs_activation_bytes(const struct fs_model *model, const struct fs_layout *layout, enum fs_part part)
{
	struct sizes sizes = sizes_of(model, layout, layout->recompute == FS_RECOMPUTE_CHEAP);
	double tokens = tokens_of(layout);
	if (part == FS_EMBEDDING)
		return model->dropout ? tokens * sizes.hidden / sizes.whole : 0;
	if (part == FS_HEAD)
		return tokens * head(&sizes);
	if (layout->recompute == FS_RECOMPUTE_FULL)
		return fs_activation_boundary_bytes(model, layout);
	double kept_scores = layout->recompute == FS_RECOMPUTE_NONE ? scores(&sizes, layout) : 0;
	return tokens * (layer(&sizes, part) + kept_scores);
}

double fs_activation_recomputed_bytes(const struct fs_model *model, const struct fs_layout *layout,
                                      enum fs_part part)
{
	struct sizes all = sizes_of(model, layout, false), cheap = sizes_of(model, layout, true);
	double bytes = scores(&all, layout);
	if (part == FS_EMBEDDING || part == FS_HEAD || layout->recompute == FS_RECOMPUTE_NONE)
		return 0;
	if (layout->recompute == FS_RECOMPUTE_FULL)
		bytes += layer(&all, part);
	if (layout->recompute == FS_RECOMPUTE_CHEAP)
		bytes += layer(&all, part) - layer(&cheap, part);
	return tokens_of(layout) * bytes;
}

double fs_activation_boundary_bytes(const struct fs_model *model, const struct fs_layout *layout)
{
	return tokens_of(layout) * 2 * model->hidden / (layout->sp ? layout->tp : 1);
}

double fs_activation_sent_bytes(const struct fs_model *model, const struct fs_layout *layout)
{
	return tokens_of(layout) * 2 * model->hidden / layout->tp;
}
