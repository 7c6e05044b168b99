#include "model/fields.h"

#include <string.h>

#define COUNT(member) FS_FIELD_COUNT, offsetof(struct fs_model_file, model.member), 0, ""
#define TEXT(member) offsetof(struct fs_model_file, member), sizeof(((struct fs_model_file *)0)->member)
#define WORD(key, words, usual)                                                                              \
	{                                                                                                    \
#key, FS_FIELD_CHOICE, TEXT(key), .optional = true, .choices = words, .fallback_word = usual \
	}

const struct fs_field fs_model_fields[] = {
        {"name", FS_FIELD_NAME, TEXT(model.name)},
        {"label", FS_FIELD_TEXT, TEXT(model.label)},
        {"trust", FS_FIELD_CHOICE, TEXT(trust), .optional = true, .choices = "R|D|M|E"},
        {"source", FS_FIELD_TEXT, TEXT(model.source), .optional = true},
        {"layers", COUNT(layers), 1, 10000},
        {"hidden", COUNT(hidden), 1, 1000000},
        {"heads", COUNT(heads), 1, 10000},
        {"kv_heads", COUNT(kv_heads), 1, 10000, .optional = true},
        {"head_dim", COUNT(head_dim), 1, 100000, .optional = true},
        {"q_lora", COUNT(q_lora), 0, 1000000, .optional = true},
        {"kv_lora", COUNT(kv_lora), 0, 1000000, .optional = true},
        {"rope_dim", COUNT(rope_dim), 0, 100000, .optional = true},
        {"nope_dim", COUNT(nope_dim), 0, 100000, .optional = true},
        {"v_dim", COUNT(v_dim), 0, 100000, .optional = true},
        WORD(feed_forward, "plain|gated", "plain"),
        {"ffn", COUNT(ffn), 1, 10000000},
        {"experts", COUNT(experts), 0, 100000, .optional = true},
        {"top_k", COUNT(top_k), 0, 1000, .optional = true},
        {"expert_groups", COUNT(expert_groups), 0, 100000, .optional = true},
        {"top_groups", COUNT(top_groups), 0, 1000, .optional = true},
        {"expert_ffn", COUNT(expert_ffn), 0, 10000000, .optional = true},
        {"shared_experts", COUNT(shared_experts), 0, 1000, .optional = true},
        {"first_dense_layers", COUNT(first_dense_layers), 0, 10000, .optional = true},
        {"expert_interval", COUNT(expert_interval), 0, 10000, .optional = true},
        {"vocabulary", COUNT(vocabulary), 1, 10000000},
        WORD(embeddings, "untied|tied", "untied"),
        WORD(positions, "none|learned", "none"),
        WORD(norm, "none|rms|layer", "none"),
        {"norms_per_layer", COUNT(norms_per_layer), 0, 16, .optional = true},
        WORD(biases, "none|qkv|all", "none"),
        WORD(dropout, "no|yes", "no"),
        {"mtp_layers", COUNT(mtp_layers), 0, 100, .optional = true},
        {"sequence", COUNT(sequence), 1, 100000000},
        {"microbatch", COUNT(microbatch), 1, 1000000, .optional = true},
        {"bytes_per_element", COUNT(bytes_per_element), 1, 8, .optional = true},
        {NULL},
};

static const struct fs_yaml *at(const struct fs_yaml_file *file, const char *key)
{
	const struct fs_yaml *node = fs_yaml_get(&file->root, key);
	return node ? node : &file->root;
}

/* Which of a choice's words it is: their order is the enum's. */
static unsigned index_of(const char *word, const char *const *words)
{
	unsigned i = 0;
	while (strcmp(word, words[i]) != 0)
		i++;
	return i;
}

static void read_words(struct fs_model_file *from)
{
	static const char *const norms[] = {"none", "rms", "layer"}, *const biases[] = {"none", "qkv", "all"};
	struct fs_model *model = &from->model;
	model->trust = from->trust[0];
	model->gated = strcmp(from->feed_forward, "gated") == 0;
	model->tied = strcmp(from->embeddings, "tied") == 0;
	model->learned_positions = strcmp(from->positions, "learned") == 0;
	model->dropout = strcmp(from->dropout, "yes") == 0;
	model->norm = index_of(from->norm, norms);
	model->biases = index_of(from->biases, biases);
}

static void set_default(uint32_t *value, uint32_t usual)
{
	if (!*value)
		*value = usual;
}

static int check_latent(const struct fs_yaml_file *file, const struct fs_model *model, struct fs_error *error)
{
	const struct {
		const char *key;
		uint32_t value;
	} needed[] = {{"rope_dim", model->rope_dim}, {"nope_dim", model->nope_dim}, {"v_dim", model->v_dim}};
	for (int i = 0; i < 3; i++)
		if (!model->kv_lora != !needed[i].value)
			return fs_yaml_fail(
			        file, at(file, needed[i].key), error,
			        "%s: latent attention needs kv_lora, rope_dim, nope_dim and v_dim "
			        "above 0, all other attention none of them",
			        needed[i].key);
	if (model->q_lora && !model->kv_lora)
		return fs_yaml_fail(file, at(file, "q_lora"), error, "q_lora: needs kv_lora");
	if (model->kv_lora && (model->kv_heads || model->head_dim))
		return fs_yaml_fail(file, at(file, model->kv_heads ? "kv_heads" : "head_dim"), error,
		                    "%s: latent attention has heads of rope_dim, nope_dim and v_dim",
		                    model->kv_heads ? "kv_heads" : "head_dim");
	return 0;
}

static int check_heads(const struct fs_yaml_file *file, struct fs_model *model, struct fs_error *error)
{
	if (check_latent(file, model, error))
		return -1;
	if (!model->kv_lora && !model->head_dim && model->hidden % model->heads)
		return fs_yaml_fail(file, at(file, "heads"), error,
		                    "heads: must divide hidden, %u, without remainder, not %u", model->hidden,
		                    model->heads);
	set_default(&model->kv_heads, model->heads);
	if (model->heads % model->kv_heads)
		return fs_yaml_fail(file, at(file, "kv_heads"), error,
		                    "kv_heads: must divide the %u heads without remainder, not %u",
		                    model->heads, model->kv_heads);
	set_default(&model->head_dim,
	            model->kv_lora ? model->nope_dim + model->rope_dim : model->hidden / model->heads);
	return 0;
}

static int check_dense(const struct fs_yaml_file *file, const struct fs_model *model, struct fs_error *error)
{
	const struct {
		const char *key;
		uint32_t value;
	} useless[] = {{"top_k", model->top_k},
	               {"expert_groups", model->expert_groups},
	               {"top_groups", model->top_groups},
	               {"expert_ffn", model->expert_ffn},
	               {"shared_experts", model->shared_experts},
	               {"first_dense_layers", model->first_dense_layers},
	               {"expert_interval", model->expert_interval}};
	for (size_t i = 0; i < sizeof useless / sizeof *useless; i++)
		if (useless[i].value)
			return fs_yaml_fail(file, at(file, useless[i].key), error,
			                    "%s: needs experts; a dense model has neither", useless[i].key);
	return 0;
}

static int check_groups(const struct fs_yaml_file *file, const struct fs_model *model, struct fs_error *error)
{
	uint32_t groups = model->expert_groups, top = model->top_groups;
	if (!groups && !top)
		return 0;
	if (!groups || model->experts % groups)
		return fs_yaml_fail(file, at(file, "expert_groups"), error,
		                    "expert_groups: must divide the %u experts without remainder, not %u",
		                    model->experts, groups);
	if (top < 1 || top > groups || (uint64_t)top * (model->experts / groups) < model->top_k)
		return fs_yaml_fail(file, at(file, "top_groups"), error,
		                    "top_groups: at most the %u groups, and as many as have %u experts, are "
		                    "needed, not %u",
		                    groups, model->top_k, top);
	return 0;
}

static int check_experts(const struct fs_yaml_file *file, struct fs_model *model, struct fs_error *error)
{
	if (!model->experts)
		return check_dense(file, model, error);
	if (model->top_k < 1 || model->top_k > model->experts)
		return fs_yaml_fail(file, at(file, "top_k"), error,
		                    "top_k: a whole number between 1 and the %u experts is needed, not %u",
		                    model->experts, model->top_k);
	if (model->first_dense_layers >= model->layers)
		return fs_yaml_fail(
		        file, at(file, "first_dense_layers"), error,
		        "first_dense_layers: must leave some of the %u layers for experts, not %u",
		        model->layers, model->first_dense_layers);
	set_default(&model->expert_ffn, model->ffn);
	set_default(&model->expert_interval, 1);
	return check_groups(file, model, error);
}

static int check_norms(const struct fs_yaml_file *file, struct fs_model *model, struct fs_error *error)
{
	if (model->norm == FS_NORM_NONE && model->norms_per_layer)
		return fs_yaml_fail(file, at(file, "norms_per_layer"), error,
		                    "norms_per_layer: needs a norm, rms or layer");
	if (model->norm != FS_NORM_NONE)
		set_default(&model->norms_per_layer, 2);
	return 0;
}

int fs_model_finish(const struct fs_yaml_file *file, struct fs_model_file *from, struct fs_error *error)
{
	read_words(from);
	set_default(&from->model.microbatch, 1);
	set_default(&from->model.bytes_per_element, 2);
	if (check_heads(file, &from->model, error) || check_experts(file, &from->model, error))
		return -1;
	return check_norms(file, &from->model, error);
}
