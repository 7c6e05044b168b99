#include "model/parameters.h"

#include <assert.h>

struct list {
	struct fs_weight *weight;
	int count;
};

static void add(struct list *list, const char *name, enum fs_split split, double matrix, double table)
{
	assert(list->count < FS_MAX_WEIGHTS);
	if (matrix + table > 0)
		list->weight[list->count++] = (struct fs_weight){name, split, matrix, table, 1};
}

/* Of a vector that is normed. */
static double norm(const struct fs_model *model, double width)
{
	return (int)model->norm * width; /* none: 0, rms: a weight, layer: a weight and a bias */
}

static void add_attention(const struct fs_model *model, struct list *list)
{
	double hidden = model->hidden, queries = (double)model->heads * model->head_dim;
	double keys = 2.0 * model->kv_heads * model->head_dim;
	bool biased = model->biases != FS_BIASES_NONE;
	add(list, "queries", FS_BY_TENSOR, hidden * queries, biased ? queries : 0);
	add(list, "keys and values", FS_BY_KV, hidden * keys, biased ? keys : 0);
	add(list, "projection", FS_BY_TENSOR, queries * hidden, 0);
}

/* What is compressed is whole on every chip; the products to and from heads are split. */
static void add_latent_attention(const struct fs_model *model, struct list *list)
{
	double hidden = model->hidden, queries = (double)model->heads * fs_model_key_dim(model);
	if (model->q_lora)
		add(list, "queries down", FS_WHOLE, hidden * model->q_lora, norm(model, model->q_lora));
	add(list, "queries", FS_BY_TENSOR, (model->q_lora ? model->q_lora : hidden) * queries, 0);
	add(list, "keys and values down", FS_WHOLE, hidden * (model->kv_lora + model->rope_dim),
	    norm(model, model->kv_lora));
	add(list, "keys and values", FS_BY_TENSOR,
	    (double)model->kv_lora * model->heads * (model->nope_dim + model->v_dim), 0);
	add(list, "projection", FS_BY_TENSOR, (double)model->heads * model->v_dim * hidden, 0);
}

static void add_feed_forward(const struct fs_model *model, const char *name, double inner, struct list *list)
{
	int matrices = model->gated ? 3 : 2;
	double bias = model->biases == FS_BIASES_ALL ? (matrices - 1) * inner : 0;
	add(list, name, FS_BY_TENSOR, matrices * (double)model->hidden * inner, bias);
}

static void add_experts(const struct fs_model *model, struct list *list)
{
	double one = (model->gated ? 3.0 : 2.0) * model->hidden * model->expert_ffn;
	add(list, "router", FS_WHOLE, (double)model->hidden * model->experts, 0);
	add(list, "experts", FS_BY_EXPERT, model->experts * one, 0);
	list->weight[list->count - 1].active = (double)model->top_k / model->experts;
	if (model->shared_experts)
		add_feed_forward(model, "shared experts", (double)model->shared_experts * model->expert_ffn,
		                 list);
}

static void add_layer(const struct fs_model *model, bool experts, struct list *list)
{
	if (model->kv_lora)
		add_latent_attention(model, list);
	else
		add_attention(model, list);
	if (experts)
		add_experts(model, list);
	else
		add_feed_forward(model, "feed-forward", model->ffn, list);
	/* Biases of the products whose results are summed over the chips are whole: one chip would do. */
	int whole = model->biases == FS_BIASES_ALL ? 1 + !experts : 0;
	add(list, "norms and biases", FS_WHOLE, 0,
	    model->norms_per_layer * norm(model, model->hidden) + whole * (double)model->hidden);
}

static void add_embedding(const struct fs_model *model, struct list *list)
{
	add(list, "embedding", FS_BY_VOCABULARY, 0, (double)model->vocabulary * model->hidden);
	if (model->learned_positions)
		add(list, "positions", FS_WHOLE, 0, (double)model->sequence * model->hidden);
}

static void add_head(const struct fs_model *model, struct list *list)
{
	add(list, "final norm", FS_WHOLE, 0, norm(model, model->hidden));
	if (!model->tied)
		add(list, "head", FS_BY_VOCABULARY, (double)model->hidden * model->vocabulary, 0);
}

int fs_part_weights(const struct fs_model *model, enum fs_part part, struct fs_weight weight[FS_MAX_WEIGHTS])
{
	struct list list = {weight, 0};
	switch (part) {
	case FS_EMBEDDING:
		add_embedding(model, &list);
		break;
	case FS_DENSE_LAYER:
		add_layer(model, false, &list);
		break;
	case FS_EXPERT_LAYER:
		if (model->experts)
			add_layer(model, true, &list);
		break;
	case FS_MTP_LAYER:
		if (model->mtp_layers) {
			add_layer(model, fs_model_layer_has_experts(model, model->layers), &list);
			add(&list, "joint projection", FS_WHOLE, 2.0 * model->hidden * model->hidden,
			    3 * norm(model, model->hidden));
		}
		break;
	case FS_HEAD:
		add_head(model, &list);
		break;
	case FS_PARTS:
		break;
	}
	return list.count;
}

uint32_t fs_part_count(const struct fs_model *model, enum fs_part part)
{
	uint32_t experts = fs_model_expert_layers(model);
	const uint32_t counts[FS_PARTS] = {[FS_EMBEDDING] = 1,
	                                   [FS_DENSE_LAYER] = model->layers - experts,
	                                   [FS_EXPERT_LAYER] = experts,
	                                   [FS_MTP_LAYER] = model->mtp_layers,
	                                   [FS_HEAD] = 1};
	return counts[part];
}

const char *fs_part_name(enum fs_part part)
{
	static const char *const names[FS_PARTS] = {"embedding", "dense layer", "expert layer", "mtp layer",
	                                            "head"};
	return names[part];
}

double fs_part_parameters(const struct fs_model *model, enum fs_part part)
{
	struct fs_weight weight[FS_MAX_WEIGHTS];
	int count = fs_part_weights(model, part, weight);
	double sum = 0;
	for (int i = 0; i < count; i++)
		sum += weight[i].matrix + weight[i].table;
	return sum;
}

double fs_part_active(const struct fs_model *model, enum fs_part part)
{
	struct fs_weight weight[FS_MAX_WEIGHTS];
	int count = fs_part_weights(model, part, weight);
	double sum = 0;
	for (int i = 0; i < count; i++)
		sum += (weight[i].matrix + weight[i].table) * weight[i].active;
	return sum;
}

static double sum_parts(const struct fs_model *model,
                        double (*of)(const struct fs_model *model, enum fs_part part))
{
	double sum = 0;
	for (enum fs_part part = 0; part < FS_PARTS; part++)
		if (part != FS_MTP_LAYER)
			sum += fs_part_count(model, part) * of(model, part);
	return sum;
}

double fs_model_parameters(const struct fs_model *model)
{
	return sum_parts(model, fs_part_parameters);
}

double fs_model_active_parameters(const struct fs_model *model)
{
	return sum_parts(model, fs_part_active);
}

double fs_model_mtp_parameters(const struct fs_model *model)
{
	return model->mtp_layers * fs_part_parameters(model, FS_MTP_LAYER);
}
