#include "model/model.h"

#include "base/error.h"
#include "config/home.h"
#include "model/fields.h"

#include <string.h>

static const char custom[] = "custom:";

bool fs_model_is_custom(const char *name)
{
	return strncmp(name, custom, sizeof custom - 1) == 0;
}

static int load_file(const char *name, struct fs_model_file *loaded, struct fs_error *error)
{
	struct fs_yaml_file *file;
	struct fs_model *model = &loaded->model;
	if (fs_shelf_find(&fs_shelf_models, name, NULL, model->file, sizeof model->file, error) ||
	    fs_yaml_read(model->file, &file, error))
		return -1;
	struct fs_decoder decoder = {file, NULL, error};
	int result = fs_file_decode(&decoder, "farscale-model/1", "a model", fs_model_fields, loaded);
	if (result == 0)
		result = fs_model_finish(file, loaded, error);
	const struct fs_yaml *says = fs_yaml_get(&file->root, "name");
	if (result == 0 && !fs_is_path(name) && strcmp(name, model->name) != 0)
		result = fs_yaml_fail(file, says, error, "name: must be the file's name, '%s', not '%s'",
		                      name, model->name);
	fs_yaml_destroy(file);
	return result;
}

int fs_model_load(const char *name, struct fs_model *model, struct fs_error *error)
{
	struct fs_model_file loaded = {0};
	if (fs_model_is_custom(name))
		return fs_model_read_custom(name + sizeof custom - 1, model, error);
	if (load_file(name, &loaded, error))
		return -1;
	*model = loaded.model;
	return 0;
}

bool fs_model_layer_has_experts(const struct fs_model *model, uint32_t layer)
{
	if (!model->experts || layer < model->first_dense_layers)
		return false;
	if (layer >= model->layers) /* multi-token prediction takes the last kind */
		layer = model->layers - 1;
	return (layer - model->first_dense_layers) % model->expert_interval == 0;
}

uint32_t fs_model_expert_layers(const struct fs_model *model)
{
	uint32_t count = 0;
	for (uint32_t layer = 0; layer < model->layers; layer++)
		count += fs_model_layer_has_experts(model, layer);
	return count;
}

uint32_t fs_model_key_dim(const struct fs_model *model)
{
	return model->kv_lora ? model->nope_dim + model->rope_dim : model->head_dim;
}

uint32_t fs_model_value_dim(const struct fs_model *model)
{
	return model->kv_lora ? model->v_dim : model->head_dim;
}

double fs_model_tokens(const struct fs_model *model)
{
	return (double)model->sequence * model->microbatch;
}

static const char *word_of(const struct fs_model *model, const char *key)
{
	static const char *const norms[] = {"none", "rms", "layer"}, *const biases[] = {"none", "qkv", "all"};
	const struct {
		const char *key, *word;
	} words[] = {{"feed_forward", model->gated ? "gated" : "plain"},
	             {"embeddings", model->tied ? "tied" : "untied"},
	             {"positions", model->learned_positions ? "learned" : "none"},
	             {"norm", norms[model->norm]},
	             {"biases", biases[model->biases]},
	             {"dropout", model->dropout ? "yes" : "no"}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(key, words[i].key) == 0)
			return words[i].word;
	return NULL;
}

void fs_model_each_dimension(const struct fs_model *model,
                             void (*visit)(const char *key, uint32_t value, const char *word, void *context),
                             void *context)
{
	for (const struct fs_field *field = fs_model_fields; field->key; field++) {
		const char *word = word_of(model, field->key);
		uint32_t value = 0;
		if (field->kind ==
		    FS_FIELD_COUNT) /* offsets are those of struct fs_model_file: it comes first */
			memcpy(&value, (const char *)model + field->offset, sizeof value);
		if (word || value)
			visit(field->key, value, word, context);
	}
}
